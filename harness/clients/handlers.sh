#!/bin/sh
# Installs the handlers of fixtures/handler-libraries, each with its libraries, into build/handlers, once: their
# scenarios pack them as a user would. `handlers.sh npm` installs those of the npm registry that are quick to
# fetch and run on Debian's Node.js, `handlers.sh` all, with those of PyPI. What cannot be installed is left out, and the
# scenarios that need it are skipped and say so.
cd "$(dirname "$0")/../.." || exit 2
wanted=${1:-all}
for source in fixtures/handler-libraries/*/; do
    name=$(basename "$source")
    target=build/handlers/$name
    if [ -d "$target" ] && diff -rq "$source" "$target" 2>/dev/null | grep -qv '^Only in build/' ; then
        rm -rf "$target"
    fi
    [ ! -d "$target" ] || continue
    case $wanted:$name in
    npm:cfn-*-python | npm:cfn-resource-provider | npm:crhelper* | npm:powertools-python) continue ;;
    npm:cdk | npm:powertools-node) continue ;; # large, or of a newer Node.js than Debian's
    esac
    part=$target.part
    rm -rf "$part"
    mkdir -p "$part"
    cp -r "$source". "$part"
    echo "installing the libraries of handler $name"
    if [ -f "$source/package.json" ]; then
        command -v npm >/dev/null 2>&1 &&
            npm install --prefix "$part" --no-package-lock --no-audit --no-fund --loglevel=error >"$part.log" 2>&1
    else
        python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-warn-script-location \
            --target "$part" -r "$source/requirements.txt" >"$part.log" 2>&1
    fi
    if [ $? -eq 0 ]; then
        mv "$part" "$target"
        rm -f "$part.log"
    else
        tail -2 "$part.log" 2>/dev/null
        echo "they could not be installed: its scenarios are skipped"
        rm -rf "$part" "$part.log"
    fi
done
