/* GMNS tables in one input: a line "@node.csv" starts each. */
#include "fuzz.h"
#include "import/gmns.h"

#include <string.h>

static const char *const names[] = {"config.csv",        "node.csv",
                                    "link.csv",          "restriction.csv",
                                    "toll.csv",          "terminal.csv",
                                    "handling.csv",      "cutoff.csv",
                                    "tariff.csv",        "emission.csv",
                                    "vehicle_class.csv", "service.csv",
                                    "service_stop.csv",  "calendar_exception.csv",
                                    "corridor.csv",      "project.csv",
                                    "use_group.csv"};
enum { NAMES = sizeof names / sizeof *names };

/* The table that the line at `at` starts, NAMES when none. */
static size_t heading(const uint8_t *at, size_t left)
{
    size_t i = 0;
    while (i < NAMES &&
           !(left > strlen(names[i]) + 1 && at[0] == '@' && memcmp(at + 1, names[i], strlen(names[i])) == 0 &&
             at[strlen(names[i]) + 1] == '\n'))
        i++;
    return i;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct err e = {0};
    struct csv_report r = {0};
    struct network_builder *b;
    for (size_t at = 0; at < len;) {
        size_t table = heading(data + at, len - at), from = at, end = at;
        if (table < NAMES)
            from = end = at + strlen(names[table]) + 2;
        while (end < len && !(data[end] == '@' && heading(data + end, len - end) < NAMES && end > at))
            end++;
        if (table < NAMES)
            fuzz_file(0, names[table], data + from, end - from);
        at = end;
    }
    if (network_builder_new(&b, &e)) {
        if (network_import_gmns(fuzz_folder(), b, &r, &e))
            fuzz_freeze(b);
        network_builder_free(b);
    }
    csv_report_free(&r);
    for (size_t i = 0; i < NAMES; i++)
        fuzz_remove(names[i]);
    return 0;
}
