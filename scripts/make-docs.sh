#!/bin/sh
# Documentation of the library targets' public API, from a debug build that is there: an archive a target, and one of them all, in
# .build/docs. A warning is an error. Needs nothing but the toolchain.
set -eu

cd "$(dirname "$0")/.."
modules=.build/debug/Modules
output=.build/docs
targets="Cryptography Mail MariaDBStore Passwords RedisStore SQLiteStore Signup Threads Wire"

if [ ! -d "$modules" ]; then
    echo "there is no $modules yet: run 'swift build' first" >&2
    exit 66
fi
machine="$(swift -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)".*/\1/p')"
# The C libraries' module maps, and where their headers are.
maps=""
for map in Sources/C*/module.modulemap .build/checkouts/GRDB.swift/Sources/GRDBSQLite/module.modulemap; do
    maps="$maps -Xcc -fmodule-map-file=$map"
done
for directory in $(pkg-config --cflags-only-I libcurl libsodium); do maps="$maps -Xcc $directory"; done

rm -rf "$output"
archives=""
for target in $targets; do
    graphs="$output/graphs/$target"
    mkdir -p "$graphs"
    # shellcheck disable=SC2086 # a list of options
    swift symbolgraph-extract -module-name "$target" -target "$machine" -I "$modules" $maps \
        -minimum-access-level public -output-dir "$graphs"
    catalog=""
    [ ! -d "Sources/$target/$target.docc" ] || catalog="Sources/$target/$target.docc"
    # shellcheck disable=SC2086 # one path, or none
    docc convert $catalog --additional-symbol-graph-dir "$graphs" --warnings-as-errors \
        --fallback-display-name "$target" --fallback-bundle-identifier "signupd.$target" \
        --output-dir "$output/$target.doccarchive"
    archives="$archives $output/$target.doccarchive"
done
# shellcheck disable=SC2086 # a list of paths
docc merge $archives --output-path "$output/signupd.doccarchive" --synthesized-landing-page-name signupd \
    --synthesized-landing-page-kind Package
rm -rf "$output/graphs"
echo "documentation of $(echo $targets | wc -w) targets: $output/signupd.doccarchive"
