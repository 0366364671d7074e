#!/bin/sh
# Runs the built tests, one target after another: each has the machine (and its servers) to itself.
# Usage: run-tests.sh [TARGET …]; without arguments all of them. The build must be current.
# SIGNUPD_TEST_BUILD has further options of `swift test`, SIGNUPD_TEST_SECONDS a target's longest time: a sanitizer's build is elsewhere,
# and slow.
set -u

cd "$(dirname "$0")/.."
log="$(mktemp)"
# Every reply that a test gets from the program, for scripts/check-openrpc.py.
SIGNUPD_TEST_REPLIES="$(mktemp)"
export SIGNUPD_TEST_REPLIES
trap 'rm -f "$log" "$SIGNUPD_TEST_REPLIES"' EXIT
# A developer's own settings are no test's.
for name in $(env | sed -n 's/^\(SIGNUPD_[A-Z_]*\)=.*/\1/p'); do
    case "$name" in SIGNUPD_TEST_* | SIGNUPD_CORE_ONLY) ;; *) unset "$name" ;; esac
done
methods=""
if [ $# -eq 0 ]; then
    # Of a whole run every method must have answered something.
    methods="$(/usr/bin/python3 -c 'import json; print(*(m["name"] for m in json.load(open("protocol/openrpc.json"))["methods"]))')"
    set -- ThreadsTests CryptographyTests WireTests SignupTests PasswordsTests StoreTests MariaDBStoreTests \
        RedisStoreTests MailTests signupdTests EndToEndTests ConformanceTests BenchmarkTests Examples
fi

passed=0
failed=0
broken=""
# Takes the target's $status, and its tests as $good and $bad, into the sums.
report() {
    [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    [ "$good" -gt 0 ] || { bad=$((bad + 1)); status=1; }
    printf '%-20s %4d passed, %d failed\n' "$target" "$good" "$bad"
    passed=$((passed + good))
    failed=$((failed + bad))
    if [ "$status" -ne 0 ]; then
        broken="$broken $target"
        grep -E '^✘|recorded an issue|error:|Fatal|^(FAIL|ERROR): |^[A-Za-z.]*Error: ' "$log" | head -n 60
        tail -n 5 "$log"
    fi
}

for target in "$@"; do
    # A target that does not end is a failure like any other: the longest takes some minutes.
    # Tests of the whole program run one by one: some of them are about time, and none may wait for another's load.
    parallel=""
    case "$target" in EndToEndTests | ConformanceTests | BenchmarkTests) parallel="--no-parallel" ;; esac
    # The examples are in other languages; their tests are Python's, and end with "Ran 40 tests" and "FAILED (failures=1)".
    if [ "$target" = Examples ]; then
        (cd Tests/Examples && timeout --kill-after=10 600 /usr/bin/python3 -B -m unittest discover) >"$log" 2>&1
        status=$?
        bad=$(grep -cE '^(FAIL|ERROR): ' "$log")
        good=$(sed -n 's/^Ran \([0-9]*\) tests.*/\1/p' "$log" | tail -n 1)
        good=$((${good:-0} - bad))
        report
        continue
    fi
    # shellcheck disable=SC2086 # options, or none
    timeout --kill-after=10 "${SIGNUPD_TEST_SECONDS:-1200}" \
        swift test --skip-build ${SIGNUPD_TEST_BUILD:-} $parallel --filter "^$target\\." >"$log" 2>&1
    status=$?
    # One line a test: "✔ Test … passed" and "✘ Test … failed"; suites and the run itself are not counted.
    good=$(grep -cE '^✔ Test (".*"|[^ ]+\(.*\)).* passed after' "$log")
    bad=$(grep -cE '^✘ Test (".*"|[^ ]+\(.*\)).* failed after' "$log")
    report
done

# The document, the text and the vectors agree, and every reply is one that the document allows. Where targets were left out there
# may be none.
checks="document"
[ ! -s "$SIGNUPD_TEST_REPLIES" ] && [ -z "$methods" ] || checks="document replies"
for check in $checks; do
    replies=""
    [ "$check" = document ] || replies="$SIGNUPD_TEST_REPLIES"
    # shellcheck disable=SC2086 # a word for each method
    if message=$(/usr/bin/python3 scripts/check-openrpc.py ${replies:+"$replies" $methods} 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        broken="$broken check-openrpc.py"
    fi
    printf '%s\n' "$message" | sort | uniq -c | sort -rn | sed 's/^ *1 //' | head -n 40
done
[ -z "$broken" ] || echo "not all good:$broken"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
