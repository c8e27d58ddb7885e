/* request.c - names of the enums, and the numbers of a request before anything is searched. */
#include "freight/cargo.h"
#include "plan/engine.h"

#define TIME_MAX INT64_C(253402300800) /* year 10000 */

const char *plan_family_name(enum plan_family f)
{
    static const char *const names[FAMILY_COUNT] = {"ROAD", "RAIL_ROAD", "AIR_ROAD", "RAIL_WATER",
                                                    "ROAD_WATER"};
    return (unsigned)f < FAMILY_COUNT ? names[f] : "?";
}

const char *plan_family_name_zh(enum plan_family f)
{
    static const char *const names[FAMILY_COUNT] = {"公路", "公铁", "公空", "铁水", "公水"};
    return (unsigned)f < FAMILY_COUNT ? names[f] : "?";
}

const char *plan_reason_name(enum plan_reason r)
{
    static const char *const names[REASON_COUNT] = {"no_service", "cargo",   "deadline",
                                                    "expired",    "no_road", "capacity"};
    return (unsigned)r < REASON_COUNT ? names[r] : "?";
}

static bool check_cargo(const struct plan_cargo *c, struct err *e)
{
    enum { COUNT_MAX = 10000 };
    const int64_t mass_max = 1000000000, volume_max = INT64_C(10000000000),
                  value_max = INT64_C(1000000000000);
    uint64_t boxes = 0;
    if (c->mass_kg <= 0 || c->mass_kg > mass_max)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.mass_kg",
                          "a mass of cargo is 1 to %lld kg, not %lld", (long long)mass_max,
                          (long long)c->mass_kg);
    if (c->volume_dm3 < 0 || c->volume_dm3 > volume_max)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.volume_dm3",
                          "a volume is 1 to %lld dm3, or 0 when unknown", (long long)volume_max);
    if (c->value_yuan < 0 || c->value_yuan > value_max)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.value_yuan", "a value is 0 to %lld yuan",
                          (long long)value_max);
    if (c->container_count > PLAN_CONTAINERS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.containers", "at most %d kinds of containers",
                          PLAN_CONTAINERS_MAX);
    for (uint32_t i = 0; i < c->container_count; i++) {
        const struct plan_containers *x = &c->containers[i];
        if (x->count == 0 || x->count > COUNT_MAX || x->teu < 1 || x->teu > 2)
            return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.containers",
                              "a count of containers is 1 to %d, of 1 or 2 TEU each", COUNT_MAX);
        boxes += x->count;
    }
    if (c->container_count > 0 && c->bulk)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.bulk",
                          "cargo is in bulk or in containers, not both");
    if (boxes > 0 && c->mass_kg > (int64_t)boxes * 36000)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.mass_kg",
                          "%lld kg do not fit %llu containers: one holds at most 36,000 kg gross",
                          (long long)c->mass_kg, (unsigned long long)boxes);
    if (c->min_c > c->max_c)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.temperature",
                          "the lower temperature is above the upper");
    return true;
}

static bool check_class(const struct network *n, uint8_t vehicle_class, struct err *e)
{
    if (vehicle_class == 0)
        return true;
    for (uint32_t i = 0; i < n->vehicle_count; i++)
        if (n->vehicle[i].vehicle_class == vehicle_class)
            return true;
    return fail_field(e, ERR_INVALID_ARGUMENT, "vehicle.vehicle_class",
                      "the network has no vehicle class %u; classes are 1 to 6, or 0 to choose by the load",
                      (unsigned)vehicle_class);
}

/* What only a truck from door to door can do is refused for the others, never left out. */
static bool check_ways(const struct network *n, const struct plan_request *r, struct err *e)
{
    if (r->via_count > PLAN_VIA_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "via", "at most %d places to pass", PLAN_VIA_MAX);
    for (uint32_t i = 0; i < r->via_count; i++)
        if (r->via[i] >= net_node_count(n))
            return fail_field(e, ERR_INVALID_ARGUMENT, "via", "a place to pass is no node of the network");
    if (r->via_count > 0 && r->families != 1u << FAMILY_ROAD)
        return fail_field(
            e, ERR_INVALID_ARGUMENT, "via",
            "only a truck from door to door can be led through places: ask for family ROAD alone");
    if (r->alternatives > PLAN_ALTERNATIVES_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "alternatives", "alternatives is 0 to %d",
                          PLAN_ALTERNATIVES_MAX);
    if (r->alternatives > 0 && (r->families & 1u << FAMILY_ROAD) == 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "alternatives",
                          "alternatives are ways of a truck from door to door: ask for family ROAD as well");
    return r->alternatives == 0 || r->via_count == 0 ||
           fail_field(
               e, ERR_INVALID_ARGUMENT, "alternatives",
               "alternatives to a way through given places are not searched; leave one of the two out");
}

bool plan_request_check(const struct network *n, const struct plan_request *r, struct err *e)
{
    const int64_t rate_max = INT64_C(10000000000);
    uint32_t nodes = net_node_count(n);
    if (r->from >= nodes)
        return fail_field(e, ERR_INVALID_ARGUMENT, "origin", "the origin is no node of the network");
    if (r->to >= nodes)
        return fail_field(e, ERR_INVALID_ARGUMENT, "destination",
                          "the destination is no node of the network");
    if (r->from == r->to)
        return fail_field(e, ERR_INVALID_ARGUMENT, "destination",
                          "origin and destination are the same place");
    if (!check_cargo(&r->cargo, e) || !check_class(n, r->vehicle.vehicle_class, e))
        return false;
    if (r->ready_at <= 0 || r->ready_at > TIME_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "ready_at",
                          "ready_at is UTC seconds between 1970 and 10000");
    if (r->deliver_by != 0 && (r->deliver_by <= r->ready_at || r->deliver_by > TIME_MAX))
        return fail_field(e, ERR_INVALID_ARGUMENT, "deliver_by", "deliver_by must be later than ready_at");
    if (r->families == 0 || r->families >> FAMILY_COUNT != 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "families", "name at least one family");
    if (r->max_options < 1 || r->max_options > 32)
        return fail_field(e, ERR_INVALID_ARGUMENT, "max_options", "max_options is 1 to 32");
    if (r->value_of_time_myuan_per_t_h < 0 || r->value_of_time_myuan_per_t_h > rate_max)
        return fail_field(e, ERR_INVALID_ARGUMENT, "value_of_time",
                          "a value of time is 0 to %lld myuan per t h", (long long)rate_max);
    if (!check_ways(n, r, e))
        return false;
    if (r->co2_price_myuan_per_t < 0 || r->co2_price_myuan_per_t > rate_max)
        return fail_field(e, ERR_INVALID_ARGUMENT, "co2_price", "a price of CO2 is 0 to %lld myuan per t",
                          (long long)rate_max);
    return true;
}
