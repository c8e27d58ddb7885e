/* planning_demand.c - the demand of a planner's job: the bundled file, or one that was put; and what is
 * assumed of it. */
#include "demands.h"
#include "loop.h"
#include "planning.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* --- reading -------------------------------------------------------------------------------------------- */

/* Midnight of the first Monday after the job was made, in the network's local time. */
static int64_t next_monday(const struct network *n, int64_t at_s)
{
    int64_t local = at_s + (int64_t)n->utc_offset_min * 60, day = local / 86400;
    int64_t weekday = (day + 3) % 7; /* 1970-01-01 was a Thursday; 0: Monday */
    return (day + 7 - weekday) * 86400 - (int64_t)n->utc_offset_min * 60;
}

static bool read_rules(struct planning *p, const Zongheng__V1__DemandSpec *d, struct err *e)
{
    struct roads_rules *r = &p->roads_rules;
    roads_rules_default(r);
    p->chains_rules = (struct chains_rules){
        .week_start_s = next_monday(p->before.snapshot->net, job_about(p->run)->created_at),
        .logit_scale = CHAINS_LOGIT_SCALE,
        .factor = 1};
    if (d == NULL)
        return true;
    if (!(d->factor >= 0 && d->factor <= 1000))
        return fail_field(e, ERR_INVALID_ARGUMENT, "demand.factor",
                          "factor is above 0 to 1,000; 0 stands for 1");
    if (!(d->logit_scale >= 0 && d->logit_scale <= 1000) || (d->logit_scale > 0 && !d->logit))
        return fail_field(e, ERR_INVALID_ARGUMENT, "demand.logit_scale",
                          "logit_scale is 0 to 1,000 per yuan and tonne, and goes with logit only");
    if (!(d->background_share >= 0 && d->background_share <= 1) ||
        (d->without_background && d->background_share > 0))
        return fail_field(e, ERR_INVALID_ARGUMENT, "demand.background_share",
                          "background_share is 0 to 1, and does not go with without_background");
    if (!(d->day_hours >= 0 && d->day_hours <= 24))
        return fail_field(e, ERR_INVALID_ARGUMENT, "demand.day_hours",
                          "day_hours is above 0 to 24; 0 stands for %g", r->day_hours);
    r->day_hours = d->day_hours > 0 ? d->day_hours : r->day_hours;
    p->chains_rules.factor = d->factor > 0 ? d->factor : 1;
    p->chains_rules.logit = d->logit;
    p->chains_rules.logit_scale = d->logit_scale > 0 ? d->logit_scale : CHAINS_LOGIT_SCALE;
    if (d->without_background || d->background_share > 0)
        r->background = d->background_share;
    p->fixed_family = d->fixed_family;
    return true;
}

/* An O-D table is of lorries already; what is asked of families cannot be honoured, nor parts of
 * consignments. */
static bool check_kind(const struct planning *p, const Zongheng__V1__DemandSpec *d, struct err *e)
{
    if (d != NULL && p->goods == NULL && d->logit)
        return fail_field(e, ERR_INVALID_ARGUMENT, "demand.logit",
                          "an O-D table is of lorries: families are chosen for consignments only");
    if (d != NULL && p->goods != NULL && (d->goods_group[0] != '\0' || d->period[0] != '\0'))
        return fail_field(e, ERR_INVALID_ARGUMENT,
                          d->period[0] != '\0' ? "demand.period" : "demand.goods_group",
                          "tables by goods group and period are those of an O-D table that was put");
    return true;
}

static bool take_bundled(struct planning *p, struct err *e)
{
    if (!consignments_read(job_server(p->run)->config.demand, p->base->net, &p->bundled, e))
        return false;
    const struct consignments *c = p->goods = p->bundled;
    for (uint32_t g = 0; g < c->group_count; g++)
        p->group[p->group_count++] = c->group[g];
    snprintf(p->demand_version, sizeof p->demand_version, "%s", c->version);
    snprintf(p->demand_text, sizeof p->demand_text,
             "需求为合成数据：%u 批货物、%.0f 天、%.0f 吨，非观测交通量 · the demand is synthetic: %u "
             "consignments of %.0f days, %.0f t, no observed traffic",
             c->count, c->days, c->tonnes, c->count, c->days, c->tonnes);
    return true;
}

static void describe(struct planning *p, const Zongheng__V1__Demand *m)
{
    const struct volumes *v = p->volumes;
    const char *source = m->source[0] != '\0' ? m->source : "来源未注明 source not given";
    snprintf(p->demand_version, sizeof p->demand_version, "%s@%u %s", m->name, m->version, v->version);
    if (v->goods != NULL)
        snprintf(
            p->demand_text, sizeof p->demand_text,
            "需求为 %s 第 %u 版：%u 批货物、%.0f 天、%.0f 吨（%.300s） · the demand is %s, version %u: %u "
            "consignments of %.0f days, %.0f t",
            m->name, m->version, v->goods->count, v->goods->days, v->goods->tonnes, source, m->name,
            m->version, v->goods->count, v->goods->days, v->goods->tonnes);
    else
        snprintf(
            p->demand_text, sizeof p->demand_text,
            "需求为 %s 第 %u 版 OD 表：每日 %.6g 辆、%.6g 吨，%u 类车，满载（%.300s） · the demand is %s, "
            "version %u: an O-D table of %.6g lorries or %.6g t a day, class %u, fully loaded",
            m->name, m->version, v->vehicles, v->tonnes, (unsigned)v->rules.vehicle_class, source, m->name,
            m->version, v->vehicles, v->tonnes, (unsigned)v->rules.vehicle_class);
}

/* As it was put, on the network in force now: zones that are gone since are counted and said. */
static bool read_text(struct planning *p, const struct demand_text *t, struct err *e)
{
    const Zongheng__V1__Demand *m = t->message;
    struct bytes table = {.max = (size_t)job_server(p->run)->config.demand_max};
    struct volumes_rules rules = {.format = (enum volumes_format)m->format,
                                  .tonnes = m->unit == ZONGHENG__V1__DEMAND_UNIT__TONNES,
                                  .vehicle_class = (uint8_t)m->vehicle_class};
    bool ok = demand_text_unpack(t, &table, e) &&
              volumes_read(table.at, table.len, &rules, p->base->net, p->base->places, &p->volumes, e);
    bytes_free(&table);
    if (!ok)
        return false;
    p->goods = p->volumes->goods;
    p->group_count = volumes_groups(p->volumes, p->group);
    describe(p, m);
    return true;
}

static bool take_put(struct planning *p, const Zongheng__V1__DemandSpec *d, struct err *e)
{
    struct demand_text *t;
    if (!demands_fetch(job_server(p->run), job_about(p->run)->firm, d->name, d->version, &t, e))
        return false;
    bool ok = read_text(p, t, e);
    demand_text_release(t);
    return ok;
}

bool planning_take_demand(struct planning *p, const Zongheng__V1__DemandSpec *d, struct err *e)
{
    bool put = d != NULL && d->name[0] != '\0' && strcmp(d->name, DEMAND_BUNDLED) != 0;
    if (!read_rules(p, d, e))
        return false;
    if (!put && d != NULL && d->version != 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "demand.version",
                          "the bundled demand has no versions; name a demand that was put");
    if (!(put ? take_put(p, d, e) : take_bundled(p, e)) || !check_kind(p, d, e))
        return false;
    if (d != NULL)
        snprintf(p->goods_group, sizeof p->goods_group, "%s", d->goods_group);
    if (d != NULL)
        snprintf(p->period, sizeof p->period, "%s", d->period);
    p->volumes_choice = (struct volumes_choice){p->goods_group, p->period, p->chains_rules.factor};
    return true;
}

void planning_leave_demand(struct planning *p)
{
    consignments_free(p->bundled);
    volumes_free(p->volumes);
}

/* --- what is assumed ------------------------------------------------------------------------------------ */

static bool assume_unknown(struct planning *p)
{
    const struct demand_report *r = p->volumes != NULL ? &p->volumes->report : NULL;
    uint64_t rows = r != NULL ? r->unknown : p->goods->unknown;
    return rows == 0 ||
           planning_assume(
               p,
               "%llu 行的节点不在路网中，未计入 · %llu rows with %.0f %s name zones that the network "
               "has not, and are left out",
               (unsigned long long)rows, (unsigned long long)rows,
               r != NULL ? r->unknown_volume : p->goods->unknown_tonnes,
               p->goods != NULL || p->volumes->rules.tonnes ? "t" : "lorries");
}

static bool assume_families(struct planning *p)
{
    const struct chains_rules *r = &p->chains_rules;
    char day[16];
    time_t local = (time_t)(r->week_start_s + (int64_t)p->before.snapshot->net->utc_offset_min * 60);
    struct tm tm;
    strftime(day, sizeof day, "%Y-%m-%d", gmtime_r(&local, &tm));
    if (!planning_assume(p, "货物在 %s 起的一周内起运 · the goods are shipped in the week of %s", day, day))
        return false;
    if (!(r->logit ? planning_assume(p,
                                     "运输方式按 Logit 选择，尺度 %.3g 每元每吨（估计） · families are "
                                     "chosen by logit, scale %.3g per yuan and tonne (estimated)",
                                     r->logit_scale, r->logit_scale)
                   : planning_assume(p, "运输方式按最低总费用全有全无选择 · each consignment takes the "
                                        "family with the least total cost")))
        return false;
    return planning_assume(
        p, "%s",
        p->fixed_family
            ? "方案前后运输方式与卡车行程不变 · families and truck trips are the same before and after"
            : "方案前后分别选择运输方式 · families are chosen anew in the scenario");
}

static bool assume_table(struct planning *p)
{
    bool part = p->goods_group[0] != '\0' || p->period[0] != '\0';
    return planning_assume(
               p, "OD 表为卡车出行，不选择运输方式 · the table is of lorries: no choice of families") &&
           (!part || planning_assume(p, "仅计货类“%s”、时段“%s” · only goods group \"%s\", period \"%s\"",
                                     p->goods_group, p->period, p->goods_group, p->period));
}

bool planning_assume_demand(struct planning *p)
{
    return planning_assume(p, "%s; 系数 factor %.3g", p->demand_text, p->chains_rules.factor) &&
           assume_unknown(p) && (p->goods != NULL ? assume_families(p) : assume_table(p)) &&
           planning_assume(p, "货物总量不因方案而变（无诱增运量） · the goods are the same with and without "
                              "the scenario: no induced freight");
}
