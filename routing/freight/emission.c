#include "freight/emission.h"

#define GRAMS_MAX (INT64_MAX / 64)

static int64_t grams(__int128 amount, __int128 scale)
{
    amount += scale / 2;
    if (amount >= 0 && amount <= (__int128)UINT64_MAX) /* nearly always: a much faster division */
        return (int64_t)((uint64_t)amount / (uint64_t)scale);
    __int128 g = amount / scale;
    return g > GRAMS_MAX ? GRAMS_MAX : (int64_t)g;
}

int64_t emission_g(int64_t mass_kg, int64_t distance_m, uint32_t mg_per_tkm)
{
    return grams((__int128)mass_kg * distance_m * mg_per_tkm, 1000000000); /* kg -> t, m -> km, mg -> g */
}

static unsigned permille(const struct net_emission *f, const struct freight_load *l)
{
    return 1000u + (l->cargo & CARGO_REEFER ? f->reefer_permille : 0u);
}

struct emission emission_leg(const struct net_emission *f, const struct freight_load *l, int64_t distance_m)
{
    const __int128 scale = INT64_C(1000000000000);
    __int128 tkm = (__int128)l->mass_kg * distance_m * permille(f, l);
    return (struct emission){.wtw_g = grams(tkm * f->wtw_mg_per_tkm, scale),
                             .ttw_g = grams(tkm * f->ttw_mg_per_tkm, scale)};
}

struct emission emission_hub(const struct network *n, const struct net_terminal *t,
                             const struct freight_load *l)
{
    const __int128 scale = 1000000000; /* kg -> t, mg -> g, permille */
    if (t->hub_emission == 0 || t->hub_emission > n->emission_count)
        return (struct emission){0};
    const struct net_emission *f = &n->emission[t->hub_emission - 1];
    __int128 mass = (__int128)l->mass_kg * permille(f, l);
    return (struct emission){.wtw_g = grams(mass * f->wtw_mg_per_t, scale),
                             .ttw_g = grams(mass * f->ttw_mg_per_t, scale)};
}
