#include "plan/rides.h"

#include <stdlib.h>
#include <string.h>

struct named { /* a service without what makes no difference to a load */
    struct net_service as;
    uint32_t service;
};

struct pair { /* a ride while the tables are made */
    uint32_t from, to, group, distance_m, run_s, ride, call, land;
    uint8_t mode;
};

static int by_group(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int c = memcmp(&x->as, &y->as, sizeof x->as);
    return c != 0 ? c : x->service < y->service ? -1 : 1;
}

static int by_class(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->distance_m != y->distance_m)
        return x->distance_m < y->distance_m ? -1 : 1;
    return x->ride < y->ride ? -1 : 1;
}

static int by_edge(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->mode != y->mode)
        return x->mode < y->mode ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    if (x->group != y->group || x->distance_m != y->distance_m)
        return by_class(a, b);
    return x->run_s != y->run_s ? (x->run_s < y->run_s ? -1 : 1) : x->ride < y->ride ? -1 : 1;
}

static bool dated(const struct network *n, const struct net_service *s)
{
    if (s->tariff >= n->tariff_count)
        return false;
    const struct net_tariff *t = &n->tariff[s->tariff];
    for (uint32_t i = t->rule_first; i < t->rule_first + t->rule_count; i++)
        if (n->tariff_rule[i].valid_from_day != INT32_MIN || n->tariff_rule[i].valid_to_day != INT32_MAX)
            return true;
    return false;
}

/* r->group and r->group_of. */
static bool make_groups(struct plan_rides *r, const struct network *n)
{
    struct named *s = calloc((size_t)n->service_count + 1, sizeof *s);
    r->group = calloc((size_t)n->service_count + 1, sizeof *r->group);
    if (s == NULL || r->group == NULL) {
        free(s);
        return false;
    }
    for (uint32_t i = 0; i < n->service_count; i++) {
        struct net_service *x = &s[i].as;
        memcpy(x, &n->service[i], sizeof *x);
        x->id = 0;
        x->name = x->operator= x->source = 0;
        x->stop_first = x->stop_count = x->exception_first = x->exception_count = 0;
        x->valid_from_day = x->valid_to_day = 0;
        x->depart_min = 0;
        x->days = 0;
        s[i].service = i;
    }
    qsort(s, n->service_count, sizeof *s, by_group);
    for (uint32_t i = 0; i < n->service_count; i++) {
        if (i == 0 || memcmp(&s[i].as, &s[i - 1].as, sizeof s->as) != 0)
            r->group[r->group_count++] =
                (struct plan_ride_group){.service = s[i].service, .dated = dated(n, &s[i].as)};
        r->group_of[s[i].service] = r->group_count - 1;
    }
    free(s);
    return true;
}

/* Counting sort of the stops after the first of each service. */
static bool list_landings(struct plan_rides *r, const struct network *n)
{
    uint32_t keys = n->terminal_count * MODE_COUNT;
    r->land_first = calloc((size_t)keys + 2, sizeof *r->land_first);
    r->land = calloc((size_t)n->stop_count + 1, sizeof *r->land);
    if (r->land_first == NULL || r->land == NULL)
        return false;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < n->service_count; i++) {
            const struct net_service *s = &n->service[i];
            for (uint32_t k = s->stop_first + 1; k < s->stop_first + s->stop_count; k++) {
                uint32_t key = n->stop[k].terminal * MODE_COUNT + s->mode;
                if (pass == 0)
                    r->land_first[key + 2]++;
                else
                    r->land[r->land_first[key + 1]++] = k;
            }
        }
        for (uint32_t i = 0; pass == 0 && i < keys; i++)
            r->land_first[i + 2] += r->land_first[i + 1];
    }
    return true;
}

static void list_rides(struct plan_rides *r, const struct network *n, struct pair *p)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n->service_count; i++) {
        const struct net_service *s = &n->service[i];
        for (uint32_t k = s->stop_first; k < s->stop_first + s->stop_count; k++) {
            uint32_t m = 0;
            r->first[k] = count;
            for (uint32_t j = k + 1; j < s->stop_first + s->stop_count; j++, count++) {
                m += n->stop[j].distance_m;
                p[count] = (struct pair){.from = n->stop[k].terminal,
                                         .to = n->stop[j].terminal,
                                         .group = r->group_of[i],
                                         .distance_m = m,
                                         .run_s = (n->stop[j].arrive_min - n->stop[k].depart_min) * 60,
                                         .ride = count,
                                         .call = k,
                                         .land = j,
                                         .mode = s->mode};
            }
        }
    }
}

static void make_classes(struct plan_rides *r, struct pair *p)
{
    qsort(p, r->ride_count, sizeof *p, by_class);
    for (uint32_t i = 0; i < r->ride_count; i++) {
        if (i == 0 || p[i].group != p[i - 1].group || p[i].distance_m != p[i - 1].distance_m)
            r->class[r->class_count++] =
                (struct plan_ride_class){.group = p[i].group, .distance_m = p[i].distance_m};
        r->class_of[p[i].ride] = r->class_count - 1;
    }
}

static struct plan_run run_of(const struct network *n, const struct pair *x)
{
    const struct net_service *s = &n->service[n->stop[x->call].service];
    return (struct plan_run){.call = x->call,
                             .land = x->land,
                             .service = n->stop[x->call].service,
                             .leave_min = s->depart_min + n->stop[x->call].depart_min,
                             .land_min = s->depart_min + n->stop[x->land].arrive_min,
                             .valid_from_day = s->valid_from_day,
                             .valid_to_day = s->valid_to_day,
                             .daily = (s->days & 0x7f) == 0x7f && s->exception_count == 0};
}

static void make_edges(struct plan_rides *r, const struct network *n, struct pair *p)
{
    uint32_t count = 0;
    qsort(p, r->ride_count, sizeof *p, by_edge);
    for (uint32_t i = 0; i < r->ride_count; i++) {
        const struct pair *x = &p[i], *y = &p[i > 0 ? i - 1 : 0];
        r->run[i] = run_of(n, x);
        if (i > 0 && x->mode == y->mode && x->from == y->from && x->to == y->to && x->group == y->group &&
            x->distance_m == y->distance_m)
            continue; /* the quickest comes first */
        r->edge[count++] = (struct plan_edge){.from = x->from,
                                              .to = x->to,
                                              .class = r->class_of[x->ride],
                                              .group = x->group,
                                              .distance_m = x->distance_m,
                                              .least_s = x->run_s,
                                              .run_first = i};
        r->edge_first[x->mode + 1] = count;
    }
    r->edge_count = count;
    r->edge[count].run_first = r->ride_count;
    for (int m = 1; m <= MODE_COUNT; m++)
        if (r->edge_first[m] < r->edge_first[m - 1])
            r->edge_first[m] = r->edge_first[m - 1];
}

/* Counting sorts of the edges, which lie in the order of mode and from already. */
static bool list_ends(struct plan_rides *r, const struct network *n)
{
    uint32_t t = n->terminal_count, keys = t * MODE_COUNT;
    r->out_first = calloc((size_t)keys + 2, sizeof *r->out_first);
    r->into_first = calloc((size_t)keys + 2, sizeof *r->into_first);
    r->into = calloc((size_t)r->edge_count + 1, sizeof *r->into);
    if (r->out_first == NULL || r->into_first == NULL || r->into == NULL)
        return false;
    for (uint32_t m = 0; m < MODE_COUNT; m++)
        for (uint32_t i = r->edge_first[m]; i < r->edge_first[m + 1]; i++) {
            r->out_first[m * t + r->edge[i].from + 1]++;
            r->into_first[m * t + r->edge[i].to + 2]++;
        }
    for (uint32_t k = 0; k < keys; k++) {
        r->out_first[k + 1] += r->out_first[k];
        r->into_first[k + 2] += r->into_first[k + 1];
    }
    for (uint32_t m = 0; m < MODE_COUNT; m++)
        for (uint32_t i = r->edge_first[m]; i < r->edge_first[m + 1]; i++)
            r->into[r->into_first[m * t + r->edge[i].to + 1]++] = i;
    return true;
}

bool plan_rides_new(struct plan_rides *r, const struct network *n, struct err *e)
{
    uint64_t rides = 0;
    *r = (struct plan_rides){0};
    for (uint32_t i = 0; i < n->service_count; i++)
        rides += (uint64_t)n->service[i].stop_count * n->service[i].stop_count / 2;
    if (rides > UINT32_MAX / 2)
        return fail(e, ERR_OUT_OF_RANGE, "the services of the network have more pairs of stops than 2^31");
    r->group_of = calloc((size_t)n->service_count + 1, sizeof *r->group_of);
    struct pair *p = calloc(rides + 1, sizeof *p);
    r->first = calloc((size_t)n->stop_count + 1, sizeof *r->first);
    r->class_of = calloc(rides + 1, sizeof *r->class_of);
    r->class = calloc(rides + 1, sizeof *r->class);
    r->edge = calloc(rides + 1, sizeof *r->edge);
    r->run = calloc(rides + 1, sizeof *r->run);
    bool ok = r->group_of && r->run && p && r->first && r->class_of && r->class && r->edge &&
              list_landings(r, n) && make_groups(r, n);
    if (ok) {
        for (uint32_t i = 0; i < n->service_count; i++)
            r->ride_count += n->service[i].stop_count * (n->service[i].stop_count - 1) / 2;
        list_rides(r, n, p);
        make_classes(r, p);
        make_edges(r, n, p);
        ok = list_ends(r, n);
    }
    free(p);
    if (ok)
        return true;
    plan_rides_free(r);
    return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the freight tables of a network");
}

void plan_rides_free(struct plan_rides *r)
{
    free(r->land_first);
    free(r->land);
    free(r->first);
    free(r->class_of);
    free(r->class);
    free(r->group);
    free(r->edge);
    free(r->run);
    free(r->out_first);
    free(r->into_first);
    free(r->into);
    free(r->group_of);
    *r = (struct plan_rides){0};
}
