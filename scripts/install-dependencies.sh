#!/bin/sh
# Installs the Debian packages that are missing, and says which. Usage: install-dependencies.sh build|test|bench|demo-web|browser|metrics|package
set -eu

build="pkg-config libmariadb-dev libhiredis-dev libcurl4-openssl-dev libsodium-dev rapidjson-dev libzxcvbn-dev libsqlite3-dev"
# Servers and tools that only the tests start; none of them is enabled as a service.
test="mariadb-server redis-server postfix python3 python3-aiosmtpd python3-jsonschema openssl socat netcat-openbsd jq"
# The systemd units are checked without systemd running, and what the program touches is recorded.
test="$test systemd util-linux strace"
# Clients that the tests run against the program: Python packages in a venv, Node and Perl.
test="$test python3-venv nodejs perl"
# What the pages of docs/ tell an operator to type, and the check of the manual.
test="$test sqlite3 groff-base"
# The languages of the examples.
test="$test golang-go php-cli python3-django python3-argon2"

# Counts instructions, of a program without its symbols.
bench="valgrind binutils"
# What drives the pages of examples/web, with a font that has more than ASCII.
browser="chromium chromium-driver python3-selenium fonts-dejavu-core"
# promtool, of which the package is the only source; large.
metrics="prometheus"
# What builds and checks the Debian package.
package="debhelper lintian mmdebstrap"

case "${1:-}" in
build) wanted="$build" ;;
test) wanted="$build $test" ;;
bench) wanted="$build $test $bench" ;;
demo-web) wanted="$build python3" ;;
browser) wanted="$build $test $browser" ;;
metrics) wanted="$metrics" ;;
package) wanted="$package" ;;
*)
    echo "usage: $0 build|test|bench|demo-web|browser|metrics|package" >&2
    exit 64
    ;;
esac

if ! command -v swift >/dev/null 2>&1; then
    echo "signupd needs Swift 6.3 or later: see https://www.swift.org/install/linux/" >&2
    exit 69
fi

missing=""
for package in $wanted; do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed'; then
        missing="$missing $package"
    fi
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "missing:$missing; install them as root: apt-get install$missing" >&2
        exit 77
    fi
    as_root="sudo"
fi
echo "installing:$missing"
# A policy of 101 keeps the packages from starting their servers; it is removed again, and never replaces one that is there.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '$as_root rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
fi
status=0
{
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of package names
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
} >/dev/null || status=$?
exit "$status"
