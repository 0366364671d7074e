#!/bin/sh
# Runs what is too long for every change, one thing after the other, and writes Benchmarks/reports/nightly-DATE.md with the result and
# the seconds of each. Usage: nightly.sh [NAME …]; without names all of them. Exit 1 if anything failed.
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

mkdir -p Benchmarks/reports
report="Benchmarks/reports/nightly-$(date -u +%Y-%m-%d).md"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
{
    echo "# Nightly run of $(date -u +%Y-%m-%d)"
    echo
    echo "Commit $(git rev-parse --short HEAD), $(nproc) cores, $(uname -sr), $(${SWIFT:-swift} --version 2>/dev/null | head -n 1)."
    echo
    echo "| what | command | result | seconds |"
    echo "|---|---|---|---|"
} >"$report"

failed=0
details=""
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
    printf '| %s | `%s` | %s | %d |\n' "$name" "$command" "$result" "$(($(date +%s) - start))" | tee -a "$report"
    details="$details
## $name

\`\`\`
$(tail -n 15 "$log")
\`\`\`
"
done <<END
$list
END
printf '%s' "$details" >>"$report"
echo "report: $report"
exit "$failed"
