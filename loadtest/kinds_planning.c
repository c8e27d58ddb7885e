/* kinds_planning.c - what planners ask: which scenarios, jobs and demands there are, how near townships come
 * to the expressway, the airport and the port, and what a new road would be. */
#include "kinds_inside.h"

#include "zongheng/v1/planning.pb-c.h"

enum { ROAD_KMH = 80, ROAD_LANES = 4 };

const ProtobufCMessage *kind_make_scenarios(const struct kind_input *in, struct arena *a)
{
    (void)in;
    NEW(q, Zongheng__V1__ListScenariosRequest, list_scenarios_request);
    q->page_size = KIND_PAGE;
    return &q->base;
}

/* --scenario, or one of the bundled network's projects. */
const ProtobufCMessage *kind_make_scenario(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__GetScenarioRequest, get_scenario_request);
    q->scenario_id = kind_text(kind_scenario_asked(in));
    return &q->base;
}

const ProtobufCMessage *kind_make_jobs(const struct kind_input *in, struct arena *a)
{
    (void)in;
    NEW(q, Zongheng__V1__ListJobsRequest, list_jobs_request);
    q->page_size = KIND_PAGE;
    return &q->base;
}

const ProtobufCMessage *kind_make_demands(const struct kind_input *in, struct arena *a)
{
    (void)in;
    NEW(q, Zongheng__V1__ListDemandsRequest, list_demands_request);
    q->page_size = KIND_PAGE;
    return &q->base;
}

/* Of the scenario beside the network in force; without one of that beside itself. By the class that the row
 * says, so that not all answers are one. */
const ProtobufCMessage *kind_make_access(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__GetAccessibilityRequest, get_accessibility_request);
    q->scenario_id = kind_text(in->scenario);
    q->vehicle_class = 1 + (uint32_t)(in->row % 6);
    return &q->base;
}

static Zongheng__V1__PlaceRef *place(int64_t node_id, struct arena *a)
{
    NEW(p, Zongheng__V1__PlaceRef, place_ref);
    p->by_case = ZONGHENG__V1__PLACE_REF__BY_NODE_ID;
    p->node_id = node_id;
    return p;
}

/* A road straight from the row's origin to its destination. */
static Zongheng__V1__Modification *new_road(const struct demand_row *r, struct arena *a)
{
    NEW(m, Zongheng__V1__Modification, modification);
    NEW(link, Zongheng__V1__AddLink, add_link);
    NEW(figures, Zongheng__V1__LinkFigures, link_figures);
    figures->speed_kmh = ROAD_KMH;
    figures->lanes = ROAD_LANES;
    link->name = kind_text("zongheng-load");
    link->from = place(r->origin, a);
    link->to = place(r->destination, a);
    link->figures = figures;
    m->what_case = ZONGHENG__V1__MODIFICATION__WHAT_ADD_LINK;
    m->add_link = link;
    return link->from != NULL && link->to != NULL ? m : NULL;
}

/* The question's own scenario comes first. */
static Zongheng__V1__PutScenarioRequest *put_scenario(const struct kind_input *in, const char *id,
                                                      struct arena *a)
{
    NEW(q, Zongheng__V1__PutScenarioRequest, put_scenario_request);
    NEW(s, Zongheng__V1__Scenario, scenario);
    s->scenario_id = arena_strdup(a, id);
    s->name_zh = s->name_en = kind_text("zongheng-load");
    s->modifications = arena_alloc(a, sizeof s->modifications[0]);
    s->prerequisites = arena_alloc(a, sizeof s->prerequisites[0]);
    if (s->scenario_id == NULL || s->modifications == NULL || s->prerequisites == NULL)
        return NULL;
    s->modifications[0] = new_road(&in->demand->rows[in->row], a);
    s->n_modifications = 1;
    s->prerequisites[0] = kind_text(in->scenario);
    s->n_prerequisites = in->scenario[0] != '\0';
    q->scenario = s;
    return s->modifications[0] != NULL ? q : NULL;
}

/* What a map shows while the planner still draws: what would be put, and what is wrong with it. */
const ProtobufCMessage *kind_make_draft(const struct kind_input *in, struct arena *a)
{
    Zongheng__V1__PutScenarioRequest *q = put_scenario(in, "load-draft", a);
    if (q == NULL)
        return NULL;
    q->check_only = true;
    return &q->base;
}

const ProtobufCMessage *kind_make_put(const struct kind_input *in, struct arena *a)
{
    char id[KIND_SCENARIO_ID];
    kind_scenario_id(in->key, id);
    Zongheng__V1__PutScenarioRequest *q = put_scenario(in, id, a);
    return q != NULL ? &q->base : NULL;
}

const ProtobufCMessage *kind_make_whatif(const struct kind_input *in, struct arena *a)
{
    char id[KIND_SCENARIO_ID];
    NEW(q, Zongheng__V1__GetAccessibilityRequest, get_accessibility_request);
    kind_scenario_id(in->key, id);
    q->scenario_id = arena_strdup(a, id);
    q->before_scenario_id = kind_text(in->scenario);
    q->vehicle_class = 1 + (uint32_t)(in->row % 6);
    return q->scenario_id != NULL ? &q->base : NULL;
}

const ProtobufCMessage *kind_make_delete(const struct kind_input *in, struct arena *a)
{
    char id[KIND_SCENARIO_ID];
    NEW(q, Zongheng__V1__DeleteScenarioRequest, delete_scenario_request);
    kind_scenario_id(in->key, id);
    q->scenario_id = arena_strdup(a, id);
    return q->scenario_id != NULL ? &q->base : NULL;
}
