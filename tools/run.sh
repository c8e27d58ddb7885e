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

start_database && start_daemon "$address" && make_token 'Local firm' shipper || exit 1
page=$(sed -n 's/.*page=\([^ ]*\).*/\1/p' "$VAR/zonghengd.log" | head -n 1)
cat <<END

zonghengd is running.
  TCP      $ZONGHENG_SERVER
  page     ${page:-none: ZONGHENG_HTTP is empty}
  token    $ZONGHENG_TOKEN
  log      $VAR/zonghengd.log

In another terminal:
  export ZONGHENG_SERVER=$ZONGHENG_SERVER ZONGHENG_TOKEN=$ZONGHENG_TOKEN
  $BUILD/zongheng route --from 大冶 --to 上海 --mass 260t --teu 10 --commodity copper_cathode --ready $(date -d '+3 days' +%F 2>/dev/null)T08:00

Ctrl-C stops it.
END
wait "$daemon"
status=$?
daemon=
tail -n 5 "$VAR/zonghengd.log" >&2
exit "$status"
