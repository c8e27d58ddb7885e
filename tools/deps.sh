#!/bin/sh
# Installs the Debian packages of tools/packages.txt that are missing: as root, or through sudo.
set -eu
cd "$(dirname "$0")/.."
missing=
for p in $(awk '!/^#/ && (NF == 1 || system("command -v " $3 " >/dev/null") != 0) { print $1 }' tools/packages.txt); do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null || {
    echo "deps: this needs a Debian with apt-get, or these packages by other means:$missing" >&2
    exit 1
}
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "deps: run as root, install sudo, or ask your administrator for:$missing" >&2
        exit 1
    }
    as_root=sudo
fi
echo "deps: installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $as_root apt-get update -q &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "deps: apt-get failed; the packages wanted are:$missing" >&2
    exit 1
fi
