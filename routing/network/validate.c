#include "network/validate.h"

static bool outside(struct err *e, const char *section, uint32_t row, const char *column)
{
    return fail(e, ERR_DATA_LOSS,
                "section %s, row %u: %s points outside its table; build the "
                "network again",
                section, row, column);
}

/* One line per checked column: IN for an index, OR for one that may be
 * NET_NONE, RANGE for first + count. */
#define IN(section, i, value, count)               \
    do {                                           \
        if ((value) >= (count))                    \
            return outside(e, section, i, #value); \
    } while (0)
#define RANGE(section, i, first, n_, count)                \
    do {                                                   \
        if ((first) > (count) || (n_) > (count) - (first)) \
            return outside(e, section, i, #first);         \
    } while (0)

static bool validate_places(const struct network *n, struct err *e)
{
    for (uint32_t i = 0; i < n->place_count; i++) {
        const struct net_place *r = &n->place[i];
        const net_str s[] = {r->name_zh, r->name_en, r->pinyin, r->names_alt, r->codes, r->admin_zh, r->kind};
        IN("place", i, r->node, n->node_id_count);
        for (size_t k = 0; k < sizeof s / sizeof s[0]; k++)
            IN("place", i, s[k], n->string_count);
    }
    return true;
}

static bool validate_links(const struct network *n, struct err *e)
{
    for (uint32_t i = 0; i < n->link_count; i++) {
        const struct net_link *r = &n->link[i];
        IN("link", i, r->from, n->node_id_count);
        IN("link", i, r->to, n->node_id_count);
        IN("link", i, r->name, n->string_count);
        IN("link", i, r->ref, n->string_count);
        IN("link", i, r->project, n->string_count);
        RANGE("link", i, r->shape_first, r->shape_count, n->shape_count);
        IN("link", i, r->limit, n->limit_count);
        IN("link", i, r->mode, MODE_COUNT);
        IN("link", i, r->road_class, ROAD_CLASS_COUNT);
        IN("link", i, r->status, STATUS_COUNT);
        IN("link", i, r->confidence, CONF_COUNT);
    }
    for (uint32_t i = 0; i < n->limit_count; i++) {
        IN("limit", i, n->limit[i].hours, n->hours_count);
        IN("limit", i, n->limit[i].source, n->string_count);
    }
    return true;
}

static bool validate_arcs(const struct network *n, struct err *e)
{
    if (n->arc_first_count != n->node_id_count + 1 || n->arc_link_count != n->arc_head_count ||
        n->node_point_count != n->node_id_count || n->arc_first[0] != 0 ||
        n->arc_first[n->node_id_count] != n->arc_head_count ||
        (n->arc_weight_count != 0 && n->arc_weight_count != n->arc_head_count) ||
        (n->cch_order_count != 0 && n->cch_order_count != n->node_id_count) ||
        n->node_arrival_count > n->node_id_count ||
        n->node_origin_count != (n->node_arrival_count > 0 ? n->node_id_count - n->node_arrival_count : 0))
        return fail(e, ERR_DATA_LOSS, "the road arrays have different lengths; build the network again");
    for (uint32_t v = 0; v < n->node_id_count; v++)
        if (n->arc_first[v] > n->arc_first[v + 1])
            return outside(e, "arc_first", v, "first arc");
    for (uint32_t i = 0; i < n->arc_head_count; i++) {
        IN("arc_head", i, n->arc_head[i], n->node_id_count);
        IN("arc_link", i, n->arc_link[i] >> 1, n->link_count);
    }
    for (uint32_t i = 0; i < n->node_origin_count; i++)
        IN("node_origin", i, n->node_origin[i], n->node_arrival_count);
    for (uint32_t i = 0; i < n->node_arrival_count; i++) {
        IN("node_arrival", i, n->node_arrival[i], n->node_id_count);
        if (net_origin(n, n->node_arrival[i]) != i)
            return outside(e, "node_arrival", i, "the arrival of another node");
    }
    for (uint32_t i = 0; i < n->cell_count; i++) {
        const struct net_cell *c = &n->cell[i], *before = &n->cell[i > 0 ? i - 1 : 0];
        IN("cell", i, c->node, net_plain_count(n));
        if (before->x > c->x || (before->x == c->x && before->y > c->y))
            return fail(e, ERR_DATA_LOSS, "section cell is out of order at row %u; build the network again",
                        i);
    }
    for (uint32_t i = 0; i < n->cch_order_count; i++)
        IN("cch_order", i, n->cch_order[i], n->node_id_count);
    return true;
}

static bool validate_terminals(const struct network *n, struct err *e)
{
    for (uint32_t i = 0; i < n->terminal_count; i++) {
        const struct net_terminal *r = &n->terminal[i];
        const net_str s[] = {r->name_zh, r->name_en, r->kind, r->source};
        IN("terminal", i, r->node, n->node_id_count);
        if (r->place != NET_NONE)
            IN("terminal", i, r->place, n->place_count);
        for (size_t k = 0; k < sizeof s / sizeof s[0]; k++)
            IN("terminal", i, s[k], n->string_count);
        IN("terminal", i, r->hours, n->hours_count);
        RANGE("terminal", i, r->handling_first, r->handling_count, n->handling_count);
        RANGE("terminal", i, r->cutoff_first, r->cutoff_count, n->cutoff_count);
        IN("terminal", i, r->status, STATUS_COUNT);
        IN("terminal", i, r->confidence, CONF_COUNT);
        if (r->hub_emission != 0)
            IN("terminal", i, r->hub_emission - 1, n->emission_count);
    }
    for (uint32_t i = 0; i < n->handling_count; i++) {
        const struct net_handling *r = &n->handling[i];
        IN("handling", i, r->terminal, n->terminal_count);
        IN("handling", i, r->source, n->string_count);
        IN("handling", i, r->from_mode, MODE_COUNT);
        IN("handling", i, r->to_mode, MODE_COUNT);
        IN("handling", i, r->kind, HANDLING_KIND_COUNT);
        IN("handling", i, r->confidence, CONF_COUNT);
    }
    for (uint32_t i = 0; i < n->cutoff_count; i++) {
        IN("cutoff", i, n->cutoff[i].terminal, n->terminal_count);
        IN("cutoff", i, n->cutoff[i].mode, MODE_COUNT);
        IN("cutoff", i, n->cutoff[i].kind, CUTOFF_KIND_COUNT);
    }
    return true;
}

static bool validate_services(const struct network *n, struct err *e)
{
    for (uint32_t i = 0; i < n->service_count; i++) {
        const struct net_service *r = &n->service[i];
        const net_str s[] = {r->name, r->operator, r->source };
        for (size_t k = 0; k < sizeof s / sizeof s[0]; k++)
            IN("service", i, s[k], n->string_count);
        RANGE("service", i, r->stop_first, r->stop_count, n->stop_count);
        RANGE("service", i, r->exception_first, r->exception_count, n->exception_count);
        IN("service", i, r->tariff, n->tariff_count);
        IN("service", i, r->emission, n->emission_count);
        if (r->equipment != 0)
            IN("service", i, r->equipment - 1, n->equipment_count);
        IN("service", i, r->mode, MODE_COUNT);
        IN("service", i, r->confidence, CONF_COUNT);
    }
    for (uint32_t i = 0; i < n->stop_count; i++) {
        IN("stop", i, n->stop[i].service, n->service_count);
        IN("stop", i, n->stop[i].terminal, n->terminal_count);
    }
    for (uint32_t i = 0; i < n->exception_count; i++)
        IN("exception", i, n->exception[i].service, n->service_count);
    return true;
}

static bool validate_tariffs(const struct network *n, struct err *e)
{
    for (uint32_t i = 0; i < n->tariff_count; i++) {
        const struct net_tariff *r = &n->tariff[i];
        const net_str s[] = {r->id, r->name, r->source};
        for (size_t k = 0; k < sizeof s / sizeof s[0]; k++)
            IN("tariff", i, s[k], n->string_count);
        RANGE("tariff", i, r->rule_first, r->rule_count, n->tariff_rule_count);
    }
    for (uint32_t i = 0; i < n->tariff_rule_count; i++) {
        const struct net_tariff_rule *r = &n->tariff_rule[i];
        IN("tariff_rule", i, r->tariff, n->tariff_count);
        IN("tariff_rule", i, r->source, n->string_count);
        IN("tariff_rule", i, r->kind, CHARGE_COUNT);
        IN("tariff_rule", i, r->unit, UNIT_COUNT);
        IN("tariff_rule", i, r->confidence, CONF_COUNT);
    }
    for (uint32_t i = 0; i < n->toll_count; i++) {
        IN("toll", i, n->toll[i].region, n->string_count);
        IN("toll", i, n->toll[i].source, n->string_count);
    }
    for (uint32_t i = 0; i < n->vehicle_count; i++) {
        const struct net_vehicle *r = &n->vehicle[i];
        const net_str s[] = {r->name_zh, r->name_en, r->source};
        for (size_t k = 0; k < sizeof s / sizeof s[0]; k++)
            IN("vehicle", i, s[k], n->string_count);
        IN("vehicle", i, r->emission, n->emission_count);
    }
    for (uint32_t i = 0; i < n->emission_count; i++) {
        IN("emission", i, n->emission[i].variant, n->string_count);
        IN("emission", i, n->emission[i].source, n->string_count);
        IN("emission", i, n->emission[i].terminal_kind, n->string_count);
    }
    return true;
}

static bool validate_loads(const struct network *n, struct err *e)
{
    for (uint32_t i = 0; i < n->storage_count; i++) {
        const struct net_storage *r = &n->storage[i];
        if (r->terminal != NET_NONE)
            IN("storage", i, r->terminal, n->terminal_count);
        IN("storage", i, r->kind, n->string_count);
        IN("storage", i, r->source, n->string_count);
        IN("storage", i, r->unit, UNIT_COUNT);
        IN("storage", i, r->confidence, CONF_COUNT);
    }
    for (uint32_t i = 0; i < n->equipment_count; i++) {
        const struct net_equipment *r = &n->equipment[i];
        const net_str s[] = {r->id, r->name, r->source};
        for (size_t k = 0; k < sizeof s / sizeof s[0]; k++)
            IN("equipment", i, s[k], n->string_count);
        IN("equipment", i, r->mode, MODE_COUNT);
        IN("equipment", i, r->confidence, CONF_COUNT);
    }
    for (uint32_t i = 0; i < n->container_count; i++) {
        const struct net_container *r = &n->container[i];
        IN("container", i, r->name, n->string_count);
        IN("container", i, r->source, n->string_count);
        IN("container", i, r->confidence, CONF_COUNT);
        if (r->iso_type[sizeof r->iso_type - 1] != '\0')
            return outside(e, "container", i, "iso_type");
    }
    return true;
}

static bool validate_plans(const struct network *n, struct err *e)
{
    for (uint32_t i = 0; i < n->corridor_count; i++) {
        const struct net_corridor *r = &n->corridor[i];
        const net_str s[] = {r->id,   r->axis, r->name_zh, r->name_en, r->refs,
                             r->from, r->to,   r->note,    r->source};
        for (size_t k = 0; k < sizeof s / sizeof s[0]; k++)
            IN("corridor", i, s[k], n->string_count);
        RANGE("corridor", i, r->link_first, r->link_count, n->corridor_link_count);
    }
    for (uint32_t i = 0; i < n->corridor_link_count; i++)
        IN("corridor_link", i, n->corridor_link[i], n->link_count);
    for (uint32_t i = 0; i < n->project_count; i++) {
        const struct net_project *r = &n->project[i];
        const net_str s[] = {r->id, r->name_zh, r->name_en, r->kind, r->changes, r->source, r->opening_date};
        for (size_t k = 0; k < sizeof s / sizeof s[0]; k++)
            IN("project", i, s[k], n->string_count);
        RANGE("project", i, r->link_first, r->link_count, n->project_link_count);
        RANGE("project", i, r->terminal_first, r->terminal_count, n->project_terminal_count);
        IN("project", i, r->requires, n->string_count);
    }
    for (uint32_t i = 0; i < n->project_link_count; i++)
        IN("project_link", i, n->project_link[i], n->link_count);
    for (uint32_t i = 0; i < n->project_terminal_count; i++)
        IN("project_terminal", i, n->project_terminal[i], n->terminal_count);
    return true;
}

bool network_validate(const struct network *n, struct err *e)
{
    if (n->string_count == 0 || n->string[0] != '\0' || n->string[n->string_count - 1] != '\0')
        return fail(e, ERR_DATA_LOSS, "the strings of the network do not end; build it again");
    if (n->limit_count == 0 || n->hours_count == 0)
        return fail(e, ERR_DATA_LOSS,
                    "the network lacks the first row of its limits or hours; build "
                    "it again");
    IN("header", 0, n->name, n->string_count);
    IN("header", 0, n->source, n->string_count);
    IN("header", 0, n->attribution, n->string_count);
    return validate_places(n, e) && validate_links(n, e) && validate_arcs(n, e) && validate_terminals(n, e) &&
           validate_services(n, e) && validate_tariffs(n, e) && validate_loads(n, e) &&
           validate_plans(n, e) && network_validate_hierarchy(n, e);
}
