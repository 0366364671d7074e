#!/bin/sh
# Builds the Debian package of a program whose Swift runtime is linked in. Usage: build.sh PROGRAM DIRECTORY
# Leaves signupd_VERSION_ARCHITECTURE.deb in DIRECTORY and prints its path. Needs debhelper and dpkg-dev, and no root.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: $0 PROGRAM DIRECTORY" >&2
    exit 64
fi
PROGRAM="$(realpath "$1")"
PROJECT="$(realpath "$(dirname "$0")/../..")"
export PROGRAM PROJECT
mkdir -p "$2"
target="$(realpath "$2")"

if ldd "$PROGRAM" | grep -q libswift; then
    echo "$PROGRAM needs Swift's own libraries; build it with --static-swift-stdlib" >&2
    exit 65
fi

version="$("$PROGRAM" --version)"
# Two builds of one commit are the same, to the byte.
SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git -C "$PROJECT" log -1 --format=%ct)}"
export SOURCE_DATE_EPOCH

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
tree="$work/signupd-$version"
mkdir -p "$tree"
cp -R "$PROJECT/packaging/debian" "$tree/debian"
cat >"$tree/debian/changelog" <<END
signupd ($version) unstable; urgency=medium

  * Version $version; what it brings is in changelog.gz.

 -- $(sed -n 's/^Maintainer: //p' "$tree/debian/control")  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
END
# What the packages that are linked in ask to be handed on.
cat "$(dirname "$PROGRAM")"/../../checkouts/*/NOTICE.txt >"$tree/debian/NOTICE"

log="$work/log"
(cd "$tree" && dpkg-buildpackage --build=binary --no-sign) >"$log" 2>&1 || {
    cat "$log" >&2
    exit 1
}
package="$(find "$work" -maxdepth 1 -name '*.deb')"
cp "$package" "$target/"
echo "$target/$(basename "$package")"
