#!/bin/sh
# make fuzz: every target of tests/fuzz for FUZZ_SECONDS; by clang's libFuzzer where clang is, else by tests/fuzz/main.c.
# What libFuzzer finds new goes to build/fuzz-new/NAME, what breaks a target to build/fuzz-new/crash-*.
set -u
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}
san='-fsanitize=address,undefined -fno-sanitize-recover=all'
out=build/fuzz-new
mkdir -p "$out"
make -s -j2 build/daye.net || exit 1 # what fuzz_session serves
bad=0
clang=$(command -v clang || command -v clang-14 || true)
if [ -n "$clang" ]; then
    make -s -j2 BUILD=build/fuzz-clang CC="$clang" SAN="$san -fsanitize=fuzzer-no-link" OPT=-O1 \
        FUZZ_ENGINE=-fsanitize=fuzzer fuzzers || exit 1
else
    make -s -j2 BUILD=build/fuzz SAN="$san" OPT=-O1 fuzzers || exit 1
fi
for target in tests/fuzz/fuzz_*.c; do
    name=$(basename "$target" .c)
    corpus=tests/fuzz/corpus/${name#fuzz_}
    if [ -n "$clang" ]; then
        mkdir -p "$out/${name#fuzz_}"
        build/fuzz-clang/fuzz/"$name" -max_total_time="$seconds" -timeout=20 -print_final_stats=1 -verbosity=0 \
            -artifact_prefix="$out/crash-$name-" "$out/${name#fuzz_}" "$corpus" || bad=1
    else
        build/fuzz/fuzz/"$name" --seconds "$seconds" --seed "$(date +%s)" "$corpus" || bad=1
    fi
done
exit $bad
