/* profile.c - all useful departures of a window, by forward searches at the instants where the answer
 * changes.
 *
 * What can be done by cargo that is ready at t can be done by cargo ready before, so the chains of t that
 * nothing beats stay the same until the first of them can no longer be picked up: the next search is a second
 * after that. The horizon of the search moves on at midnight, where there may be more chains: it is searched
 * there too. So every instant of the window has the answer of the last search before it. */
#include "freight/calendar.h"
#include "plan/engine.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW_MAX_S = 31 * 86400 };

struct profile {
    struct plan_profile_point *of;
    uint32_t count, max;
};

static bool beats(const struct plan_profile_point *a, const struct plan_profile_point *b)
{
    return a->depart_at >= b->depart_at && a->arrive_at <= b->arrive_at && a->money_myuan <= b->money_myuan &&
           a->co2_g <= b->co2_g;
}

/* False: no room. */
static bool put(struct profile *p, uint32_t first, const struct plan_profile_point *x)
{
    uint32_t kept = first;
    for (uint32_t i = first; i < p->count; i++)
        if (beats(&p->of[i], x))
            return true;
    for (uint32_t i = first; i < p->count; i++)
        if (!beats(x, &p->of[i]))
            p->of[kept++] = p->of[i];
    p->count = kept;
    if (p->count == p->max)
        return false;
    p->of[p->count++] = *x;
    return true;
}

static int by_departure(const void *a, const void *b)
{
    const struct plan_profile_point *x = a, *y = b;
    if (x->depart_at != y->depart_at)
        return x->depart_at < y->depart_at ? -1 : 1;
    if (x->arrive_at != y->arrive_at)
        return x->arrive_at < y->arrive_at ? -1 : 1;
    return x->money_myuan < y->money_myuan ? -1 : x->money_myuan > y->money_myuan;
}

/* The front of one search; *next: when it changes. */
static bool take_front(struct plan_query *q, enum plan_family f, uint32_t first, struct profile *p,
                       int64_t *next)
{
    for (uint32_t i = 0; i < q->pool.front_count; i++) {
        const struct label_front *x = &q->pool.front[i];
        struct plan_pickup pickup = plan_pickup_of(q, x->label);
        struct plan_profile_point point = {.family = f,
                                           .depart_at = pickup.at,
                                           .arrive_at = x->arrive_at,
                                           .money_myuan = x->total_myuan,
                                           .co2_g = x->co2_g,
                                           .binds = pickup.binds};
        *next = pickup.at + 1 < *next ? pickup.at + 1 : *next;
        if (!put(p, first, &point))
            return false;
    }
    return true;
}

static bool family(struct plan_query *q, struct plan_request *r, int64_t end, enum plan_family f,
                   struct profile *p, struct plan_profile *out, struct err *e)
{
    uint32_t first = p->count;
    int64_t start = r->ready_at;
    bool ok = true, room = true;
    while (ok && room && r->ready_at <= end) {
        int64_t next = cal_day_start(q->p->net, cal_local_day(q->p->net, r->ready_at) + 1);
        q->pool.count = 0;
        out->searches++;
        ok = plan_label_family(q, f, e);
        room = !ok || take_front(q, f, first, p, &next);
        if (room)
            r->ready_at = next;
    }
    if (!room && (out->more_from == 0 || r->ready_at < out->more_from))
        out->more_from = r->ready_at;
    qsort(p->of + first, p->count - first, sizeof *p->of, by_departure);
    r->ready_at = start;
    return ok;
}

static bool check(const struct plan_query *q, const struct plan_request *r, int64_t window_s,
                  uint32_t points_max, struct err *e)
{
    if (!plan_request_check(q->p->net, r, e))
        return false;
    if (r->latest_pickup)
        return fail_field(e, ERR_INVALID_ARGUMENT, "latest_pickup",
                          "a profile begins at ready_at; its points are latest pickups already");
    if (window_s < 0 || window_s > WINDOW_MAX_S)
        return fail_field(e, ERR_INVALID_ARGUMENT, "window_s", "a window is 0 to %d seconds", WINDOW_MAX_S);
    return (points_max >= 1 && points_max <= PLAN_PROFILE_MAX) ||
           fail_field(e, ERR_INVALID_ARGUMENT, "points_max", "a profile has 1 to %d points",
                      PLAN_PROFILE_MAX);
}

bool plan_profile(struct plan_query *q, const struct plan_request *r, int64_t window_s, uint32_t points_max,
                  plan_stop_fn *stop, void *stop_ctx, struct arena *a, struct plan_profile *out,
                  struct err *e)
{
    struct plan_request moving = *r;
    *out = (struct plan_profile){0};
    if (!check(q, r, window_s, points_max, e))
        return false;
    struct profile p = {.max = points_max};
    p.of = out->points = arena_calloc(a, points_max, sizeof *p.of);
    if (p.of == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    q->stop = stop;
    q->stop_ctx = stop_ctx;
    q->bare = q->no_direct = true;
    bool ok = plan_prepare(q, &moving, a, e);
    for (int f = 0; ok && f < FAMILY_COUNT; f++)
        if (r->families >> f & 1)
            ok = family(q, &moving, r->ready_at + window_s, (enum plan_family)f, &p, out, e);
    q->bare = q->no_direct = false;
    plan_finish(q);
    out->count = p.count;
    return ok;
}
