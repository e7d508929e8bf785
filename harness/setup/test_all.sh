#!/usr/bin/env bash
# The whole test suite, part by part. Every part prints what it did; its last "N passed, N failed[, N skipped]"
# is added up. A part that prints no such line and fails counts as one failure.
set -u
cd "$(dirname "$0")/../.."
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

part() { # name, command...
    local name=$1 status line
    shift
    echo "== $name"
    "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    line=$(grep -oE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?' "$log" | tail -1)
    if [ -n "$line" ]; then
        set -- $(grep -oE '[0-9]+' <<<"$line")
        passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + ${3:-0}))
        [ "$status" -eq 0 ] || [ "$2" -gt 0 ] || failed=$((failed + 1))
    elif [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

make=${MAKE:-make}
part "layers" $make -s layers
part "unit" $make -s unit
part "wire" $make -s wire
harness/clients/packages.sh # the scenarios use one of them
harness/clients/handlers.sh npm # and these; `make handler-libraries` tries those of PyPI too
part "scenarios" build/stackrig test scenarios/
part "cli" $make -s cli
part "interposer" $make -s interpose-test
part "clients" $make -s clients
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
