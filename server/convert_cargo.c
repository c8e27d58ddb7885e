/* convert_cargo.c - what is carried: boxes, temperatures, dangerous-goods class, the largest piece. */
#include "convert.h"

#include <string.h>

/* ISO 6346 size and type: the first character is the length, the third the kind. Which types the network
 * carries its table says (plan_request_check). */
static bool convert_container(const Zongheng__V1__Containers *m, struct plan_containers *out, struct err *e)
{
    const char *t = m->iso_type;
    bool well_formed = strlen(t) == 4 && (t[0] == '2' || t[0] == '4' || t[0] == 'L') && t[1] >= '0' &&
                       t[1] <= '9' && t[2] >= 'A' && t[2] <= 'Z' && t[3] >= '0' && t[3] <= '9';
    if (!well_formed)
        return fail_field(
            e, ERR_INVALID_ARGUMENT, "cargo.containers.iso_type",
            "container type \"%.8s\" is not one of ISO 6346 of 20, 40 or 45 feet, such as 22G1, 42G1, "
            "45G1, 45R1, L5G1",
            t);
    if (m->count > 10000)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.containers.count",
                          "a count of containers is at most 10000, or 0 to have it worked out");
    *out = (struct plan_containers){.count = m->count, .teu = t[0] == '2' ? 1 : 2};
    memcpy(out->iso_type, t, 5);
    return true;
}

/* Only one kind of boxes can be counted by what they hold. */
static bool count_boxes(const struct network *n, struct plan_cargo *c, struct err *e)
{
    for (uint32_t i = 0; i < c->container_count; i++) {
        if (c->containers[i].count != 0)
            continue;
        if (c->container_count > 1)
            return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.containers.count",
                              "of several kinds of containers each wants its count");
        if (!plan_boxes_needed(n, c, c->containers[i].iso_type, &c->containers[i].count, e))
            return false;
    }
    return true;
}

static bool convert_temperature(const Zongheng__V1__TemperatureRange *m, struct plan_cargo *out,
                                struct err *e)
{
    if (m == NULL)
        return true;
    if (m->min_c > m->max_c || m->min_c < -60 || m->max_c > 60)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.temperature",
                          "a range from -60 to 60 degrees is allowed");
    out->chilled = true;
    out->min_c = (int16_t)m->min_c;
    out->max_c = (int16_t)m->max_c;
    return true;
}

/* "3" or "4.1" */
static bool convert_dangerous(const char *s, struct plan_cargo *out, struct err *e)
{
    size_t len = strlen(s);
    bool whole = len == 1 || (len == 3 && s[1] == '.' && s[2] >= '1' && s[2] <= '6');
    if (len == 0)
        return true;
    if (s[0] < '1' || s[0] > '9' || !whole)
        return fail_field(
            e, ERR_INVALID_ARGUMENT, "cargo.dangerous_class",
            "dangerous-goods class \"%.8s\" is not one of 1 to 9, with its division where there is one "
            "(3, 4.1)",
            s);
    out->dangerous = true;
    out->dangerous_class = (uint8_t)((s[0] - '0') * 10 + (len == 3 ? s[2] - '0' : 0));
    return true;
}

static bool convert_piece(const Zongheng__V1__Piece *m, struct plan_cargo *out, struct err *e)
{
    if (m == NULL)
        return true;
    if (m->kg > 1000000 || m->length_cm > 10000 || m->width_cm > 2000 || m->height_cm > 2000)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.piece",
                          "a piece is at most 1,000 t, 100 m long and 20 m wide and high");
    out->piece = (struct freight_piece){.kg = m->kg,
                                        .length_cm = (uint16_t)m->length_cm,
                                        .width_cm = (uint16_t)m->width_cm,
                                        .height_cm = (uint16_t)m->height_cm};
    return true;
}

bool convert_cargo(const struct snapshot *s, const Zongheng__V1__Cargo *m, struct plan_cargo *out,
                   struct err *e)
{
    if (m == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo", "cargo is missing");
    if (m->n_containers > PLAN_CONTAINERS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "cargo.containers", "at most %d kinds of containers",
                          PLAN_CONTAINERS_MAX);
    *out = (struct plan_cargo){.commodity = m->commodity,
                               .mass_kg = m->mass_kg,
                               .volume_dm3 = m->volume_dm3,
                               .container_count = (uint32_t)m->n_containers,
                               .bulk = m->bulk,
                               .value_yuan = m->value_yuan};
    for (size_t i = 0; i < m->n_containers; i++) {
        if (!convert_container(m->containers[i], &out->containers[i], e))
            return false;
        out->chilled = out->chilled || m->containers[i]->iso_type[2] == 'R';
    }
    return convert_temperature(m->temperature, out, e) && convert_dangerous(m->dangerous_class, out, e) &&
           convert_piece(m->piece, out, e) && count_boxes(s->net, out, e);
}
