#!/bin/sh
# make run: the daemon on the bundled network with a private PostgreSQL under var/run, in the foreground. The
# database is kept between two runs; the token is new each time.
set -u
cd "$(dirname "$0")/.."
keep_database=yes
place=run
. tools/daemon.sh
address=${ZONGHENG_LISTEN:-127.0.0.1:7420}
export ZONGHENG_HTTP="${ZONGHENG_HTTP-127.0.0.1:7480}"
# On this machine alone anyone may look for routes; with an address for others it takes a token, or the operator's word.
[ -n "${ZONGHENG_LISTEN:-}" ] || export ZONGHENG_ANONYMOUS="${ZONGHENG_ANONYMOUS-yes}"

start_database && start_daemon "$address" && make_token 'Local firm' shipper || exit 1
planner=$(tools/make_token.sh "$database" 'Local firm' planner)
page=$(sed -n 's/.*page=\([^ ]*\).*/\1/p' "$VAR/zonghengd.log" | head -n 1)
cat <<END

zonghengd is running. ${page:+Open $page in a browser; nothing has to be typed to look for routes.}
  TCP      $ZONGHENG_SERVER
  page     ${page:-none: ZONGHENG_HTTP is empty}
  token    $ZONGHENG_TOKEN
  planner  $planner  (saves scenarios, appraises)
  log      $VAR/zonghengd.log

In another terminal:
  export ZONGHENG_SERVER=$ZONGHENG_SERVER ZONGHENG_TOKEN=$ZONGHENG_TOKEN
  $BUILD/zongheng route --from 大冶 --to 上海 --mass 260t --teu 10 --commodity copper_cathode --ready $(date -d '+3 days' +%F 2>/dev/null)T08:00

Ctrl-C stops it, the database too.
END
wait "$daemon"
status=$?
daemon=
tail -n 5 "$VAR/zonghengd.log" >&2
exit "$status"
