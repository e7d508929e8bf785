#!/bin/sh
# Installs the Debian packages that a make target needs and says which: packages.sh demo|test|lint|fuzz
#
# As root, or with sudo that asks no password, it installs; otherwise it prints the one command and stops.
set -eu

build="gcc libc6-dev pkg-config libmicrohttpd-dev libjansson-dev libsqlite3-dev libssl-dev libyaml-dev \
libzip-dev libpcre2-dev zlib1g-dev libcurl4-openssl-dev"
handlers="python3 python3-boto3 nodejs"
case "${1:-demo}" in
demo) wanted="$build $handlers awscli" ;;
test) wanted="$build $handlers awscli libcunit1-dev npm curl openssl ca-certificates netbase" ;;
lint) wanted="$build clang-format clang-tidy cppcheck" ;;
fuzz) wanted="$build clang libclang-rt-dev python3" ;;
*) echo "usage: packages.sh demo|test|lint|fuzz" >&2; exit 2 ;;
esac

# A tool that is there counts, whoever installed it: a newer node or gcc need not be Debian's.
present() {
    case "$1" in
    gcc | curl | openssl | pkg-config | npm) command -v "$1" >/dev/null 2>&1 ;;
    nodejs) command -v node >/dev/null 2>&1 ;;
    *) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed' ;;
    esac
}

missing=""
for package in $wanted; do
    present "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

command="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
    sudo=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo="sudo"
else
    echo "These Debian packages are missing. Install them with:" >&2
    echo "  sudo $command" >&2
    exit 1
fi
echo "installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
