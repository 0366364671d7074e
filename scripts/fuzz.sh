#!/bin/sh
# Builds the fuzzer and runs its targets one after another. Usage: fuzz.sh SECONDS [TARGET …]; each runs that long.
# What it learns stays in .build-fuzz/corpus; an input that breaks something is left in .build-fuzz/found, and the run fails.
set -eu

cd "$(dirname "$0")/.."
seconds="${1:?usage: fuzz.sh SECONDS [TARGET …]}"
shift
scratch=.build-fuzz
corpus="$scratch/corpus"
# libFuzzer keeps the input of a trap only if Swift does not print a backtrace first.
export SWIFT_BACKTRACE=enable=no
found="$scratch/found"
fuzzer="$scratch/release/Fuzz"

# Optimised, because executions count; with the tests' view of internals.
SIGNUPD_FUZZ=1 ${SWIFT:-swift} build -c release --scratch-path "$scratch" --product Fuzz --sanitize fuzzer \
    -Xswiftc -enable-testing --explicit-target-dependency-import-check error
/usr/bin/python3 Tests/Fuzz/seed-corpus.py "$corpus"
mkdir -p "$found"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT

# Into a variable first: where it stands as an argument, its failure is nobody's.
targets="$("$fuzzer")"
[ -n "$targets" ] || { echo "the fuzzer names no targets" >&2; exit 1; }
# shellcheck disable=SC2086 # a word for each
[ $# -gt 0 ] || set -- $targets
total=0
broken=""
for target in "$@"; do
    mkdir -p "$corpus/$target"
    kept=""
    [ ! -d "Tests/Fuzz/Corpus/$target" ] || kept="Tests/Fuzz/Corpus/$target"
    dictionary=""
    [ ! -f "Tests/Fuzz/Dictionaries/$target.dict" ] || dictionary="-dict=Tests/Fuzz/Dictionaries/$target.dict"
    status=0
    # A check takes microseconds, so ten seconds are a hang; two GiB are a leak.
    # shellcheck disable=SC2086 # options and folders, or nothing
    SIGNUPD_FUZZ_TARGET="$target" "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 \
        -artifact_prefix="$found/$target-" $dictionary "$corpus/$target" $kept >"$log" 2>&1 || status=$?
    count="$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    edges="$(sed -n 's/^#.*cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)"
    printf '%-10s %10s executions, %6s edges%s\n' "$target" "${count:-0}" "${edges:-?}" "$([ $status -eq 0 ] || echo ': BROKEN')"
    total=$((total + ${count:-0}))
    # One that ran nothing has found nothing either.
    if [ "$status" -ne 0 ] || [ "${count:-0}" -eq 0 ]; then
        broken="$broken $target"
        grep -E 'does not hold|Fatal error|ERROR|SUMMARY|Test unit written' "$log" | head -n 20 || true
    fi
done
printf '%-10s %10d executions\n' all "$total"
[ -z "$broken" ] || echo "broken:$broken; the inputs are in $found"
[ -z "$broken" ]
