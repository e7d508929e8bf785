#!/bin/sh
# Runs each fuzzer of build/fuzz for so many seconds: run.sh SECONDS [NAME...]
#
# What was found interesting stays in build/fuzz/corpus/NAME for the next run. An input that fails is left in
# build/fuzz/failed/ and named; exit 1. Seeds: harness/fuzz/seeds/NAME.txt, one a line (\n and \t are read), and the
# fixtures.
set -eu
cd "$(dirname "$0")/../.."
seconds="${1:-30}"
[ $# -eq 0 ] || shift
status=0

add_seeds() { # NAME FOLDER
    if [ -f "harness/fuzz/seeds/$1.txt" ]; then
        number=0
        while IFS= read -r line; do
            number=$((number + 1))
            printf '%b' "$line" >"$2/seed-$number"
        done <"harness/fuzz/seeds/$1.txt"
    fi
    case "$1" in
    gateway)
        files=""
        for case in fixtures/wire/*/*/; do # all requests of a case in one input
            for file in "$case"*request.http; do
                grep -av '^#' "$file"
                echo ====
            done >"$2/$(printf '%s' "$case" | tr '/' '-')"
        done
        python3 harness/fuzz/gateway_seeds.py "$2"
        ;;
    json_value) files=$(find fixtures -name '*.json' -size -8k) ;;
    template) files=$(find fixtures/templates -type f) ;;
    yaml | scenario) files=$(find scenarios fixtures/templates -name '*.yaml' -size -8k) ;;
    zip_archive) files="" && python3 - "$2/seed.zip" <<'EOF' ;;
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("index.py", "def handler(event, context):\n    return event\n" * 9)
    archive.writestr("../outside", "no")
    link = zipfile.ZipInfo("inner/link")
    link.external_attr = 0o120777 << 16
    archive.writestr(link, "../../outside")
EOF
    *) files="" ;;
    esac
    for file in $files; do
        cp "$file" "$2/$(printf '%s' "$file" | tr '/' '-')"
    done
}

for program in $(find build/fuzz -name '*_fuzz' -type f | sort); do
    name=$(basename "$program" _fuzz)
    if [ $# -gt 0 ]; then
        case " $* " in *" $name "*) ;; *) continue ;; esac
    fi
    corpus="build/fuzz/corpus/$name"
    mkdir -p "$corpus" build/fuzz/failed
    add_seeds "$name" "$corpus"
    log="build/fuzz/$name.log"
    if "$program" -max_total_time="$seconds" -max_len=8192 -timeout=20 -rss_limit_mb=3000 -verbosity=1 \
        -artifact_prefix="build/fuzz/failed/$name-" "$corpus" >"$log" 2>&1; then
        echo "$name: $(sed -n 's/^Done \([0-9]*\) runs.*/\1 inputs/p' "$log"), nothing found"
    else
        echo "$name: FAILED, see $log"
        grep -E 'ERROR|runtime error|Test unit written' "$log" | head -5
        status=1
    fi
done
exit $status
