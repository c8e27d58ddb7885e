#!/bin/sh
# make fuzz: every target of tests/fuzz for FUZZ_SECONDS; by clang's libFuzzer where clang is, else by tests/fuzz/main.c.
# FUZZ="osm session" chooses among them. What libFuzzer finds new goes to build/fuzz-new/NAME, what breaks a target to
# build/fuzz-new/crash-*.
set -u
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}
san='-fsanitize=address,undefined -fno-sanitize-recover=all'
out=build/fuzz-new
mkdir -p "$out"
make -s -j2 build/daye.net || exit 1 # what fuzz_session serves
bad=0
clang=$(command -v clang || command -v clang-14 || true)
names=
for target in tests/fuzz/fuzz_*.c; do
    name=$(basename "$target" .c)
    [ -z "${FUZZ:-}" ] || case " $FUZZ " in *" ${name#fuzz_} "*) ;; *) continue ;; esac
    names="$names $name"
done
[ -n "$names" ] || { echo "no target of \"$FUZZ\"" >&2; exit 2; }
programs_in() {
    for name in $names; do echo "$1/fuzz/$name"; done
}
# shellcheck disable=SC2046 # several programs
if [ -n "$clang" ]; then
    make -s -j2 BUILD=build/fuzz-clang CC="$clang" SAN="$san -fsanitize=fuzzer-no-link" OPT=-O1 \
        FUZZ_ENGINE=-fsanitize=fuzzer $(programs_in build/fuzz-clang) || exit 1
else
    make -s -j2 BUILD=build/fuzz SAN="$san" OPT=-O1 $(programs_in build/fuzz) || exit 1
fi
for name in $names; do
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
