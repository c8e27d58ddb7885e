/* A DIMACS graph; behind a NUL its coordinates. */
#include "fuzz.h"
#include "import/dimacs.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct err e = {0};
    struct dimacs_report r;
    struct network_builder *b;
    const uint8_t *nul = len > 0 ? memchr(data, 0, len) : NULL;
    size_t graph = nul != NULL ? (size_t)(nul - data) : len;
    const char *gr = fuzz_file(0, "x.gr", data, graph), *co = NULL;
    if (nul != NULL)
        co = fuzz_file(1, "x.co", nul + 1, len - graph - 1);
    if (network_builder_new(&b, &e)) {
        if (network_import_dimacs(gr, co, b, &r, &e))
            fuzz_freeze(b);
        network_builder_free(b);
    }
    fuzz_remove("x.gr");
    fuzz_remove("x.co");
    return 0;
}
