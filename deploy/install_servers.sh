#!/usr/bin/env bash
# Installs stock servers from Debian's packages, without starting any of them:
# those that the end-to-end tests run, or the packages that are named.
#
#   ./deploy/install_servers.sh           as root, or with sudo
#   ./deploy/install_servers.sh nginx
#
# Safe to run again: with everything in place it changes nothing.
set -euo pipefail

packages=("$@")
if ((${#packages[@]} == 0)); then
  # systemd for systemd-analyze, which knows its sets of system calls.
  packages=(apache2 haproxy nginx postgresql procps stunnel4 systemd)
  # Not beside one from elsewhere.
  command -v node >/dev/null || packages+=(nodejs)
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
    missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
((EUID == 0)) || as_root=(sudo)
# Debian's way to keep packages from starting their services.
policy=/usr/sbin/policy-rc.d
if [[ ! -e "$policy" ]]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 0755 /dev/stdin "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
echo "install_servers: installing ${missing[*]}"
"${as_root[@]}" apt-get update -q >/dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends "${missing[@]}" >/dev/null
