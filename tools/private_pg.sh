#!/bin/sh
# private_pg.sh COMMAND DIR [...]: a PostgreSQL 15 cluster of our own in DIR, reached by a socket in DIR only.
#
#   start DIR       makes the cluster and the database zongheng when missing, starts it, prints the conninfo
#   stop DIR        stops it cleanly              restart DIR   stop and start
#   kill9 DIR       kills every process of it, as a crash would
#   status DIR      running (exit 0) or stopped (exit 3)
#   psql DIR ...    psql as superuser on zongheng (other -U and -d may follow)
#   schema DIR      applies schemas/*.sql that are not applied yet, as migrations by psql
#   token DIR FIRM USER ROLE   makes firm, user and token as needed; prints the token (only its hash is stored)
#
# Everyone who can reach the socket is trusted, therefore DIR is 0700. As root the cluster belongs to the user
# postgres, because PostgreSQL refuses to run as root. ZH_PG_FAST=1 at start: fsync off, never for tests of
# durability.
set -eu

say() { echo "private_pg.sh: $*" >&2; }
usage() {
    sed -n '2,11p' "$0" | sed 's/^# \{0,1\}//' >&2
    exit 2
}
[ $# -ge 2 ] || usage
command=$1 dir=$2
shift 2
case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
dir=${dir%/}
schemas=${ZH_SCHEMAS:-$(dirname "$0")/../schemas}
bin=${PGBIN:-/usr/lib/postgresql/15/bin}
data=$dir/data
if [ "$(printf %s "$dir/.s.PGSQL.5432.lock" | wc -c)" -gt 107 ]; then
    say "the folder $dir is too long a name: a socket's path has at most 107 bytes; take a shorter one"
    exit 2
fi
if [ ! -x "$bin/postgres" ]; then
    say "PostgreSQL 15 is not in $bin: install postgresql-15 (make deps)"
    exit 2
fi

as() { # the user that owns the cluster
    if [ "$(id -u)" = 0 ]; then (cd / && exec runuser -u postgres -- "$@"); else (cd / && exec "$@"); fi
}
pid() { as sed -n 1p "$data/postmaster.pid" 2>/dev/null || true; }
running() { as "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; }
ask() { psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1" "host=$dir user=postgres dbname=${2:-zongheng}"; }
super() { psql -X -q -v ON_ERROR_STOP=1 "host=$dir user=postgres dbname=${1:-zongheng}"; }

make_cluster() {
    mkdir -p "$dir"
    [ "$(id -u)" != 0 ] || chown postgres "$dir"
    chmod 700 "$dir"
    if ! as test -x "$dir"; then
        say "the user postgres cannot enter $dir: open the folders above it (chmod a+x) or take another place"
        exit 2
    fi
    [ ! -s "$data/PG_VERSION" ] || return 0
    as rm -rf "$data"
    as "$bin/initdb" -D "$data" -U postgres -A trust -k -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || {
        cat "$dir/initdb.log" >&2
        exit 1
    }
    as tee -a "$data/postgresql.conf" >/dev/null <<END
listen_addresses = ''
unix_socket_directories = '$dir'
port = 5432
max_connections = 160
shared_buffers = 64MB
jit = off
client_connection_check_interval = 1s
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u '
max_wal_size = 512MB
END
}

start() {
    make_cluster
    if ! running; then
        fsync=on
        [ "${ZH_PG_FAST:-}" != 1 ] || fsync=off
        # </dev/null and the log: the server must not hold the caller's pipes open.
        as "$bin/pg_ctl" -D "$data" -w -t 60 -l "$dir/log" -o "-c fsync=$fsync" start >/dev/null 2>&1 </dev/null || {
            tail -n 20 "$dir/log" >&2
            say "PostgreSQL did not start in $dir"
            exit 1
        }
    fi
    [ "$(ask "SELECT count(*) FROM pg_database WHERE datname = 'zongheng'" postgres)" = 1 ] || echo 'CREATE DATABASE zongheng TEMPLATE template0' | super postgres
    echo "host=$dir dbname=zongheng"
}

stop() {
    ! running || as "$bin/pg_ctl" -D "$data" -w -t 60 -m fast stop >/dev/null
}

kill9() {
    parent=$(pid)
    [ -n "$parent" ] && running || return 0
    # shellcheck disable=SC2046 # a list of ids: the postmaster first, or it would start children anew
    set -- "$parent" $(ps -o pid= --ppid "$parent")
    kill -9 "$@" 2>/dev/null || true
    i=0
    while kill -0 "$@" 2>/dev/null && [ $i -lt 100 ]; do
        i=$((i + 1))
        sleep 0.05
    done
}

# One transaction a file, with its row of bookkeeping in it, under the lock that keeps two migrators apart.
schema() {
    for file in "$schemas"/[0-9][0-9][0-9][0-9]_*.sql; do
        name=$(basename "$file")
        number=$(echo "$name" | sed 's/^0*\([0-9][0-9]*\)_.*/\1/')
        sum=$(sha256sum "$file" | cut -d' ' -f1)
        have=
        if [ "$(ask "SELECT to_regclass('zh_meta.migration') IS NOT NULL")" = t ]; then
            have=$(ask "SELECT sha256 FROM zh_meta.migration WHERE number = $number")
        fi
        if [ "$have" = "$sum" ]; then continue; fi
        if [ -n "$have" ]; then
            say "$name was changed after it was applied: add a new migration instead"
            exit 1
        fi
        { printf '%s\n' 'BEGIN; SELECT pg_advisory_xact_lock(742000) \g /dev/null'
            echo "SET LOCAL client_min_messages = warning;"
            cat "$file"
            echo "INSERT INTO zh_meta.migration(number, name, sha256) VALUES ($number, '$name', '$sum');"
            echo 'COMMIT;'; } | super || exit 1
        echo "applied $name"
    done
}

token() {
    [ $# = 3 ] || usage
    secret=zh_$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    sum=$(printf %s "$secret" | sha256sum | cut -d' ' -f1)
    printf '%s\n' "SELECT zh_admin.create_token(:'firm', :'user', :'role', decode('$sum', 'hex')) \\g /dev/null" |
        psql -X -q -v ON_ERROR_STOP=1 -v firm="$1" -v user="$2" -v role="$3" \
            "host=$dir user=zh_migrate dbname=zongheng" || exit 1
    echo "$secret"
}

case $command in
start) start ;;
stop) stop ;;
restart)
    stop
    start
    ;;
kill9) kill9 ;;
status)
    if running; then echo running; else
        echo stopped
        exit 3
    fi
    ;;
psql) exec env PGHOST="$dir" PGUSER=postgres PGDATABASE=zongheng PGPORT=5432 psql -X "$@" ;;
schema) schema ;;
token) token "$@" ;;
*) usage ;;
esac
