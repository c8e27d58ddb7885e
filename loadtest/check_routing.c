/* check_routing.c - what must be true of routes, bills and shipments. */
#include "check_inside.h"

#include <inttypes.h>
#include <string.h>

bool check_bill(Zongheng__V1__CostLine *const *lines, size_t n, int64_t total_fen, char why[CHECK_WHY])
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += lines[i]->amount_fen;
    return sum == total_fen ||
           check_wrong(why, "the lines add up to %" PRId64 " fen, the total says %" PRId64, sum, total_fen);
}

static bool check_legs(const Zongheng__V1__Option *o, char why[CHECK_WHY])
{
    int64_t metres = 0;
    for (size_t i = 0; i < o->n_legs; i++) {
        const Zongheng__V1__Leg *l = o->legs[i], *before = i > 0 ? o->legs[i - 1] : NULL;
        metres += l->distance_m;
        if (l->arrive_at < l->depart_at)
            return check_wrong(why, "leg %zu arrives before it departs", i + 1);
        if (before != NULL && l->depart_at < before->arrive_at)
            return check_wrong(why, "leg %zu departs before leg %zu arrives", i + 1, i);
        if (before != NULL && l->from != NULL && before->to != NULL &&
            l->from->node_id != before->to->node_id)
            return check_wrong(why, "leg %zu does not begin where leg %zu ends", i + 1, i);
        if (l->cutoff_at != 0 && l->ready_at > l->cutoff_at)
            return check_wrong(why, "leg %zu: the cargo is ready after the cut-off", i + 1);
    }
    return metres == o->distance_m || check_wrong(why, "the legs' distances do not add up");
}

static bool check_option(const Zongheng__V1__Option *o, char why[CHECK_WHY])
{
    if (o->n_legs == 0 || strlen(o->plan_ref) != 32)
        return check_wrong(why, "an option without legs or plan_ref");
    if (o->depart_at > o->legs[0]->depart_at || o->arrive_at < o->legs[o->n_legs - 1]->arrive_at)
        return check_wrong(why, "the option's times do not cover its legs");
    if (o->co2_wtw_g != o->co2_ttw_g + o->co2_wtt_g)
        return check_wrong(why, "well-to-wheel is not tank-to-wheel and well-to-tank");
    return check_bill(o->lines, o->n_lines, o->total_fen, why) && check_legs(o, why);
}

bool check_routes(const struct kind_input *in, const Zongheng__V1__FindRoutesReply *r, char why[CHECK_WHY])
{
    int64_t ready_at = in->start_s + 60 * in->demand->rows[in->row].release_min;
    if (r->n_options == 0 && r->n_families_not_offered == 0)
        return check_wrong(why, "no option and no reason");
    for (size_t i = 0; i < r->n_options; i++) {
        if (!check_option(r->options[i], why))
            return false;
        if (r->options[i]->depart_at < ready_at)
            return check_wrong(why, "option %zu departs before the cargo is ready", i + 1);
        for (size_t k = 0; k < i; k++)
            if (strcmp(r->options[i]->plan_ref, r->options[k]->plan_ref) == 0)
                return check_wrong(why, "options %zu and %zu have one plan_ref", k + 1, i + 1);
    }
    return true;
}

bool check_cost(const Zongheng__V1__GetCostReply *c, char why[CHECK_WHY])
{
    return check_bill(c->lines, c->n_lines, c->total_fen, why) &&
           (c->duration_s >= 0 || check_wrong(why, "a negative duration"));
}

bool check_shipment(const struct kind_input *in, const Zongheng__V1__GetShipmentReply *g, char why[CHECK_WHY])
{
    const Zongheng__V1__Shipment *s = g->shipment;
    if (s == NULL || strcmp(s->id, in->bill->shipment_id) != 0)
        return check_wrong(why, "another shipment than the one asked for");
    if (s->option == NULL || s->option->total_fen != s->total_fen)
        return check_wrong(why, "the bill's total is not that of its option");
    return check_option(s->option, why);
}
