#!/usr/bin/env bash
# Installs Debian 12's packages of what the clients are built with, where a
# tool is not there yet. For Rust these are the packages that Debian keeps new
# for its browsers (1.96). Debian has no Go that is new enough (1.19, and 1.24 in
# backports): get it from go.dev; tests/clients/run.py says what is missing or too
# old, and leaves it out.
set -euo pipefail

# A tool, and the package that brings it.
tools=(
  "python3 python3" "node nodejs" "npm npm" "javac openjdk-17-jdk-headless" "mvn maven"
  "cargo cargo-web" "cargo-fmt rustfmt-web" "cargo-clippy rust-web-clippy" "protoc protobuf-compiler"
)
packages=()
for entry in "${tools[@]}"; do
  read -r tool package <<<"$entry"
  command -v "$tool" >/dev/null || packages+=("$package")
done
python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
((${#packages[@]})) || exit 0

echo "install_toolchains: installing ${packages[*]}"
if ((EUID != 0)); then
  echo "install_toolchains: this needs root; without it these languages are left out" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || echo "install_toolchains: no package lists to be had; trying with those there are" >&2
for package in "${packages[@]}"; do
  apt-get install --yes --no-install-recommends "$package" >/dev/null ||
    echo "install_toolchains: $package cannot be installed" >&2
done
