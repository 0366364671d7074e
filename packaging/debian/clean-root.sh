#!/bin/sh
# Runs inside a clean Debian root, beside the package, demo.sh and the pages: check.sh brings it there.
set -eu
cd "$(dirname "$0")"
began="$(date +%s)"
export DEBIAN_FRONTEND=noninteractive
echo 'APT::Get::Assume-Yes "true"; APT::Install-Recommends "false"; Dpkg::Use-Pty "false";' >/etc/apt/apt.conf.d/90check

step() { echo "clean root, $(($(date +%s) - began)) s: $*"; }

fail() {
    echo "clean root: $*" >&2
    exit 1
}

# run PAGE NAME: the command block that the page marks with this name.
run() {
    block="$(awk -v mark="<!-- clean root: $2 -->" '$0 == mark { found = 1 } found && /^```$/ { exit } found == 2 { print }
        found == 1 && /^```/ { found = 2 }' "$1")"
    [ -n "$block" ] || fail "$1 has no block '$2'"
    printf '%s\n' "$block" | sh -eu >log 2>&1 || { cat log; fail "$1: '$2' fails"; }
}

code_of() { sed -n 's/^Your verification code is: \([A-Z0-9]*\).*/\1/p' /var/lib/signupd/Maildir/new/* | head -n 1; }

wait_for() {
    for _ in $(seq 100); do
        if sh -c "$1" >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    fail "still not: $1"
}

# As the unit starts it; a clean root has no systemd that runs.
serve() {
    install -d -o signupd -g signupd /run/signupd
    install -d -m 0700 -o signupd -g signupd /var/lib/signupd
    setpriv --reuid=signupd --regid=signupd --init-groups signupd serve --config /etc/signupd/signupd.conf 2>/root/check/serve.log &
    server=$!
    wait_for "signupd call --socket /run/signupd/signupd.sock service.ping"
}

stop() {
    kill "$server"
    wait "$server" || fail "the server ends with $?"
}

if command -v swift >/dev/null || find / -xdev -name 'libswift*' | grep -q .; then fail "there is Swift here"; fi
run deploy.md install
step "installed: $(dpkg-query -W -f '${Package} ${Version}, ${Installed-Size} KiB' signupd)"

getent passwd signupd >/dev/null || fail "no user signupd"
[ "$(stat -c '%a %U:%G' /etc/signupd/signupd.conf)" = "640 root:signupd" ] || fail "signupd.conf is open"
for file in /usr/share/man/man1/signupd.1.gz /usr/share/bash-completion/completions/signupd \
    /usr/share/zsh/vendor-completions/_signupd /usr/share/fish/vendor_completions.d/signupd.fish \
    /usr/share/doc/signupd/copyright /usr/share/doc/signupd/changelog.gz /usr/share/doc/signupd/NOTICE.gz; do
    # A minimal root leaves manuals and documents out; then the package must at least have it.
    [ -s "$file" ] || dpkg -L signupd | grep -qx "$file" || fail "no $file"
done
for unit in signupd.service signupd.socket; do
    [ -h "/etc/systemd/system/multi-user.target.wants/$unit" ] || [ -h "/etc/systemd/system/sockets.target.wants/$unit" ] ||
        fail "$unit is not enabled"
done
if systemd-analyze verify --man=no /lib/systemd/system/signupd.service 2>&1 | grep signupd; then fail "the units are not good"; fi
step "user, settings, units, manual and completions are there"

runuser -u signupd -- sh demo.sh /usr/bin/signupd >log || { cat log; fail "the demo fails"; }
grep -q '"state":"active"' log || { cat log; fail "nobody became a member"; }
step "signup, mail in the Maildir, verify, status: done over a pipe"

serve
run deploy.md health
signupd call --socket /run/signupd/signupd.sock signup email=ada@example.org nickname=Ada password='seven quiet lamps' >log
wait_for 'ls /var/lib/signupd/Maildir/new/*'
run deploy.md door
id -nG www-data | grep -qw signupd || fail "the door stays shut"
# The backend's user opens the socket by the group.
runuser -u www-data -- signupd call --socket /run/signupd/signupd.sock verify email=ada@example.org code="$(code_of)" >log
grep -q 'email has been successfully verified' log || { cat log; fail "Ada is no member"; }
if runuser -u nobody -- signupd call --socket /run/signupd/signupd.sock service.ping 2>log; then fail "nobody is let in"; fi
step "the same over the socket, as www-data; nobody else is let in"

stop
echo 'SIGNUPD_CODE_TTL_SECONDS=1800' >>/etc/signupd/signupd.conf
run upgrade.md package
grep -q '^SIGNUPD_CODE_TTL_SECONDS=1800$' /etc/signupd/signupd.conf || fail "an upgrade overwrote the settings"
[ "$(stat -c '%a %U:%G' /etc/signupd/signupd.conf)" = "640 root:signupd" ] || fail "an upgrade opened the settings"
serve
signupd call --socket /run/signupd/signupd.sock status email=ada@example.org | grep -q '"is_active":true' || fail "Ada is lost"
stop
step "an upgrade keeps settings and members"

apt-get -qq remove signupd >log 2>&1 || { cat log; fail "cannot be removed"; }
[ -s /etc/signupd/signupd.conf ] || fail "removing took the settings"
apt-get -qq purge signupd >log 2>&1 || { cat log; fail "cannot be purged"; }
grep -q 'the accounts in /var/lib/signupd are kept' log || { cat log; fail "a purge does not say what it keeps"; }
left="$(find / -xdev \( -path /proc -o -path /root/check -o -path /var/lib/signupd -o -path /run/signupd \) -prune -o -name '*signupd*' -print)"
[ -z "$left" ] || fail "a purge leaves $left"
[ -s /var/lib/signupd/signupd.sqlite ] || fail "a purge took the accounts"
step "purged: nothing is left but the accounts"
