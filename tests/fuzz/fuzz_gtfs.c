/* GTFS files in one input: a line "@stops.txt" starts each. The terminals are always the same four. */
#include "fuzz.h"
#include "import/gtfs.h"

#include <string.h>

static const char *const names[] = {"agency.txt",      "stops.txt",    "routes.txt",         "trips.txt",
                                    "stop_times.txt",  "calendar.txt", "calendar_dates.txt", "feed_info.txt",
                                    "frequencies.txt", "cutoffs.txt",  "service_freight.txt"};
enum { NAMES = sizeof names / sizeof *names, TERMINALS = 4 };

static size_t heading(const uint8_t *at, size_t left)
{
    size_t i = 0;
    while (i < NAMES &&
           !(left > strlen(names[i]) + 1 && at[0] == '@' && memcmp(at + 1, names[i], strlen(names[i])) == 0 &&
             at[strlen(names[i]) + 1] == '\n'))
        i++;
    return i;
}

static void put_terminals(struct network_builder *b)
{
    static const char *const codes[TERMINALS] = {"TELECODE:DYE", "TELECODE:WHN", "UN-LOCODE:CNHSI",
                                                 "IATA:EHU"};
    static const uint8_t modes[TERMINALS] = {3, 3, 7, 9};
    network_add_limit(b, &(struct net_limit){0});
    network_add_hours(b, &(struct net_hours){0});
    for (uint32_t i = 0; i < TERMINALS; i++) {
        int64_t id = i + 1;
        struct net_point at = {300000000 + (int32_t)i * 2000000, 1140000000};
        network_add_node_point(b, &at);
        struct net_place p = {.node = network_add_node_id(b, &id),
                              .name_en = network_intern(b, codes[i] + 5),
                              .codes = network_intern(b, codes[i])};
        struct net_terminal t = {.id = id,
                                 .node = p.node,
                                 .place = network_add_place(b, &p),
                                 .name_en = p.name_en,
                                 .modes = modes[i],
                                 .cargo = CARGO_GENERAL};
        network_add_terminal(b, &t);
        struct net_tariff tariff = {.id = network_intern(b, (const char *[]){"A", "R", "W", "F"}[i]),
                                    .rule_first = i,
                                    .rule_count = 1,
                                    .mode = (uint8_t)i};
        struct net_tariff_rule rule = {.tariff = i};
        struct net_emission e = {.variant = tariff.id, .mode = (uint8_t)i};
        network_add_tariff(b, &tariff);
        network_add_tariff_rule(b, &rule);
        network_add_emission(b, &e);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct network_gtfs_options options = {.utc_offset_min = 480, .tariffs = "R;W;F"};
    struct err e = {0};
    struct csv_report r = {0};
    struct network_gtfs_report out;
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
        put_terminals(b);
        if (network_import_gtfs(fuzz_folder(), b, &options, &out, &r, &e))
            fuzz_freeze(b);
        network_builder_free(b);
    }
    csv_report_free(&r);
    for (size_t i = 0; i < NAMES; i++)
        fuzz_remove(names[i]);
    return 0;
}
