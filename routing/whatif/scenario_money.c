/* scenario_money.c - modifications of tariffs and tolls. */
#include "whatif/scenario_draft.h"

#include <math.h>
#include <string.h>

static const int64_t money_max_myuan = INT64_C(1000000000000000);

static const char *const charge_word[CHARGE_COUNT] = {
    "freight",  "fund",     "electrification", "load",      "unload", "fuel", "security",
    "handling", "document", "booking",         "diversion", "stamp",  "seal", "other"};

uint32_t draft_find_tariff(const struct draft *d, const char *id)
{
    for (uint32_t i = 0; i < d->net->tariff_count; i++)
        if (strcmp(net_string(d->net, d->net->tariff[i].id), id) == 0)
            return i;
    return NET_NONE;
}

static bool check_factor(struct draft *d, double factor)
{
    if (factor > 0 && factor <= 1000)
        return true;
    draft_error(d, "factor", "a factor is above 0 and at most 1,000");
    return false;
}

static int64_t scaled(int64_t money, double factor)
{
    double product = round((double)money * factor);
    return product >= (double)money_max_myuan ? money_max_myuan : (int64_t)product;
}

void draft_change_tariff(struct draft *d, const struct scenario_modification *m)
{
    uint32_t tariff = draft_find_tariff(d, m->tariff), changed = 0;
    int charge = -1;
    for (int i = 0; m->charge[0] != '\0' && i < CHARGE_COUNT; i++)
        if (strcmp(charge_word[i], m->charge) == 0)
            charge = i;
    if (tariff == NET_NONE)
        draft_error(d, "tariff_id", "network %.8s has no tariff \"%.60s\"", d->net->version, m->tariff);
    if (m->charge[0] != '\0' && charge < 0)
        draft_error(d, "charge", "there is no charge \"%.40s\"", m->charge);
    if (!check_factor(d, m->factor) || tariff == NET_NONE || (m->charge[0] != '\0' && charge < 0))
        return;
    struct net_tariff_rule *rule = draft_take(d, DRAFT_RULE);
    const struct net_tariff *t = &d->net->tariff[tariff];
    for (uint32_t i = t->rule_first; rule != NULL && i < t->rule_first + t->rule_count; i++) {
        if (charge >= 0 && rule[i].kind != charge)
            continue;
        rule[i].base_myuan = scaled(rule[i].base_myuan, m->factor);
        rule[i].per_km_nyuan = scaled(rule[i].per_km_nyuan, m->factor);
        rule[i].min_myuan = scaled(rule[i].min_myuan, m->factor);
        rule[i].confidence = CONF_ESTIMATED;
        changed++;
    }
    if (rule != NULL && changed == 0)
        draft_error(d, "charge", "tariff \"%.60s\" has no rate of \"%.40s\"", m->tariff, m->charge);
}

void draft_change_toll(struct draft *d, const struct scenario_modification *m)
{
    uint32_t count, changed = 0;
    if (!check_factor(d, m->factor))
        return;
    draft_look(d, DRAFT_TOLL, &count);
    struct net_toll *t = draft_take(d, DRAFT_TOLL);
    for (uint32_t i = 0; t != NULL && i < count; i++) {
        if ((m->region[0] != '\0' && strcmp(net_string(d->net, t[i].region), m->region) != 0) ||
            (m->vehicle_class != 0 && t[i].vehicle_class != m->vehicle_class))
            continue;
        t[i].myuan_per_km = (int32_t)fmin(INT32_MAX, round(t[i].myuan_per_km * m->factor));
        t[i].bridge_myuan = (int32_t)fmin(INT32_MAX, round(t[i].bridge_myuan * m->factor));
        t[i].confidence = CONF_ESTIMATED;
        d->toll_regions |= t[i].region_index < 32 ? UINT32_C(1) << t[i].region_index : UINT32_MAX;
        changed++;
    }
    if (t != NULL && changed == 0)
        draft_error(d, m->region[0] != '\0' ? "region" : "vehicle_class",
                    "no toll is of region \"%.40s\" and class %u", m->region, m->vehicle_class);
}
