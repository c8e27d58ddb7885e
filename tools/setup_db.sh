#!/bin/sh
# Makes the database of a private cluster: roles, schema, every numbered migration once, in order. Safe to repeat.
#   setup_db.sh DIR
set -eu
cd "$(dirname "$0")/.."
dir=${1:?the folder of the cluster}
sql() { tools/private_pg.sh psql "$dir" -q -v ON_ERROR_STOP=1 "$@"; }
[ "$(sql -At -d postgres -c "SELECT count(*) FROM pg_database WHERE datname = 'zongheng'")" = 1 ] ||
    sql -d postgres -c "CREATE DATABASE zongheng"
sql -d zongheng <schemas/0000_bootstrap.sql
for f in schemas/[0-9]*.sql; do
    name=$(basename "$f" .sql)
    version=$(printf %s "$name" | sed 's/^0*\([0-9]*\)_.*/\1/')
    [ -n "$version" ] || continue # 0000 is the bootstrap
    sum=$(sha256sum "$f" | cut -d ' ' -f 1)
    have=$(sql -At -d zongheng -c "SELECT encode(sha256, 'hex') FROM zh.schema_migration WHERE version = $version")
    if [ -z "$have" ]; then
        { cat "$f"; echo "INSERT INTO zh.schema_migration (version, name, sha256) VALUES ($version, '$name', '\\x$sum');"; } |
            sql -d zongheng -1
    elif [ "$have" != "$sum" ]; then
        echo "setup_db: $f was changed after it was applied; migrations are append-only" >&2
        exit 1
    fi
done
