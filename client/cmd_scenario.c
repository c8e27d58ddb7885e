/* zongheng scenario: put, list, show and delete scenarios. */
#include "cmd.h"
#include "file.h"
#include "json.h"
#include "show.h"
#include "table.h"
#include "units.h"
#include "wire.h"

#include "zongheng/v1/planning.pb-c.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 2, EDITS_MAX = 50, POINTS_MAX = 200, FILE_MAX = 16 << 20 };

struct scenario_args {
    char *words[WORDS_MAX]; /* first: cmd_set_first_text is not used; what to do, and with what */
    unsigned word_count;
    char *name, *tag;
    bool check_only, shared;
    int64_t version;
    Zongheng__V1__Modification mod[EDITS_MAX], *list[EDITS_MAX];
    Zongheng__V1__AddLink add[EDITS_MAX];
    Zongheng__V1__CloseLink shut[EDITS_MAX];
    Zongheng__V1__LinkRef ref[EDITS_MAX];
    Zongheng__V1__LinkFigures figures[EDITS_MAX];
    Zongheng__V1__LatLon point[POINTS_MAX], *points[POINTS_MAX];
    int64_t id[EDITS_MAX];
    size_t edits, point_count;
};

static bool set_word(void *args, const char *name, char *value, struct err *e)
{
    struct scenario_args *s = args;
    if (s->word_count == WORDS_MAX)
        return fail(e, ERR_INVALID_ARGUMENT, "\"%s\" is one word too many", value);
    (void)name;
    s->words[s->word_count++] = value;
    return true;
}

static Zongheng__V1__Modification *add_edit(struct scenario_args *s, const char *name, struct err *e)
{
    if (s->edits == EDITS_MAX) {
        fail_field(e, ERR_INVALID_ARGUMENT, name, "at most %d of them; a file takes more", EDITS_MAX);
        return NULL;
    }
    Zongheng__V1__Modification *m = &s->mod[s->edits];
    zongheng__v1__modification__init(m);
    s->list[s->edits] = m;
    return m;
}

/* "LAT,LON LAT,LON ...@SPEED" */
static bool set_add(void *args, const char *name, char *value, struct err *e)
{
    struct scenario_args *s = args;
    Zongheng__V1__Modification *m = add_edit(s, name, e);
    char *at = strchr(value, '@'), *end;
    if (m == NULL)
        return false;
    Zongheng__V1__AddLink *add = &s->add[s->edits];
    Zongheng__V1__LinkFigures *f = &s->figures[s->edits];
    zongheng__v1__add_link__init(add);
    zongheng__v1__link_figures__init(f);
    add->points = &s->points[s->point_count];
    for (char *p = value; *p != '\0' && p != at;) {
        if (s->point_count == POINTS_MAX)
            return fail_field(e, ERR_INVALID_ARGUMENT, name, "at most %d points; a file takes more",
                              POINTS_MAX);
        Zongheng__V1__LatLon *l = &s->point[s->point_count];
        zongheng__v1__lat_lon__init(l);
        l->lat = strtod(p, &end);
        bool ok = end != p && *end == ',';
        p = ok ? end + 1 : p;
        l->lon = strtod(p, &end);
        if (!ok || end == p || (*end != ' ' && end != at))
            return fail_field(e, ERR_INVALID_ARGUMENT, name, "wants \"LAT,LON LAT,LON ...@KMH\", not \"%s\"",
                              value);
        p = end + (*end == ' ');
        s->points[s->point_count++] = l;
        add->n_points++;
    }
    f->speed_kmh = at != NULL ? strtod(at + 1, &end) : 0;
    if (at == NULL || end == at + 1 || *end != '\0')
        return fail_field(e, ERR_INVALID_ARGUMENT, name,
                          "wants its speed behind '@': \"LAT,LON LAT,LON@80\"");
    add->figures = f;
    m->add_link = add;
    m->what_case = ZONGHENG__V1__MODIFICATION__WHAT_ADD_LINK;
    s->edits++;
    return true;
}

static bool set_close(void *args, const char *name, char *value, struct err *e)
{
    struct scenario_args *s = args;
    Zongheng__V1__Modification *m = add_edit(s, name, e);
    if (m == NULL || !units_integer(name, value, INT64_MIN, INT64_MAX, &s->id[s->edits], e))
        return false;
    zongheng__v1__close_link__init(&s->shut[s->edits]);
    zongheng__v1__link_ref__init(&s->ref[s->edits]);
    s->ref[s->edits].link_ids = &s->id[s->edits];
    s->ref[s->edits].n_link_ids = 1;
    s->shut[s->edits].links = &s->ref[s->edits];
    m->close_link = &s->shut[s->edits];
    m->what_case = ZONGHENG__V1__MODIFICATION__WHAT_CLOSE_LINK;
    s->edits++;
    return true;
}

static bool set_check(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct scenario_args *)args)->check_only = true;
    return true;
}

static bool set_shared(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)value;
    (void)e;
    ((struct scenario_args *)args)->shared = true;
    return true;
}

static bool set_name(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct scenario_args *)args)->name = value;
    return true;
}

static bool set_tag(void *args, const char *name, char *value, struct err *e)
{
    (void)name;
    (void)e;
    ((struct scenario_args *)args)->tag = value;
    return true;
}

static bool set_version(void *args, const char *name, char *value, struct err *e)
{
    return units_integer(name, value, 1, UINT32_MAX, &((struct scenario_args *)args)->version, e);
}

static const struct cmd_option options[] = {
    {NULL, "put FILE|ID | list | show ID | delete ID", "what to do", set_word},
    {"--check", NULL, "put: only say what it would do", set_check},
    {"--expect", "VERSION", "put: only over this version; show: this version", set_version},
    {"--add-link", "\"LAT,LON LAT,LON ...@KMH\"", "put ID: a road as drawn; may repeat", set_add},
    {"--close-link", "LINK", "put ID: a closed road, by the source's id; may repeat", set_close},
    {"--name", "NAME", "put ID: its name", set_name},
    {"--shared", NULL, "put ID: for every firm to see", set_shared},
    {"--tag", "TAG", "list: only those with it", set_tag},
};

static bool is(const struct scenario_args *s, const char *word, unsigned words)
{
    return s->word_count == words && strcmp(s->words[0], word) == 0;
}

static bool check(void *args, struct err *e)
{
    const struct scenario_args *s = args;
    bool edits = s->edits > 0 || s->name != NULL || s->shared;
    if (!is(s, "put", 2) && !is(s, "list", 1) && !is(s, "show", 2) && !is(s, "delete", 2))
        return fail(e, ERR_INVALID_ARGUMENT,
                    "wants put FILE, put ID with --add-link or --close-link, list, show ID, "
                    "or delete ID");
    if (edits && !is(s, "put", 2))
        return fail(e, ERR_INVALID_ARGUMENT, "--add-link, --close-link, --name and --shared go with put ID");
    return true;
}

/* The file's Scenario, or one of the flags. */
static bool read_scenario(struct client *c, struct scenario_args *s, const Zongheng__V1__Scenario **out,
                          struct err *e)
{
    struct bytes text = {.max = FILE_MAX}, wire = {.max = FILE_MAX};
    Zongheng__V1__Scenario *m = arena_alloc(&c->arena, sizeof *m);
    if (m == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    if (s->edits > 0) {
        zongheng__v1__scenario__init(m);
        m->scenario_id = s->words[1];
        m->name_zh = s->name != NULL ? s->name : m->name_zh;
        m->shared = s->shared;
        m->modifications = s->list;
        m->n_modifications = s->edits;
        *out = m;
        return true;
    }
    bool ok = file_read(s->words[1], "it is larger than a scenario may be", &text, e) &&
              json_read_message(&zongheng__v1__scenario__descriptor, text.at, text.len, &wire, e);
    *out = !ok ? NULL
               : (const void *)wire_unpack(&c->arena, &zongheng__v1__scenario__descriptor,
                                           (const uint8_t *)wire.at, wire.len);
    bytes_free(&text);
    bytes_free(&wire);
    return *out != NULL || (ok ? fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory") : false);
}

static void show_report(struct client *c, const Zongheng__V1__ModificationReport *r)
{
    printf("modification %u: %zu links, %.3f km\n", r->index, r->n_link_ids, r->length_km);
    for (size_t i = 0; i < r->n_ends; i++) {
        const Zongheng__V1__SnapEnd *x = r->ends[i];
        if (x->dangling)
            printf("  end %zu joins no road\n", i + 1);
        else if (x->split_link_id != 0)
            printf("  end %zu splits link %" PRId64 " (%s), moved %.1f m\n", i + 1, x->split_link_id,
                   x->what_zh, x->moved_m);
        else
            printf("  end %zu at node %" PRId64 " (%s), moved %.1f m\n", i + 1, x->node_id, x->what_zh,
                   x->moved_m);
    }
    for (size_t i = 0; i < r->n_crossed; i++)
        printf("  crosses link %" PRId64 " (%s)%s\n", r->crossed[i]->link_id, r->crossed[i]->name_zh,
               r->crossed[i]->joined ? ", joined" : " without a junction");
    for (size_t i = 0; i < r->n_warnings; i++)
        printf("  %s\n", r->warnings[i]);
    (void)c;
}

static bool put(struct client *c, struct scenario_args *s, struct err *e)
{
    const ProtobufCMessage *reply;
    const Zongheng__V1__Scenario *m = NULL;
    Zongheng__V1__PutScenarioRequest q = ZONGHENG__V1__PUT_SCENARIO_REQUEST__INIT;
    if (!read_scenario(c, s, &m, e))
        return false;
    q.scenario = (Zongheng__V1__Scenario *)(uintptr_t)m;
    q.check_only = s->check_only;
    q.expected_version = (uint32_t)s->version;
    if (!cmd_ask(c, "zongheng.v1.Planning/PutScenario", &q.base,
                 &zongheng__v1__put_scenario_reply__descriptor, &reply, e))
        return false;
    const Zongheng__V1__PutScenarioReply *r = (const void *)reply;
    if (c->json && !json_print_message(reply, stdout, e))
        return false;
    for (size_t i = 0; !c->json && i < r->n_reports; i++)
        show_report(c, r->reports[i]);
    for (size_t i = 0; !c->json && i < r->n_errors; i++)
        printf("modification %u, %s: %s\n", r->errors[i]->index, r->errors[i]->field, r->errors[i]->message);
    if (r->n_errors > 0)
        return fail(e, ERR_INVALID_ARGUMENT, "%zu errors; nothing was put", r->n_errors);
    if (!c->json)
        printf("%s version %u, %s in %u ms, %.16s\n", r->scenario->scenario_id, r->scenario->version,
               s->check_only ? "checked" : "made", r->build_ms, r->scenario_version);
    return true;
}

static const char *name_of(const Zongheng__V1__Scenario *m)
{
    return m->name_zh[0] != '\0' ? m->name_zh : m->name_en;
}

static bool list(struct client *c, struct scenario_args *s, struct err *e)
{
    static const struct table_column columns[] = {{"scenario", false}, {"name", false}, {"version", true},
                                                  {"opening", false},  {"firm", false}, {"shared", false}};
    const ProtobufCMessage *reply;
    Zongheng__V1__ListScenariosRequest q = ZONGHENG__V1__LIST_SCENARIOS_REQUEST__INIT;
    struct table t;
    q.tag = s->tag != NULL ? s->tag : q.tag;
    q.page_size = 200;
    table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
    do {
        if (!cmd_ask(c, "zongheng.v1.Planning/ListScenarios", &q.base,
                     &zongheng__v1__list_scenarios_reply__descriptor, &reply, e))
            return false;
        const Zongheng__V1__ListScenariosReply *r = (const void *)reply;
        if (c->json && !json_print_message(reply, stdout, e))
            return false;
        for (size_t i = 0; i < r->n_scenarios; i++) {
            const Zongheng__V1__Scenario *m = r->scenarios[i];
            const char *cells[] = {m->scenario_id,  name_of(m), arena_printf(&c->arena, "%u", m->version),
                                   m->opening_date, m->firm,    m->shared ? "yes" : ""};
            table_add(&t, cells);
        }
        q.page_token = r->next_page_token;
    } while (q.page_token[0] != '\0');
    if (!c->json)
        table_print(&t, 0, stdout);
    return true;
}

static bool show(struct client *c, struct scenario_args *s, struct err *e)
{
    const ProtobufCMessage *reply;
    Zongheng__V1__GetScenarioRequest q = ZONGHENG__V1__GET_SCENARIO_REQUEST__INIT;
    q.scenario_id = s->words[1];
    q.version = (uint32_t)s->version;
    if (!cmd_ask(c, "zongheng.v1.Planning/GetScenario", &q.base,
                 &zongheng__v1__get_scenario_reply__descriptor, &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    const Zongheng__V1__GetScenarioReply *r = (const void *)reply;
    const Zongheng__V1__Scenario *m = r->scenario;
    printf("%s version %u: %s %s\n%s%s", m->scenario_id, m->version, m->name_zh, m->name_en, m->description,
           m->description[0] != '\0' ? "\n" : "");
    printf("opening %s, cost %" PRId64 " yuan%s, source: %s\n",
           m->opening_date[0] != '\0' ? m->opening_date : "not known", m->cost_yuan,
           m->estimated ? " (figures estimated)" : "", m->source);
    for (size_t i = 0; i < m->n_prerequisites; i++)
        printf("needs %s\n", m->prerequisites[i]);
    for (size_t i = 0; i < r->n_reports; i++)
        show_report(c, r->reports[i]);
    for (size_t i = 0; i < r->n_errors; i++)
        printf("no longer applies: modification %u, %s: %s\n", r->errors[i]->index, r->errors[i]->field,
               r->errors[i]->message);
    return true;
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct scenario_args *s = args;
    const ProtobufCMessage *reply;
    Zongheng__V1__DeleteScenarioRequest q = ZONGHENG__V1__DELETE_SCENARIO_REQUEST__INIT;
    if (is(s, "put", 2))
        return put(c, s, e);
    if (is(s, "list", 1))
        return list(c, s, e);
    if (is(s, "show", 2))
        return show(c, s, e);
    q.scenario_id = s->words[1];
    if (!cmd_ask(c, "zongheng.v1.Planning/DeleteScenario", &q.base,
                 &zongheng__v1__delete_scenario_reply__descriptor, &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    printf("%s is deleted\n", s->words[1]);
    return true;
}

int cmd_scenario(int argc, char **argv)
{
    static const struct cmd cmd = {
        "zongheng scenario put FILE.json | put ID --add-link ... | list | show ID | delete ID [options]",
        "Puts, lists, shows and deletes scenarios. A file is a Scenario in protobuf's JSON "
        "(docs/planning.md).",
        options,
        sizeof options / sizeof options[0],
        check,
        run};
    static struct scenario_args args; /* large */
    return cmd_main(&cmd, &args, argc, argv);
}
