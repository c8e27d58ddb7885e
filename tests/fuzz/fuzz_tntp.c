/* A TNTP network; behind a NUL its node file. */
#include "fuzz.h"
#include "import/tntp.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct err e = {0};
    struct tntp_report r;
    struct network_builder *b;
    const uint8_t *nul = len > 0 ? memchr(data, 0, len) : NULL;
    size_t net = nul != NULL ? (size_t)(nul - data) : len;
    const char *path = fuzz_file(0, "x_net.tntp", data, net);
    if (nul != NULL)
        fuzz_file(1, "x_node.tntp", nul + 1, len - net - 1);
    if (network_builder_new(&b, &e)) {
        if (network_import_tntp(path, b, &r, &e))
            fuzz_freeze(b);
        network_builder_free(b);
    }
    fuzz_remove("x_net.tntp");
    fuzz_remove("x_node.tntp");
    return 0;
}
