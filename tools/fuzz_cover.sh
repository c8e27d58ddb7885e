#!/bin/sh
# make fuzz-cover: which lines of what they are for the fuzz targets reach, on their corpora and on what make fuzz found new
# (build/fuzz-new). Prints a Markdown table: target, files, lines reached, lines.
set -u
cd "$(dirname "$0")/.."
clang=$(command -v clang || command -v clang-14) || { echo 'make fuzz-cover needs clang' >&2; exit 1; }
tool() { command -v "$1" || command -v "$1-14"; }
make -s -j2 build/daye.net || exit 1
make -s -j2 BUILD=build/cov CC="${CLANG:-$clang}" SAN='-fprofile-instr-generate -fcoverage-mapping -fsanitize=fuzzer-no-link' OPT=-O1 \
    FUZZ_ENGINE=-fsanitize=fuzzer fuzzers || exit 1

files_of() { # what a target is for
    case $1 in
    config) echo server/config.c ;;
    demand) echo loadtest/demand.c ;;
    dimacs) echo routing/import/dimacs.c ;;
    gmns) ls routing/import/gmns*.c routing/import/csv.c routing/import/tables*.c 2>/dev/null ;;
    gtfs) ls routing/import/gtfs*.c ;;
    http) echo server/http_parse.c server/gzip.c ;;
    json) echo server/json_in.c server/json_out.c ;;
    messages) echo server/wire_scan.c ;;
    network) ls routing/network/file.c routing/network/check.c ;;
    osm) ls routing/import/osm*.c ;;
    session) ls server/frames.c server/dispatch.c server/conn_turn.c server/envelope.c server/call.c server/convert_request.c server/convert_cargo.c server/api_routing.c server/api_matrix.c ;;
    tntp) ls routing/import/tntp*.c routing/import/*tntp*.c routing/whatif/*tntp*.c 2>/dev/null | sort -u ;;
    trips) ls routing/whatif/demand_*.c ;;
    wire) echo server/wire_scan.c server/envelope.c server/frame.c ;;
    esac
}

echo '| target | of | lines reached |'
echo '| --- | --- | --- |'
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    name=${name#fuzz_}
    program=build/cov/fuzz/fuzz_$name
    new=build/fuzz-new/$name
    [ -d "$new" ] || new=
    BUILD=build LLVM_PROFILE_FILE=build/cov/$name.profraw "$program" -runs=0 tests/fuzz/corpus/"$name" $new >/dev/null 2>&1
    "$(tool llvm-profdata)" merge -sparse build/cov/"$name".profraw -o build/cov/"$name".profdata || continue
    # shellcheck disable=SC2046 # several files
    "$(tool llvm-cov)" report "$program" -instr-profile=build/cov/"$name".profdata $(files_of "$name") 2>/dev/null |
        awk -v name="$name" -v of="$(files_of "$name" | tr '\n' ' ' | sed 's/[a-z]*\///g')" \
            '$1 == "TOTAL" { printf "| %s | %s | %d of %d, %s |\n", name, of, $8 - $9, $8, $10 }'
done
