/* zongheng matrix: every origin to every destination by truck. */
#include "json.h"
#include "show.h"
#include "table.h"
#include "truck.h"
#include "units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MATRIX_PLACES_MAX = 1000, MATRIX_IDS_MAX = 4096, SHOWN_ROWS = 60 };

struct ids {
    int64_t id[MATRIX_IDS_MAX];
    size_t count;
};

struct matrix_args {
    struct truck truck; /* first */
    Zongheng__V1__GetMatrixRequest request;
    Zongheng__V1__PlaceRef from[MATRIX_PLACES_MAX], to[MATRIX_PLACES_MAX];
    Zongheng__V1__PlaceRef *from_list[MATRIX_PLACES_MAX], *to_list[MATRIX_PLACES_MAX];
    struct ids from_ids, to_ids;
    char *csv;
    const char *show;
    struct arena *arena;
    Zongheng__V1__GetMatrixReply whole;
    size_t cells;
};

static bool add_place(Zongheng__V1__PlaceRef *list, size_t *count, const char *name, char *value,
                      struct err *e)
{
    if (*count == MATRIX_PLACES_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s stands more than %d times", name,
                          MATRIX_PLACES_MAX);
    zongheng__v1__place_ref__init(&list[*count]);
    return truck_place_ref(&list[(*count)++], name, value, e);
}

static bool set_from(void *args, const char *name, char *value, struct err *e)
{
    struct matrix_args *m = args;
    return add_place(m->from, &m->request.n_origins, name, value, e);
}

static bool set_to(void *args, const char *name, char *value, struct err *e)
{
    struct matrix_args *m = args;
    return add_place(m->to, &m->request.n_destinations, name, value, e);
}

static bool read_ids(struct ids *ids, const char *name, const char *path, struct err *e)
{
    FILE *f = fopen(path, "r");
    char word[32];
    bool ok = true;
    if (f == NULL)
        return fail_field(e, ERR_NOT_FOUND, name, "%s: %s", path, strerror(errno));
    while (ok && fscanf(f, "%31s", word) == 1) {
        ok = ids->count < MATRIX_IDS_MAX ||
             fail_field(e, ERR_INVALID_ARGUMENT, name, "%s holds more than %d ids", path, MATRIX_IDS_MAX);
        ok = ok && units_integer(name, word, INT64_MIN + 1, INT64_MAX, &ids->id[ids->count++], e);
    }
    ok = ok && (!ferror(f) || fail_field(e, ERR_NOT_FOUND, name, "%s cannot be read", path));
    fclose(f);
    return ok;
}

static bool set_from_ids(void *args, const char *name, char *value, struct err *e)
{
    return read_ids(&((struct matrix_args *)args)->from_ids, name, value, e);
}

static bool set_to_ids(void *args, const char *name, char *value, struct err *e)
{
    return read_ids(&((struct matrix_args *)args)->to_ids, name, value, e);
}

static bool set_objective(void *args, const char *name, char *value, struct err *e)
{
    static const char *const names[] = {"fastest", "cheapest", "shortest", "source"};
    for (int i = 0; i < 4; i++)
        if (strcmp(value, names[i]) == 0) {
            ((struct matrix_args *)args)->request.objective =
                (Zongheng__V1__Objective)(ZONGHENG__V1__OBJECTIVE__FASTEST + i);
            return true;
        }
    return fail_field(e, ERR_INVALID_ARGUMENT, name,
                      "%s \"%s\" must be fastest, cheapest, shortest or source", name, value);
}

static bool set_scenario(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct matrix_args *)args)->request.scenario_id = value;
    return true;
}

static bool set_dangerous(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct matrix_args *)args)->request.dangerous_class = value;
    return true;
}

static bool set_weights_only(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct matrix_args *)args)->request.weights_only = true;
    return true;
}

static bool set_csv(void *args, const char *name, char *value, struct err *e)
{
    char **slot = &((struct matrix_args *)args)->csv;
    return cmd_set_first_text(slot, name, value, e);
}

static bool set_show(void *args, const char *name, char *value, struct err *e)
{
    static const char *const names[] = {"time", "cost", "distance", "toll", "weight"};
    for (int i = 0; i < 5; i++)
        if (strcmp(value, names[i]) == 0) {
            ((struct matrix_args *)args)->show = names[i];
            return true;
        }
    return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s \"%s\" must be time, cost, distance, toll or weight",
                      name, value);
}

static const struct cmd_option options[] = {
    {"--from", "PLACE", "name, code, lat,lon or node:ID; may repeat: the rows", set_from},
    {"--to", "PLACE", "may repeat: the columns", set_to},
    {"--from-ids", "FILE", "node ids of the network's source, more rows", set_from_ids},
    {"--to-ids", "FILE", "more columns", set_to_ids},
    {"--objective", "WHAT", "fastest (default), cheapest, shortest, source", set_objective},
    TRUCK_OPTIONS,
    {"--second-driver", NULL, "two drivers take turns", truck_set_second_driver},
    {"--scenario", "ID", "in this scenario (zongheng scenario list)", set_scenario},
    {"--dangerous", "CLASS", "UN class: 3, 4.1, ...", set_dangerous},
    {"--weights-only", NULL, "only what is minimized: cheaper", set_weights_only},
    {"--show", "WHAT", "time, cost, distance, toll or weight", set_show},
    {"--csv", "FILE", "every cell as a line", set_csv},
};

static bool check(void *args, struct err *e)
{
    struct matrix_args *m = args;
    Zongheng__V1__GetMatrixRequest *q = &m->request;
    if (q->n_origins + m->from_ids.count == 0)
        return fail(e, ERR_INVALID_ARGUMENT, "--from PLACE or --from-ids FILE is missing");
    if (q->n_destinations + m->to_ids.count == 0)
        return fail(e, ERR_INVALID_ARGUMENT, "--to PLACE or --to-ids FILE is missing");
    for (size_t i = 0; i < q->n_origins; i++)
        m->from_list[i] = &m->from[i];
    for (size_t i = 0; i < q->n_destinations; i++)
        m->to_list[i] = &m->to[i];
    q->origins = m->from_list;
    q->destinations = m->to_list;
    q->origin_node_ids = m->from_ids.id;
    q->n_origin_node_ids = m->from_ids.count;
    q->destination_node_ids = m->to_ids.id;
    q->n_destination_node_ids = m->to_ids.count;
    q->vehicle = truck_vehicle(&m->truck);
    q->avoid = truck_avoid(&m->truck);
    if (m->show == NULL)
        m->show = q->weights_only                                     ? "weight"
                  : q->objective == ZONGHENG__V1__OBJECTIVE__CHEAPEST ? "cost"
                  : q->objective >= ZONGHENG__V1__OBJECTIVE__SHORTEST ? "distance"
                                                                      : "time";
    return true;
}

/* --- the parts, put together --- */

static bool put_part(void **whole, size_t *have, const void *part, size_t count, size_t size, size_t cells,
                     struct arena *a)
{
    if (count == 0)
        return true;
    if (*whole == NULL && (*whole = arena_calloc(a, cells, size)) == NULL)
        return false;
    memcpy((char *)*whole + *have * size, part, count * size);
    *have += count;
    return true;
}

static bool take_head(struct matrix_args *m, const Zongheng__V1__GetMatrixReply *p, struct err *e)
{
    Zongheng__V1__GetMatrixReply *w = &m->whole;
    w->rows = w->row_count = p->rows;
    w->columns = p->columns;
    w->network_version = arena_strdup(m->arena, p->network_version);
    w->warnings = arena_calloc(m->arena, p->n_warnings + 1, sizeof *w->warnings);
    if (w->network_version == NULL || w->warnings == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    for (size_t i = 0; i < p->n_warnings; i++)
        if ((w->warnings[w->n_warnings++] = arena_strdup(m->arena, p->warnings[i])) == NULL)
            return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    m->cells = (size_t)p->rows * p->columns;
    return true;
}

static bool take_part(void *ctx, const ProtobufCMessage *message, struct err *e)
{
    struct matrix_args *m = ctx;
    Zongheng__V1__GetMatrixReply *w = &m->whole;
    const Zongheng__V1__GetMatrixReply *p = (const Zongheng__V1__GetMatrixReply *)message;
    size_t n = (size_t)p->row_count * p->columns;
    if (m->cells == 0 && !take_head(m, p, e))
        return false;
    const size_t counts[] = {p->n_drive_s, p->n_duration_s, p->n_distance_m, p->n_toll_fen, p->n_cost_fen};
    bool fits = p->n_weight == n && p->columns == w->columns && w->n_weight + n <= m->cells;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        fits = fits && (counts[i] == 0 || counts[i] == n);
    if (!fits)
        return fail(e, ERR_INTERNAL, "the server's table does not hold the cells that it says");
    struct arena *a = m->arena;
    return (put_part((void **)&w->weight, &w->n_weight, p->weight, n, sizeof *w->weight, m->cells, a) &&
            put_part((void **)&w->drive_s, &w->n_drive_s, p->drive_s, p->n_drive_s, sizeof *w->drive_s,
                     m->cells, a) &&
            put_part((void **)&w->duration_s, &w->n_duration_s, p->duration_s, p->n_duration_s,
                     sizeof *w->duration_s, m->cells, a) &&
            put_part((void **)&w->distance_m, &w->n_distance_m, p->distance_m, p->n_distance_m,
                     sizeof *w->distance_m, m->cells, a) &&
            put_part((void **)&w->toll_fen, &w->n_toll_fen, p->toll_fen, p->n_toll_fen, sizeof *w->toll_fen,
                     m->cells, a) &&
            put_part((void **)&w->cost_fen, &w->n_cost_fen, p->cost_fen, p->n_cost_fen, sizeof *w->cost_fen,
                     m->cells, a)) ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a table of %zu cells", m->cells);
}

/* --- showing --- */

static const char *label(struct arena *a, Zongheng__V1__PlaceRef *const *refs, size_t n, const int64_t *ids,
                         size_t i)
{
    return i < n ? show_place_ref(a, refs[i]) : arena_printf(a, "%lld", (long long)ids[i - n]);
}

static const char *row_label(const struct matrix_args *m, struct arena *a, size_t i)
{
    return label(a, m->request.origins, m->request.n_origins, m->request.origin_node_ids, i);
}

static const char *column_label(const struct matrix_args *m, struct arena *a, size_t i)
{
    return label(a, m->request.destinations, m->request.n_destinations, m->request.destination_node_ids, i);
}

static const char *cell(const struct matrix_args *m, struct arena *a, size_t at)
{
    const Zongheng__V1__GetMatrixReply *w = &m->whole;
    if (w->weight[at] < 0)
        return "-";
    if (strcmp(m->show, "time") == 0 && w->n_duration_s > 0)
        return units_show_duration(a, w->duration_s[at]);
    if (strcmp(m->show, "cost") == 0 && w->n_cost_fen > 0)
        return units_show_money(a, w->cost_fen[at]);
    if (strcmp(m->show, "toll") == 0 && w->n_toll_fen > 0)
        return units_show_money(a, w->toll_fen[at]);
    if (strcmp(m->show, "distance") == 0 && w->n_distance_m > 0)
        return units_show_distance(a, w->distance_m[at]);
    return units_show_number(a, w->weight[at]);
}

static void show_table(const struct matrix_args *m, struct arena *a)
{
    struct table_column columns[TABLE_COLUMNS_MAX] = {{"from \\ to", false}};
    struct table t;
    for (unsigned k = 0; k < m->whole.columns; k++)
        columns[k + 1] = (struct table_column){column_label(m, a, k), true};
    table_init(&t, a, columns, m->whole.columns + 1);
    for (size_t i = 0; i < m->whole.rows; i++) {
        const char *cells[TABLE_COLUMNS_MAX] = {row_label(m, a, i)};
        for (unsigned k = 0; k < m->whole.columns; k++)
            cells[k + 1] = cell(m, a, i * m->whole.columns + k);
        table_add(&t, cells);
    }
    table_print(&t, 0, stdout);
}

static int by_weight(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void show_summary(const struct matrix_args *m, struct arena *a)
{
    static const char *const units[] = {"ms", "ms", "1/1000 yuan", "m", "of the source's unit"};
    const Zongheng__V1__GetMatrixReply *w = &m->whole;
    int32_t *sorted = malloc((m->cells + 1) * sizeof *sorted);
    size_t ways = 0;
    if (sorted == NULL)
        return;
    for (size_t i = 0; i < m->cells; i++)
        if (w->weight[i] >= 0)
            sorted[ways++] = w->weight[i];
    qsort(sorted, ways, sizeof *sorted, by_weight);
    printf("%u x %u cells, %s of them with a way\n", w->rows, w->columns,
           units_show_number(a, (int64_t)ways));
    if (ways > 0)
        printf("weight: least %s, median %s, most %s %s\n", units_show_number(a, sorted[0]),
               units_show_number(a, sorted[ways / 2]), units_show_number(a, sorted[ways - 1]),
               units[m->request.objective]);
    puts("The cells: --csv FILE or --json.");
    free(sorted);
}

static void csv_cell(FILE *f, size_t n, const void *array, bool wide, size_t at)
{
    if (n == 0)
        fputc(',', f);
    else if (wide)
        fprintf(f, ",%lld", (long long)((const int64_t *)array)[at]);
    else
        fprintf(f, ",%d", (int)((const int32_t *)array)[at]);
}

static void csv_text(FILE *f, const char *s)
{
    fputc('"', f);
    for (; *s != '\0'; s++) {
        if (*s == '"')
            fputc('"', f);
        fputc(*s, f);
    }
    fputc('"', f);
}

static bool write_csv(const struct matrix_args *m, struct arena *a, struct err *e)
{
    const Zongheng__V1__GetMatrixReply *w = &m->whole;
    FILE *f = fopen(m->csv, "w");
    if (f == NULL)
        return fail_field(e, ERR_UNKNOWN, "--csv", "%s: %s", m->csv, strerror(errno));
    fputs("from,to,weight,drive_s,duration_s,distance_m,toll_fen,cost_fen\n", f);
    for (size_t i = 0; i < w->rows; i++)
        for (size_t k = 0; k < w->columns; k++) {
            size_t at = i * w->columns + k;
            csv_text(f, row_label(m, a, i));
            fputc(',', f);
            csv_text(f, column_label(m, a, k));
            csv_cell(f, w->n_weight, w->weight, false, at);
            csv_cell(f, w->n_drive_s, w->drive_s, false, at);
            csv_cell(f, w->n_duration_s, w->duration_s, false, at);
            csv_cell(f, w->n_distance_m, w->distance_m, true, at);
            csv_cell(f, w->n_toll_fen, w->toll_fen, true, at);
            csv_cell(f, w->n_cost_fen, w->cost_fen, true, at);
            fputc('\n', f);
        }
    bool ok = !ferror(f);
    ok = fclose(f) == 0 && ok;
    return ok || fail_field(e, ERR_UNKNOWN, "--csv", "%s cannot be written", m->csv);
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct matrix_args *m = args;
    m->arena = &c->arena;
    if (!cmd_ask_parts(c, "zongheng.v1.Routing/GetMatrix", &m->request.base,
                       &zongheng__v1__get_matrix_reply__descriptor, take_part, m, e))
        return false;
    if (m->whole.n_weight != m->cells)
        return fail(e, ERR_UNKNOWN, "the table ended before its last row");
    if (m->csv != NULL && !write_csv(m, &c->arena, e))
        return false;
    if (c->json)
        return json_print_message(&m->whole.base, stdout, e);
    if (m->whole.columns < TABLE_COLUMNS_MAX && m->whole.rows <= SHOWN_ROWS)
        show_table(m, &c->arena);
    else
        show_summary(m, &c->arena);
    for (size_t i = 0; i < m->whole.n_warnings; i++) {
        fputs("warning: ", stdout);
        table_put_clean(m->whole.warnings[i], false, stdout);
        putchar('\n');
    }
    printf("network %.16s\n", m->whole.network_version);
    return true;
}

int cmd_matrix(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng matrix --from PLACE ... --to PLACE ... --class 1..6 [options]",
                                   "Every origin to every destination by truck: time, distance, toll, cost.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   check,
                                   run};
    struct matrix_args *args = calloc(1, sizeof *args);
    if (args == NULL) {
        fputs("zongheng: out of memory\n", stderr);
        return EXIT_FAILED;
    }
    truck_init(&args->truck);
    zongheng__v1__get_matrix_request__init(&args->request);
    zongheng__v1__get_matrix_reply__init(&args->whole);
    int status = cmd_main(&cmd, args, argc, argv);
    free(args);
    return status;
}
