/* emission.h - CO2e of a leg by ISO 14083: mass x distance x intensity, well-to-wheel and tank-to-wheel.
 *
 * Distance is that of the path taken. Factors are net_emission rows (mg per t km). Rounded to the gram per
 * leg. Handling in terminals has no factor in the tables and counts 0. Pure; any thread.
 */
#ifndef ZH_FREIGHT_EMISSION_H
#define ZH_FREIGHT_EMISSION_H

#include "network/network.h"

int64_t emission_g(int64_t mass_kg, int64_t distance_m, uint32_t mg_per_tkm);

#endif
