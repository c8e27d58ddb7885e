#!/bin/sh
# tools/run_tests.sh counts what programs say and cannot be fooled by one that says nothing.
set -u
root=$PWD
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/tools" "$tree/build/tests/x" "$tree/build/tests/routing" "$tree/tests/e2e"
cp tools/run_tests.sh "$tree/tools"
passed=0 failed=0

program() { # NAME LINES...
    name=$1
    shift
    { echo '#!/bin/sh' && for line; do echo "$line"; done; } >"$tree/build/tests/x/test_$name"
    chmod +x "$tree/build/tests/x/test_$name"
}

# sums LAST-LINE STATUS
sums() {
    BUILD=build TEST_TIMEOUT=1 "$tree/tools/run_tests.sh" >"$tree/out" 2>&1
    status=$?
    last=$(tail -n 1 "$tree/out")
    if [ "$last" = "$1" ] && [ $status = "$2" ]; then
        echo "ok   $1"
        passed=$((passed + 1))
    else
        echo "FAIL \"$last\" with status $status, expected \"$1\" with $2"
        cat "$tree/out"
        failed=$((failed + 1))
    fi
}

sums '0 passed, 1 failed' 1 # no test at all is no success
program good 'echo "3 passed, 0 failed"'
sums '3 passed, 0 failed' 0
program skips 'echo "08 passed, 0 failed, 09 skipped"'
sums '11 passed, 0 failed, 9 skipped' 0
program bad 'echo "1 passed, 2 failed"; exit 1'
sums '12 passed, 2 failed, 9 skipped' 1
rm "$tree/build/tests/x/test_bad"
program dies 'echo "1 passed, 0 failed"; kill -SEGV $$'
sums '11 passed, 1 failed, 9 skipped' 1
rm "$tree/build/tests/x/test_dies"
program silent 'exit 0'
sums '11 passed, 1 failed, 9 skipped' 1
program silent 'echo "5 passed, 0 failed"; echo more'
sums '11 passed, 1 failed, 9 skipped' 1
program silent 'sleep 20'
sums '11 passed, 1 failed, 9 skipped' 1
program silent 'echo "5 passed, 0 failed"; exit 3'
sums '16 passed, 1 failed, 9 skipped' 1
rm "$tree/build/tests/x/test_silent"
program bad 'echo "1 passed, 2 failed"; exit 1' # those that run side by side count as well
program dies 'echo "1 passed, 0 failed"; kill -SEGV $$'
program late 'sleep 20'
mv "$tree/build/tests/x/test_bad" "$tree/build/tests/x/test_dies" "$tree/build/tests/x/test_late" "$tree/build/tests/routing"
sums '12 passed, 4 failed, 9 skipped' 1
echo "$passed passed, $failed failed"
[ $failed = 0 ]
