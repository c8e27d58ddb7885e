/* cargo.h - what a load needs: form and needs as a mask, boxes, trucks, chargeable mass.
 *
 * A cargo has one form (bulk, general or container) and may have needs (reefer, dangerous). A terminal,
 * handling row or service fits when its mask names the form and every need; CARGO_ULD stands for general (air
 * carriers). What is known of it beyond (temperatures, dangerous-goods class, largest piece) is held against
 * limits.h. Pure values; any thread.
 */
#ifndef ZH_FREIGHT_CARGO_H
#define ZH_FREIGHT_CARGO_H

#include "network/network.h"

enum {
    CARGO_FORMS = CARGO_GENERAL | CARGO_BULK | CARGO_CONTAINER,
    CARGO_NEEDS = CARGO_REEFER | CARGO_DANGEROUS
};
enum { AIR_DM3_PER_KG = 6 }; /* 6,000 cm3 count as 1 kg (IATA) */

/* The largest piece, as it lies; 0: not told. */
struct freight_piece {
    uint32_t kg;
    uint16_t length_cm, width_cm, height_cm;
};

/* What one firm agreed with its carriers. rule[i].tariff is the index of the published tariff that it
 * overrides: where an agreed rule of a charge counts for the load and day, the published rules of that charge
 * (freight, fuel, ...) do not. A rate of 0 takes a charge away. The rules live as long as the question. */
struct freight_agreed {
    const struct net_tariff_rule *rule;
    const char *const *contract; /* of each rule, its name: the source of its lines */
    uint32_t count;
};

struct freight_load {
    uint16_t cargo; /* one form and the needs */
    int64_t mass_kg, volume_dm3, value_yuan;
    uint32_t teu, box20, box40; /* box40: every box longer than 20 ft */
    uint32_t vehicle;           /* index into net.vehicle, or NET_NONE when no class can carry it */
    uint32_t trucks;
    int64_t tare_kg;                     /* of the boxes */
    uint16_t box_height_cm;              /* of the highest; 0: no boxes, or not known */
    int16_t min_c, max_c;                /* of CARGO_REEFER; 0 and 0: not told */
    uint32_t dangerous_bit;              /* net_dangerous_bit; 0: not told */
    struct freight_piece piece;          /* not of boxes: their pieces travel inside */
    const struct freight_agreed *agreed; /* NULL: published tariffs */
};

/* Does a terminal, handling row or service with this mask take the load? */
bool cargo_fits(uint16_t mask, uint16_t cargo);

/* Does a tariff rule with this mask count? No mask: for all. A mask of needs only: a surcharge on loads that
 * have one of them. */
bool cargo_rule_fits(uint16_t mask, uint16_t cargo);

/* Trucks of a class that the load fills, by mass (boxes with their tare, none divided: each is taken to weigh
 * the average), boxes and volume; 0 when the class cannot carry it (a box that it has no room for, a piece
 * that is too heavy, long, wide or high even with a permit). */
uint32_t cargo_trucks(const struct net_vehicle *v, const struct freight_load *l);

/* Measures of the loaded truck where they pass those of its class (a wide piece, a high box); else 0. */
struct cargo_measures {
    uint16_t height_cm, width_cm, length_cm;
};
struct cargo_measures cargo_measures(const struct net_vehicle *v, const struct freight_load *l);

/* Sets vehicle and trucks: of the class given, or (class 0) of the class that is cheapest per km for the
 * whole load; of equals the smaller class. vehicle is NET_NONE when none can. */
void cargo_choose_truck(const struct network *n, uint8_t vehicle_class, struct freight_load *l);

/* kg that a tariff of the mode charges by mass. */
int64_t cargo_chargeable_kg(const struct freight_load *l, uint8_t mode);

/* Does one departure have room? 0 in a unit: not sold in it; in both: no limit known. */
bool cargo_within_departure(const struct net_service *s, const struct freight_load *l);

/* Does the load fit what a terminal turns over in a day? 0: no limit known. */
bool cargo_within_terminal(const struct net_terminal *t, const struct freight_load *l);

/* The row of a container's code: the same code, else the same length, height and kind (22G1 for 22G0), else
 * the same length and height; NULL: none. */
const struct net_container *cargo_container(const struct network *n, const char *iso_type);

#endif
