#include "whatif/volumes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <xxhash.h>

/* --- zones ---------------------------------------------------------------------------------------------- */

struct named {     /* a name that was looked up */
    uint64_t hash; /* 0: free */
    uint32_t zone; /* NET_NONE: unknown */
};

struct zones {
    const struct network *net;
    const struct places *places;
    struct volumes *out;
    struct named *slot; /* 2 x VOLUMES_NAMES_MAX */
    uint32_t *zone_of;  /* of a plain node; NET_NONE: none yet */
    uint32_t names;
    bool full;
};

/* One of the ';'-joined words, behind its "KIND:" where there is one. */
static bool has_word(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *s = list; *s != '\0'; s += strspn(s, ";")) {
        size_t len = strcspn(s, ";"), skip = strcspn(s, ":;");
        const char *word = skip < len ? s + skip + 1 : s;
        if (((size_t)(s + len - word) == n && strncasecmp(word, name, n) == 0) ||
            (len == n && strncasecmp(s, name, n) == 0))
            return true;
        s += len;
    }
    return false;
}

static bool is_named(const struct network *n, const struct net_place *p, const char *name)
{
    return strcmp(net_string(n, p->name_zh), name) == 0 || strcasecmp(net_string(n, p->name_en), name) == 0 ||
           strcasecmp(net_string(n, p->pinyin), name) == 0 || has_word(net_string(n, p->names_alt), name) ||
           has_word(net_string(n, p->codes), name);
}

/* The plain node of an id or name; of several places that bear it the weightiest, as places.h. */
static uint32_t node_of(const struct zones *z, const char *name)
{
    const struct network *n = z->net;
    char *end;
    long long id = strtoll(name, &end, 10);
    uint32_t node = NET_NONE, best = NET_NONE;
    if (end != name && *end == '\0')
        return places_node_by_id(z->places, id, &node) && node < net_plain_count(n) ? node : NET_NONE;
    for (uint32_t i = 0; i < n->place_count; i++)
        if (is_named(n, &n->place[i], name) &&
            (best == NET_NONE || n->place[i].weight > n->place[best].weight))
            best = i;
    return best != NET_NONE && n->place[best].node < net_plain_count(n) ? n->place[best].node : NET_NONE;
}

static uint32_t zone_at(struct zones *z, uint32_t node)
{
    struct volumes *v = z->out;
    if (node == NET_NONE || z->zone_of[node] != NET_NONE)
        return node == NET_NONE ? NET_NONE : z->zone_of[node];
    if (v->zone_count == VOLUMES_ZONES_MAX) {
        z->full = true;
        return NET_NONE;
    }
    v->node[v->zone_count] = node;
    return z->zone_of[node] = v->zone_count++;
}

static bool find_zone(void *ctx, const char *name, uint32_t *zone)
{
    struct zones *z = ctx;
    uint64_t hash = XXH3_64bits(name, strlen(name)) | 1;
    uint32_t at = (uint32_t)(hash >> 8) % (2 * VOLUMES_NAMES_MAX);
    while (z->slot[at].hash != 0 && z->slot[at].hash != hash)
        at = (at + 1) % (2 * VOLUMES_NAMES_MAX);
    if (z->slot[at].hash == 0) {
        if (z->names == VOLUMES_NAMES_MAX) {
            z->full = true;
            return false;
        }
        z->names++;
        z->slot[at] = (struct named){hash, zone_at(z, node_of(z, name))};
    }
    *zone = z->slot[at].zone;
    return *zone != NET_NONE;
}

/* --- reading -------------------------------------------------------------------------------------------- */

enum volumes_format volumes_format_of(const char *bytes, size_t len)
{
    static const char column[] = "demand_id";
    size_t i = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (i < len && strchr(" \t\r\n", bytes[i]) != NULL)
        i++;
    if (i < len && (bytes[i] == '<' || bytes[i] == '~'))
        return VOLUMES_TNTP;
    const char *end = len > i ? memchr(bytes + i, '\n', len - i) : NULL;
    size_t header = end != NULL ? (size_t)(end - bytes) : len;
    return memmem(bytes + i, header - i, column, sizeof column - 1) != NULL ? VOLUMES_CONSIGNMENTS
                                                                            : VOLUMES_CSV;
}

static bool read_od(FILE *f, struct zones *z, struct err *e)
{
    struct volumes *v = z->out;
    struct demand_source from = {f, "demand", VOLUMES_ZONES_MAX, find_zone, z};
    bool ok = v->rules.format == VOLUMES_TNTP ? demand_read_tntp_from(&from, &v->od, &v->report, e)
                                              : demand_read_csv_from(&from, &v->od, &v->report, e);
    if (ok && z->full)
        ok = fail_field(e, ERR_INVALID_ARGUMENT, "content", "more than %d zones, or %d names of zones",
                        VOLUMES_ZONES_MAX, VOLUMES_NAMES_MAX);
    const char *name[GROUPS_MAX];
    if (ok && volumes_groups(v, name) > GROUPS_MAX)
        ok = fail_field(e, ERR_INVALID_ARGUMENT, "content", "more than %d goods groups", GROUPS_MAX);
    return ok;
}

static const struct net_vehicle *vehicle_of(const struct network *n, uint8_t vehicle_class)
{
    for (uint32_t i = 0; i < n->vehicle_count; i++)
        if (n->vehicle[i].vehicle_class == vehicle_class)
            return &n->vehicle[i];
    return NULL;
}

static bool read_tables(FILE *f, const struct network *n, const struct places *p, struct volumes *v,
                        struct err *e)
{
    struct zones z = {.net = n, .places = p, .out = v};
    const struct net_vehicle *vehicle = vehicle_of(n, v->rules.vehicle_class);
    size_t nodes = (size_t)net_plain_count(n) + 1;
    if (vehicle == NULL || vehicle->payload_kg == 0) {
        fclose(f);
        return fail_field(e, ERR_INVALID_ARGUMENT, "vehicle_class", "the network has no vehicle class %u",
                          (unsigned)v->rules.vehicle_class);
    }
    z.slot = calloc(2 * VOLUMES_NAMES_MAX, sizeof *z.slot);
    z.zone_of = malloc(nodes * sizeof *z.zone_of);
    v->node = calloc(VOLUMES_ZONES_MAX, sizeof *v->node);
    bool ok = z.slot != NULL && z.zone_of != NULL && v->node != NULL;
    if (ok) {
        memset(z.zone_of, 0xff, nodes * sizeof *z.zone_of);
        ok = read_od(f, &z, e);
    } else {
        fclose(f);
        fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the zones of a demand");
    }
    double t = vehicle->payload_kg / 1000.0;
    v->vehicles = v->rules.tonnes ? v->report.total / t : v->report.total;
    v->tonnes = v->rules.tonnes ? v->report.total : v->report.total * t;
    free(z.slot);
    free(z.zone_of);
    return ok;
}

/* Faults and unknown nodes in the words of a report of O-D tables. */
static void take_report(struct volumes *v, const struct csv_report *faults)
{
    struct demand_report *r = &v->report;
    const struct consignments *c = v->goods;
    *r = (struct demand_report){.announced = -1, .refused = faults->count};
    for (uint32_t i = 0; i < faults->count && i < CSV_FAULTS_MAX && i < DEMAND_NOTES_MAX; i++)
        snprintf(r->note[r->note_count++], DEMAND_NOTE_MAX, "%.*s", DEMAND_NOTE_MAX - 1, faults->fault[i]);
    if (c == NULL)
        return;
    r->pairs = c->count;
    r->unknown = c->unknown;
    r->unknown_volume = c->unknown_tonnes;
    for (uint32_t i = 0; i < c->note_count && i < DEMAND_UNKNOWN_MAX; i++)
        snprintf(r->unknown_zone[r->unknown_count++], DEMAND_NAME_MAX, "%.*s", DEMAND_NAME_MAX - 1,
                 c->note[i]);
    r->total = c->tonnes - c->unknown_tonnes;
    v->tonnes = r->total / c->days;
}

static bool read_goods(FILE *f, const struct network *n, struct volumes *v, struct err *e)
{
    struct csv_report faults = {0};
    bool ok = consignments_read_from(f, "demand", n, &faults, &v->goods, e);
    take_report(v, &faults);
    csv_report_free(&faults);
    return ok;
}

bool volumes_read(const char *bytes, size_t len, const struct volumes_rules *rules, const struct network *n,
                  const struct places *p, struct volumes **out, struct err *e)
{
    *out = NULL;
    if (len == 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "content", "the table is empty");
    struct volumes *v = calloc(1, sizeof *v);
    FILE *f = v != NULL ? fmemopen((void *)(uintptr_t)bytes, len, "rb") : NULL;
    if (f == NULL) {
        free(v);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a demand");
    }
    v->rules = *rules;
    uint64_t seed =
        (uint64_t)rules->format | (uint64_t)rules->tonnes << 8 | (uint64_t)rules->vehicle_class << 16;
    snprintf(v->version, sizeof v->version, "%016llx",
             (unsigned long long)XXH3_64bits_withSeed(bytes, len, seed));
    if (rules->format == VOLUMES_CONSIGNMENTS ? read_goods(f, n, v, e) : read_tables(f, n, p, v, e)) {
        *out = v;
        return true;
    }
    volumes_free(v);
    return false;
}

void volumes_free(struct volumes *v)
{
    if (v == NULL)
        return;
    demand_free(&v->od);
    consignments_free(v->goods);
    free(v->node);
    free(v);
}

/* --- lorries -------------------------------------------------------------------------------------------- */

static uint32_t group_of(const struct volumes *v, uint32_t table, const char *name[GROUPS_MAX],
                         uint32_t *count)
{
    for (uint32_t g = 0; g < *count && g < GROUPS_MAX; g++)
        if (strcmp(name[g], v->od.table[table].group) == 0)
            return g;
    if (*count < GROUPS_MAX)
        name[*count] = v->od.table[table].group;
    return (*count)++;
}

uint32_t volumes_groups(const struct volumes *v, const char *name[GROUPS_MAX])
{
    uint32_t count = 0;
    for (uint32_t g = 0; v->goods != NULL && g < v->goods->group_count; g++)
        name[count++] = v->goods->group[g];
    for (uint32_t t = 0; v->goods == NULL && t < v->od.table_count; t++)
        group_of(v, t, name, &count);
    return count;
}

static bool put_table(const struct volumes *v, uint32_t table, uint8_t group, double factor, double payload_t,
                      struct trucks *out, struct err *e)
{
    const struct trips *t = &v->od.table[table].trips;
    for (uint32_t o = 0; o < v->zone_count; o++)
        for (uint32_t k = t->first[o]; k < t->first[o + 1]; k++) {
            double volume = t->volume[k] * factor;
            struct truck_trip row = {.from = v->node[o],
                                     .to = v->node[t->to[k]],
                                     .vehicle_class = v->rules.vehicle_class,
                                     .group = group,
                                     .trucks = v->rules.tonnes ? volume / payload_t : volume,
                                     .tonnes = v->rules.tonnes ? volume : volume * payload_t};
            if (row.from != row.to && !trucks_add(out, &row, e))
                return false;
        }
    return true;
}

bool volumes_trucks(const struct volumes *v, const struct network *n, const struct volumes_choice *c,
                    struct trucks *out, struct err *e)
{
    const char *name[GROUPS_MAX];
    uint32_t groups = 0, fit = 0;
    const struct net_vehicle *vehicle = vehicle_of(n, v->rules.vehicle_class);
    *out = (struct trucks){0};
    if (vehicle == NULL || vehicle->payload_kg == 0)
        return fail_field(e, ERR_FAILED_PRECONDITION, "demand.name", "the network has no vehicle class %u",
                          (unsigned)v->rules.vehicle_class);
    bool known = c->group[0] == '\0';
    for (uint32_t t = 0; t < v->od.table_count; t++) {
        const struct demand_table *table = &v->od.table[t];
        uint32_t group = group_of(v, t, name, &groups);
        bool ours = c->group[0] == '\0' || strcmp(c->group, table->group) == 0;
        known = known || ours;
        if (!ours || (c->period[0] != '\0' && strcmp(c->period, table->period) != 0))
            continue;
        fit++;
        if (!put_table(v, t, (uint8_t)group, c->factor, vehicle->payload_kg / 1000.0, out, e))
            return false;
    }
    trucks_sum(out);
    return fit > 0 || fail_field(e, ERR_INVALID_ARGUMENT, known ? "demand.period" : "demand.goods_group",
                                 "the demand has no table of that goods group and period");
}
