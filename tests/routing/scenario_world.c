#include "scenario_world.h"

#include "import/gmns.h"
#include "network/file.h"
#include "network/validate.h"
#include "road/order.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static void freeze(struct network_builder *b, struct scenario_world *w)
{
    struct err e = {0};
    size_t len;
    CHECK_MSG(network_builder_freeze(b, &w->bytes, &len, &e), "%s", e.text);
    CHECK_MSG(network_open_bytes(w->bytes, len, &w->net, &e), "%s", e.text);
    network_builder_free(b);
}

static void open_rest(struct scenario_world *w)
{
    struct err e = {0};
    CHECK_MSG(places_new(w->net, &w->places, &e), "%s", e.text);
    CHECK_MSG(plan_network_new(w->net, &w->plan, &e), "%s", e.text);
}

/* The builder orders nothing: an order is added for it. */
static void add_order(struct network_builder *b, uint32_t count, const uint32_t *order)
{
    for (uint32_t i = 0; i < count; i++)
        CHECK(network_add_cch_order(b, &order[i]) != NET_NONE);
}

void scenario_world_bundled(struct scenario_world *w)
{
    struct csv_report r = {0};
    struct err e = {0};
    struct scenario_world plain = {0};
    struct network_builder *b;
    CHECK(network_builder_new(&b, &e));
    CHECK_MSG(network_import_gmns("data", b, &r, &e), "%s", e.text);
    freeze(b, &plain);
    uint32_t nodes = net_node_count(plain.net), *order = malloc((nodes + 1) * sizeof *order);
    CHECK(order != NULL && road_order_flow(nodes, plain.net->arc_first, plain.net->arc_head,
                                           plain.net->node_point, order, &e));
    CHECK(network_builder_new(&b, &e) && network_import_gmns("data", b, &r, &e));
    add_order(b, nodes, order);
    *w = (struct scenario_world){0};
    freeze(b, w);
    open_rest(w);
    free(order);
    network_release(plain.net);
    free(plain.bytes);
}

void scenario_world_anew(const struct network *n, const struct network *base, struct scenario_world *w)
{
    struct err e = {0};
    struct network_builder *b;
    CHECK(network_builder_new(&b, &e));
    /* the pool first, whole: offsets stay */
    for (uint32_t i = 1; i < n->string_count; i++)
        CHECK(network_add_string(b, &n->string[i]) != NET_NONE);
#define COPY(name)                                    \
    for (uint32_t i_ = 0; i_ < n->name##_count; i_++) \
    CHECK(network_add_##name(b, &n->name[i_]) != NET_NONE)
    COPY(node_id);
    COPY(node_point);
    COPY(place);
    COPY(link);
    COPY(shape);
    COPY(limit);
    COPY(hours);
    COPY(terminal);
    COPY(handling);
    COPY(cutoff);
    COPY(service);
    COPY(stop);
    COPY(exception);
    COPY(tariff);
    COPY(tariff_rule);
    COPY(toll);
    COPY(vehicle);
    COPY(emission);
    COPY(storage);
    COPY(equipment);
    COPY(container);
#undef COPY
    add_order(b, base->cch_order_count, base->cch_order);
    for (uint32_t v = base->cch_order_count; v < net_node_count(n); v++)
        CHECK(network_add_cch_order(b, &v) != NET_NONE);
    network_set_about(b, "anew", "", "", n->utc_offset_min);
    *w = (struct scenario_world){0};
    freeze(b, w);
    open_rest(w);
}

void scenario_world_close(struct scenario_world *w)
{
    plan_network_free(w->plan);
    places_free(w->places);
    if (w->net != NULL)
        network_release(w->net);
    free(w->bytes);
}

struct scenario_version *scenario_make(const struct scenario_world *w,
                                       const struct scenario_modification *mods, uint32_t count,
                                       struct arena *a, struct scenario_result *out)
{
    struct err e = {0};
    static const char version[] = "0123456789abcdef0123456789abcdef";
    CHECK_MSG(scenario_build(w->net, w->places, mods, count, version, a, out, &e), "%s", e.text);
    CHECK((out->version == NULL) == (out->error_count > 0));
    return out->version;
}

struct plan_network *scenario_plan(const struct scenario_world *w, const struct scenario_version *v)
{
    struct err e = {0};
    struct plan_network *p;
    struct plan_changes c = {
        .arcs = v->arc, .arc_count = v->arc_count, .terminals = v->terminals, .services = v->services};
    CHECK_MSG(plan_network_derive(w->plan, v->net, &c, NULL, &p, &e), "%s", e.text);
    return p;
}
