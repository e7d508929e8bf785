#!/usr/bin/env bash
# Clients as their users have them, each doing the main job against a running emulator: the AWS CLI and boto3 of
# Debian (both older than AWS_ENDPOINT_URL: the preloaded library leads them), AWS SDK for JavaScript v3 and v2.
# A client that is not installed is skipped. `run.sh cli boto3 v3 v2 documents dynamodb sqs sns` chooses.
set -u
cd "$(dirname "$0")/../.."
program=${STACKRIG:-build/stackrig}
scratch=$(mktemp -d)
server=""
passed=0 failed=0 skipped=0 versions=""
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null
    rm -rf "$scratch"
}
trap cleanup EXIT
export AWS_PAGER="" PYTHONDONTWRITEBYTECODE=1 AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE=1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null

skip() {
    echo "skip $1: $2"
    skipped=$((skipped + 1))
}

# client NAME FLAGS-OF-ENV COMMAND...: prints "ok ..." and "FAIL ..." lines; every client has a server of its own.
client() {
    local name=$1 flags=$2 status
    shift 2
    mkfifo "$scratch/ready"
    "$program" serve --port 0 --clock virtual >"$scratch/ready" &
    server=$!
    read -r _ endpoint <"$scratch/ready"
    rm "$scratch/ready"
    # shellcheck disable=SC2086
    (eval "$("$program" env --endpoint "$endpoint" $flags)" && "$@") >"$scratch/out" 2>&1
    status=$?
    kill "$server" 2>/dev/null
    wait "$server"
    server=""
    sed "s/^/$name: /" "$scratch/out"
    passed=$((passed + $(grep -c '^ok ' "$scratch/out")))
    failed=$((failed + $(grep -c '^FAIL ' "$scratch/out")))
    skipped=$((skipped + $(grep -c '^skip ' "$scratch/out")))
    if [ "$status" -ne 0 ] && ! grep -q '^FAIL ' "$scratch/out"; then
        echo "$name: FAIL ended with status $status"
        failed=$((failed + 1))
    fi
}

harness/clients/packages.sh
python=/usr/bin/python3
[ -x "$python" ] || python=python3
aws=/usr/bin/aws
[ -x "$aws" ] || aws=aws
here=harness/clients
modules=${STACKRIG_NODE_MODULES:-$PWD/build/clients/node_modules}
export NODE_MODULES=$modules

for wanted in ${*:-cli boto3 v3 v2 documents dynamodb sqs sns}; do
    case $wanted in
    cli)
        if command -v "$aws" >/dev/null; then AWS=$aws client "aws cli" "" bash $here/aws_cli.sh
        else skip "aws cli" "awscli is not installed"; fi ;;
    boto3)
        if "$python" -c 'import boto3' 2>/dev/null; then client boto3 "" "$python" $here/boto3_client.py
        else skip boto3 "python3-boto3 is not installed"; fi ;;
    v3)
        if [ -d "$modules/@aws-sdk/client-sqs" ]; then client "javascript v3" --no-preload node $here/javascript_v3.js
        else skip "javascript v3" "npm packages are not installed"; fi ;;
    v2)
        if [ -d "$modules/aws-sdk" ]; then client "javascript v2" "" node $here/javascript_v2.js
        else skip "javascript v2" "npm packages are not installed"; fi ;;
    documents)
        if [ -d "$modules/@aws-sdk/lib-dynamodb" ]; then
            client "javascript documents" --no-preload node $here/javascript_documents.js
        else skip "javascript documents" "npm packages are not installed"; fi ;;
    dynamodb)
        client "dynamodb recorded" --no-preload "$python" $here/dynamodb_recorded.py
        if python3 -c 'import boto3' 2>/dev/null; then
            client dynamodb --no-preload python3 $here/dynamodb_client.py
            client "dynamodb texts" --no-preload python3 $here/dynamodb_texts.py
            client "dynamodb soak" --no-preload env STACKRIG="$program" python3 $here/dynamodb_soak.py
        else skip dynamodb "python3-boto3 is not installed"; fi ;;
    sqs) # query protocol with an old boto3, JSON with a new one
        for each in /usr/bin/python3 "$(command -v python3)"; do
            version=$("$each" -c 'import boto3; print(boto3.__version__)' 2>/dev/null) || continue
            case $versions in *" $version "*) continue ;; esac
            versions="$versions $version "
            client "sqs, boto3 $version" "" "$each" $here/sqs_recorded.py
        done
        [ -n "$versions" ] || skip sqs "python3-boto3 is not installed"
        client "sqs hostile" --no-preload "$python" $here/sqs_hostile.py
        client "sqs soak" --no-preload env STACKRIG="$program" "$python" $here/sqs_soak.py --messages 10000 --kills 4 ;;
    sns)
        versions=""
        for each in /usr/bin/python3 "$(command -v python3)"; do
            version=$("$each" -c 'import boto3; print(boto3.__version__)' 2>/dev/null) || continue
            case $versions in *" $version "*) continue ;; esac
            versions="$versions $version "
            client "sns, boto3 $version" "" "$each" $here/sns_recorded.py
        done
        [ -n "$versions" ] || skip sns "python3-boto3 is not installed"
        for each in v2 v3; do
            if [ -d "$modules/sns-validator" ]; then client "sns, javascript $each" "" node $here/javascript_sns.js $each
            else skip "sns, javascript $each" "npm packages are not installed"; fi
        done
        client "sns restart" --no-preload env STACKRIG="$program" "$python" $here/sns_restart.py ;;
    *) echo "run.sh: no client '$wanted'" >&2; exit 2 ;;
    esac
done
echo "clients: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
