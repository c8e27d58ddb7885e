#include "network/names.h"

#include <stddef.h>
#include <string.h>

const char *const net_charge_names[] = {
    "freight",  "fund",    "electrification", "load",  "unload", "fuel",  "security", "handling",
    "document", "booking", "diversion",       "stamp", "seal",   "other", NULL};
const char *const net_unit_names[] = {"t", "teu", "box20", "box40", "kg", "shipment", "truck", NULL};
const char *const net_cargo_names[] = {"general", "bulk", "container", "reefer", "dangerous", "uld", NULL};

int net_name_index(const char *const *names, const char *word)
{
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], word) == 0)
            return i;
    return -1;
}
