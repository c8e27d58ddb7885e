/* cargo.h - what a load needs: form and needs as a mask, boxes, trucks, chargeable mass.
 *
 * A cargo has one form (bulk, general or container) and may have needs (reefer, dangerous). A terminal,
 * handling row or service fits when its mask names the form and every need; CARGO_ULD stands for general (air
 * carriers). Pure values; any thread.
 */
#ifndef ZH_FREIGHT_CARGO_H
#define ZH_FREIGHT_CARGO_H

#include "network/network.h"

enum {
    CARGO_FORMS = CARGO_GENERAL | CARGO_BULK | CARGO_CONTAINER,
    CARGO_NEEDS = CARGO_REEFER | CARGO_DANGEROUS
};
enum { AIR_DM3_PER_KG = 6 }; /* 6,000 cm3 count as 1 kg (IATA) */

struct freight_load {
    uint16_t cargo; /* one form and the needs */
    int64_t mass_kg, volume_dm3, value_yuan;
    uint32_t teu, box20, box40; /* box40: every box longer than 20 ft */
    uint32_t vehicle;           /* index into net.vehicle, or NET_NONE when no class can carry it */
    uint32_t trucks;
};

/* Does a terminal, handling row or service with this mask take the load? */
bool cargo_fits(uint16_t mask, uint16_t cargo);

/* Does a tariff rule with this mask count? No mask: for all. A mask of needs only: a surcharge on loads that
 * have one of them. */
bool cargo_rule_fits(uint16_t mask, uint16_t cargo);

/* Trucks of a class that the load fills; 0 when the class cannot carry it (a box that it has no room for). */
uint32_t cargo_trucks(const struct net_vehicle *v, const struct freight_load *l);

/* Sets vehicle and trucks: of the class given, or (class 0) of the class that is cheapest per km for the
 * whole load; of equals the smaller class. vehicle is NET_NONE when none can. */
void cargo_choose_truck(const struct network *n, uint8_t vehicle_class, struct freight_load *l);

/* kg that a tariff of the mode charges by mass. */
int64_t cargo_chargeable_kg(const struct freight_load *l, uint8_t mode);

/* Does one departure have room? 0 in a unit: not sold in it; in both: no limit known. */
bool cargo_within_departure(const struct net_service *s, const struct freight_load *l);

/* Does the load fit what a terminal turns over in a day? 0: no limit known. */
bool cargo_within_terminal(const struct net_terminal *t, const struct freight_load *l);

#endif
