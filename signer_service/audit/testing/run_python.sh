#!/bin/sh
# Runs a program in Python: Bazel's own rules for it are not used here.
exec /usr/bin/python3 "$@"
