# Sourced by demo.sh and run.sh: a private PostgreSQL under var/, the schema, a firm with a token, and a daemon.
# Wants $place, the folder under var/. Sets ZONGHENG_SERVER and ZONGHENG_TOKEN. Whatever it started is stopped
# when the script ends, also by Ctrl-C.
# shellcheck shell=sh

VAR=$PWD/var/$place
BUILD=${BUILD:-build}
DAEMON_ROLE=${DAEMON_ROLE:-zh_api}
daemon=
database=

stop_all() {
    status=$?
    trap - EXIT INT TERM
    if [ -n "$daemon" ]; then
        kill -TERM "$daemon" 2>/dev/null
        wait "$daemon" 2>/dev/null
    fi
    [ -z "$database" ] || tools/private_pg.sh stop "$database" >/dev/null
    [ -z "${keep_database:-}" ] && [ -n "$database" ] && rm -rf "$database"
    exit "$status"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start_database() {
    mkdir -p "$VAR"
    database=$VAR/pg
    if [ ${#database} -gt 80 ]; then # a socket's path has at most 107 bytes
        database=$(mktemp -d /tmp/zongheng-XXXXXX)/pg
    fi
    conninfo=$(tools/private_pg.sh start "$database") || return 1
    tools/setup_db.sh "$database" >"$VAR/setup.log" 2>&1 || {
        cat "$VAR/setup.log" >&2
        return 1
    }
}

# start_daemon ADDRESS:PORT; port 0 takes a free one
start_daemon() {
    rm -f "$VAR/port"
    "$BUILD/zonghengd" --listen "$1" --port-file "$VAR/port" --network "$BUILD/daye.net" \
        --database "host=$database dbname=zongheng user=$DAEMON_ROLE" --schemas schemas >"$VAR/zonghengd.log" 2>&1 &
    daemon=$!
    i=0
    while [ ! -s "$VAR/port" ]; do
        i=$((i + 1))
        if [ $i -gt 300 ] || ! kill -0 "$daemon" 2>/dev/null; then
            echo "zonghengd did not start; its log:" >&2
            cat "$VAR/zonghengd.log" >&2
            return 1
        fi
        sleep 0.1
    done
    ZONGHENG_SERVER=127.0.0.1:$(cat "$VAR/port")
    export ZONGHENG_SERVER
}

# make_token FIRM ROLE: what the daemon stores is its hash only
make_token() {
    ZONGHENG_TOKEN=$(tools/make_token.sh "$database" "$1" "$2") && [ -n "$ZONGHENG_TOKEN" ] || return 1
    export ZONGHENG_TOKEN
}
