#!/bin/sh
# Every fuzz target (tests/fuzz) on its corpus and on seeded mutations of it, no clang needed: those of a part of the program
# with the address sanitizer, those of the whole program as it is built (make asan and make fuzz have them with it).
# FUZZ_RUNS inputs each; a crashing input is left in $BUILD/fuzz/crash-fuzz_NAME.
set -u
BUILD=${BUILD:-build}
export BUILD # where the network lies
unset MAKEFLAGS MFLAGS MAKELEVEL
make -s -j2 BUILD="$BUILD/fuzz" SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' OPT=-O1 fuzz-parts || {
    echo '0 passed, 1 failed'
    exit 1
}
case $BUILD in
*/asan) make -s -j2 BUILD="$BUILD" SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' OPT=-O1 fuzz-whole ;;
*/tsan) make -s -j2 BUILD="$BUILD" SAN=-fsanitize=thread OPT=-O1 fuzz-whole ;;
*) make -s -j2 BUILD="$BUILD" fuzz-whole ;;
esac || {
    echo '0 passed, 1 failed'
    exit 1
}
passed=0 failed=0
for target in tests/fuzz/fuzz_*.c; do
    name=$(basename "$target" .c)
    program=$BUILD/fuzz/fuzz/$name
    [ -x "$program" ] || program=$BUILD/fuzz/$name
    if "$program" --runs "${FUZZ_RUNS:-3000}" --seconds 15 "tests/fuzz/corpus/${name#fuzz_}"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        mv "crash-$name" "$BUILD/fuzz/" 2>/dev/null
    fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
