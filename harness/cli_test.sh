#!/usr/bin/env bash
# The command line as a user meets it: messages, exit statuses, what is left behind. Prints what fails and the
# counts. No sleeps: everything waited for announces itself.
set -u
cd "$(dirname "$0")/.."
program=${STACKRIG:-build/stackrig}
scratch=$(mktemp -d)
export TMPDIR=$scratch
passed=0 failed=0
server=""
cleanup() {
    [ "$BASHPID" = "$$" ] || return # a child that was told to stop before it ran its command
    [ -z "$server" ] || kill "$server" 2>/dev/null
    rm -rf "$scratch"
}
trap cleanup EXIT

# expect STATUS PATTERN COMMAND...: its exit status, and what it prints on both streams.
expect() {
    local status=$1 pattern=$2 output found
    shift 2
    output=$("$@" 2>&1)
    found=$?
    if [ "$found" = "$status" ] && grep -qE -- "$pattern" <<<"$output"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s\n  expected status %s and /%s/\n  found status %s: %s\n' "$*" "$status" "$pattern" "$found" "$output"
    fi
}

# Starts a server and sets $endpoint from its ready line.
start() {
    mkfifo "$scratch/ready"
    "$program" serve --port 0 "$@" >"$scratch/ready" &
    server=$!
    read -r word endpoint <"$scratch/ready"
    rm "$scratch/ready"
    expect 0 '^ready http://127\.0\.0\.1:[0-9]+$' echo "$word" "$endpoint"
}
stop() { # SIGNAL
    kill "-$1" "$server"
    wait "$server"
    expect 0 "^0$" echo $?
    server=""
}

# ---- what is wrong is told, with status 2 ----
expect 2 'Usage: stackrig COMMAND' "$program"
expect 2 "unknown command 'serv', did you mean 'serve'" "$program" serv
expect 2 "unknown option '--prot', did you mean '--port'" "$program" serve --prot 1
expect 2 '--port takes a number from 0 to 65535' "$program" serve --port 65536
expect 2 '--port needs a value' "$program" serve --port
expect 2 "takes no argument, got 'x'" "$program" serve x
expect 2 '--account takes 12 digits' "$program" serve --port 0 --account 123
expect 2 '--region takes a name such as us-east-1' "$program" serve --port 0 --region Mars
expect 2 '--clock takes real|virtual' "$program" serve --clock sundial
expect 2 'cannot be used as data directory' "$program" serve --port 0 --data-dir /proc/nothing
expect 2 'cannot read the fault rules' "$program" serve --port 0 --faults "$scratch/none"
printf -- '- on: x\n  fault: explode\n' >"$scratch/faults.txt"
expect 2 'also resurface; on sqs:GetQueueAttributes also stale_counters' "$program" serve --port 0 --faults "$scratch/faults.txt"
expect 2 'faults\.txt:1:' "$program" serve --port 0 --faults "$scratch/faults.txt"
expect 2 'cannot' "$program" serve --port 0 --host 256.1.1.1
expect 2 'name a command' "$program" run
expect 2 'name scenario files' "$program" test
expect 2 'cannot be read' "$program" test "$scratch/none.yaml"
expect 2 'there is no service' "$program" operations nothing
expect 2 'name one stack' "$program" why

# ---- help ----
expect 0 'scenario files' "$program" help
expect 0 '--data-dir DIR' "$program" serve --help
expect 0 '--keep-going' "$program" help test
expect 0 '^stackrig [0-9]+\.' "$program" version
expect 0 'PutParameter' "$program" operations ssm

# ---- serve, env, why ----
start --clock virtual --seed 7 --region eu-west-1 --account 123456789012
expect 0 '"seed":7' curl -s "$endpoint/_stackrig/health"
expect 0 '"clock":"virtual"' curl -s "$endpoint/_stackrig/health"
expect 0 '"services"' curl -s "$endpoint/_localstack/health"
expect 0 'ok' curl -s -X POST "$endpoint/_stackrig/reset"
expect 0 'ok' curl -s -X POST "$endpoint/moto-api/reset"
expect 0 "export AWS_ENDPOINT_URL='$endpoint'" "$program" env --endpoint "$endpoint"
expect 0 "export AWS_DEFAULT_REGION='eu-west-1'" "$program" env --port "${endpoint##*:}"
expect 0 'export LD_PRELOAD=' "$program" env --endpoint "$endpoint"
expect 1 '^0$' bash -c "'$program' env --no-preload --endpoint '$endpoint' | grep -c LD_PRELOAD"
expect 0 '^unset AWS_CA_BUNDLE$' "$program" env --unset
expect 1 'Stack with id nope does not exist' "$program" why --endpoint "$endpoint" nope
expect 2 'Address already in use' "$program" serve --port "${endpoint##*:}"
expect 0 '-----BEGIN CERTIFICATE-----' bash -c "eval \"\$('$program' env --endpoint '$endpoint')\"; cat \"\$AWS_CA_BUNDLE\""
stop TERM
expect 1 'no emulator answers' "$program" env --endpoint "$endpoint"
expect 1 'no emulator answers' "$program" why --endpoint "$endpoint" nope
start
stop INT
start
stop HUP
start --data-dir "$scratch/data"
curl -s -o "$scratch/out" -H 'X-Amz-Target: AmazonSSM.PutParameter' -H 'Content-Type: application/x-amz-json-1.1' \
    -d '{"Name":"/kept","Value":"yes","Type":"String"}' "$endpoint"
stop TERM
start --data-dir "$scratch/data"
expect 0 '"Value":"yes"' curl -s -H 'X-Amz-Target: AmazonSSM.GetParameter' \
    -H 'Content-Type: application/x-amz-json-1.1' -d '{"Name":"/kept"}' "$endpoint"
expect 2 'data directory|in use|lock' "$program" serve --port 0 --data-dir "$scratch/data"
stop TERM

# ---- run ----
expect 0 '^http://127\.0\.0\.1:[0-9]+$' "$program" run -- sh -c 'echo $AWS_ENDPOINT_URL'
expect 7 '' "$program" run -- sh -c 'exit 7'
expect 137 '' "$program" run -- sh -c 'kill -9 $$'
expect 127 'cannot run' "$program" run -- "$scratch/no-such-program"
expect 126 'cannot run' "$program" run -- "$scratch"
expect 0 '"status":"running"' "$program" run -- sh -c 'curl -s $AWS_ENDPOINT_URL/_stackrig/health'
expect 0 '--port' "$program" run -- echo --port
left=$("$program" run -- sh -c 'sleep 600 >/dev/null & echo $!; (sleep 601 >/dev/null &) ; exit 0')
expect 1 '' kill -0 "$left"
# A signal sent to us alone reaches the command, and the emulator ends in order.
signals=(env --default-signal=HUP,INT,TERM)
expect 129 '' "${signals[@]}" "$program" run -- sh -c 'kill -HUP $PPID; exec tail -f /dev/null'
expect 130 '' "${signals[@]}" "$program" run -- sh -c 'kill -INT $PPID; exec tail -f /dev/null'
expect 143 '' "${signals[@]}" "$program" run -- sh -c 'kill -TERM $PPID; exec tail -f /dev/null'
expect 0 '^alive$' nohup "$program" run -- sh -c 'kill -HUP $PPID; curl -s -o "$0" $AWS_ENDPOINT_URL/_stackrig/health && echo alive' "$scratch/out"
# Mistakes at the control API are told in JSON whatever the body calls itself.
expect 0 '^\{"code":"BadRequest","message":"the body is not JSON' "$program" run -- sh -c 'curl -s -d "{bad" $AWS_ENDPOINT_URL/_stackrig/clock'

# ---- test ----
printf 'name: good\nsteps:\n  - advance: 1h\n' >"$scratch/good.yaml"
printf 'name: bad\nsteps:\n  - expect: [{value: 1, equals: 2}]\n' >"$scratch/bad.yaml"
printf 'name: old\nrequires: {programs: [no-such-program]}\nsteps:\n  - advance: 1h\n' >"$scratch/old.yaml"
printf 'name: x\nsteps:\n  - advance: soon\n  - nonsense: 1\n' >"$scratch/wrong.txt"
expect 0 '^PASS .*good.yaml' "$program" test "$scratch/good.yaml"
expect 0 '1 passed, 0 failed, 0 skipped' "$program" test "$scratch/good.yaml"
expect 1 'bad.yaml:3:25: value 1' "$program" test "$scratch/bad.yaml"
expect 0 'no-such-program is not installed' "$program" test "$scratch/old.yaml"
expect 1 '1 passed, 1 failed, 1 skipped' "$program" test -j 3 "$scratch"
expect 2 'wrong.txt:3:5' "$program" test "$scratch/good.yaml" "$scratch/wrong.txt"
expect 2 'wrong.txt:4:5' "$program" test "$scratch/wrong.txt"
expect 1 '^not ok 1 - ' "$program" test --report tap "$scratch/bad.yaml"
expect 1 '<testsuites tests="3" failures="1" errors="0" skipped="1"' "$program" test --report junit "$scratch"
expect 0 'ok   step 1, line 3: advance 1h' "$program" test -v "$scratch/good.yaml"

# Told to stop in the middle, it leaves nothing (the last check of this file looks).
"$program" test scenarios >"$scratch/out" 2>&1 &
stopped=$!
tail -f --pid=$stopped "$scratch/out" | head -1 >/dev/null
kill -TERM "$stopped" 2>/dev/null
wait "$stopped"
expect 0 '^(143|0)$' echo $?

# ---- the SDK that Node.js functions find ----
if node --version >/dev/null 2>&1; then
    modules=$scratch/project/node_modules
    for package in @aws-sdk/client-fake aws-sdk dependency; do
        mkdir -p "$modules/$package"
        printf 'exports.answer = require("dependency").of("%s");\n' "$package" >"$modules/$package/index.js"
    done
    printf 'exports.of = (name) => `${name} is here`;\n' >"$modules/dependency/index.js"
    # sdk_scenario HANDLER RUNTIME PACKAGE OUTCOME
    sdk_scenario() {
        printf 'name: sdk\nsteps:\n  - function: sdk\n    code: %s\n    handler: %s.handler\n    runtime: %s\n' \
            "$PWD/fixtures/handlers/sdk" "$1" "$2"
        printf '  - invoke: sdk\n    payload: {name: "%s"}\n    %s\n' "$3" "$4"
    }
    missing='function_error: Unhandled'
    sdk_scenario required nodejs20.x @aws-sdk/client-fake 'output: "@aws-sdk/client-fake is here"' >"$scratch/sdk1.txt"
    sdk_scenario imported nodejs20.x @aws-sdk/client-fake 'output: "@aws-sdk/client-fake is here"' >"$scratch/sdk2.txt"
    sdk_scenario required nodejs16.x aws-sdk 'output: aws-sdk is here' >"$scratch/sdk3.txt"
    sdk_scenario required nodejs20.x aws-sdk "$missing" >"$scratch/sdk4.txt"
    sdk_scenario required nodejs16.x @aws-sdk/client-fake "$missing" >"$scratch/sdk5.txt"
    sdk_scenario required nodejs20.x dependency "$missing" >"$scratch/sdk6.txt"
    expect 0 '6 passed, 0 failed' env STACKRIG_NODE_MODULES="$modules" "$program" test "$scratch"/sdk[1-6].txt
    expect 0 '1 passed, 0 failed' bash -c 'program=$(realpath "$1") && cd "$2" && "$program" test "$3"' - \
        "$program" "$scratch/project" "$scratch/sdk1.txt"
fi

# ---- explore ----
expect 2 'name one scenario' "$program" explore
expect 2 "has no 'always'" "$program" explore "$scratch/good.yaml"
printf 'name: one\nalways: [{call: ssm.DescribeParameters, path: Parameters, count: {at_most: %s}}]\nsteps:\n' 1 >"$scratch/one.txt"
printf '  - call: ssm.PutParameter\n    input: {Name: /%s, Value: x, Type: String}\n' a >>"$scratch/one.txt"
expect 0 'explore: 3 held, 0 broken' "$program" explore "$scratch/one.txt"
expect 0 'held   ssm:PutParameter, time 1: the answer is lost' "$program" explore -v "$scratch/one.txt"
printf '  - call: ssm.DeleteParameter\n    input: {Name: /a}\n  - call: ssm.PutParameter\n    input: {Name: /b, Value: x, Type: String}\n' >>"$scratch/one.txt"
expect 1 '"on":"ssm:DeleteParameter","skip":0,"fault":"lose","phase":"before"' "$program" explore "$scratch/one.txt"
expect 0 'explore: 6 held, 0 broken' "$program" explore --only ssm:PutParameter "$scratch/one.txt"

# ---- nothing is left behind ----
# A server that is killed leaves its files; the next one that needs such a directory removes them.
start
eval "$("$program" env --no-preload --endpoint "$endpoint")"
kill -KILL "$server"
wait "$server" 2>/dev/null
server=""
expect 0 '^1$' bash -c "ls -d '$scratch'/stackrig-* | wc -l"
# What the command leaves running starts programs until it is ended: none of them misses the preloaded library.
expect 0 '^$' "$program" run -- bash -c 'while :; do /bin/true; done & exit 0'
expect 1 '^$' bash -c "ls -d '$scratch'/stackrig-* 2>/dev/null | grep ."

echo "cli: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
