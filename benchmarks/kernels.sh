#!/bin/sh
# Measures the CPU kernels beside their limits and writes benchmarks/cpu-kernels.md. Needs JAVA_HOME (JDK 25), Maven.
set -eu
cd "$(dirname "$0")/.."
mvn -q -pl benchmarks -am compile dependency:build-classpath -Dmdep.outputFile=target/classpath
exec "$JAVA_HOME/bin/java" -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" \
    dev.javelin.benchmarks.kernels.KernelTable "$(git rev-parse --short HEAD)" benchmarks/cpu-kernels.md
