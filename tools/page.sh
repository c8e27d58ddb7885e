#!/bin/sh
# Builds the page (web/) into $BUILD/web: npm ci when package-lock.json has changed, messages from proto/, Vite.
#
# The daemon needs no page: without npm, or when npm reaches no registry, this says so and ends well, and what was
# built before stays.
set -eu
cd "$(dirname "$0")/.."
BUILD=$(mkdir -p "${BUILD:-build}" && cd "${BUILD:-build}" && pwd)
export BUILD
log=$BUILD/page.log
: >"$log"

without() {
    echo "page: $1; the page is not built, all else is ($log)" >&2
    exit 0
}

command -v node >/dev/null && command -v npm >/dev/null || without 'there is no node and npm (make deps installs them)'
lock=$(cksum <web/package-lock.json)
if [ "$(cat web/node_modules/.zongheng-lock 2>/dev/null)" != "$lock" ]; then
    (cd web && npm ci --no-fund --no-audit --fetch-retries=1 --fetch-timeout=30000) >>"$log" 2>&1 || without 'npm could not fetch the packages'
    echo "$lock" >web/node_modules/.zongheng-lock
fi
{ sh web/gen.sh && (cd web && node_modules/.bin/vite build); } >>"$log" 2>&1 || {
    tail -n 30 "$log" >&2
    exit 1
}
