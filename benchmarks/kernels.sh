#!/bin/sh
# Measures every fast CPU kernel beside its limit and writes benchmarks/cpu-kernels.md. Needs JAVA_HOME (JDK 25), Maven.
#
#   benchmarks/kernels.sh              builds and measures all
#   benchmarks/kernels.sh build        builds only
#   benchmarks/kernels.sh run I/N      measures part I of N of what was built; the last part of all writes the table
set -eu
cd "$(dirname "$0")/.."
classpath=benchmarks/target/classpath

build() {
    mvn -q -pl benchmarks -am compile dependency:build-classpath -Dmdep.outputFile=target/classpath
}

run() {
    "$JAVA_HOME/bin/java" --add-modules jdk.incubator.vector -cp "benchmarks/target/classes:$(cat $classpath)" \
        dev.javelin.benchmarks.kernels.KernelTable "$(git rev-parse --short HEAD)" "$1" \
        benchmarks/target/kernel-results benchmarks/cpu-kernels.md
}

case ${1:-all} in
    build) build ;;
    run) run "${2:-1/1}" ;;
    *) build && run 1/1 ;;
esac
