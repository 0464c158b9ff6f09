#!/usr/bin/env bash
# Runs the conformance program; ./build.sh first. See tests/clients/README.md.
here="$(cd "$(dirname "$0")" && pwd)"
exec java -cp "$here/target/classes:$here/target/test-classes:$(cat "$here/target/classpath")" \
  io.keyhold.ConformanceProgram "$@"
