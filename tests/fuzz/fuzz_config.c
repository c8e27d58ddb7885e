/* The configuration file: it is read or refused with file and line, and what is read is within the table's
 * bounds. */
#include "config.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char flag[] = "--config", program[] = "zonghengd", path[4096];
    struct config c;
    struct err e = {0};
    strncpy(path, fuzz_file(0, "config", data, len), sizeof path - 1);
    path[sizeof path - 1] = '\0';
    char *argv[] = {program, flag, path, NULL};
    if (!config_read(&c, 3, argv, &e)) {
        if (e.code == ERR_OK || strstr(e.text, path) == NULL)
            abort(); /* a refusal names the file */
        return 0;
    }
#define STR(name, low, high) (memchr(c.name, '\0', sizeof c.name) == NULL)
#define INT(name, low, high) (c.name < (low) || c.name > (high))
#define BOOL(name, low, high) (0)
#define X(name, kind, def, low, high, help) \
    if (kind(name, low, high))              \
        abort();
    CONFIG_SETTINGS(X)
#undef X
    return 0;
}
