#!/bin/sh
# Builds the tests under a sanitizer and runs them, each target by itself. Usage: test-sanitized.sh thread|address [TARGET …]
# A report of the sanitizer fails its target. What it must not report is in Tests/Sanitizers, each with its reason.
set -eu

cd "$(dirname "$0")/.."
sanitizer="${1:?usage: test-sanitized.sh thread|address [TARGET …]}"
shift
here="$(pwd)"
case "$sanitizer" in
thread) scratch=.build-tsan ;;
address) scratch=.build-asan ;;
*)
    echo "no sanitizer is called $sanitizer here; say thread or address" >&2
    exit 64
    ;;
esac
[ -z "${SIGNUPD_CORE_ONLY:-}" ] || scratch="$scratch-core"

options="--scratch-path $scratch --sanitize $sanitizer"
# What the sanitizer is told is linked in. Swift's own clang: some of the functions have Swift's calling convention.
mkdir -p "$scratch"
told="$scratch/$sanitizer.o"
"$(dirname "$(command -v "${SWIFT:-swift}")")/clang" -c -O1 -Wall -Wextra -fPIC "Tests/Sanitizers/$sanitizer.c" -o "$told"
options="$options -Xlinker $here/$told"
# shellcheck disable=SC2086 # options
${SWIFT:-swift} build --build-tests $options --explicit-target-dependency-import-check error
# The examples are no part of what is sanitized.
[ $# -gt 0 ] || set -- ThreadsTests CryptographyTests WireTests SignupTests PasswordsTests StoreTests MariaDBStoreTests RedisStoreTests \
    MailTests signupdTests EndToEndTests ConformanceTests
# Several times slower than without.
SIGNUPD_TEST_BUILD="$options" SIGNUPD_TEST_SECONDS=1800 exec scripts/run-tests.sh "$@"
