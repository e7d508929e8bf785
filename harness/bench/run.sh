#!/bin/sh
# Builds the yardsticks and runs the benchmarks: run.sh [GROUP...]
set -eu
cd "$(dirname "$0")/../.."
cc -O2 -D_GNU_SOURCE -o build/bench-hello harness/bench/hello.c $(pkg-config --cflags --libs libmicrohttpd)
cc -O2 -D_GNU_SOURCE -o build/bench-lambda-floor harness/bench/lambda_floor.c
exec /usr/bin/python3 harness/bench/bench.py "$@"
