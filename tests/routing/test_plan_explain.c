/* Why a family is not offered or never the best, by how much, and where it would win: each figure against the
 * whole enumeration of all chains, found by trying instead of by formula. */
#include "plan_world.h"
#include "test.h"

#include <string.h>

enum { NETWORKS = 500, OBSTACLES = 800, FEN = 10 };

static struct brute_points front[FAMILY_COUNT];

static const struct plan_not_offered *entry(const struct plan_answer *a, int f)
{
    for (uint32_t i = 0; i < a->not_offered_count; i++)
        if ((int)a->not_offered[i].family == f)
            return &a->not_offered[i];
    return NULL;
}

/* Would it be cheaper, and earlier, than everything of others that is not worse in the rest? */
static bool wins(int f, const struct brute_point *x, int64_t total, int64_t arrive_at, bool by_time)
{
    for (int k = 0; k < FAMILY_COUNT; k++)
        for (uint32_t i = 0; k != f && i < front[k].count; i++) {
            const struct brute_point *o = &front[k].of[i];
            if (o->co2 <= x->co2 && o->total <= total && o->arrive_at <= arrive_at)
                return false;
        }
    (void)by_time;
    return true;
}

/* The least step down that makes it win, by halving: a further step never loses again. */
static int64_t lacks(int f, const struct brute_point *x, int64_t unit, bool by_time)
{
    int64_t low = 0, high = (by_time ? x->arrive_at : x->total) / unit + 2;
    while (high - low > 1) {
        int64_t mid = low + (high - low) / 2;
        bool won = wins(f, x, by_time ? x->total : x->total - mid * unit,
                        by_time ? x->arrive_at - mid : x->arrive_at, by_time);
        if (won)
            high = mid;
        else
            low = mid;
    }
    return high * unit;
}

struct best {
    int64_t arrive_at, total, co2;
};

static struct best best_of(unsigned families)
{
    struct best b = {INT64_MAX, INT64_MAX, INT64_MAX};
    for (int f = 0; f < FAMILY_COUNT; f++)
        for (uint32_t i = 0; families >> f & 1 && i < front[f].count; i++) {
            const struct brute_point *x = &front[f].of[i];
            b.arrive_at = x->arrive_at < b.arrive_at ? x->arrive_at : b.arrive_at;
            b.total = x->total < b.total ? x->total : b.total;
            b.co2 = x->co2 < b.co2 ? x->co2 : b.co2;
        }
    return b;
}

static bool is_dominated(int f)
{
    for (uint32_t i = 0; i < front[f].count; i++) {
        bool beaten = false;
        for (int k = 0; k < FAMILY_COUNT; k++)
            for (uint32_t j = 0; k != f && j < front[k].count; j++) {
                const struct brute_point *o = &front[k].of[j], *x = &front[f].of[i];
                beaten =
                    beaten || (o->arrive_at <= x->arrive_at && o->total <= x->total && o->co2 <= x->co2 &&
                               o->arrive_at + o->total + o->co2 < x->arrive_at + x->total + x->co2);
            }
        if (!beaten)
            return false;
    }
    return true;
}

/* An offered family against the rest; returns whether it is best in nothing. */
static bool check_offered(const struct plan_answer *a, int f, uint64_t seed, uint32_t *dominated)
{
    struct best mine = best_of(1u << f), others = best_of(~(1u << f));
    const struct plan_not_offered *w = entry(a, f);
    if (others.total == INT64_MAX || mine.arrive_at <= others.arrive_at || mine.total <= others.total ||
        mine.co2 <= others.co2) {
        CHECK_MSG(w == NULL, "seed %llu family %d is best in something, but explained",
                  (unsigned long long)seed, f);
        return false;
    }
    CHECK_MSG(w != NULL && w->offered, "seed %llu family %d is never the best: %u explained",
              (unsigned long long)seed, f, a->not_offered_count);
    CHECK_I64(w->later_s, mine.arrive_at - others.arrive_at);
    CHECK_I64(w->dearer_myuan, mine.total - others.total);
    CHECK_I64(w->dirtier_g, mine.co2 - others.co2);
    CHECK_I64(w->reason, is_dominated(f) ? REASON_DOMINATED : REASON_NEVER_BEST);
    CHECK(w->text[0] != '\0');
    if (w->reason == REASON_NEVER_BEST) {
        CHECK_I64(w->win_total_myuan, others.total - FEN);
        CHECK_I64(w->win_cheaper_myuan, mine.total - others.total + FEN);
        CHECK_I64(w->win_arrive_at, others.arrive_at - 1);
        return true;
    }
    int64_t cheaper = INT64_MAX, sooner = INT64_MAX;
    bool there = false, then = false;
    for (uint32_t i = 0; i < front[f].count; i++) {
        int64_t c = lacks(f, &front[f].of[i], FEN, false), s = lacks(f, &front[f].of[i], 1, true);
        cheaper = c < cheaper ? c : cheaper;
        sooner = s < sooner ? s : sooner;
    }
    CHECK_I64(w->win_cheaper_myuan, cheaper);
    CHECK_I64(w->win_sooner_s, sooner);
    for (uint32_t i = 0; i < front[f].count; i++) {
        there = there || front[f].of[i].total - cheaper == w->win_total_myuan;
        then = then || front[f].of[i].arrive_at - sooner == w->win_arrive_at;
    }
    CHECK(there && then);
    ++*dominated;
    return true;
}

TEST(a_family_that_is_never_the_best_says_what_it_lacks)
{
    static struct plan_world w;
    uint32_t never = 0, dominated = 0;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct plan_request r = plan_world_ask(seed);
        struct plan_answer a;
        struct err e = {0};
        int64_t chains;
        plan_world_open(&w, seed);
        r.tolerance_permille = seed % 3 == 0 ? 50 : 0; /* what is shown does not matter */
        r.max_options = seed % 2 ? 32 : 1;
        CHECK_MSG(plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e), "%s", e.text);
        for (int f = 0; f < FAMILY_COUNT; f++)
            brute_chains(&w.tiny.net, &r, (enum plan_family)f, BRUTE_FORWARD, &front[f], &chains);
        for (int f = 0; f < FAMILY_COUNT; f++) {
            if (front[f].count > 0)
                never += check_offered(&a, f, seed, &dominated);
            else
                CHECK(entry(&a, f) != NULL && !entry(&a, f)->offered);
        }
        plan_world_close(&w);
    }
    CHECK_MSG(never >= 50 && dominated >= 25, "only %u never best, %u dominated", never, dominated);
}

/* --- not offered --- */

static void check_would(const struct plan_not_offered *w, int f, const struct brute_points *without)
{
    struct best mine = {INT64_MAX, INT64_MAX, INT64_MAX}, others = best_of(~(1u << f));
    for (uint32_t i = 0; i < without->count; i++) {
        const struct brute_point *x = &without->of[i];
        mine.arrive_at = x->arrive_at < mine.arrive_at ? x->arrive_at : mine.arrive_at;
        mine.total = x->total < mine.total ? x->total : mine.total;
        mine.co2 = x->co2 < mine.co2 ? x->co2 : mine.co2;
    }
    CHECK(without->count > 0);
    CHECK_I64(w->would_arrive_at, mine.arrive_at);
    CHECK_I64(w->would_total_myuan, mine.total);
    CHECK_I64(w->would_co2_g, mine.co2);
    if (others.total == INT64_MAX) {
        CHECK_I64(w->dearer_myuan, 0);
        return;
    }
    CHECK_I64(w->dearer_myuan, mine.total - others.total);
    CHECK_I64(w->dirtier_g, mine.co2 - others.co2);
    CHECK_I64(w->later_s, mine.arrive_at - others.arrive_at);
    if (mine.total >= others.total)
        CHECK_I64(w->win_total_myuan, others.total - FEN);
}

static void check_capacity(struct plan_world *w, const struct plan_request *r,
                           const struct plan_not_offered *x, int f)
{
    static struct brute_points any;
    struct brute_relax relax = {.capacity_kg = x->broken.limit};
    int64_t chains;
    if (x->broken.name[0] == '\0') { /* sold by the box only */
        relax.capacity_kg = 1;
        brute_chains_relaxed(&w->tiny.net, r, (enum plan_family)f, BRUTE_FORWARD, relax, &any, &chains);
        CHECK(chains == 0);
        return;
    }
    CHECK_STR(x->broken.name, "capacity");
    CHECK_STR(x->broken.unit, "kg");
    CHECK_I64(x->broken.asked, r->cargo.mass_kg);
    brute_chains_relaxed(&w->tiny.net, r, (enum plan_family)f, BRUTE_FORWARD, relax, &any, &chains);
    CHECK_MSG(chains > 0, "no chain takes %lld kg", (long long)x->broken.limit);
    relax.capacity_kg++;
    brute_chains_relaxed(&w->tiny.net, r, (enum plan_family)f, BRUTE_FORWARD, relax, &any, &chains);
    CHECK_MSG(chains == 0, "a chain takes more than %lld kg", (long long)x->broken.limit);
}

TEST(a_family_not_offered_says_by_how_much_and_what_it_would_be)
{
    static struct plan_world w;
    static struct brute_points without;
    uint32_t late = 0, trucks = 0, full = 0;
    for (uint64_t seed = 1; seed <= OBSTACLES; seed++) {
        struct plan_request r = plan_world_ask(seed);
        struct plan_answer a;
        struct err e = {0};
        int64_t chains;
        if (seed % 2) {
            r.deliver_by = r.ready_at + 3600 * (4 + (int64_t)(seed % 60));
        } else {
            r.deliver_by = 0;
            r.cargo.mass_kg *= r.cargo.container_count > 0 ? 1 : 12;
        }
        r.explain = seed % 5 != 0;
        plan_world_open(&w, seed);
        if (!plan_request_check(&w.tiny.net, &r, &e)) {
            plan_world_close(&w);
            continue;
        }
        CHECK_MSG(plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e), "%s", e.text);
        for (int f = 0; f < FAMILY_COUNT; f++)
            brute_chains(&w.tiny.net, &r, (enum plan_family)f, BRUTE_FORWARD, &front[f], &chains);
        for (uint32_t i = 0; i < a.not_offered_count; i++) {
            const struct plan_not_offered *x = &a.not_offered[i];
            struct plan_request any_time = r;
            struct brute_relax relax = {0};
            if (x->offered)
                continue;
            if (x->reason == REASON_DEADLINE) {
                any_time.deliver_by = 0;
                brute_chains(&w.tiny.net, &any_time, x->family, BRUTE_FORWARD, &without, &chains);
                CHECK(without.count > 0);
                CHECK_STR(x->broken.name, "deliver_by");
                CHECK_I64(x->broken.limit, r.deliver_by);
                CHECK_I64(x->broken.asked, without.of[0].arrive_at); /* sorted by arrival */
                CHECK_I64(x->would_arrive_at, without.of[0].arrive_at);
                CHECK_I64(x->win_arrive_at, r.deliver_by);
                if (r.explain)
                    check_would(x, (int)x->family, &without);
                late++;
            } else if (strcmp(x->broken.name, "truck_distance") == 0) {
                CHECK(x->broken.asked >= x->broken.limit);
                relax.any_truck = true;
                brute_chains_relaxed(&w.tiny.net, &r, x->family, BRUTE_FORWARD, relax, &without, &chains);
                if (r.explain && without.count > 0) /* else only after deliver_by */
                    check_would(x, (int)x->family, &without);
                trucks++;
            } else if (x->reason == REASON_CAPACITY && r.cargo.container_count == 0 && r.deliver_by == 0) {
                check_capacity(&w, &r, x, (int)x->family);
                relax.capacity_kg = -1;
                brute_chains_relaxed(&w.tiny.net, &r, x->family, BRUTE_FORWARD, relax, &without, &chains);
                if (r.explain)
                    check_would(x, (int)x->family, &without);
                full++;
            }
        }
        plan_world_close(&w);
    }
    CHECK_MSG(late >= 50 && trucks >= 20 && full >= 20, "only %u late, %u by truck, %u full", late, trucks,
              full);
}
