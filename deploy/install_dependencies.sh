#!/usr/bin/env bash
# Installs the Debian 12 packages that building and testing Keyhold needs.
#
#   ./deploy/install_dependencies.sh          as root, or with sudo
#   ./deploy/install_dependencies.sh --list   prints the packages, one a line
#
# Safe to run again: with everything in place it changes nothing and needs no
# root. docs/dependencies.md says what each package is for.
set -euo pipefail

packages=(
  # Building.
  bazel-bootstrap
  bazel-platforms
  bazel-rules-java
  bazel-rules-proto
  bazel-skylib
  g++
  libabsl-dev
  libcli11-dev
  libgmp-dev
  libgrpc++-dev
  libgrpc-dev
  libprotobuf-dev
  libseccomp-dev
  libsodium-dev
  libssl-dev
  libyaml-cpp-dev
  nettle-dev
  protobuf-compiler
  protobuf-compiler-grpc
  # Testing.
  libbenchmark-dev
  libgmock-dev
  libgtest-dev
  # The benchmark's curves.
  gnuplot-nox
  # Running the quickstart and the end-to-end tests.
  curl
  iproute2
  openssl
  python3
  util-linux
)

say() { echo "install_dependencies: $*"; }

case "${1:-}" in
  --list) printf '%s\n' "${packages[@]}"; exit 0 ;;
  -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
  "") ;;
  *) say "unknown option $1 (see --help)" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "this is no Debian system (no dpkg-query or apt-get). Keyhold builds" \
    "on Debian 12; docs/dependencies.md lists what it needs." >&2
  exit 1
fi

installed="$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${packages[@]}" \
  2>/dev/null | sed -n 's/^installed //p' || true)"
missing=()
for package in "${packages[@]}"; do
  grep -qxF -- "$package" <<<"$installed" || missing+=("$package")
done

if ((${#missing[@]} == 0)); then
  say "all ${#packages[@]} packages are installed"
  exit 0
fi

say "${#missing[@]} of ${#packages[@]} packages are missing: ${missing[*]}"
if ((EUID != 0)); then
  say "installing them needs root. Run: sudo $0" >&2
  exit 1
fi
if ! grep -q '^VERSION_CODENAME=bookworm' /etc/os-release 2>/dev/null; then
  say "warning: this is not Debian 12 (bookworm); other versions of these" \
    "packages are not tested" >&2
fi

install_missing() {
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    "${missing[@]}"
}

# On a fresh machine apt knows no packages yet.
knows_all() {
  for package in "${missing[@]}"; do
    apt-cache show "$package" >/dev/null 2>&1 || return 1
  done
}
if ! knows_all; then
  say "refreshing the lists of packages (apt-get update)"
  apt-get update
  install_missing
else
  say "installing"
  # The lists may be older than the archive.
  install_missing || { say "trying again after apt-get update"; apt-get update; install_missing; }
fi
say "done: ${#missing[@]} packages installed"
