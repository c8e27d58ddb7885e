#include "demand.h"

#include "../client/question.h"
#include "../client/units.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TEU_DM3 = 33200 }; /* the inside of a 20-foot box */
enum { DEMAND_ARENA = 256 * 1024 * 1024, LINE_MAX_BYTES = 4096, ROWS_MAX = 1000000 };

enum column {
    RELEASE,
    ORIGIN,
    DESTINATION,
    COMMODITY,
    MASS,
    VOLUME,
    TEU,
    TEMPERATURE,
    DELIVER,
    FAMILIES,
    CARGO,
    COLUMNS
};
static const char *const names[COLUMNS] = {
    "release_at_min", "origin_node_id",    "destination_node_id", "commodity",        "mass_kg", "volume_dm3",
    "containers_teu", "temperature_class", "deliver_by_h",        "families_allowed", "cargo"};

enum { CELLS_MAX = 64 };

/* Cuts a line without quotes into cells. Returns their number, 0 when there are too many or a quote stands.
 */
static unsigned cut(char *line, char **cells)
{
    unsigned n = 0;
    if (strchr(line, '"') != NULL)
        return 0;
    for (char *next; line != NULL; line = next) {
        if (n == CELLS_MAX)
            return 0;
        next = strchr(line, ',');
        if (next != NULL)
            *next++ = '\0';
        cells[n++] = line;
    }
    return n;
}

/* Where the columns stand in the header. */
static bool read_header(char **cells, unsigned n, unsigned at[COLUMNS], const char *path, struct err *e)
{
    for (unsigned c = 0; c < COLUMNS; c++) {
        at[c] = n;
        for (unsigned i = 0; i < n; i++)
            if (strcmp(cells[i], names[c]) == 0)
                at[c] = i;
        if (at[c] == n)
            return fail(e, ERR_INVALID_ARGUMENT, "%s:1: there is no column %s", path, names[c]);
    }
    return true;
}

/* "ROAD;RAIL_ROAD;RAIL_WATER" */
static bool read_families(struct demand_row *r, const char *text)
{
    while (*text != '\0') {
        char word[32];
        Zongheng__V1__Family family;
        bool have = false;
        size_t n = strcspn(text, ";");
        if (n >= sizeof word)
            return false;
        memcpy(word, text, n);
        word[n] = '\0';
        if (!question_family(word, &family) || family == ZONGHENG__V1__FAMILY__ANY)
            return false;
        for (uint32_t k = 0; k < r->family_count; k++)
            have = have || r->families[k] == family;
        if (!have)
            r->families[r->family_count++] = family; /* there are five families, so never more */
        text += n + (text[n] == ';');
    }
    return r->family_count > 0;
}

static bool read_row(struct demand_row *r, char **cells, const unsigned at[COLUMNS], struct arena *a,
                     const char *where, struct err *e)
{
    int64_t teu = 0;
    bool ok = units_integer(names[RELEASE], cells[at[RELEASE]], 0, 525600, &r->release_min, e) &&
              units_integer(names[ORIGIN], cells[at[ORIGIN]], 0, INT64_MAX, &r->origin, e) &&
              units_integer(names[DESTINATION], cells[at[DESTINATION]], 0, INT64_MAX, &r->destination, e) &&
              units_integer(names[MASS], cells[at[MASS]], 1, INT64_C(1000000000), &r->mass_kg, e) &&
              units_integer(names[VOLUME], cells[at[VOLUME]], 0, INT64_C(1000000000), &r->volume_dm3, e) &&
              units_integer(names[TEU], cells[at[TEU]], 0, 10000, &teu, e) &&
              units_integer(names[DELIVER], cells[at[DELIVER]], 1, 8760, &r->deliver_by_h, e);
    if (!ok)
        return fail_within(e, where);
    r->teu = (uint32_t)teu;
    r->chilled = strcmp(cells[at[TEMPERATURE]], "chilled") == 0;
    if (!r->chilled && strcmp(cells[at[TEMPERATURE]], "ambient") != 0)
        return fail(e, ERR_INVALID_ARGUMENT, "%s: temperature_class must be ambient or chilled", where);
    if (!read_families(r, cells[at[FAMILIES]]))
        return fail_field(e, ERR_INVALID_ARGUMENT, where,
                          "%s: families_allowed \"%s\" names an unknown family", where, cells[at[FAMILIES]]);
    r->bulk = strcmp(cells[at[CARGO]], "bulk") == 0;
    r->commodity = arena_strdup(a, cells[at[COMMODITY]]);
    return r->commodity != NULL || fail(e, ERR_RESOURCE_EXHAUSTED, "%s: out of memory", where);
}

static bool add_row(struct demand *d, size_t *room, const struct demand_row *r, struct err *e)
{
    if (d->count == *room) {
        *room = *room != 0 ? 2 * *room : 1024;
        struct demand_row *rows = *room <= ROWS_MAX ? arena_calloc(&d->arena, *room, sizeof rows[0]) : NULL;
        if (rows == NULL)
            return fail(e, ERR_RESOURCE_EXHAUSTED, "more demand than memory or %d rows", ROWS_MAX);
        if (d->count > 0)
            memcpy(rows, d->rows, d->count * sizeof rows[0]);
        d->rows = rows;
    }
    d->rows[d->count++] = *r;
    return true;
}

static bool read_lines(struct demand *d, FILE *f, const char *path, struct err *e)
{
    char line[LINE_MAX_BYTES], where[ERR_FIELD_MAX], *cells[CELLS_MAX];
    unsigned at[COLUMNS] = {0}, width = 0;
    size_t room = 0;
    for (unsigned number = 1; fgets(line, sizeof line, f) != NULL; number++) {
        size_t n = strlen(line);
        snprintf(where, sizeof where, "%.70s:%u", path, number);
        if (n == sizeof line - 1)
            return fail(e, ERR_INVALID_ARGUMENT, "%s: a line of more than %d bytes", where,
                        LINE_MAX_BYTES - 2);
        line[strcspn(line, "\r\n")] = '\0';
        unsigned count = cut(line, cells);
        if (number == 1) {
            width = count;
            if (!read_header(cells, count, at, path, e))
                return false;
            continue;
        }
        struct demand_row r = {0};
        if (count != width)
            return fail(e, ERR_INVALID_ARGUMENT,
                        "%s: %u cells, the header has %u (cells in quotes are not read)", where, count,
                        width);
        if (!read_row(&r, cells, at, &d->arena, where, e) || !add_row(d, &room, &r, e))
            return false;
    }
    return d->count > 0 || fail(e, ERR_INVALID_ARGUMENT, "%s holds no demand", path);
}

bool demand_read(struct demand *d, const char *path, struct err *e)
{
    *d = (struct demand){0};
    arena_init(&d->arena, DEMAND_ARENA);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, "--demand", "%s: %s", path, strerror(errno));
    bool ok = read_lines(d, f, path, e);
    fclose(f);
    if (!ok)
        demand_release(d);
    return ok;
}

void demand_release(struct demand *d)
{
    arena_release(&d->arena);
    d->rows = NULL;
    d->count = 0;
}

static Zongheng__V1__PlaceRef *place(int64_t node_id, struct arena *a)
{
    Zongheng__V1__PlaceRef *p = arena_alloc(a, sizeof *p);
    if (p == NULL)
        return NULL;
    zongheng__v1__place_ref__init(p);
    p->by_case = ZONGHENG__V1__PLACE_REF__BY_NODE_ID;
    p->node_id = node_id;
    return p;
}

static Zongheng__V1__Cargo *cargo(const struct demand_row *r, struct arena *a)
{
    struct parts {
        Zongheng__V1__Cargo cargo;
        Zongheng__V1__TemperatureRange temperature;
        Zongheng__V1__Containers box;
        Zongheng__V1__Containers *list[1];
        char type[5];
    } *p = arena_calloc(a, 1, sizeof *p);
    if (p == NULL)
        return NULL;
    zongheng__v1__cargo__init(&p->cargo);
    p->cargo.commodity = r->commodity;
    p->cargo.mass_kg = r->mass_kg;
    p->cargo.volume_dm3 = r->volume_dm3;
    p->cargo.bulk = r->bulk;
    if (r->chilled) {
        zongheng__v1__temperature_range__init(&p->temperature);
        p->temperature.max_c = 4;
        p->cargo.temperature = &p->temperature;
    }
    if (r->teu > 0) {
        zongheng__v1__containers__init(&p->box);
        memcpy(p->type, r->chilled ? "22R1" : "22G1", 5);
        p->box.iso_type = p->type;
        /* Rows whose goods do not fit the boxes they name leave the number to the daemon. */
        p->box.count = r->volume_dm3 <= r->teu * TEU_DM3 ? r->teu : 0;
        p->list[0] = &p->box;
        p->cargo.containers = p->list;
        p->cargo.n_containers = 1;
    }
    return &p->cargo;
}

Zongheng__V1__FindRoutesRequest *demand_route(const struct demand_row *r, int64_t start_s, struct arena *a)
{
    Zongheng__V1__FindRoutesRequest *q = arena_alloc(a, sizeof *q);
    if (q == NULL)
        return NULL;
    zongheng__v1__find_routes_request__init(q);
    q->origin = place(r->origin, a);
    q->destination = place(r->destination, a);
    q->cargo = cargo(r, a);
    q->families = arena_alloc(a, sizeof r->families);
    if (q->origin == NULL || q->destination == NULL || q->cargo == NULL || q->families == NULL)
        return NULL;
    memcpy(q->families, r->families, sizeof r->families);
    q->n_families = r->family_count;
    q->ready_at = start_s + 60 * r->release_min;
    q->deliver_by = q->ready_at + 3600 * r->deliver_by_h;
    q->without_geometry = true;
    return q;
}

Zongheng__V1__GetCostRequest *demand_cost(const struct demand_row *r, int64_t start_s, struct arena *a)
{
    Zongheng__V1__GetCostRequest *q = arena_alloc(a, sizeof *q);
    if (q == NULL)
        return NULL;
    zongheng__v1__get_cost_request__init(q);
    q->origin = place(r->origin, a);
    q->destination = place(r->destination, a);
    q->cargo = cargo(r, a);
    q->ready_at = start_s + 60 * r->release_min;
    q->family = r->families[0];
    return q->origin != NULL && q->destination != NULL && q->cargo != NULL ? q : NULL;
}
