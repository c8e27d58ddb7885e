/* A plan_ref says which part of what it rests on has changed, and finds its option again. */
#include "plan/ref.h"
#include "plan_world.h"
#include "test.h"

#include <string.h>

enum { NETWORKS = 150 };

static unsigned changed(const struct plan_world *w, const struct plan_request *r,
                        const struct plan_itinerary *it, const struct plan_ref *was)
{
    struct plan_ref now;
    plan_ref_of(&w->tiny.net, r, it, &now);
    return plan_ref_differs(&now, was);
}

static void check_parts(struct plan_world *w, const struct plan_request *r, const struct plan_itinerary *it)
{
    struct plan_leg legs[PLAN_LEGS_MAX];
    struct plan_itinerary other = *it;
    struct plan_request ask = *r;
    struct plan_ref x, y;
    char text[33];
    plan_ref_of(&w->tiny.net, r, it, &x);
    plan_ref_print(&x, text);
    CHECK(plan_ref_parse(text, &y));
    CHECK_I64(plan_ref_differs(&x, &y), 0);
    memcpy(legs, it->legs, it->leg_count * sizeof *legs);
    other.legs = legs;
    ask.cargo.mass_kg++;
    CHECK_I64(changed(w, &ask, it, &x), PLAN_REF_REQUEST | PLAN_REF_SEAL);
    ask = *r;
    ask.scenario = "G106";
    CHECK_I64(changed(w, &ask, it, &x), PLAN_REF_SCENARIO | PLAN_REF_SEAL);
    w->tiny.net.tariff_version[0] ^= 1;
    CHECK_I64(changed(w, r, it, &x), PLAN_REF_TARIFF | PLAN_REF_SEAL);
    w->tiny.net.tariff_version[0] ^= 1;
    w->tiny.net.timetable_version[0] ^= 1;
    CHECK_I64(changed(w, r, it, &x), PLAN_REF_TIMETABLE | PLAN_REF_SEAL);
    w->tiny.net.timetable_version[0] ^= 1;
    other.total_myuan += 10;
    CHECK_I64(changed(w, r, &other, &x), PLAN_REF_PRICE | PLAN_REF_SEAL);
    other.total_myuan -= 10;
    legs[0].arrive_at++;
    CHECK_I64(changed(w, r, &other, &x), PLAN_REF_SEAL);
    legs[0].arrive_at--;
    legs[0].to_terminal = it->legs[0].to_terminal == 0 ? 1 : 0;
    CHECK_I64(changed(w, r, &other, &x), PLAN_REF_OPTION | PLAN_REF_SEAL);
}

TEST(each_part_tells_of_its_own_change)
{
    static struct plan_world w;
    uint32_t options = 0;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct plan_request r = plan_world_ask(seed);
        struct plan_answer a;
        struct err e = {0};
        plan_world_open(&w, seed);
        w.tiny.net.tariff_version[0] = w.tiny.net.timetable_version[0] = 'a';
        CHECK_MSG(plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e), "%s", e.text);
        for (uint32_t i = 0; i < a.option_count; i++, options++) {
            struct plan_ref want, found;
            check_parts(&w, &r, &a.options[i]);
            plan_ref_of(&w.tiny.net, &r, &a.options[i], &want);
            CHECK(plan_ref_find(&w.tiny.net, &r, &a, &want, &found) == &a.options[i]);
            CHECK_I64(plan_ref_differs(&want, &found), 0);
            want.total_fen += 7; /* the price has changed: still found, by its chain */
            const struct plan_itinerary *it = plan_ref_find(&w.tiny.net, &r, &a, &want, &found);
            CHECK(it != NULL && found.chain == want.chain);
            want.chain ^= 1;
            it = plan_ref_find(&w.tiny.net, &r, &a, &want, &found);
            CHECK(it == NULL || found.chain == want.chain);
        }
        plan_world_close(&w);
    }
    CHECK(options > 100);
}

TEST(what_is_no_reference_is_refused)
{
    struct plan_ref x;
    CHECK(plan_ref_parse("0123456789abcdef0123456789abcdef", &x));
    CHECK(!plan_ref_parse("0123456789abcdef0123456789abcde", &x));
    CHECK(!plan_ref_parse("0123456789abcdef0123456789abcdeF", &x));
    CHECK(!plan_ref_parse("0123456789abcdef0123456789abcdef0", &x));
    CHECK(!plan_ref_parse("", &x));
}
