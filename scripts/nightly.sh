#!/bin/sh
# Runs what is too long for every change, one thing after the other, and keeps a report of each in Benchmarks/reports/nightly-DATE/: the
# commit, the result, the seconds, the end of what it printed. Usage: nightly.sh [NAME …]; without names all of them. A part can so be run
# again, or on another machine, without the others. Exit 1 if anything failed.
set -u

cd "$(dirname "$0")/.."
# A line for each: the name, a bar, the command. Add yours.
list='
tests | make test
chaos | make chaos
chaos-long | make chaos-long
chaos-defects | make chaos-defects
fuzz | make fuzz SECONDS=600
tsan | make test-tsan
asan | make test-asan
web | make test-web
metrics | make check-metrics
package | make check-deb check-service
privacy | make bench-privacy
'

reports="Benchmarks/reports/nightly-$(date -u +%Y-%m-%d)"
mkdir -p "$reports"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
commit="$(git rev-parse --short HEAD)"
[ -z "$(git status --porcelain --untracked-files=no)" ] || commit="$commit and changes"
where="$(nproc) cores, $(uname -sr), $(${SWIFT:-swift} --version 2>/dev/null | head -n 1)"

failed=0
while IFS='|' read -r name command; do
    name="$(echo $name)"
    command="$(echo $command)"
    [ -n "$name" ] || continue
    if [ $# -gt 0 ]; then
        case " $* " in *" $name "*) ;; *) continue ;; esac
    fi
    start="$(date +%s)"
    result=passed
    # Its own standard input would be the rest of this list.
    sh -c "$command" >"$log" 2>&1 </dev/null || { result=FAILED; failed=1; }
    seconds="$(($(date +%s) - start))"
    {
        printf '# %s: %s\n\n' "$name" "$result"
        printf '`%s`, %d s, commit %s, %s\n\n' "$command" "$seconds" "$commit" "$where"
        printf '```\n%s\n```\n' "$(tail -n 40 "$log")"
    } >"$reports/$name.md"
    printf '%-14s %-7s %6d s\n' "$name" "$result" "$seconds"
done <<END
$list
END
echo "reports: $reports"
exit "$failed"
