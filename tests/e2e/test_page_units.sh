#!/bin/sh
# The page's sources: types (tsc), rules (eslint), unit tests (vitest), and that what is shipped names no other host.
# Skipped where the page is not built (tools/page.sh says why).
set -u
cd "$(dirname "$0")/../.."
BUILD=$(pwd)/build # the page is of the plain build only
export BUILD
page=build/web
if [ ! -d "$page/assets" ] || [ ! -d web/node_modules/typescript ]; then
    echo "skip: the page is not built ($BUILD/page.log)"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
passed=0 failed=0
check() { # name, command...
    name=$1
    shift
    if "$@"; then
        echo "ok   $name"
        passed=$((passed + 1))
    else
        echo "FAIL $name"
        failed=$((failed + 1))
    fi
}
in_web() { (cd web && "$@"); }
# The page's own code names no host; libraries name some in texts, and MapLibre the licence of its style.
no_hosts() { ! grep -rnE "https?://" web/src web/index.html web/public | grep -v 'http://localhost' | grep -v 'www.w3.org/2000/svg'; }
no_inline() { ! grep -nE '<script[^>]*>[^<]|<style| on[a-z]+=| style=' "$page/index.html"; }
lock_without_hosts() { ! grep -nE '"resolved"|registry' web/package-lock.json; }
check types in_web node_modules/.bin/tsc --noEmit
check rules in_web node_modules/.bin/eslint --max-warnings 0 src test e2e
check units in_web node_modules/.bin/vitest run
check 'no other host' no_hosts
check 'no inline script or style' no_inline
check 'the lock file names no registry' lock_without_hosts
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
