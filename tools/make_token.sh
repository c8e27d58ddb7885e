#!/bin/sh
# Makes a firm (when new) and a token of it in a private cluster; prints the token, of which only the hash is kept.
#   make_token.sh DIR FIRM ROLE
set -eu
dir=${1:?the folder of the cluster}
firm=${2:?the firm}
role=${3:?shipper, planner or operator}
token=$(od -An -tx1 -N32 /dev/urandom | tr -d ' \n')
sum=$(printf %s "$token" | sha256sum | cut -d ' ' -f 1)
"$(dirname "$0")/private_pg.sh" psql "$dir" -q -At -d zongheng -U zh_migrate -v ON_ERROR_STOP=1 -v firm="$firm" -v role="$role" \
    -v sum="$sum" >/dev/null <<'SQL'
SET ROLE zh_owner;
SELECT zh.create_token(:'firm', 'operator', :'role', decode(:'sum', 'hex'));
SQL
echo "$token"
