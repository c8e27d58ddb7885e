/* planning_show.c - what several of the planner's answers hold, as messages. */
#include "convert.h"
#include "planning.h"
#include "polyline.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *planning_text(const char *s)
{
    return (char *)(uintptr_t)s;
}

bool planning_no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one job");
}

bool planning_pack(const ProtobufCMessage *m, uint8_t **bytes, size_t *len, struct err *e)
{
    *len = protobuf_c_message_get_packed_size(m);
    *bytes = malloc(*len + 1);
    if (*bytes == NULL)
        return planning_no_memory(e);
    protobuf_c_message_pack(m, *bytes);
    return true;
}

char *planning_hex(struct arena *a, uint64_t v)
{
    return arena_printf(a, "%016llx", (unsigned long long)v);
}

/* The network keeps the inner points of a link only. */
char *planning_geometry(struct arena *a, const struct network *n, uint32_t link)
{
    const struct net_link *l = &n->link[link];
    struct net_point *p = malloc(((size_t)l->shape_count + 2) * sizeof *p);
    if (p == NULL)
        return NULL;
    p[0] = n->node_point[l->from];
    memcpy(p + 1, n->shape + l->shape_first, l->shape_count * sizeof *p);
    p[l->shape_count + 1] = n->node_point[l->to];
    char *text = polyline_encode(a, p, (size_t)l->shape_count + 2);
    free(p);
    return text;
}

char *planning_link_name(struct arena *a, const struct network *n, uint32_t link)
{
    const char *name = net_string(n, n->link[link].name), *ref = net_string(n, n->link[link].ref);
    if (name[0] != '\0' && strstr(name, ref) != NULL)
        return arena_strdup(a, name);
    return arena_printf(a, "%s%s%s", ref, ref[0] != '\0' && name[0] != '\0' ? " " : "", name);
}

Zongheng__V1__Job *planning_job(struct arena *a, const struct job_info *i)
{
    Zongheng__V1__Job *m = arena_alloc(a, sizeof *m);
    if (m == NULL)
        return NULL;
    zongheng__v1__job__init(m);
    m->job_id = arena_strdup(a, i->id);
    m->kind = planning_text(job_kind_name(i->kind));
    m->state = (Zongheng__V1__JobState)i->state;
    m->created_at = i->created_at;
    m->started_at = i->started_at;
    m->ended_at = i->ended_at;
    m->scenario_id = arena_strdup(a, i->scenario);
    m->iteration = i->iteration;
    m->relative_gap = i->relative_gap;
    m->done_permille = i->done_permille;
    m->text = arena_strdup(a, i->text);
    m->network_version = arena_strdup(a, i->network_version);
    m->kept = i->kept;
    m->author = arena_strdup(a, i->author);
    bool whole = m->job_id != NULL && m->scenario_id != NULL && m->text != NULL &&
                 m->network_version != NULL && m->author != NULL;
    return whole ? m : NULL;
}

Zongheng__V1__FamilyShare **planning_families(struct planning *p, const struct chains *c, size_t *count)
{
    struct arena *a = &p->arena;
    *count = p->goods != NULL ? FAMILY_COUNT : 0;
    Zongheng__V1__FamilyShare **list = arena_calloc(a, FAMILY_COUNT, sizeof *list);
    Zongheng__V1__FamilyShare *of = arena_calloc(a, FAMILY_COUNT, sizeof *of);
    for (int f = 0; list != NULL && of != NULL && f < FAMILY_COUNT; f++) {
        zongheng__v1__family_share__init(&of[f]);
        of[f].family = convert_family((enum plan_family)f);
        of[f].family_zh = planning_text(plan_family_name_zh((enum plan_family)f));
        of[f].tonnes = c->family[f].tonnes;
        of[f].tkm = c->family[f].tkm;
        of[f].co2_t = c->family[f].co2_t;
        of[f].money_yuan = c->family[f].money_yuan;
        list[f] = &of[f];
    }
    return of != NULL ? list : NULL;
}

bool planning_assume(struct planning *p, const char *fmt, ...)
{
    char text[1000];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (p->assumption_count == ASSUMPTIONS_MAX)
        return false;
    char *copy = arena_strdup(&p->arena, text);
    if (copy != NULL)
        p->assumption[p->assumption_count++] = copy;
    return copy != NULL;
}

static bool assume_roads(struct planning *p)
{
    const struct roads_rules *r = &p->roads_rules;
    return planning_assume(p,
                           "路阻函数 BPR，b=%.2f，幂 %.0f；通行能力按道路等级与车道数取 JTG B01-2014 "
                           "基本通行能力的整数近似（回忆值，估计），"
                           "高速 %.0f、一级 %.0f、主干 %.0f、次干 %.0f pcu/(h·车道)；一日相当于 %.0f "
                           "个高峰小时（估计） · BPR with b %.2f and power %.0f; "
                           "capacities by class and lanes, rounded from JTG B01-2014 as recalled "
                           "(estimated); a day carries %.0f busiest hours (estimated)",
                           r->b, r->power, r->lane_pce_h[ROAD_MOTORWAY], r->lane_pce_h[ROAD_TRUNK],
                           r->lane_pce_h[ROAD_PRIMARY], r->lane_pce_h[ROAD_SECONDARY], r->day_hours, r->b,
                           r->power, r->day_hours) &&
           planning_assume(
               p,
               "背景小汽车占通行能力的 %.0f%%（假设，无观测流量）；不改线，新路上没有小汽车，其受益未计入 · "
               "cars fill %.0f %% of every road's capacity "
               "(assumed: no counts are known); they do not reroute, new roads carry none, and their "
               "benefits are not counted",
               100 * r->background, 100 * r->background) &&
           planning_assume(p, "货车折算系数按 JTG B01-2014 载质量分级：≤2t 1.0，≤7t 1.5，≤20t 2.5，>20t 4.0 "
                              "· PCE of trucks by payload (JTG B01-2014): 1.0, 1.5, 2.5, 4.0") &&
           planning_assume(p,
                           "重载货车最高 %.0f km/h；转向限制未计入分配 · loaded trucks drive at most %.0f "
                           "km/h; turn restrictions are left out of the assignment",
                           r->speed_kmh, r->speed_kmh) &&
           planning_assume(
               p,
               "空驶返程计入每公里费用，不计入流量 · empty returns are in the cost per km, not in the flows");
}

static bool assume_costs(struct planning *p)
{
    if (p->study_rules.without_toll)
        return planning_assume(p, "路径只按时间选择 · routes are chosen by time alone");
    if (p->study_rules.toll_h_per_yuan > 0)
        return planning_assume(p,
                               "路径按时间、里程费用与通行费选择，每元 %.4g 小时 · routes by time, running "
                               "cost and tolls, %.4g h a yuan",
                               p->study_rules.toll_h_per_yuan, p->study_rules.toll_h_per_yuan);
    return planning_assume(p, "路径按时间、里程费用与通行费选择，时间价值为各车型每小时费用 · routes are "
                              "chosen by time, running cost and "
                              "tolls; an hour is worth the vehicle class's cost per hour");
}

/* How full the roads are: whether times move with traffic at all. */
static bool assume_load(struct planning *p)
{
    const struct study *s = p->after.study;
    double own = 0, all = 0, free_h = 0, h = 0;
    if (s == NULL)
        return true;
    for (uint32_t l = 0; l < s->roads->link_count; l++) {
        const struct assign_link *x = &s->link[l];
        double pce = s->pce[l] - x->fixed;
        if (pce < 1e-6)
            continue;
        own = fmax(own, pce / x->capacity);
        all = fmax(all, s->pce[l] / x->capacity);
        free_h += pce * x->free_flow_time;
        h += pce * s->time[l];
    }
    return planning_assume(
        p,
        "货车至多占任一路段通行能力的 %.1f%%（含小汽车 %.1f%%），行程时间仅比自由流长 "
        "%.2f%%；%s · this demand fills at most %.1f %% of any road's capacity (%.1f %% "
        "with the cars), and drives %.2f %% longer than at free flow: benefits are those of shorter and "
        "quicker "
        "ways, %s",
        100 * own, 100 * all, 100 * (h / fmax(free_h, 1e-9) - 1),
        all < 0.8 ? "对路网很小，效益来自更短更快的路，而非缓解拥堵" : "路网接近饱和，效益包括缓解拥堵",
        100 * own, 100 * all, 100 * (h / fmax(free_h, 1e-9) - 1),
        all < 0.8 ? "hardly of less congestion: it is small against the roads" : "and of less congestion");
}

bool planning_assumptions(struct planning *p)
{
    return planning_assume_demand(p) && assume_load(p) && assume_roads(p) && assume_costs(p) &&
           planning_assume(p,
                           "用户均衡（Algorithm B），相对间隙 %.1e · user equilibrium by Algorithm B, "
                           "relative gap asked %.1e",
                           p->gap, p->gap);
}
