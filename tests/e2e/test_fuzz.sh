#!/bin/sh
# Every fuzz target (tests/fuzz) on its corpus and on seeded mutations of it, with the address sanitizer, no clang needed.
# FUZZ_RUNS inputs each; a crashing input is left in $BUILD/fuzz/crash-fuzz_NAME.
set -u
BUILD=${BUILD:-build}
unset MAKEFLAGS MFLAGS MAKELEVEL
make -s -j2 BUILD="$BUILD/fuzz" SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' OPT=-O1 fuzzers || {
    echo '0 passed, 1 failed'
    exit 1
}
passed=0 failed=0
for target in tests/fuzz/fuzz_*.c; do
    name=$(basename "$target" .c)
    if "$BUILD/fuzz/fuzz/$name" --runs "${FUZZ_RUNS:-3000}" --seconds 20 "tests/fuzz/corpus/${name#fuzz_}"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        mv "crash-$name" "$BUILD/fuzz/" 2>/dev/null
    fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
