#!/bin/sh
# make lint sees what it is for: each rule is broken once in a tree of its own and must be named.
set -u
root=$PWD
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
passed=0 failed=0

# broken RULE-TEXT FILE CONTENT: a tree that holds only this file must be refused for this rule
broken() {
    rm -rf "$tree/t" && mkdir -p "$tree/t/$(dirname "$2")" && cp "$root/.clang-format" "$tree/t"
    printf '%b' "$3" >"$tree/t/$2"
    if LINT_ROOT=$tree/t GIT_DIR=/nonexistent "$root/tools/lint.sh" >"$tree/out" 2>&1; then
        echo "FAIL not seen: $1 in $2"
        failed=$((failed + 1))
    elif grep -q "^$1.*$2" "$tree/out"; then
        echo "ok   $1 in $2"
        passed=$((passed + 1))
    else
        echo "FAIL $1 in $2 is not named:"
        cat "$tree/out"
        failed=$((failed + 1))
    fi
}

broken format client/a.c 'int  x;\n'
broken layering routing/road/a.c '#include <pthread.h>\n'
broken layering routing/plan/a.c '#include "zongheng/v1/wire.pb-c.h"\n'
broken layering routing/base/a.h '#include "network/network.h"\n'
broken layering routing/network/a.c '#include "road/road.h"\n'
broken layering routing/road/a.c '#include "freight/tariff.h"\n'
broken layering routing/freight/a.c '#include "plan/plan.h"\n'
broken layering server/a.c '#include <igraph/igraph.h>\n'
broken layering routing/road/b.c '#include <igraph.h>\n'
broken layering server/conn.c '#include <libpq-fe.h>\n'
broken layering loadtest/run.c '#  include <postgresql/libpq-fe.h>\n'
broken layering client/a.c '#include <event2/event.h>\n'
broken pure routing/plan/a.c 'long f(void);\nlong f(void)\n{\n    return time(0);\n}\n'
for call in 'strcpy(a, b)' 'sprintf(a, b)' 'atoi(a)' 'strtok(a, b)' 'system (a)' 'PQescapeLiteral(a)'; do
    broken 'banned function' server/a.c "void f(void);\\nvoid f(void)\\n{\\n    $call;\\n}\\n"
done
broken 'banned function' server/dispatch.c 'void f(void);\nvoid f(void)\n{\n    PQexec(c, q);\n}\n'

# What only looks like a violation is none.
rm -rf "$tree/t" && mkdir -p "$tree/t/server" "$tree/t/routing/road" && cp .clang-format "$tree/t"
printf '/* strcpy(a, b) is banned; so is\n * system("x") */\nconst char *my_strcpy(void); // atoi(x)\nconst char *help = "gets( \\" strtok(";\n' >"$tree/t/server/a.c"
printf '#include "base/err.h"\n#include "network/network.h"\n#include <string.h>\n' >"$tree/t/routing/road/a.c"
printf '#include <libpq-fe.h>\n' >"$tree/t/server/db_conn.c"
if LINT_ROOT=$tree/t GIT_DIR=/nonexistent tools/lint.sh >"$tree/out" 2>&1; then
    echo 'ok   nothing is refused wrongly'
    passed=$((passed + 1))
else
    echo 'FAIL refused wrongly:'
    cat "$tree/out"
    failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
