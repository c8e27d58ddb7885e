#include "whatif/consignments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct reader_node {
    int64_t id;
    uint32_t node;
};

static int by_id(const void *a, const void *b)
{
    const struct reader_node *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Plain nodes in the order of their ids. */
static struct reader_node *sort_nodes(const struct network *n)
{
    uint32_t count = net_plain_count(n);
    struct reader_node *list = malloc(((size_t)count + 1) * sizeof *list);
    for (uint32_t v = 0; list != NULL && v < count; v++)
        list[v] = (struct reader_node){n->node_id[v], v};
    if (list != NULL)
        qsort(list, count, sizeof *list, by_id);
    return list;
}

static uint32_t find_node(const struct reader_node *list, uint32_t count, int64_t id)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (list[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < count && list[low].id == id ? list[low].node : NET_NONE;
}

static bool group_of(struct consignments *c, const char *name, uint8_t *group)
{
    for (uint32_t i = 0; i < c->group_count; i++)
        if (strcmp(c->group[i], name) == 0) {
            *group = (uint8_t)i;
            return true;
        }
    if (c->group_count == GROUPS_MAX || strlen(name) >= GROUP_NAME_MAX)
        return false;
    *group = (uint8_t)c->group_count;
    memcpy(c->group[c->group_count++], name, strlen(name) + 1);
    return true;
}

static bool put(struct consignments *c, uint32_t *room, const struct consignment *row)
{
    if (c->count == *room) {
        uint32_t more = *room > 0 ? *room * 2 : 4096;
        struct consignment *list = more <= CONSIGNMENTS_MAX * 2u ? realloc(c->of, more * sizeof *list) : NULL;
        if (list == NULL)
            return false;
        c->of = list;
        *room = more;
    }
    c->of[c->count++] = *row;
    return true;
}

static void note_unknown(struct consignments *c, uint32_t line, int64_t id, int64_t mass_kg)
{
    c->unknown++;
    c->unknown_tonnes += (double)mass_kg / 1000;
    if (c->note_count < CONSIGNMENT_NOTES_MAX)
        snprintf(c->note[c->note_count++], sizeof c->note[0], "line %u: node %lld is not in the network",
                 line, (long long)id);
}

/* One row; its faults are in the table's report. */
static bool read_row(struct csv *t, const struct csv_report *report, const struct reader_node *nodes,
                     uint32_t node_count, struct consignments *c, uint32_t *room)
{
    static const char *const families[] = {"ROAD", "RAIL_ROAD", "AIR_ROAD", "RAIL_WATER", "ROAD_WATER", NULL};
    static const char *const cold[] = {"ambient", "chilled", "frozen", NULL};
    static const char *const forms[] = {"bulk", "general", "container", NULL};
    struct consignment row = {0};
    uint32_t faults = report->count;
    int64_t from = csv_int(t, "origin_node_id", CSV_REQUIRED, INT64_MIN, INT64_MAX);
    int64_t to = csv_int(t, "destination_node_id", CSV_REQUIRED, INT64_MIN, INT64_MAX);
    row.mass_kg = csv_int(t, "mass_kg", CSV_REQUIRED, 1, 1000000000);
    row.volume_dm3 = csv_int(t, "volume_dm3", CSV_OPTIONAL, 0, 1000000000);
    row.release_min = (uint32_t)csv_int(t, "release_at_min", CSV_REQUIRED, 0, 525600);
    row.deliver_by_h = (uint32_t)csv_int(t, "deliver_by_h", CSV_REQUIRED, 1, 8760);
    row.teu = (uint32_t)csv_int(t, "containers_teu", CSV_OPTIONAL, 0, 10000);
    row.families = (uint8_t)csv_mask(t, "families_allowed", CSV_REQUIRED, families);
    row.chilled = csv_word(t, "temperature_class", CSV_OPTIONAL, cold, 0) > 0;
    row.bulk = csv_word(t, "cargo", CSV_REQUIRED, forms, 1) == 0;
    if (!group_of(c, csv_text(t, "commodity", CSV_REQUIRED), &row.group))
        csv_fault(t, "commodity", "more than %d goods groups, or a name of more than %d bytes", GROUPS_MAX,
                  GROUP_NAME_MAX - 1);
    if (c->count >= CONSIGNMENTS_MAX)
        csv_fault(t, "demand_id", "more than %d rows", CONSIGNMENTS_MAX);
    if (report->count > faults)
        return true;
    row.from = find_node(nodes, node_count, from);
    row.to = find_node(nodes, node_count, to);
    c->tonnes += (double)row.mass_kg / 1000;
    if (row.from == NET_NONE || row.to == NET_NONE) {
        note_unknown(c, csv_line(t), row.from == NET_NONE ? from : to, row.mass_kg);
        return true;
    }
    double day = row.release_min / 1440 + 1;
    c->days = day > c->days ? day : c->days;
    return put(c, room, &row);
}

static void set_version(struct consignments *c)
{
    XXH64_hash_t h = XXH3_64bits(c->of, (size_t)c->count * sizeof *c->of);
    snprintf(c->version, sizeof c->version, "%016llx", (unsigned long long)h);
}

static bool read_all(FILE *f, const char *name, const struct network *n, struct csv_report *report,
                     struct consignments *c, struct err *e)
{
    struct csv *t = NULL;
    uint32_t room = 0;
    struct reader_node *nodes = sort_nodes(n);
    if (nodes == NULL) {
        fclose(f);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the nodes of %s", name);
    }
    bool ok = csv_open_stream(f, name, report, &t, e);
    while (ok && csv_next(t))
        ok = read_row(t, report, nodes, net_plain_count(n), c, &room) ||
             fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the rows of %s", name);
    if (t != NULL)
        csv_close(t);
    free(nodes);
    return ok;
}

bool consignments_read_from(FILE *f, const char *name, const struct network *n, struct csv_report *report,
                            struct consignments **out, struct err *e)
{
    struct consignments *c = calloc(1, sizeof *c);
    *out = NULL;
    if (c == NULL) {
        fclose(f);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %s", name);
    }
    c->days = 1;
    if (!read_all(f, name, n, report, c, e)) {
        consignments_free(c);
        return false;
    }
    set_version(c);
    *out = c;
    return true;
}

bool consignments_read(const char *path, const struct network *n, struct consignments **out, struct err *e)
{
    struct csv_report report = {0};
    const char *slash = strrchr(path, '/');
    FILE *f = fopen(path, "rb");
    *out = NULL;
    if (f == NULL)
        return fail_field(e, ERR_NOT_FOUND, "demand", "%s: %s", path, strerror(errno));
    bool ok = consignments_read_from(f, slash != NULL ? slash + 1 : path, n, &report, out, e);
    if (ok && report.count > 0) {
        ok = fail_field(e, ERR_INVALID_ARGUMENT, "demand", "%s", report.fault[0]);
        consignments_free(*out);
        *out = NULL;
    }
    csv_report_free(&report);
    return ok;
}

void consignments_free(struct consignments *c)
{
    if (c == NULL)
        return;
    free(c->of);
    free(c);
}

void consignment_request(const struct network *n, const struct consignment *c, int64_t week_start_s,
                         bool late, struct plan_request *out)
{
    *out = (struct plan_request){.from = c->from,
                                 .to = c->to,
                                 .families = c->families,
                                 .max_options = 32,
                                 .ready_at = week_start_s + 60 * (int64_t)c->release_min};
    out->cargo = (struct plan_cargo){.commodity = "",
                                     .mass_kg = c->mass_kg,
                                     .volume_dm3 = c->volume_dm3,
                                     .bulk = c->bulk,
                                     .chilled = c->chilled};
    out->cargo.max_c = c->chilled ? 4 : 0;
    if (c->teu > 0) {
        struct plan_containers *box = &out->cargo.containers[0];
        const char *type = c->chilled && cargo_container(n, "22R1") != NULL ? "22R1" : "22G1";
        snprintf(box->iso_type, sizeof box->iso_type, "%s", type);
        uint32_t least = 0; /* some rows name fewer boxes than the goods fill */
        box->count = plan_boxes_needed(n, &out->cargo, type, &least, NULL) && least > c->teu ? least : c->teu;
        box->teu = 1;
        out->cargo.container_count = 1;
        out->cargo.bulk = false;
    }
    if (!late)
        out->deliver_by = out->ready_at + 3600 * (int64_t)c->deliver_by_h;
}
