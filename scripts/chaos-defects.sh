#!/bin/sh
# Shows that the chaos test can fail: for each patch in Tests/Chaos/Defects builds the program with that one defect, from a
# copy, lets the chaos at it, and fails unless the checker names the invariant that the patch's "expects:" says.
#
# Usage: scripts/chaos-defects.sh [PATCH...]
# Needs a debug build of Chaos. The copy and its build stay in .build-defects, so that the next time is quicker.
set -eu
cd "$(dirname "$0")/.."
project="$PWD"
copy="$project/.build-defects/tree"
build="$project/.build-defects/build"
[ $# -gt 0 ] || set -- Tests/Chaos/Defects/*.patch

status=0
for patch in "$@"; do
    name="$(basename "$patch" .patch)"
    expected="$(sed -n 's/^expects: //p' "$patch")"
    rm -rf "$copy"
    mkdir -p "$copy"
    # With their times, so that only what differs from the last defect is built again.
    cp -a Package.swift Sources Tests Benchmarks protocol "$copy"
    if [ -f Package.resolved ]; then cp -a Package.resolved "$copy"; fi
    # Into a copy that is no repository of its own, or git would look for the paths in this one.
    (cd "$copy" && GIT_CEILING_DIRECTORIES="$project" git apply "$project/$patch") ||
        { echo "$patch does not fit the sources any more: make it anew" >&2; exit 1; }
    ${SWIFT:-swift} build --package-path "$copy" --scratch-path "$build" --product signupd
    echo "== $name: expects invariant $expected to be violated"
    .build/debug/Chaos --program "$build/debug/signupd" --expects "$expected" \
        --seed 43 --people 240 --kills 2 --mariadb-kills 0 --redis-kills 0 --commits 2 --stops 2 --storms 0 ||
        status=1
done
exit $status
