#!/bin/sh
# A private PostgreSQL cluster in one folder: a Unix socket in it, no TCP, data checksums.
#   private_pg.sh start|stop|restart|kill9|status DIR        start prints "host=DIR"
#   private_pg.sh psql DIR [psql's arguments]                as the superuser
# PostgreSQL refuses to run as root: then it runs as the user postgres.
set -eu
what=${1:?start, stop, restart, kill9, status or psql}
dir=$(realpath -m "${2:?the folder of the cluster}")
shift 2
[ ${#dir} -le 90 ] || { echo "private_pg: $dir is too long for a socket (107 bytes in all)" >&2; exit 1; }
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "private_pg: PostgreSQL is not installed" >&2; exit 1; }
data=$dir/data
if [ "$(id -u)" = 0 ]; then
    as() { runuser -u postgres -- "$@"; }
else
    as() { "$@"; }
fi
cd /

create() {
    mkdir -p "$dir"
    chmod 700 "$dir" # trust inside: nobody else of this machine may reach the socket
    [ "$(id -u)" != 0 ] || chown postgres "$dir"
    as test -w "$dir" -a -x "$dir" || { echo "private_pg: the database's user may not enter $dir; use a folder under /tmp" >&2; exit 1; }
    as "$bin/initdb" -k -A trust -U postgres -E UTF8 --locale=C.UTF-8 -D "$data" >"$dir/initdb.log" 2>&1 || {
        cat "$dir/initdb.log" >&2
        exit 1
    }
    cat >>"$data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
max_connections = 200
jit = off
shared_buffers = 64MB
log_line_prefix = '%m %p %u '
CONF
    [ -z "${ZH_PG_FAST:-}" ] || echo "fsync = off" >>"$data/postgresql.conf"
}
running() { as "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; }
start() {
    [ -d "$data" ] || create
    running || as "$bin/pg_ctl" -D "$data" -l "$dir/log" -w -t 60 start >"$dir/start.log" 2>&1 || {
        cat "$dir/start.log" "$dir/log" >&2
        exit 1
    }
}
stop() { ! running || as "$bin/pg_ctl" -D "$data" -m fast -w -t 60 stop >/dev/null; }

case $what in
start) start; echo "host=$dir" ;;
stop) stop ;;
restart) stop; start ;;
kill9)
    pid=$(head -n 1 "$data/postmaster.pid")
    children=$(ps -o pid= --ppid "$pid")
    kill -9 "$pid" $children
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done ;;
status) running ;;
psql) exec "$bin/psql" -X -h "$dir" -U postgres "$@" ;;
*) echo "private_pg: there is no command $what" >&2; exit 2 ;;
esac
