#!/bin/sh
# Builds the page (web/) into $BUILD/web: npm ci when package-lock.json has changed, messages from proto/, Vite.
#
# The daemon needs no page: without npm, or when npm reaches no registry, this says so and ends well, and what was
# built before stays. Where nothing was, the daemon serves a sentence that says why; it is dated long ago, so that the
# next make tries again.
set -eu
cd "$(dirname "$0")/.."
BUILD=$(mkdir -p "${BUILD:-build}" && cd "${BUILD:-build}" && pwd)
export BUILD
log=$BUILD/page.log
: >"$log"

without() {
    echo "page: $1; the page is not built, all else is ($log); make tries again" >&2
    [ -d "$BUILD/web/assets" ] && exit 0
    mkdir -p "$BUILD/web"
    cat >"$BUILD/web/index.html" <<END
<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>纵横 Zongheng</title></head>
<body><h1>纵横 Zongheng</h1>
<p>服务在运行，但页面没有编译：$2。命令行和 API 照常可用；能用 npm 之后再运行 make，然后重启服务。</p>
<p lang="en">The service runs, but its page was not built: $1. The command line and the API work; run make again once npm does, and restart the service.</p></body></html>
END
    touch -d 1970-01-02 "$BUILD/web/index.html"
    exit 0
}

command -v node >/dev/null && command -v npm >/dev/null || without 'there is no node and npm (make deps installs them)' '没有 node 和 npm（make deps 会安装）'
lock=$(cksum <web/package-lock.json)
if [ "$(cat web/node_modules/.zongheng-lock 2>/dev/null)" != "$lock" ]; then
    (cd web && npm ci --no-fund --no-audit --fetch-retries=1 --fetch-timeout=30000) >>"$log" 2>&1 || without 'npm could not fetch the packages' 'npm 没能取到软件包'
    echo "$lock" >web/node_modules/.zongheng-lock
fi
{ sh web/gen.sh && (cd web && node_modules/.bin/vite build); } >>"$log" 2>&1 || {
    tail -n 30 "$log" >&2
    exit 1
}
