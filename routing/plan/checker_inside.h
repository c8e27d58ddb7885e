/* checker_inside.h - what the files of plan_check share; nobody else includes it. checker.c walks the legs,
 * checker_load.c knows the load, what takes it and its trucks, checker_money.c what is owed and emitted. None
 * of them uses the code of the search, of the calendar, of the bill or of the load (routing/freight): a
 * mistake there must show here. */
#ifndef ZH_PLAN_CHECKER_INSIDE_H
#define ZH_PLAN_CHECKER_INSIDE_H

#include "plan/checker_way.h"
#include "plan/plan.h"

enum {
    CHECK_DAY_S = 86400,
    CHECK_SHUTTLE_MAX_M = 60000,
    CHECK_RIDE_MIN_M = 10000,
    CHECK_DRAYAGE_PERMILLE = 500, /* of the direct road, unless the request says another share */
    CHECK_RIDES_MAX = 3,
    CHECK_OWED_MAX = 192,
    CHECK_HOLDING_PERMILLE = 60,
    CHECK_FEN = 10
};

struct owed { /* a line that the bill must hold */
    uint8_t kind, leg;
    bool agreed, met;
    uint32_t row;
    int64_t amount;
};

struct check {
    const struct network *n;
    const struct plan_request *r;
    const struct plan_itinerary *it;
    struct err *e;
    unsigned cargo;
    int64_t teu, box20, box40, tare_kg, box_cm;
    int64_t at; /* when the cargo is at hand for handling, or at the door */
    uint32_t terminal;
    unsigned mode, rides, modes;
    int64_t truck_m;
    int64_t hub_wtw[PLAN_LEGS_MAX], hub_ttw[PLAN_LEGS_MAX]; /* owed by the leg */
    uint32_t owed_count;
    struct owed owed[CHECK_OWED_MAX];
};

#define WRONG(c, ...) fail((c)->e, ERR_FAILED_PRECONDITION, __VA_ARGS__)

/* checker_load.c */
void check_load(struct check *c);
bool check_takes(const struct check *c, unsigned mask);
bool check_terminal_takes(const struct check *c, const struct net_terminal *t);
bool check_service_takes(const struct check *c, const struct net_service *s);
int64_t check_trucks_of(const struct check *c, const struct net_vehicle *v); /* INT64_MAX: none carries it */
const struct net_vehicle *check_truck_of(const struct check *c);
void check_measures(const struct check *c, const struct net_vehicle *v, int64_t *height_cm,
                    int64_t *width_cm);

/* checker_money.c */
bool check_owe(struct check *c, unsigned kind, uint32_t leg, uint32_t row, int64_t amount);
int64_t check_fen(__int128 value, __int128 divisor); /* half up */
bool check_tariff(struct check *c, uint32_t i, const struct net_service *s, const struct plan_leg *leg);
bool check_storage(struct check *c, uint32_t i, int64_t from, int64_t to);
bool check_truck_money(struct check *c, uint32_t i, const struct plan_leg *leg, const struct net_vehicle *v);
bool check_emission(struct check *c, uint32_t i, const struct plan_leg *leg, uint32_t emission,
                    unsigned mode);
void check_hub(struct check *c, uint32_t leg);
bool check_bill(struct check *c);

#endif
