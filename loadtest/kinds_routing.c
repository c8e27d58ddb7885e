#include "kinds_inside.h"

#include "zongheng/v1/operations.pb-c.h"

enum { REACH_S = 1800 };

const ProtobufCMessage *kind_make_route(const struct kind_input *in, struct arena *a)
{
    Zongheng__V1__FindRoutesRequest *q = demand_route(&in->demand->rows[in->row], in->start_s, a);
    if (q == NULL)
        return NULL;
    q->scenario_id = kind_text(in->scenario);
    return &q->base;
}

/* Before a Book. */
const ProtobufCMessage *kind_make_quote(const struct kind_input *in, struct arena *a)
{
    return kind_make_route(in, a);
}

const ProtobufCMessage *kind_make_cost(const struct kind_input *in, struct arena *a)
{
    Zongheng__V1__GetCostRequest *q = demand_cost(&in->demand->rows[in->row], in->start_s, a);
    if (q == NULL)
        return NULL;
    q->scenario_id = kind_text(in->scenario);
    return &q->base;
}

/* Names, pinyin and codes of the bundled network. */
const ProtobufCMessage *kind_make_place(const struct kind_input *in, struct arena *a)
{
    static const char *const words[] = {"大冶", "daye", "黄石", "EHU", "武汉", "wuhan", "上海", "Huahu"};
    NEW(q, Zongheng__V1__FindPlacesRequest, find_places_request);
    q->query = kind_text(words[in->row % (sizeof words / sizeof words[0])]);
    q->scenario_id = kind_text(in->scenario);
    return &q->base;
}

/* The origins and destinations of the next rows, `side` of each. */
static bool put_nodes(const struct kind_input *in, size_t side, struct arena *a, int64_t **origins,
                      size_t *n_origins, int64_t **destinations, size_t *n_destinations)
{
    *origins = arena_calloc(a, side, sizeof **origins);
    *destinations = arena_calloc(a, side, sizeof **destinations);
    if (*origins == NULL || *destinations == NULL)
        return false;
    for (size_t i = 0; i < side; i++) {
        const struct demand_row *r = &in->demand->rows[(in->row + i) % in->demand->count];
        (*origins)[i] = r->origin;
        (*destinations)[i] = r->destination;
    }
    *n_origins = *n_destinations = side;
    return true;
}

/* The origins of the next rows to their destinations, by the class that no row names: the heaviest. */
const ProtobufCMessage *kind_make_matrix(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__GetMatrixRequest, get_matrix_request);
    NEW(truck, Zongheng__V1__Vehicle, vehicle);
    if (!put_nodes(in, in->table, a, &q->origin_node_ids, &q->n_origin_node_ids, &q->destination_node_ids,
                   &q->n_destination_node_ids))
        return NULL;
    truck->vehicle_class = 6;
    q->vehicle = truck;
    q->scenario_id = kind_text(in->scenario);
    return &q->base;
}

const ProtobufCMessage *kind_make_reach(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__GetReachRequest, get_reach_request);
    NEW(truck, Zongheng__V1__Vehicle, vehicle);
    NEW(from, Zongheng__V1__PlaceRef, place_ref);
    from->by_case = ZONGHENG__V1__PLACE_REF__BY_NODE_ID;
    from->node_id = in->demand->rows[in->row].origin;
    truck->vehicle_class = 6;
    q->from = from;
    q->vehicle = truck;
    q->limit_case = ZONGHENG__V1__GET_REACH_REQUEST__LIMIT_MAX_DRIVE_S;
    q->max_drive_s = REACH_S;
    q->without_polygons = true;
    q->with_places = true;
    q->scenario_id = kind_text(in->scenario);
    return &q->base;
}

const ProtobufCMessage *kind_make_status(const struct kind_input *in, struct arena *a)
{
    (void)in;
    NEW(q, Zongheng__V1__GetStatusRequest, get_status_request);
    return &q->base;
}

/* One truck's or chain's price for each of the next rows, whatever their families. */
const ProtobufCMessage *kind_make_costs(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__GetCostsRequest, get_costs_request);
    q->loads = arena_calloc(a, KIND_LOADS, sizeof q->loads[0]);
    if (q->loads == NULL)
        return NULL;
    for (size_t i = 0; i < KIND_LOADS; i++) {
        const struct demand_row *r = &in->demand->rows[(in->row + i) % in->demand->count];
        q->loads[i] = demand_cost(r, in->start_s, a);
        if (q->loads[i] == NULL)
            return NULL;
        q->n_loads++;
    }
    return &q->base;
}

/* The row's goods, by its families, from the origins of the next rows to their destinations. */
const ProtobufCMessage *kind_make_families(const struct kind_input *in, struct arena *a)
{
    const Zongheng__V1__FindRoutesRequest *of = demand_route(&in->demand->rows[in->row], in->start_s, a);
    NEW(q, Zongheng__V1__GetFamilyMatrixRequest, get_family_matrix_request);
    if (of == NULL || !put_nodes(in, KIND_TABLE_SIDE, a, &q->origin_node_ids, &q->n_origin_node_ids,
                                 &q->destination_node_ids, &q->n_destination_node_ids))
        return NULL;
    q->cargo = of->cargo;
    q->ready_at = of->ready_at;
    q->deliver_by = of->deliver_by;
    q->families = of->families;
    q->n_families = of->n_families;
    q->scenario_id = kind_text(in->scenario);
    return &q->base;
}

/* The row's question through a week. */
const ProtobufCMessage *kind_make_departures(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__FindDeparturesRequest, find_departures_request);
    q->question = demand_route(&in->demand->rows[in->row], in->start_s, a);
    q->window_s = KIND_WINDOW_S;
    q->max_points = KIND_POINTS;
    return q->question != NULL ? &q->base : NULL;
}

/* Of the firm that asks. */
const ProtobufCMessage *kind_make_tariffs(const struct kind_input *in, struct arena *a)
{
    (void)in;
    NEW(q, Zongheng__V1__ListAgreedTariffsRequest, list_agreed_tariffs_request);
    return &q->base;
}

/* A map's first picture: all of the network, from as far away as the row says. */
const ProtobufCMessage *kind_make_network(const struct kind_input *in, struct arena *a)
{
    NEW(q, Zongheng__V1__GetNetworkRequest, get_network_request);
    q->zoom = 6 + (uint32_t)(in->row % 10);
    q->with_links = q->with_places = q->with_terminals = true;
    q->max_links = KIND_LINKS;
    q->scenario_id = kind_text(in->scenario);
    return &q->base;
}
