/* Emissions: legs, hubs, uplift of cold cargo, and the factors of the bundled tables. */
#include "freight/emission.h"
#include "import/gmns.h"
#include "network/builder.h"
#include "network/file.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

TEST(a_leg_is_mass_times_distance_times_factor)
{
    const struct net_emission f = {.wtw_mg_per_tkm = 68400, .ttw_mg_per_tkm = 57000, .reefer_permille = 120};
    struct freight_load l = {.cargo = CARGO_GENERAL, .mass_kg = 20000};
    struct emission g = emission_leg(&f, &l, 850000); /* 17,000 t km */
    CHECK_I64(g.wtw_g, 1162800);
    CHECK_I64(g.ttw_g, 969000);
    l.cargo |= CARGO_REEFER;
    g = emission_leg(&f, &l, 850000);
    CHECK_I64(g.wtw_g, 1302336);
    CHECK_I64(g.ttw_g, 1085280);
    l = (struct freight_load){.cargo = CARGO_GENERAL, .mass_kg = 1};
    CHECK_I64(emission_leg(&f, &l, 7309).wtw_g, 0); /* 0.4999 g */
    CHECK_I64(emission_leg(&f, &l, 7311).wtw_g, 1);
    CHECK_I64(emission_g(1, 7311, 68400), 1);
    uint64_t s = 3;
    for (int i = 0; i < 2000; i++) { /* without uplift as before */
        l.mass_kg = 1 + (int64_t)test_rand_below(&s, 1000000000);
        int64_t m = test_rand_below(&s, 20000000);
        CHECK_I64(emission_leg(&f, &l, m).wtw_g, emission_g(l.mass_kg, m, f.wtw_mg_per_tkm));
    }
}

TEST(a_hub_is_mass_times_factor_of_its_kind)
{
    static const struct net_emission f[] = {
        {.wtw_mg_per_tkm = 5}, {.wtw_mg_per_t = 700000, .ttw_mg_per_t = 300000, .reefer_permille = 1000}};
    const struct network n = {.emission = f, .emission_count = 2};
    const struct net_terminal with = {.hub_emission = 2}, without = {0}, wrong = {.hub_emission = 9};
    struct freight_load l = {.cargo = CARGO_CONTAINER, .mass_kg = 26000};
    CHECK_I64(emission_hub(&n, &with, &l).wtw_g, 18200);
    CHECK_I64(emission_hub(&n, &with, &l).ttw_g, 7800);
    CHECK_I64(emission_hub(&n, &without, &l).wtw_g, 0);
    CHECK_I64(emission_hub(&n, &wrong, &l).wtw_g, 0);
    l.cargo |= CARGO_REEFER;
    CHECK_I64(emission_hub(&n, &with, &l).wtw_g, 36400);
}

/* Every terminal of the bundled network has its kind's factor, every factor a source. */
TEST(bundled_factors_are_whole)
{
    struct network_builder *b;
    struct csv_report r = {0};
    struct err e = {0};
    const struct network *n;
    uint8_t *raw;
    size_t len;
    uint32_t hubs = 0;
    CHECK(network_builder_new(&b, &e));
    CHECK_MSG(network_import_gmns("data", b, &r, &e), "%s", e.text);
    CHECK_MSG(network_builder_freeze(b, &raw, &len, &e), "%s", e.text);
    network_builder_free(b);
    csv_report_free(&r);
    uint8_t *bytes = aligned_alloc(64, (len + 63) / 64 * 64);
    memcpy(bytes, raw, len);
    free(raw);
    CHECK_MSG(network_open_bytes(bytes, len, &n, &e), "%s", e.text);
    for (uint32_t i = 0; i < n->emission_count; i++) {
        const struct net_emission *f = &n->emission[i];
        hubs += f->terminal_kind != 0;
        CHECK(net_string(n, f->source)[0] != '\0');
        CHECK(f->wtw_mg_per_tkm >= f->ttw_mg_per_tkm && f->wtw_mg_per_t >= f->ttw_mg_per_t);
        CHECK((f->wtw_mg_per_tkm > 0) != (f->wtw_mg_per_t > 0));
    }
    CHECK_I64(hubs, 5);
    for (uint32_t i = 0; i < n->terminal_count; i++) {
        const struct net_terminal *t = &n->terminal[i];
        CHECK_MSG(t->hub_emission > 0, "terminal %lld has no factor", (long long)t->id);
        if (t->hub_emission > 0)
            CHECK_I64(n->emission[t->hub_emission - 1].terminal_kind, t->kind);
    }
    for (uint32_t i = 0; i < n->service_count; i++)
        CHECK(n->emission[n->service[i].emission].terminal_kind == 0);
    network_release(n);
    free(bytes);
}
