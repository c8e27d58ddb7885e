/* margin.c - how far a family falls behind the others, and at which price or time it would win.
 *
 * Only fronts are looked at, which is exact: of two chains of one family the one that is not later, not
 * dearer and not dirtier faces fewer rivals and lacks less. Backward, arrivals are minus the pickup, as in
 * backward.c. */
#include "plan/engine.h"

#include <string.h>

enum { FEN = BILL_FEN_MYUAN };

struct best { /* each by itself */
    int64_t arrive_at, total_myuan, co2_g;
    bool any;
};

static void take(struct best *b, const struct label_front *x)
{
    if (!b->any || x->arrive_at < b->arrive_at)
        b->arrive_at = x->arrive_at;
    if (!b->any || x->total_myuan < b->total_myuan)
        b->total_myuan = x->total_myuan;
    if (!b->any || x->co2_g < b->co2_g)
        b->co2_g = x->co2_g;
    b->any = true;
}

bool plan_fronts_keep(struct plan_query *q, enum plan_family f, struct arena *a, struct plan_fronts *x,
                      struct err *e)
{
    const struct label_pool *p = &q->pool;
    x->count[f] = p->front_count;
    x->of[f] = arena_calloc(a, (size_t)p->front_count + 1, sizeof *x->of[f]);
    if (x->of[f] == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    memcpy(x->of[f], p->front, p->front_count * sizeof *p->front);
    return true;
}

static struct best best_of(const struct plan_fronts *x, unsigned families)
{
    struct best b = {.any = false};
    for (int f = 0; f < FAMILY_COUNT; f++)
        for (uint32_t i = 0; families >> f & 1 && i < x->count[f]; i++)
            take(&b, &x->of[f][i]);
    return b;
}

static bool beats(const struct label_front *a, const struct label_front *b)
{
    return a->arrive_at <= b->arrive_at && a->total_myuan <= b->total_myuan && a->co2_g <= b->co2_g &&
           (a->arrive_at < b->arrive_at || a->total_myuan < b->total_myuan || a->co2_g < b->co2_g);
}

static bool beaten(const struct plan_fronts *x, int family, const struct label_front *mine)
{
    for (int f = 0; f < FAMILY_COUNT; f++)
        for (uint32_t i = 0; f != family && i < x->count[f]; i++)
            if (beats(&x->of[f][i], mine))
                return true;
    return false;
}

/* Where this option, which is beaten, would not be: by total, by arrival. */
static void offer(const struct plan_fronts *x, int family, const struct label_front *mine,
                  struct plan_not_offered *out)
{
    int64_t total = INT64_MAX, arrive_at = INT64_MAX;
    for (int f = 0; f < FAMILY_COUNT; f++)
        for (uint32_t i = 0; f != family && i < x->count[f]; i++) {
            const struct label_front *o = &x->of[f][i];
            if (o->co2_g > mine->co2_g)
                continue;
            if (o->arrive_at <= mine->arrive_at && o->total_myuan < total)
                total = o->total_myuan;
            if (o->total_myuan <= mine->total_myuan && o->arrive_at < arrive_at)
                arrive_at = o->arrive_at;
        }
    int64_t cheaper = mine->total_myuan - (total - FEN), sooner_s = mine->arrive_at - (arrive_at - 1);
    if (out->win_cheaper_myuan == 0 || cheaper < out->win_cheaper_myuan) {
        out->win_cheaper_myuan = cheaper;
        out->win_total_myuan = total - FEN;
    }
    if (out->win_sooner_s == 0 || sooner_s < out->win_sooner_s) {
        out->win_sooner_s = sooner_s;
        out->win_arrive_at = arrive_at - 1;
    }
}

/* True: some option of the family is not beaten. */
static bool dominated(const struct plan_fronts *x, int family, struct plan_not_offered *out)
{
    for (uint32_t i = 0; i < x->count[family]; i++)
        if (!beaten(x, family, &x->of[family][i]))
            return false;
    for (uint32_t i = 0; i < x->count[family]; i++)
        offer(x, family, &x->of[family][i], out);
    return true;
}

static const char *margin_text(const struct plan_not_offered *w, bool back, struct arena *a)
{
    int64_t min = (w->later_s + 59) / 60;
    const char *first = back ? "latest pickup" : "earliest arrival";
    const char *win =
        w->win_total_myuan > 0
            ? arena_printf(a, "%s at %.2f yuan, which is %.2f yuan less",
                           w->reason == REASON_DOMINATED ? "an option would not be beaten"
                                                         : "it would be the cheapest",
                           (double)w->win_total_myuan / 1000, (double)w->win_cheaper_myuan / 1000)
            : "no price would do";
    if (win == NULL)
        return NULL;
    return arena_printf(a,
                        "%s: its %s is %lld h %lld min behind, its lowest cost %.2f yuan above, its "
                        "lowest emissions %.1f kg CO2e above the best of the others; %s",
                        w->reason == REASON_DOMINATED
                            ? "offered, but another family beats each of its options"
                            : "offered, but the best in nothing",
                        first, (long long)(min / 60), (long long)(min % 60), (double)w->dearer_myuan / 1000,
                        (double)w->dirtier_g / 1000, win);
}

/* To be the cheapest, or the first, of all. */
static void beat_all(const struct best *mine, const struct best *others, struct plan_not_offered *out)
{
    if (mine->total_myuan > others->total_myuan - FEN && others->total_myuan > FEN) {
        out->win_total_myuan = others->total_myuan - FEN;
        out->win_cheaper_myuan = mine->total_myuan - out->win_total_myuan;
    }
    if (out->win_arrive_at == 0 && mine->arrive_at > others->arrive_at - 1) {
        out->win_arrive_at = others->arrive_at - 1;
        out->win_sooner_s = mine->arrive_at - out->win_arrive_at;
    }
}

static void fall_behind(const struct best *mine, const struct best *others, struct plan_not_offered *out)
{
    out->later_s = mine->arrive_at - others->arrive_at;
    out->dearer_myuan = mine->total_myuan - others->total_myuan;
    out->dirtier_g = mine->co2_g - others->co2_g;
}

static bool offered(const struct plan_fronts *x, int f, const struct best *others, bool back, struct arena *a,
                    struct plan_answer *out)
{
    struct best mine = best_of(x, 1u << f);
    struct plan_not_offered w = {
        .family = (enum plan_family)f, .offered = true, .broken = {"", "", "", 0, 0}};
    if (mine.arrive_at <= others->arrive_at || mine.total_myuan <= others->total_myuan ||
        mine.co2_g <= others->co2_g)
        return true;
    fall_behind(&mine, others, &w);
    w.reason = dominated(x, f, &w) ? REASON_DOMINATED : REASON_NEVER_BEST;
    if (w.reason == REASON_NEVER_BEST)
        beat_all(&mine, others, &w);
    if (w.win_total_myuan <= 0)
        w.win_total_myuan = w.win_cheaper_myuan = 0;
    if (back)
        w.win_arrive_at = -w.win_arrive_at;
    w.text = margin_text(&w, back, a);
    out->not_offered[out->not_offered_count++] = w;
    return w.text != NULL;
}

/* What was found of a family that is not offered. */
static bool not_offered(const struct best *others, bool back, struct arena *a, struct plan_not_offered *w)
{
    struct best mine = {w->would_arrive_at, w->would_total_myuan, w->would_co2_g, true};
    if (w->would_total_myuan == 0) {
        w->later_s = w->would_arrive_at != 0 && !back ? w->would_arrive_at - others->arrive_at : 0;
        return true;
    }
    fall_behind(&mine, others, w);
    beat_all(&mine, others, w);
    if (back) /* what it would be was asked forward */
        w->later_s = 0;
    w->text = arena_printf(
        a, "%s; without that it would cost %.2f yuan, %.2f yuan %s than the cheapest of the others", w->text,
        (double)w->would_total_myuan / 1000,
        (double)(w->dearer_myuan < 0 ? -w->dearer_myuan : w->dearer_myuan) / 1000,
        w->dearer_myuan < 0 ? "less" : "more");
    return w->text != NULL;
}

bool plan_margins(const struct plan_query *q, const struct plan_fronts *x, struct arena *a,
                  struct plan_answer *out, struct err *e)
{
    bool back = q->request->latest_pickup;
    for (uint32_t i = 0; i < out->not_offered_count; i++) {
        struct best others = best_of(x, ~(1u << out->not_offered[i].family));
        if (others.any && !not_offered(&others, back, a, &out->not_offered[i]))
            return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    }
    for (int f = 0; f < FAMILY_COUNT; f++) {
        struct best others = best_of(x, ~(1u << f));
        if (others.any && x->count[f] > 0 && !offered(x, f, &others, back, a, out))
            return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    }
    return true;
}
