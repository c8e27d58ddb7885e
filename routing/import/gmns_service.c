/* service.csv, service_stop.csv, calendar_exception.csv */
#include "import/gmns_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t read_days(struct csv *t)
{
    const char *s = csv_text(t, "days", CSV_REQUIRED);
    uint8_t mask = 0;
    if (strlen(s) != 7 || strspn(s, "01") != 7) {
        csv_fault(t, "days", "\"%.20s\" is not seven flags, Monday first, such as 1111100", s);
        return 0;
    }
    for (int d = 0; d < 7; d++)
        mask = (uint8_t)(mask | (s[d] == '1') << d);
    return mask;
}

static uint16_t read_time(struct csv *t, const char *column)
{
    unsigned h, m;
    int used = 0;
    const char *s = csv_text(t, column, CSV_REQUIRED);
    if (sscanf(s, "%2u:%2u%n", &h, &m, &used) != 2 || s[used] != '\0' || h > 23 || m > 59) {
        csv_fault(t, column, "\"%.20s\" is not a time HH:MM", s);
        return 0;
    }
    return (uint16_t)(h * 60 + m);
}

static uint32_t tariff_of(struct gmns *g, struct csv *t)
{
    uint32_t count;
    net_str id = network_intern(g->b, csv_text(t, "tariff_id", CSV_REQUIRED));
    const struct net_tariff *r = network_rows_tariff(g->b, &count);
    for (uint32_t i = 0; i < count; i++)
        if (r[i].id == id)
            return i;
    csv_fault(t, "tariff_id", "\"%.40s\" is not in tariff.csv", csv_text(t, "tariff_id", CSV_OPTIONAL));
    return 0;
}

static void read_service(struct gmns *g, struct csv *t)
{
    int64_t id = csv_int(t, "service_id", CSV_REQUIRED, INT32_MIN, INT32_MAX);
    struct net_service r = {
        .id = id,
        .name = gmns_string(g, t, "name"),
        .operator= gmns_string(g, t, "operator"),
        .source = gmns_string(g, t, "source"),
        .mode = (uint8_t)csv_word(t, "mode", CSV_REQUIRED, gmns_modes, MODE_RAIL),
        .cargo = (uint16_t)csv_mask(t, "cargo", CSV_REQUIRED, net_cargo_names),
        .days = read_days(t),
        .depart_min = read_time(t, "departure"),
        .capacity_kg = csv_scaled(t, "capacity_t", CSV_OPTIONAL, 1000, 0, INT64_C(1000000000000)),
        .capacity_teu_milli = csv_scaled(t, "capacity_teu", CSV_OPTIONAL, 1000, 0, INT64_C(1000000000)),
        .tariff = tariff_of(g, t),
        .emission = gmns_emission(g, t),
        .electrified_permille = (uint16_t)csv_scaled(t, "electrified_share", CSV_OPTIONAL, 1000, 0, 1000),
        .valid_from_day = csv_day(t, "valid_from", CSV_REQUIRED, 0),
        .valid_to_day = csv_day(t, "valid_to", CSV_REQUIRED, 0),
        .confidence = gmns_confidence(t)};
    r.equipment = gmns_equipment(g, t, r.mode);
    if (r.valid_to_day < r.valid_from_day)
        csv_fault(t, "valid_to", "is before valid_from");
    if (r.capacity_kg == 0 && r.capacity_teu_milli == 0)
        csv_fault(t, "capacity_t", "and capacity_teu are both missing");
    id_map_add(g, &g->service, id, network_add_service(g->b, &r));
}

static void read_stop(struct gmns *g, struct csv *t)
{
    struct net_stop r = {.service = id_column(t, "service_id", &g->service),
                         .terminal = id_column(t, "terminal_id", &g->terminal),
                         .arrive_min = (uint32_t)csv_int(t, "arrival_min", CSV_REQUIRED, 0, 1000000),
                         .depart_min = (uint32_t)csv_int(t, "departure_min", CSV_REQUIRED, 0, 1000000),
                         .distance_m =
                             (uint32_t)csv_scaled(t, "distance_km", CSV_REQUIRED, 1000, 0, 50000000)};
    uint32_t services, stops;
    if (r.service == NET_NONE || r.terminal == NET_NONE)
        return;
    struct net_service *s = &network_rows_service(g->b, &services)[r.service];
    network_rows_stop(g->b, &stops);
    if (s->stop_count == 0)
        s->stop_first = stops;
    if (s->stop_first + s->stop_count != stops)
        csv_fault(t, "service_id",
                  "stands apart from its other stops; keep the stops of a service "
                  "together");
    if (csv_int(t, "seq", CSV_REQUIRED, 1, 1000) != s->stop_count + 1)
        csv_fault(t, "seq", "must be %u here", s->stop_count + 1);
    if (r.depart_min < r.arrive_min)
        csv_fault(t, "departure_min", "is before arrival_min");
    s->stop_count++;
    network_add_stop(g->b, &r);
}

static void read_exception(struct gmns *g, struct csv *t)
{
    static const char *const words[] = {"removed", "added", NULL};
    struct net_exception r = {.service = id_column(t, "service_id", &g->service),
                              .day = csv_day(t, "date", CSV_REQUIRED, 0),
                              .added = (uint8_t)csv_word(t, "change", CSV_REQUIRED, words, 0)};
    if (r.service != NET_NONE)
        network_add_exception(g->b, &r);
}

static int by_service(const void *pa, const void *pb)
{
    const struct net_exception *a = pa, *b = pb;
    if (a->service != b->service)
        return a->service < b->service ? -1 : 1;
    return a->day < b->day ? -1 : a->day > b->day;
}

static void group_exceptions(struct gmns *g)
{
    uint32_t services, count;
    struct net_exception *x = network_rows_exception(g->b, &count);
    struct net_service *s = network_rows_service(g->b, &services);
    if (count > 0)
        qsort(x, count, sizeof *x, by_service);
    for (uint32_t i = 0; i < count; i++)
        if (s[x[i].service].exception_count++ == 0)
            s[x[i].service].exception_first = i;
}

bool gmns_read_services(struct gmns *g, struct err *e)
{
    if (!gmns_read_table(g, "service.csv", read_service, &g->service, e) ||
        !gmns_read_table(g, "service_stop.csv", read_stop, NULL, e) ||
        !gmns_read_table(g, "calendar_exception.csv", read_exception, NULL, e))
        return false;
    group_exceptions(g);
    return true;
}
