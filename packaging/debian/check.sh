#!/bin/sh
# Lints a package, then installs it in a clean Debian 12 without Swift, does the main job there, and purges it.
# Usage: check.sh PACKAGE. Needs lintian and mmdebstrap, and a Debian mirror; root is not needed where user namespaces are.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: $0 PACKAGE (one)" >&2
    exit 64
fi
package="$(realpath "$1")"
cd "$(dirname "$0")/../.."

lintian --allow-root --fail-on error,warning "$package"
echo "lintian finds nothing"

# The root lives only while its hooks run: the package, what the job needs and the pages whose commands it runs go in.
mmdebstrap --quiet --variant=apt --format=null \
    --customize-hook='mkdir "$1/root/check"' \
    --customize-hook="copy-in $package packaging/debian/clean-root.sh scripts/demo.sh docs/deploy.md docs/upgrade.md /root/check" \
    --customize-hook='chroot "$1" sh /root/check/clean-root.sh' \
    bookworm
