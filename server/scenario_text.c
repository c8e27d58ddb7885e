#include "scenario_text.h"

#include "base/arena.h"
#include "whatif/scenario.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic uint64_t next_serial = 1;

struct scenario_text *scenario_text_new(const uint8_t *bytes, size_t len, const char *firm_id)
{
    struct scenario_text *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->message = zongheng__v1__scenario__unpack(NULL, len, bytes);
    t->holders = 1;
    t->serial = atomic_fetch_add(&next_serial, 1);
    snprintf(t->firm_id, sizeof t->firm_id, "%s", firm_id);
    if (t->message == NULL) {
        free(t);
        return NULL;
    }
    return t;
}

struct scenario_text *scenario_text_acquire(struct scenario_text *t)
{
    __atomic_add_fetch(&t->holders, 1, __ATOMIC_RELAXED);
    return t;
}

void scenario_text_release(struct scenario_text *t)
{
    if (t == NULL || __atomic_sub_fetch(&t->holders, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    zongheng__v1__scenario__free_unpacked(t->message, NULL);
    free(t);
}

/* protobuf-c frees every string but its own empty one. */
static bool set_string(char **at, const char *value)
{
    char *copy = strdup(value);
    if (copy == NULL)
        return false;
    if (*at != (char *)(uintptr_t)protobuf_c_empty_string)
        free(*at);
    *at = copy;
    return true;
}

bool scenario_text_sign(struct scenario_text *t, uint32_t version, const char *author, const char *firm,
                        int64_t put_at, bool shared)
{
    t->message->version = version;
    t->message->put_at = put_at;
    t->message->shared = shared;
    return set_string(&t->message->author, author) && set_string(&t->message->firm, firm);
}

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* protobuf-c's messages are not const; packing only reads */
}

struct project_message { /* with the messages that it points to */
    Zongheng__V1__Scenario m;
    Zongheng__V1__Modification **list;
    char *tags[3], *needs[SCENARIO_PREREQUISITES_MAX];
};

static bool put_modification(struct arena *a, const struct scenario_modification *from,
                             Zongheng__V1__Modification **out)
{
    Zongheng__V1__Modification *m = arena_alloc(a, sizeof *m);
    Zongheng__V1__LinkRef *ref = arena_alloc(a, sizeof *ref);
    Zongheng__V1__LinkFigures *set = arena_alloc(a, sizeof *set);
    Zongheng__V1__ChangeLink *change = arena_alloc(a, sizeof *change);
    Zongheng__V1__CloseLink *shut = arena_alloc(a, sizeof *shut);
    Zongheng__V1__OpenLink *opened = arena_alloc(a, sizeof *opened);
    Zongheng__V1__PutTerminal *terminal = arena_alloc(a, sizeof *terminal);
    if (!m || !ref || !set || !change || !shut || !opened || !terminal)
        return false;
    zongheng__v1__modification__init(m);
    zongheng__v1__link_ref__init(ref);
    ref->project_id = text(from->links.project);
    switch (from->kind) {
    case SCENARIO_CHANGE_LINK:
        zongheng__v1__change_link__init(change);
        zongheng__v1__link_figures__init(set);
        set->speed_kmh = from->set.speed_km10 / 10.0;
        set->lanes = from->set.lanes;
        change->links = ref;
        change->set = set;
        m->change_link = change;
        m->what_case = ZONGHENG__V1__MODIFICATION__WHAT_CHANGE_LINK;
        break;
    case SCENARIO_CLOSE_LINK:
        zongheng__v1__close_link__init(shut);
        shut->links = ref;
        m->close_link = shut;
        m->what_case = ZONGHENG__V1__MODIFICATION__WHAT_CLOSE_LINK;
        break;
    case SCENARIO_OPEN_LINK:
        zongheng__v1__open_link__init(opened);
        opened->links = ref;
        m->open_link = opened;
        m->what_case = ZONGHENG__V1__MODIFICATION__WHAT_OPEN_LINK;
        break;
    default:
        zongheng__v1__put_terminal__init(terminal);
        terminal->terminal_id = from->terminal.id;
        terminal->status = text(from->terminal.status);
        terminal->capacity_factor = from->terminal.capacity_factor;
        m->put_terminal = terminal;
        m->what_case = ZONGHENG__V1__MODIFICATION__WHAT_PUT_TERMINAL;
    }
    *out = m;
    return true;
}

/* "P02;P08" as ids of scenarios. */
static bool put_needs(struct arena *a, const char *list, struct project_message *p)
{
    for (const char *s = list; *s != '\0' && p->m.n_prerequisites < SCENARIO_PREREQUISITES_MAX;) {
        size_t n = strcspn(s, ";");
        char *id = arena_printf(a, SCENARIO_PROJECT_PREFIX "%.*s", (int)n, s);
        if (id == NULL)
            return false;
        p->needs[p->m.n_prerequisites++] = id;
        s += n + (s[n] == ';');
    }
    p->m.prerequisites = p->needs;
    return true;
}

static bool fill_project(const struct network *n, uint32_t project, struct arena *a,
                         struct project_message *p, struct err *e)
{
    const struct net_project *r = &n->project[project];
    const struct scenario_modification *mods;
    uint32_t count;
    bool built;
    if (!scenario_of_project(n, project, a, &mods, &count, &built, e))
        return false;
    p->list = arena_calloc(a, (size_t)count + 1, sizeof *p->list);
    zongheng__v1__scenario__init(&p->m);
    bool ok = p->list != NULL && put_needs(a, net_string(n, r->requires), p);
    for (uint32_t i = 0; ok && i < count; i++)
        ok = put_modification(a, &mods[i], &p->list[i]);
    p->m.modifications = p->list;
    p->m.n_modifications = count;
    p->m.scenario_id = arena_printf(a, SCENARIO_PROJECT_PREFIX "%s", net_string(n, r->id));
    p->m.name_zh = text(net_string(n, r->name_zh));
    p->m.name_en = text(net_string(n, r->name_en));
    p->m.description = arena_printf(a, "%s%s", net_string(n, r->changes),
                                    !built      ? ""
                                    : count > 0 ? " (it is open: this scenario is the network without it)"
                                                : " (it is open and in the network: nothing changes)");
    p->tags[p->m.n_tags++] = text("project");
    p->tags[p->m.n_tags++] = text(net_string(n, r->kind));
    if (built)
        p->tags[p->m.n_tags++] = text("built");
    p->m.tags = p->tags;
    p->m.opening_date = text(net_string(n, r->opening_date));
    p->m.cost_yuan = r->cost_myuan / 1000;
    p->m.source = text(net_string(n, r->source));
    p->m.estimated = r->confidence == CONF_ESTIMATED;
    p->m.shared = true;
    p->m.version = 1;
    p->m.base_network_version = text(n->version);
    ok = ok && p->m.scenario_id != NULL && p->m.description != NULL;
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the projects of the network");
}

bool scenario_text_of_project(const struct network *n, uint32_t project, struct scenario_text **out,
                              struct err *e)
{
    struct project_message p = {0};
    struct arena a;
    arena_init(&a, 1 << 20);
    *out = NULL;
    bool ok = fill_project(n, project, &a, &p, e);
    size_t len = ok ? zongheng__v1__scenario__get_packed_size(&p.m) : 0;
    uint8_t *bytes = ok ? malloc(len + 1) : NULL;
    if (bytes != NULL) {
        zongheng__v1__scenario__pack(&p.m, bytes);
        *out = scenario_text_new(bytes, len, "");
    }
    free(bytes);
    arena_release(&a);
    return *out != NULL ||
           (ok ? fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the projects of the network") : false);
}
