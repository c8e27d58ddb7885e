#include "freight/emission.h"

int64_t emission_g(int64_t mass_kg, int64_t distance_m, uint32_t mg_per_tkm)
{
    const __int128 scale = 1000000000; /* kg -> t, m -> km, mg -> g */
    __int128 g = ((__int128)mass_kg * distance_m * mg_per_tkm + scale / 2) / scale;
    return g > INT64_MAX / 64 ? INT64_MAX / 64 : (int64_t)g;
}
