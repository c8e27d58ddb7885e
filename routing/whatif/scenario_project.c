/* scenario_project.c - the projects of a network as modifications. */
#include "whatif/scenario.h"

#include <string.h>

static bool any_closed(const struct network *n, const struct net_project *p)
{
    for (uint32_t i = 0; i < p->link_count; i++)
        if (n->link[n->project_link[p->link_first + i]].status != STATUS_OPEN)
            return true;
    return false;
}

/* An upgrade of roads that are open sets its figures; any other opens its links. */
static void roads(const struct network *n, const struct net_project *p, struct scenario_modification *m)
{
    m->links.project = net_string(n, p->id);
    if (p->status == STATUS_OPEN) {
        m->kind = SCENARIO_CLOSE_LINK;
    } else if (any_closed(n, p)) {
        m->kind = SCENARIO_OPEN_LINK;
    } else {
        m->kind = SCENARIO_CHANGE_LINK;
        m->set.speed_km10 = p->speed_km10;
        m->set.lanes = p->lanes;
    }
}

bool scenario_of_project(const struct network *n, uint32_t project, struct arena *a,
                         const struct scenario_modification **mods, uint32_t *count, bool *built,
                         struct err *e)
{
    const struct net_project *p = &n->project[project];
    struct scenario_modification *m = arena_calloc(a, (size_t)p->terminal_count + 1, sizeof *m);
    *mods = m;
    *count = 0;
    *built = p->status == STATUS_OPEN;
    if (m == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the projects of the network");
    if (p->link_count > 0) {
        m[*count] = scenario_nothing;
        roads(n, p, &m[(*count)++]);
    }
    for (uint32_t i = 0; !*built && i < p->terminal_count; i++) {
        struct scenario_modification *t = &m[(*count)++];
        *t = scenario_nothing;
        t->kind = SCENARIO_PUT_TERMINAL;
        t->terminal.id = n->terminal[n->project_terminal[p->terminal_first + i]].id;
        t->terminal.status = "open";
        t->terminal.capacity_factor = p->capacity_permille / 1000.0;
    }
    return true;
}
