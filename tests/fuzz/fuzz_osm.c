/* OpenStreetMap: XML when it begins with '<', else PBF. */
#include "fuzz.h"
#include "import/osm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct err e = {0};
    struct network_osm_report r;
    struct network_builder *b;
    const char *name = len > 0 && data[0] == '<' ? "x.osm" : "x.osm.pbf";
    const char *path = fuzz_file(0, name, data, len);
    if (network_builder_new(&b, &e)) {
        if (network_import_osm(path, b, &r, NULL, &e)) {
            fuzz_freeze(b);
        } else if (e.text[0] == '\0' ||
                   (len > 0 && data[0] == '<' && strstr(e.text, "libreadosm cannot") != NULL)) {
            fprintf(stderr, "no sentence, or XML that libreadosm leaks on: %s\n", e.text);
            abort();
        }
        network_builder_free(b);
    }
    fuzz_remove(name);
    return 0;
}
