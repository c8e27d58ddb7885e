#!/bin/sh
# Runs every test program of $BUILD/tests and tests/e2e, each for at most TEST_TIMEOUT seconds, and counts.
#
# A test program ends with "N passed, N failed[, N skipped]". One that crashes, runs out of time or does not end
# so counts as one failed test, whatever it had counted. Output: $BUILD/test-logs/NAME.log, its tail when
# something failed. The last line printed is the sum. Arguments: parts of names; none runs all.
# Programs of $BUILD/tests/routing, which share nothing, run as many at a time as there are processors, before the others.
set -u
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
PYTHON=${PYTHON:-/usr/bin/python3}
TEST_TIMEOUT=${TEST_TIMEOUT:-300}
export BUILD PYTHON
logs=$BUILD/test-logs
mkdir -p "$logs"

log_of() {
    echo "$logs/$(echo "$1" | tr / -).log"
}

# PROGRAM LOG: its output, and beside it how it ended and after how many seconds.
run_one() {
    start=$(date +%s)
    rc=0
    case $1 in
    *.py) timeout -k 10 "$TEST_TIMEOUT" "$PYTHON" "$1" >"$2" 2>&1 </dev/null || rc=$? ;;
    *) timeout -k 10 "$TEST_TIMEOUT" "$1" >"$2" 2>&1 </dev/null || rc=$? ;;
    esac
    echo "$rc $(($(date +%s) - start))" >"$2.end"
}
if [ "${1:-}" = --one ]; then
    name=${2#"$BUILD"/tests/}
    run_one "$2" "$(log_of "$name")"
    exit 0
fi

wanted() {
    [ $# -gt 1 ] || return 0
    name=$1
    shift
    for part; do
        case $name in *"$part"*) return 0 ;; esac
    done
    return 1
}

set_counts() {
    p=$1 f=$2 s=${3:-0}
}

for program in "$BUILD"/tests/routing/test_*; do
    if [ -f "$program" ] && [ -x "$program" ] && wanted "${program#"$BUILD"/tests/}" "$@"; then
        echo "$program"
    fi
done | TEST_TIMEOUT=$TEST_TIMEOUT xargs -r -n 1 -P "$(nproc)" tools/run_tests.sh --one

passed=0 failed=0 skipped=0
printf '%-44s %7s %7s %7s %6s\n' 'test' passed failed skipped s
for program in "$BUILD"/tests/*/test_* tests/e2e/test_*; do
    [ -f "$program" ] && [ -x "$program" ] || continue
    name=${program#"$BUILD"/tests/}
    name=${name#tests/}
    wanted "$name" "$@" || continue
    log=$(log_of "$name")
    case $program in
    "$BUILD"/tests/routing/*) ;; # has run
    *) run_one "$program" "$log" ;;
    esac
    read -r rc seconds <"$log.end"
    rm -f "$log.end"
    counts=$(tail -n 1 "$log" | sed -nE 's/^0*([0-9]+) passed, 0*([0-9]+) failed(, 0*([0-9]+) skipped)?$/\1 \2 \4/p')
    why=
    if [ -z "$counts" ]; then
        counts='0 1 0'
        why="ended without its count, exit status $rc"
        [ $rc != 124 ] && [ $rc != 137 ] || why="stopped after $TEST_TIMEOUT s"
    fi
    # shellcheck disable=SC2086 # two or three words
    set_counts $counts
    if [ -z "$why" ] && [ $rc != 0 ] && [ "$f" = 0 ]; then
        f=1
        why="counted no failure but ended with exit status $rc"
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '%-44s %7d %7d %7d %6d%s\n' "$name" "$p" "$f" "$s" "$seconds" "${why:+  $why}"
    if [ "$f" != 0 ]; then
        echo "--- the end of $log"
        tail -n 40 "$log" | sed 's/^/    /'
        echo '---'
    fi
done
if [ $((passed + failed)) = 0 ]; then
    echo "no test was run: build them with make tests" >&2
    failed=1
fi
tail=
[ $skipped = 0 ] || tail=", $skipped skipped"
echo "$passed passed, $failed failed$tail"
[ $failed = 0 ]
