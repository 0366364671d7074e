#!/bin/sh
# Lets Prometheus's own linter read what `signupd stats --prometheus` prints. Usage: check-metrics.sh PROGRAM
# Needs promtool (Debian: prometheus).
set -eu

program="$1"
directory="$(mktemp -d)"
server=""
trap '[ -z "$server" ] || kill "$server"; rm -rf "$directory"' EXIT
for name in $(env | sed -n 's/^\(SIGNUPD_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
export SIGNUPD_STATE_DIR="$directory" SIGNUPD_SOCKET="$directory/signupd.sock" SIGNUPD_LOG_LEVEL=error

# A server that does not answer, too.
"$program" stats --prometheus 2>/dev/null | promtool check metrics

"$program" serve &
server=$!
for _ in $(seq 100); do
    if "$program" call service.ping >/dev/null 2>&1; then break; fi
    sleep 0.1
done
"$program" call signup email=mira@example.org nickname=Mira password='violet-Kettle 41 harbor' >/dev/null
# An error is counted under a label of its own.
"$program" call signup email=nobody nickname=Mira password='violet-Kettle 41 harbor' >/dev/null 2>&1 || true
"$program" stats --prometheus >"$directory/metrics"
promtool check metrics <"$directory/metrics"
echo "promtool takes all $(grep -c '^signupd_' "$directory/metrics") metrics"
