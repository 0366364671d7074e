#!/bin/sh
# Installs the program and what belongs to it, or removes it again. Usage: install.sh install|uninstall PROGRAM
#
# PREFIX      where it will live; /usr/local unless given
# DESTDIR     a directory to put in front of every path, for packages
# SYSCONFDIR  where signupd/signupd.conf goes; /etc unless given. An existing file is never overwritten, and never removed.
# UNIT_DIR, ZSH_DIR  where systemd and zsh look, if that is not below PREFIX
set -eu

cd "$(dirname "$0")/.."
prefix="${PREFIX:-/usr/local}"
destination="${DESTDIR:-}"
units="${UNIT_DIR:-$prefix/lib/systemd/system}"
zsh="${ZSH_DIR:-$prefix/share/zsh/site-functions}"
configuration="${SYSCONFDIR:-/etc}/signupd/signupd.conf"

bin="$prefix/bin/signupd"
manual="$prefix/share/man/man1/signupd.1"
bash="$prefix/share/bash-completion/completions/signupd"
fish="$prefix/share/fish/vendor_completions.d/signupd.fish"
users="$prefix/lib/sysusers.d/signupd.conf"
notes="$prefix/share/doc/signupd"

if [ $# -ne 2 ]; then
    echo "usage: $0 install|uninstall PROGRAM" >&2
    exit 64
fi
program="$2"

# put MODE SOURCE PATH: one file, and the directories above it.
put() {
    install -D -m "$1" "$2" "$destination$3"
}

# print MODE PATH: a file from standard input.
print() {
    cat >"$scratch"
    put "$1" "$scratch" "$2"
}

add() {
    if [ ! -x "$program" ]; then
        echo "there is no $program yet: run 'make build' first, as yourself" >&2
        exit 66
    fi
    scratch="$(mktemp)"
    trap 'rm -f "$scratch"' EXIT
    put 755 "$program" "$bin"
    put 644 docs/signupd.1 "$manual"
    for shell in bash zsh fish; do
        case "$shell" in
        bash) file="$bash" ;;
        zsh) file="$zsh/_signupd" ;;
        fish) file="$fish" ;;
        esac
        # The shell sources it: a line that names an interpreter would be a lie.
        "$program" --generate-completion-script "$shell" | sed '1{/^#!/d;}' | print 644 "$file"
    done
    for unit in signupd.service signupd.socket; do
        # The units name the program where a package puts it.
        sed "s|/usr/bin/signupd|$bin|" "examples/systemd/$unit" | print 644 "$units/$unit"
    done
    put 644 packaging/debian/signupd.sysusers "$users"
    for file in README.md CHANGELOG.md SECURITY.md; do put 644 "$file" "$notes/$file"; done
    for file in docs/*.md protocol/README.md protocol/openrpc.json; do put 644 "$file" "$notes/$file"; done
    if [ ! -e "$destination$configuration" ]; then
        # It may come to hold passwords: for root and, once the user is there, for the program's group.
        put 640 packaging/signupd.conf "$configuration"
    fi
}

remove() {
    for file in "$bin" "$manual" "$bash" "$fish" "$zsh/_signupd" "$users" \
        "$units/signupd.service" "$units/signupd.socket"; do
        rm -f "$destination$file"
    done
    rm -rf "$destination${notes:?}"
    if [ -e "$destination$configuration" ]; then
        echo "kept: $destination$configuration"
    fi
}

case "$1" in
install) add ;;
uninstall) remove ;;
*)
    echo "usage: $0 install|uninstall PROGRAM" >&2
    exit 64
    ;;
esac
