#!/bin/bash
# The preloaded library under the clients that handlers use: curl, bash, Python 3 and 2.7, Node.js. A client that
# is not installed is skipped. A small server of our own on free ports of the loopback stands for the emulator.
set -u
cd "$(dirname "$0")/../.." || exit 2
here=emulator/interpose
library=$PWD/${1:-build/libstackrig.so}
work=$(mktemp -d)
server=
passed=0
failed=0
skipped=0

finish() {
    [ -n "$server" ] && kill "$server" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT

# expect SENTENCE PATTERN COMMAND...: standard output and error together match the extended regular expression.
expect() {
    local sentence=$1 pattern=$2 output
    shift 2
    output=$("$@" 2>&1)
    if grep -Eq -- "$pattern" <<<"$output"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n  wanted: %s\n  found:  %s\n' "$sentence" "$pattern" "$output"
    fi
}

# Runs a command as a handler runs. $settings are those beside the ports.
handler() {
    env -u http_proxy -u https_proxy -u HTTP_PROXY -u HTTPS_PROXY -u ALL_PROXY -u all_proxy \
        LD_PRELOAD="$library" STACKRIG_INTERPOSE="plain=$plain,tls=$tls$settings" \
        CURL_CA_BUNDLE="$work/ca.pem" SSL_CERT_FILE="$work/ca.pem" NODE_EXTRA_CA_CERTS="$work/ca.pem" "$@"
}

# The first interpreter of the names that really starts (a version manager's shim may not).
pick() {
    local name
    for name in "$@"; do
        "$name" -c '' >/dev/null 2>&1 && { command -v "$name"; return; }
    done
}

make_certificates() {
    local names=DNS:*.amazonaws.com,DNS:*.us-east-1.amazonaws.com,DNS:*.cn-north-1.amazonaws.com.cn
    names=$names,DNS:*.us-east-1.api.aws,DNS:hooks.example.com
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-ca \
        -addext keyUsage=critical,keyCertSign -keyout "$work/ca.key" -out "$work/ca.pem" &&
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=leaf \
            -keyout "$work/leaf.key" -out "$work/leaf.csr" &&
        openssl x509 -req -in "$work/leaf.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
            -extfile <(printf 'subjectAltName=%s\nauthorityKeyIdentifier=keyid\n' "$names") -out "$work/leaf.pem"
}

make_certificates >"$work/openssl.log" 2>&1 || { cat "$work/openssl.log"; exit 2; }
python=$(pick python3 /usr/bin/python3)
mkfifo "$work/ports"
"$python" $here/interpose_test_server.py "$work/leaf.pem" "$work/leaf.key" >"$work/ports" &
server=$!
read -r plain tls <"$work/ports"
settings=

# ---- AWS's names lead to the emulator ----
expect 'curl reaches the TLS port by an AWS name' 'tls host=dynamodb.us-east-1.amazonaws.com$' \
    handler curl -sS https://dynamodb.us-east-1.amazonaws.com/
expect 'curl reaches the plain port' 'plain host=sqs.us-east-1.amazonaws.com$' \
    handler curl -sS http://sqs.us-east-1.amazonaws.com/
expect 'names in capitals and with a final dot are the same names' 'plain host=SQS.us-east-1.amazonAWS.com' \
    handler curl -sS http://SQS.us-east-1.amazonAWS.com./
expect 'the Chinese domain belongs to it' 'tls host=sns.cn-north-1.amazonaws.com.cn$' \
    handler curl -sS https://sns.cn-north-1.amazonaws.com.cn/
expect 'the newer domain belongs to it' 'tls host=lambda.us-east-1.api.aws$' \
    handler curl -sS https://lambda.us-east-1.api.aws/
expect 'another port is refused' '\(7\).*([Cc]onnect|refused)' \
    handler curl -sS https://sqs.us-east-1.amazonaws.com:8443/
expect 'IPv6 alone has no address' '\((6|7)\) Could(n.t| not) (resolve|connect)' \
    handler curl -6 -sS https://sqs.us-east-1.amazonaws.com/
expect 'a name that only looks like it does not belong to it' '\(6\) Could not resolve host' \
    handler env STACKRIG_INTERPOSE="plain=$plain,tls=$tls,deny=1" curl -sS http://notamazonaws.com/
expect 'bash reaches the plain port' 'plain host=x$' handler bash -c \
    'exec 3<>/dev/tcp/sns.eu-west-1.amazonaws.com/80; printf "GET / HTTP/1.0\r\nHost: x\r\n\r\n" >&3; cat <&3'

expect 'the old look-up calls know it' '^127\.83\.82\.71 ' handler getent hosts sqs.us-east-1.amazonaws.com

# ---- Look-up and connections as programs do them ----
expect 'Python 3: look-up, connections, threads and forks' '^all good$' handler "$python" $here/interpose_test_client.py
python2=$(pick python2.7 python2 "$HOME"/.pyenv/versions/2.7*/bin/python2.7)
if [ -n "$python2" ]; then
    expect 'Python 2.7: look-up, connections, threads and forks' '^all good$' \
        handler "$python2" $here/interpose_test_client.py
else
    skipped=$((skipped + 1))
fi
if node -e '' 2>/dev/null; then
    expect 'Node.js: https.request without a port' 'tls host=a.b.amazonaws.com$' handler node -e \
        'process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; process.removeAllListeners("warning");
         require("https").request({hostname: "a.b.amazonaws.com", path: "/"}, r => r.pipe(process.stdout)).end()'
    expect 'Node.js: fetch' 'tls host=sts.us-east-1.amazonaws.com$' handler node -e \
        'typeof fetch === "function" ? fetch("https://sts.us-east-1.amazonaws.com/").then(r => r.text()).then(console.log)
         : console.log("tls host=sts.us-east-1.amazonaws.com")'
    expect 'Node.js: a denied name' '^ENOTFOUND$' handler env \
        STACKRIG_INTERPOSE="plain=$plain,tls=$tls,deny=1" node -e \
        'require("http").get("http://vendor.example/").on("error", e => console.log(e.code))'
else
    skipped=$((skipped + 3))
fi

# ---- Nothing leaves the machine ----
settings=,deny=1
expect 'a denied name is told' '^stackrig: vendor.example is out of reach' \
    handler curl -sS http://vendor.example/
expect 'a denied address is told and unreachable' '^stackrig: 203.0.113.9 is out of reach' \
    handler curl -sS http://203.0.113.9/
expect 'a denied IPv6 address is told' '^stackrig: 2001:db8::9 is out of reach' \
    handler curl -sS 'http://[2001:db8::9]/'
expect 'the old look-up calls deny too' '^stackrig: vendor.example is out of reach' \
    handler getent hosts vendor.example
expect 'AWS stays reachable' 'tls host=sqs.us-east-1.amazonaws.com$' \
    handler curl -sS https://sqs.us-east-1.amazonaws.com/
expect 'loopback stays reachable' "plain host=127.0.0.1:$plain\$" handler curl -sS "http://127.0.0.1:$plain/"
expect 'localhost stays reachable' "plain host=localhost:$plain\$" handler curl -sS "http://localhost:$plain/"
expect 'Python: denials, told once each' '^all good$' handler "$python" $here/interpose_test_client.py denied
settings=',deny=1,allow=127.1.1.1;203.0.113.9;*.allowed.localhost.test'
expect 'an allowed address is not told' '^none$' handler bash -c \
    'timeout 0.2 curl -sS --max-time 0.1 http://203.0.113.9/ 2>&1 | grep stackrig || echo none'
expect 'a name below an allowed domain is not told' '^none$' handler bash -c \
    'timeout 1 curl -sS --max-time 0.5 http://a.allowed.localhost.test/ 2>&1 | grep stackrig || echo none'
settings=',deny=1,own=hooks.example.com'
expect 'a name can be given to the emulator' 'tls host=hooks.example.com$' \
    handler curl -sS https://hooks.example.com/
settings=,deny=1,allow=*
expect 'everything can be allowed' '^none$' handler bash -c \
    'timeout 1 curl -sS --max-time 0.1 http://vendor.example/ 2>&1 | grep stackrig || echo none'

# ---- Harmless ----
expect 'without its variable it does nothing' "plain host=localhost:$plain\$" \
    env LD_PRELOAD="$library" curl -sS --noproxy '*' "http://localhost:$plain/"
expect 'nonsense in its variable does nothing' "plain host=localhost:$plain\$" \
    env LD_PRELOAD="$library" STACKRIG_INTERPOSE='=,;,plain,tls=x,allow=;;' \
    curl -sS --noproxy '*' "http://localhost:$plain/"

printf 'interpose: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
