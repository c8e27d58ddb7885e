/* request.c - names of the enums, and the numbers of a request before anything is searched. */
#include "freight/cargo.h"
#include "plan/engine.h"

#define TOLERANCE_MAX INT64_C(1000000000000000)
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
    static const char *const names[REASON_COUNT] = {"no_service", "cargo",    "deadline",  "expired",
                                                    "no_road",    "capacity", "dominated", "never_best"};
    return (unsigned)r < REASON_COUNT ? names[r] : "?";
}

static bool check_needs(const struct plan_cargo *c, struct err *e)
{
    const int cold_c = -90, hot_c = 90;
    if (c->min_c > c->max_c)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.temperature",
                          "the lower temperature is above the upper");
    if (c->min_c < cold_c || c->max_c > hot_c)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.temperature",
                          "a temperature is %d to %d degrees Celsius", cold_c, hot_c);
    if (c->dangerous_class != 0 && net_dangerous_bit(c->dangerous_class) == 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.dangerous_class",
                          "%u.%u is no class of dangerous goods; classes are 1.1 to 9",
                          c->dangerous_class / 10u, c->dangerous_class % 10u);
    if (c->dangerous_class != 0 && !c->dangerous)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.dangerous_class",
                          "a class is told of cargo that is not said to be dangerous");
    if ((int64_t)c->piece.kg > c->mass_kg)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.piece", "a piece of %u kg is no part of %lld kg",
                          c->piece.kg, (long long)c->mass_kg);
    const struct freight_piece *p = &c->piece;
    bool measured = p->kg != 0 || p->length_cm != 0 || p->width_cm != 0 || p->height_cm != 0;
    return !(measured && c->bulk) ||
           fail_field(e, ERR_INVALID_ARGUMENT, "cargo.piece", "cargo in bulk has no pieces");
}

static bool check_cargo(const struct plan_cargo *c, struct err *e)
{
    enum { COUNT_MAX = 10000 };
    const int64_t mass_max = 1000000000, volume_max = INT64_C(10000000000),
                  value_max = INT64_C(1000000000000);
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
    }
    if (c->container_count > 0 && c->bulk)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.bulk",
                          "cargo is in bulk or in containers, not both");
    return check_needs(c, e);
}

/* The largest piece through the door and onto the floor of a box. */
static bool check_door(const struct net_container *box, const struct freight_piece *p, struct err *e)
{
    uint16_t across = p->length_cm < p->width_cm ? p->length_cm : p->width_cm;
    uint16_t along = p->length_cm < p->width_cm ? p->width_cm : p->length_cm;
    const char *what = NULL;
    int over = 0, most = 0;
    if (box->door_width_cm != 0 && across > box->door_width_cm)
        what = "wide", most = box->door_width_cm, over = across - most;
    else if (box->door_height_cm != 0 && p->height_cm > box->door_height_cm)
        what = "high", most = box->door_height_cm, over = p->height_cm - most;
    else if (box->inner_length_cm != 0 && along > box->inner_length_cm)
        what = "long", most = box->inner_length_cm, over = along - most;
    return what == NULL || fail_field(e, ERR_INVALID_ARGUMENT, "cargo.piece",
                                      "the largest piece is %.2f m too %s for a %s: at most %.2f m pass",
                                      over / 100.0, what, box->iso_type, most / 100.0);
}

static bool check_box(const struct net_container *box, const struct plan_cargo *c, struct err *e)
{
    bool kept = box->min_c == 0 && box->max_c == 0;
    if (c->piece.kg > box->payload_kg && box->payload_kg > 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.piece",
                          "a piece of %u kg is %u kg more than a %s carries (%u kg)", c->piece.kg,
                          c->piece.kg - box->payload_kg, box->iso_type, box->payload_kg);
    if (c->chilled && !box->reefer)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.containers",
                          "a %s keeps no temperature; goods under temperature control want a reefer such as "
                          "22R1 or 45R1",
                          box->iso_type);
    if (c->chilled && (c->min_c != 0 || c->max_c != 0) && !kept &&
        (box->min_c > c->max_c || box->max_c < c->min_c))
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.temperature",
                          "%d to %d C are asked, a %s keeps %d to %d C", c->min_c, c->max_c, box->iso_type,
                          box->min_c, box->max_c);
    return check_door(box, &c->piece, e);
}

/* Do the goods fit the boxes? Of a type without a row in the table nothing is known but 36 t gross. */
static bool check_boxes(const struct network *n, const struct plan_cargo *c, struct err *e)
{
    enum { UNKNOWN_KG = 36000 };
    int64_t kg = 0, dm3 = 0, boxes = 0;
    bool volume_known = true;
    for (uint32_t i = 0; i < c->container_count; i++) {
        const struct plan_containers *x = &c->containers[i];
        const struct net_container *box = cargo_container(n, x->iso_type);
        boxes += x->count;
        kg += (int64_t)x->count * (box != NULL && box->payload_kg > 0 ? box->payload_kg : UNKNOWN_KG);
        dm3 += box != NULL ? (int64_t)x->count * box->volume_dm3 : 0;
        volume_known = volume_known && box != NULL && box->volume_dm3 > 0;
        if (box != NULL && !check_box(box, c, e))
            return false;
    }
    if (boxes > 0 && c->mass_kg > kg)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.mass_kg",
                          "%lld kg do not fit %lld containers, which carry %lld kg: %lld kg too much",
                          (long long)c->mass_kg, (long long)boxes, (long long)kg,
                          (long long)(c->mass_kg - kg));
    return boxes == 0 || !volume_known || c->volume_dm3 <= dm3 ||
           fail_field(e, ERR_INVALID_ARGUMENT, "cargo.volume_dm3",
                      "%lld dm3 do not fit %lld containers, which hold %lld dm3: %lld dm3 too much",
                      (long long)c->volume_dm3, (long long)boxes, (long long)dm3,
                      (long long)(c->volume_dm3 - dm3));
}

static bool check_agreed(const struct network *n, const struct freight_agreed *g, struct err *e)
{
    for (uint32_t i = 0; g != NULL && i < g->count; i++) {
        const struct net_tariff_rule *x = &g->rule[i];
        if (x->tariff >= n->tariff_count || x->kind >= CHARGE_COUNT || x->unit >= UNIT_COUNT ||
            x->base_myuan < 0 || x->per_km_nyuan < 0 || x->min_myuan < 0)
            return fail(e, ERR_FAILED_PRECONDITION,
                        "rule %u of the agreed tariff %s is for no tariff of this network, or below 0", i,
                        g->contract[i]);
    }
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

static bool check_single(const struct plan_request *r, struct err *e)
{
    bool thinned = r->tolerance_s + r->tolerance_myuan + r->tolerance_g + r->tolerance_permille > 0;
    if (r->single == SINGLE_NO || (r->single <= SINGLE_CLEANEST && r->max_options == 1 && !r->latest_pickup &&
                                   r->alternatives == 0 && !thinned))
        return true;
    return fail_field(e, ERR_INVALID_ARGUMENT, "best",
                      "the best option alone is asked with max_options 1 or 0, without latest_pickup, "
                      "alternatives and tolerance");
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
    if (!check_cargo(&r->cargo, e) || !check_boxes(n, &r->cargo, e) || !check_agreed(n, r->agreed, e) ||
        !check_class(n, r->vehicle.vehicle_class, e))
        return false;
    if (r->latest_pickup && (r->deliver_by == 0 || r->via_count + r->alternatives > 0))
        return fail_field(e, ERR_INVALID_ARGUMENT, "deliver_by",
                          "the latest pickup needs deliver_by, and takes neither via nor alternatives");
    if (r->tolerance_s < 0 || r->tolerance_myuan < 0 || r->tolerance_g < 0 || r->tolerance_permille > 1000 ||
        r->tolerance_s > TIME_MAX || r->tolerance_myuan > TOLERANCE_MAX || r->tolerance_g > TOLERANCE_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "tolerance",
                          "a tolerance is not negative, and at most 1000 permille");
    if ((r->ready_at <= 0 && !(r->latest_pickup && r->ready_at == 0)) || r->ready_at > TIME_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "ready_at",
                          "ready_at is UTC seconds between 1970 and 10000");
    if (r->deliver_by != 0 && (r->deliver_by <= r->ready_at || r->deliver_by > TIME_MAX))
        return fail_field(e, ERR_INVALID_ARGUMENT, "deliver_by", "deliver_by must be later than ready_at");
    if (r->families == 0 || r->families >> FAMILY_COUNT != 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "families", "name at least one family");
    if (r->max_options < 1 || r->max_options > 32)
        return fail_field(e, ERR_INVALID_ARGUMENT, "max_options", "max_options is 1 to 32");
    if (r->drayage_permille > 1000)
        return fail_field(e, ERR_INVALID_ARGUMENT, "drayage_permille",
                          "the trucks' share of the direct road is 1 to 1000 thousandths, 0 for %d",
                          PLAN_DRAYAGE_PERMILLE);
    if (r->value_of_time_myuan_per_t_h < 0 || r->value_of_time_myuan_per_t_h > rate_max)
        return fail_field(e, ERR_INVALID_ARGUMENT, "value_of_time",
                          "a value of time is 0 to %lld myuan per t h", (long long)rate_max);
    if (!check_ways(n, r, e) || !check_single(r, e))
        return false;
    if (r->co2_price_myuan_per_t < 0 || r->co2_price_myuan_per_t > rate_max)
        return fail_field(e, ERR_INVALID_ARGUMENT, "co2_price", "a price of CO2 is 0 to %lld myuan per t",
                          (long long)rate_max);
    return true;
}
