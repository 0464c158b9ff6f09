#!/usr/bin/env bash
# keyhold.so is loaded into other people's programs: it brings along all but
# libcrypto and the C library, and shows one name.
set -euo pipefail
module="$PWD/tls_lib/provider/keyhold.so"
fail() { echo "FAIL: $*" >&2; exit 1; }

needed="$(readelf -dW "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')"
# What a sanitizer adds to a build is not what is judged here.
sanitized=no
foreign=""
for library in $needed; do
  case "$library" in
    libcrypto.so.3|libc.so.6|libm.so.6|ld-linux*) ;;
    libasan.so*|libubsan.so*|libtsan.so*) sanitized=yes ;;
    libstdc++.so*|libgcc_s.so*|libabsl_*) foreign+=" $library" ;;
    *) fail "needs $library" ;;
  esac
done
[[ "$sanitized" == yes || -z "$foreign" ]] || fail "needs$foreign"
[[ "$needed" == *libcrypto.so.3* ]] || fail "does not need libcrypto: $needed"

# Absolute and local names are the linker's own business.
shown="$(nm -D --defined-only "$module" | awk '$2 ~ /^[A-Z]$/ && $2 != "A" {print $3}')"
[[ "$shown" == OSSL_provider_init ]] || fail "shows: $shown"

wanted="$(nm -D --undefined-only "$module" | awk '{print $NF}' | sed 's/@.*//')"
for name in pthread_create pthread_atfork fork clone; do
  [[ "$sanitized" == yes ]] || ! grep -qx "$name" <<<"$wanted" || fail "calls $name"
done
for library in SSL_ grpc google; do
  ! grep -q "^$library" <<<"$wanted" || fail "calls into $library"
done

flags="$(readelf -dW "$module" | grep -E 'FLAGS')"
for flag in NODELETE NOW; do
  grep -q "$flag" <<<"$flags" || fail "not linked with $flag"
done
echo "needs: $needed"
