#!/bin/sh
# Boots a clean Debian 12 with systemd and the package, and looks at the service as its unit runs it: hardened, behind its socket,
# with secrets as credentials. Usage: check-service.sh PACKAGE. Needs root, mmdebstrap and a Debian mirror; takes a minute.
set -eu

if [ $# -ne 1 ] || [ "$(id -u)" -ne 0 ]; then
    echo "usage, as root: $0 PACKAGE (one)" >&2
    exit 64
fi
package="$(realpath "$1")"
work="$(mktemp -d)"
root="$work/root"
init=""
finish() {
    [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap finish EXIT

mmdebstrap --quiet --variant=apt --include=systemd-sysv,dbus \
    --customize-hook="copy-in $package /root" \
    --customize-hook='chroot "$1" sh -c "apt-get -qq update && apt-get -qq install --yes --no-install-recommends /root/*.deb"' \
    bookworm "$root" >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }

# A machine of its own, as far as systemd can tell: processes, mounts and control groups are not ours.
unshare --mount --pid --uts --ipc --cgroup --fork --kill-child sh -c '
    mount --make-rprivate /
    mount --make-rshared /
    mount --bind "$0" "$0"
    mount -t proc proc "$0/proc"
    mount --rbind /sys "$0/sys"
    mount --bind /dev "$0/dev"
    mount -t tmpfs tmpfs "$0/run"
    exec chroot "$0" env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
' "$root" </dev/null >"$work/console" 2>&1 &
unshared=$!
for _ in $(seq 50); do
    init="$(pgrep --parent "$unshared" || true)"
    [ -z "$init" ] || break
    sleep 0.1
done

# inside COMMAND…: on that machine.
inside() { nsenter --target "$init" --mount --pid --uts --ipc --cgroup --root --wd "$@"; }
call() { inside signupd call --socket /run/signupd/signupd.sock "$@"; }
step() { echo "service: $*"; }

fail() {
    echo "service: $*" >&2
    inside journalctl --no-pager -u signupd -n 40 >&2 || tail -n 40 "$work/console" >&2
    exit 1
}

wait_for() {
    for _ in $(seq 300); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    fail "still not: $*"
}

wait_for call service.ping
call service.health | grep -q '"ok":true' || fail "not healthy"
[ "$(inside systemctl is-active signupd.socket signupd.service | sort -u)" = active ] || fail "not active"
step "runs at boot: $(inside systemd-analyze security signupd.service --no-pager | sed -n 's/.*\(Overall exposure level.*\)/\1/p')"

inside usermod -aG signupd www-data
as_backend() { inside runuser -u www-data -- signupd call --socket /run/signupd/signupd.sock "$@"; }
as_backend signup email=ada@example.org nickname=Ada password='seven quiet lamps' >/dev/null || fail "no signup"
mail() { inside sh -c 'cat /var/lib/signupd/Maildir/new/*'; }
wait_for mail
code="$(mail | sed -n 's/^Your verification code is: \([A-Z0-9]*\).*/\1/p' | head -n 1)"
as_backend verify email=ada@example.org code="$code" | grep -q 'email has been successfully verified' || fail "no member"
step "www-data signs somebody up and verifies"

# The door stays open while the program restarts: a request meanwhile waits for its answer.
inside systemctl restart --no-block signupd
call status email=ada@example.org | grep -q '"is_active":true' || fail "a restart refused a request"
pid() { inside systemctl show --property MainPID --value signupd; }
wait_for inside systemctl is-active signupd
before="$(pid)"
inside systemctl kill --kill-whom=main --signal=KILL signupd
call status email=ada@example.org | grep -q '"is_active":true' || fail "a crash refused a request"
wait_for inside systemctl is-active signupd
[ "$(pid)" != "$before" ] || fail "was not started again"
step "a request outlives a restart and a crash"

# A secret that root alone can read reaches the service: one that is too short is refused, a good one is taken.
secret() { inside sh -c "install -d -m 0700 /etc/credstore; umask 077; $1 >/etc/credstore/SIGNUPD_SECRET"; }
secret "echo short"
if inside systemctl restart signupd 2>/dev/null; then fail "a short secret does not reach it"; fi
[ "$(inside systemctl show --property ExecMainStatus --value signupd)" = 78 ] || fail "a short secret is not refused with 78"
secret "od -An -N32 -tx1 /dev/urandom | tr -d ' \n'"
inside systemctl restart signupd || fail "not with a credential"
as_backend signup email=bob@example.org nickname=Bob password='seven quiet lamps' >/dev/null || fail "no signup with a credential"
step "a secret comes as a credential"

# A tenth of what other services weigh: with one tree of groups cpu.weight, where each controller has its own cpu.shares.
weight="$(inside sh -c '
    of_cpu="$(sed -n "s/^[0-9]*:\(.*,\)\?cpu\(,.*\)\?://p" "/proc/$1/cgroup")"
    of_all="$(sed -n "s/^0:://p" "/proc/$1/cgroup")"
    cat "/sys/fs/cgroup/cpu$of_cpu/cpu.shares" 2>/dev/null || cat "/sys/fs/cgroup$of_all/cpu.weight"
' sh "$(pid)")" || fail "has no weight: no cpu controller here"
case "$weight" in
    10 | 102) step "weighs a tenth of other services ($weight)" ;;
    *) fail "weighs $weight" ;;
esac

# Whoever looks after the machine reads this; nothing in it may be another program's riddle.
if inside journalctl --no-pager -o cat -u signupd _COMM=signupd | grep -v '^20..-..-..T\|^signupd: \|^  SIGNUPD_'; then
    fail "says what nobody understands"
fi
step "writes to the journal what it means to, and nothing else"

inside systemctl poweroff || true
wait "$unshared" || true
init=""
step "and stops with the machine"
