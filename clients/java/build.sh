#!/usr/bin/env bash
# Compiles the library and its test programs with Maven.
set -euo pipefail
cd "$(dirname "$0")"
# Maven only when a source has changed.
stamp="$(find pom.xml src ../../proto -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)"
if [[ "$(cat target/built 2>/dev/null)" != "$stamp" ]]; then
  mvn --batch-mode --quiet -Dstyle.color=never test-compile org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
    -Dmdep.outputFile=target/classpath
  echo "$stamp" >target/built
fi
