#!/usr/bin/env bash
# Runs fuzz targets with libFuzzer, which finds new inputs by what the code
# does with them. Needs Debian's clang-14 and libclang-rt-14-dev.
#
#   ./tests/fuzz/run.sh [--seconds N] [TARGET...]   all targets; 60 seconds each
#
# What it finds it keeps in ~/.cache/keyhold-fuzz-corpus, for the next time;
# corpus/ has the inputs to begin with and those that once failed. A failure is
# written to that folder and named.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=60
if [[ "${1:-}" == --seconds ]]; then
  seconds="$2"
  shift 2
fi
targets=("$@")
if [[ ${#targets[@]} == 0 ]]; then
  for source in tests/fuzz/*_fuzz.cc; do
    targets+=("$(basename "$source" .cc)")
  done
fi

labels=()
for target in "${targets[@]}"; do labels+=("//tests/fuzz:${target}_fuzzer"); done
# An output base of its own: another compiler would throw the other's work away.
base="${KEYHOLD_FUZZ_BASE:-$HOME/.cache/keyhold-fuzz}"
bazel --output_base="$base" build --config=fuzz "${labels[@]}"
bin="$(bazel --output_base="$base" info --config=fuzz bazel-bin)"
for target in "${targets[@]}"; do
  found="$HOME/.cache/keyhold-fuzz-corpus/$target"
  mkdir -p "$found"
  echo "== $target, $seconds seconds"
  "$bin/tests/fuzz/${target}_fuzzer" -max_total_time="$seconds" \
    -max_len=8192 -print_final_stats=1 -artifact_prefix="$found/failed-" \
    "$found" "tests/fuzz/corpus/${target%_fuzz}"
done
