#include "convert.h"

#include "polyline.h"

#include <stdio.h>
#include <time.h>

enum { FEN_MYUAN = 10, SECONDS_PER_DAY = 86400 };

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* protobuf-c's messages are not const; packing only reads */
}

Zongheng__V1__Family convert_family(enum plan_family f)
{
    return (Zongheng__V1__Family)((int)f + (int)ZONGHENG__V1__FAMILY__ROAD);
}

Zongheng__V1__Place *convert_place(struct arena *a, const struct snapshot *s, uint32_t node)
{
    const struct network *n = s->net;
    Zongheng__V1__Place *p = arena_alloc(a, sizeof *p);
    Zongheng__V1__LatLon *at = arena_alloc(a, sizeof *at);
    if (p == NULL || at == NULL)
        return NULL;
    zongheng__v1__place__init(p);
    zongheng__v1__lat_lon__init(at);
    at->lat = n->node_point[node].lat_e7 / 1e7;
    at->lon = n->node_point[node].lon_e7 / 1e7;
    p->point = at;
    p->node_id = n->node_id[node];
    const struct net_place *place = places_of_node(s->places, node);
    if (place != NULL) {
        p->name_zh = text(net_string(n, place->name_zh));
        p->name_en = text(net_string(n, place->name_en));
        p->kind = text(net_string(n, place->kind));
        p->admin_zh = text(net_string(n, place->admin_zh));
        p->codes = text(net_string(n, place->codes));
    }
    return p;
}

struct kind_name {
    const char *kind, *label_zh;
};

static struct kind_name line_name(const struct plan_line *l)
{
    static const struct kind_name lines[LINE_KIND_COUNT] = {
        [LINE_TRUCK_RUNNING] = {"truck_running", "货车运行费"},
        [LINE_TRUCK_TIME] = {"truck_time", "司机与车辆工时"},
        [LINE_TRUCK_FIXED] = {"truck_fixed", "货车起步费"},
        [LINE_TOLL] = {"toll", "通行费"},
        [LINE_EMPTY_RETURN] = {"empty_return", "空驶返程分摊"},
        [LINE_TARIFF] = {"tariff", "运价"},
        [LINE_HANDLING] = {"handling", "装卸作业费"},
        [LINE_HOLDING] = {"holding", "在途占用成本"},
        [LINE_REEFER] = {"reefer", "冷机费"},
        [LINE_STORAGE] = {"storage", "堆存费/滞箱费"},
        [LINE_CO2] = {"co2", "碳成本"},
    };
    static const struct kind_name charges[CHARGE_COUNT] = {
        [CHARGE_FREIGHT] = {"freight", "运费"},
        [CHARGE_FUND] = {"railway_construction_fund", "铁路建设基金"},
        [CHARGE_ELECTRIFICATION] = {"electrification", "电气化附加费"},
        [CHARGE_LOAD] = {"load", "装车费"},
        [CHARGE_UNLOAD] = {"unload", "卸车费"},
        [CHARGE_FUEL] = {"fuel_surcharge", "燃油附加费"},
        [CHARGE_SECURITY] = {"security", "安检费"},
        [CHARGE_HANDLING] = {"ground_handling", "地面操作费"},
        [CHARGE_DOCUMENT] = {"document", "单证费"},
        [CHARGE_BOOKING] = {"booking_fee", "订舱费"},
        [CHARGE_DIVERSION] = {"diversion", "分流费"},
        [CHARGE_STAMP] = {"stamp_duty", "印花税"},
        [CHARGE_SEAL] = {"seal", "铅封费"},
        [CHARGE_OTHER] = {"other", "其他费用"},
    };
    if (l->kind == LINE_TARIFF && l->charge < CHARGE_COUNT)
        return charges[l->charge];
    return lines[l->kind < LINE_KIND_COUNT ? l->kind : LINE_TARIFF];
}

Zongheng__V1__CostLine **convert_lines(struct arena *a, const struct network *n,
                                       const struct plan_itinerary *it)
{
    Zongheng__V1__CostLine **out = arena_calloc(a, (size_t)it->line_count + 1, sizeof *out);
    Zongheng__V1__CostLine *lines = arena_calloc(a, (size_t)it->line_count + 1, sizeof *lines);
    if (out == NULL || lines == NULL)
        return NULL;
    for (uint32_t i = 0; i < it->line_count; i++) {
        const struct plan_line *l = &it->lines[i];
        struct kind_name name = line_name(l);
        zongheng__v1__cost_line__init(&lines[i]);
        lines[i].kind = text(name.kind);
        lines[i].label_zh = text(name.label_zh);
        lines[i].leg = l->leg;
        lines[i].basis = text(l->basis != NULL ? l->basis : "");
        lines[i].rate = text(l->rate != NULL ? l->rate : "");
        lines[i].amount_fen = l->amount_myuan / FEN_MYUAN;
        lines[i].estimated = l->estimated;
        lines[i].agreed = l->agreed != NULL;
        lines[i].source = text(l->agreed != NULL ? l->agreed : net_string(n, l->source));
        out[i] = &lines[i];
    }
    return out;
}

static bool put_geometry(struct arena *a, const struct network *n, const struct plan_leg *leg, char **out)
{
    size_t count = 0;
    for (uint32_t i = 0; i < leg->arc_count; i++)
        count += n->link[net_arc_link(n, leg->arcs[i])].shape_count + 2u;
    struct net_point *points = arena_calloc(a, count + 2, sizeof *points);
    if (points == NULL)
        return false;
    size_t k = 0;
    points[k++] = n->node_point[leg->from_node];
    for (uint32_t i = 0; i < leg->arc_count; i++) {
        uint32_t arc = n->arc_link[leg->arcs[i]];
        const struct net_link *link = &n->link[arc >> 1];
        for (uint32_t p = 0; p < link->shape_count; p++) {
            uint32_t at = arc & 1 ? link->shape_count - 1 - p : p;
            points[k++] = n->shape[link->shape_first + at];
        }
        points[k++] = n->node_point[n->arc_head[leg->arcs[i]]];
    }
    if (leg->arc_count == 0)
        points[k++] = n->node_point[leg->to_node];
    *out = polyline_encode(a, points, k);
    return *out != NULL;
}

char *convert_date(struct arena *a, int32_t day)
{
    time_t t = (time_t)day * SECONDS_PER_DAY;
    struct tm tm;
    char buf[16];
    gmtime_r(&t, &tm);
    strftime(buf, sizeof buf, "%Y-%m-%d", &tm);
    return arena_strdup(a, buf);
}

static bool put_service(struct arena *a, const struct network *n, const struct plan_leg *leg,
                        Zongheng__V1__Leg *m)
{
    if (leg->service == NET_NONE)
        return true;
    m->service_name = text(net_string(n, n->service[leg->service].name));
    m->service_id = n->service[leg->service].id;
    m->cutoff_at = leg->cutoff_at;
    m->depart_date = convert_date(a, leg->service_day);
    return m->depart_date != NULL;
}

static bool put_leg(struct arena *a, const struct snapshot *s, const struct plan_leg *leg, bool geometry,
                    bool explain, Zongheng__V1__Leg *m)
{
    const struct network *n = s->net;
    zongheng__v1__leg__init(m);
    m->mode = (Zongheng__V1__Mode)(leg->mode + (int)ZONGHENG__V1__MODE__TRUCK);
    m->from = convert_place(a, s, leg->from_node);
    m->to = convert_place(a, s, leg->to_node);
    if (m->from == NULL || m->to == NULL || !put_service(a, n, leg, m))
        return false;
    m->from_terminal_id = leg->from_terminal != NET_NONE ? n->terminal[leg->from_terminal].id : 0;
    m->to_terminal_id = leg->to_terminal != NET_NONE ? n->terminal[leg->to_terminal].id : 0;
    m->depart_at = leg->depart_at;
    m->arrive_at = leg->arrive_at;
    m->ready_at = leg->ready_at;
    m->distance_m = leg->distance_m;
    m->co2_wtw_g = leg->co2_wtw_g;
    m->co2_ttw_g = leg->co2_ttw_g;
    m->co2_wtt_g = leg->co2_wtt_g;
    m->hub_wtw_g = leg->hub_wtw_g;
    m->hub_ttw_g = leg->hub_ttw_g;
    m->chargeable_kg = leg->chargeable_kg;
    m->boxes = leg->boxes;
    m->teu = leg->teu;
    m->permit_height_cm = leg->height_cm;
    m->permit_width_cm = leg->width_cm;
    m->trucks = leg->trucks;
    m->vehicle_class = leg->vehicle_class;
    m->rest_s = leg->rest_s;
    if (explain && leg->service != NET_NONE) {
        m->connection = convert_connection(a, n, &leg->connection);
        if (m->connection == NULL)
            return false;
    }
    return !geometry || put_geometry(a, n, leg, &m->geometry);
}

static bool put_legs(struct arena *a, const struct snapshot *s, const struct plan_itinerary *it,
                     bool geometry, bool explain, Zongheng__V1__Option *o)
{
    Zongheng__V1__Leg *legs = arena_calloc(a, (size_t)it->leg_count + 1, sizeof *legs);
    o->legs = arena_calloc(a, (size_t)it->leg_count + 1, sizeof *o->legs);
    if (legs == NULL || o->legs == NULL)
        return false;
    for (uint32_t i = 0; i < it->leg_count; i++) {
        if (!put_leg(a, s, &it->legs[i], geometry, explain, &legs[i]))
            return false;
        o->legs[i] = &legs[i];
    }
    o->n_legs = it->leg_count;
    return true;
}

static char *why_text(struct arena *a, const struct plan_itinerary *it)
{
    if (it->alternative > 0)
        return arena_printf(a, "alternative way %u, %u %% of its time on ways above",
                            (unsigned)it->alternative, (it->shared_permille + 5u) / 10);
    return arena_printf(a, "%s%s%s%s%s", it->earliest ? "earliest arrival" : "",
                        it->earliest && it->cheapest ? ", " : "", it->cheapest ? "lowest cost" : "",
                        (it->earliest || it->cheapest) && it->cleanest ? ", " : "",
                        it->cleanest ? "lowest emissions" : "");
}

Zongheng__V1__Option *convert_option(struct arena *a, const struct snapshot *s, const struct plan_request *r,
                                     const struct plan_itinerary *it, bool geometry)
{
    Zongheng__V1__Option *o = arena_alloc(a, sizeof *o);
    char ref[33];
    if (o == NULL)
        return NULL;
    zongheng__v1__option__init(o);
    o->lines = convert_lines(a, s->net, it);
    o->n_lines = it->line_count;
    if (o->lines == NULL || !put_legs(a, s, it, geometry, r->explain, o))
        return NULL;
    plan_ref(s->net, r, it, ref);
    o->family = convert_family(it->family);
    o->family_zh = text(plan_family_name_zh(it->family));
    o->total_fen = it->total_myuan / FEN_MYUAN;
    o->depart_at = it->depart_at;
    o->arrive_at = it->arrive_at;
    o->distance_m = it->distance_m;
    o->co2_wtw_g = it->co2_wtw_g;
    o->co2_ttw_g = it->co2_ttw_g;
    o->co2_wtt_g = it->co2_wtt_g;
    o->hub_wtw_g = it->hub_wtw_g;
    o->hub_ttw_g = it->hub_ttw_g;
    o->co2_method = text(it->co2_method);
    o->on_time_permille = it->on_time_permille;
    o->on_time_estimated = it->on_time_estimated;
    for (uint32_t i = 0; i < it->line_count; i++)
        o->agreed = o->agreed || it->lines[i].agreed != NULL;
    if (it->latest_pickup.binds != BINDS_NOTHING) {
        o->latest_pickup = it->latest_pickup.at;
        o->binding_cutoff = arena_printf(a, "%s, leg %u", plan_binding_name(it->latest_pickup.binds),
                                         it->latest_pickup.leg + 1u);
    }
    o->plan_ref = arena_strdup(a, ref);
    o->why = why_text(a, it);
    o->alternative = it->alternative;
    o->shared_permille = it->shared_permille;
    return o->plan_ref != NULL && o->why != NULL && o->binding_cutoff != NULL ? o : NULL;
}
