/* scenario_tables.c - modifications of terminals and services: small tables, copied whole. */
#include "whatif/scenario_draft.h"

#include "import/gmns.h"

#include <math.h>
#include <string.h>

/* A new row of a table that is taken with it; NULL when full. */
static void *add_row(struct draft *d, enum draft_table t)
{
    draft_take(d, t);
    return draft_add(d, &d->table[t]);
}

static uint32_t find_terminal(const struct draft *d, int64_t id)
{
    uint32_t count;
    const struct net_terminal *t = draft_look(d, DRAFT_TERMINAL, &count);
    for (uint32_t i = 0; i < count; i++)
        if (t[i].id == id)
            return i;
    return NET_NONE;
}

static uint32_t find_service(const struct draft *d, int64_t id)
{
    uint32_t count;
    const struct net_service *s = draft_look(d, DRAFT_SERVICE, &count);
    for (uint32_t i = 0; i < count; i++)
        if (s[i].id == id)
            return i;
    return NET_NONE;
}

/* The index of the hours as written; NET_NONE after an error. */
static uint32_t find_hours(struct draft *d, const char *text)
{
    struct net_hours want;
    uint32_t count;
    if (!gmns_parse_hours(text, &want)) {
        draft_error(d, "open_hours", "\"%.60s\" is not opening hours such as Mo-Su 08:00-20:00", text);
        return NET_NONE;
    }
    const struct net_hours *have = draft_look(d, DRAFT_HOURS, &count);
    for (uint32_t i = 1; i < count; i++)
        if (memcmp(&have[i], &want, sizeof want) == 0)
            return i;
    struct net_hours *row = add_row(d, DRAFT_HOURS);
    if (row == NULL)
        return NET_NONE;
    *row = want;
    return d->table[DRAFT_HOURS].count - 1;
}

static uint32_t times(uint32_t value, double factor)
{
    double product = round(value * factor);
    return product >= UINT32_MAX ? UINT32_MAX : value > 0 && product < 1 ? 1 : (uint32_t)product;
}

/* The rows of one terminal, of a table where they stand together, again for another. */
#define COPY_ROWS(d, kind, type, first_, count_, of)                        \
    do {                                                                    \
        uint32_t from_ = (first_), many_ = (count_), all_;                  \
        (first_) = (draft_look(d, kind, &all_), all_);                      \
        for (uint32_t i_ = 0; i_ < many_; i_++) {                           \
            type *row_ = add_row(d, kind);                                  \
            if (row_ == NULL)                                               \
                break;                                                      \
            *row_ = ((const type *)draft_look(d, kind, &all_))[from_ + i_]; \
            row_->of;                                                       \
        }                                                                   \
    } while (0)

static void copy_storage(struct draft *d, uint32_t like, uint32_t terminal)
{
    uint32_t count;
    draft_look(d, DRAFT_STORAGE, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct net_storage row =
            ((const struct net_storage *)draft_look(d, DRAFT_STORAGE, &(uint32_t){0}))[i];
        struct net_storage *to = row.terminal == like ? add_row(d, DRAFT_STORAGE) : NULL;
        if (to != NULL) {
            *to = row;
            to->terminal = terminal;
        }
    }
}

/* A terminal like another at a place of its own. NET_NONE after an error. */
static uint32_t new_terminal(struct draft *d, const struct scenario_terminal *m)
{
    uint32_t before = d->error.count, like = find_terminal(d, m->like), count;
    uint32_t node = draft_find_node(d, &m->at, "at");
    if (like == NET_NONE)
        draft_error(d, "like_terminal_id",
                    "a new terminal handles as another does: network %.8s has no terminal %lld",
                    d->net->version, (long long)m->like);
    const struct net_terminal *have = draft_look(d, DRAFT_TERMINAL, &count);
    for (uint32_t i = 0; node != NET_NONE && i < count; i++)
        if (have[i].node == node)
            draft_error(d, "at", "terminal %lld (%.60s) is there already; change it", (long long)have[i].id,
                        draft_string(d, have[i].name_zh));
    if (d->error.count > before)
        return NET_NONE;
    struct net_terminal *t = add_row(d, DRAFT_TERMINAL);
    if (t == NULL)
        return NET_NONE;
    uint32_t index = d->table[DRAFT_TERMINAL].count - 1;
    *t = ((struct net_terminal *)d->table[DRAFT_TERMINAL].at)[like];
    const struct net_place *place = node < net_node_count(d->net) ? places_of_node(d->places, node) : NULL;
    t->id = -1 - (int64_t)(index - d->net->terminal_count);
    t->node = node;
    t->place = place != NULL ? (uint32_t)(place - d->net->place) : NET_NONE;
    t->status = STATUS_OPEN;
    t->confidence = CONF_ESTIMATED;
    uint32_t handling = t->handling_first, cutoff = t->cutoff_first;
    COPY_ROWS(d, DRAFT_HANDLING, struct net_handling, handling, t->handling_count, terminal = index);
    COPY_ROWS(d, DRAFT_CUTOFF, struct net_cutoff, cutoff, t->cutoff_count, terminal = index);
    t->handling_first = handling;
    t->cutoff_first = cutoff;
    copy_storage(d, like, index);
    return index;
}

static void check_transitions(struct draft *d, const struct net_terminal *t)
{
    uint32_t count;
    const struct net_handling *h = draft_look(d, DRAFT_HANDLING, &count);
    unsigned handled = 0;
    for (uint32_t i = 0; i < t->handling_count; i++)
        handled |= 1u << h[t->handling_first + i].from_mode | 1u << h[t->handling_first + i].to_mode;
    if ((t->modes & ~handled) != 0)
        draft_warn(d, "terminal %lld has modes without any handling: nothing changes there to or from them",
                   (long long)t->id);
}

static void set_terminal(struct draft *d, const struct scenario_terminal *m, struct net_terminal *t,
                         uint32_t hours)
{
    if (m->name_zh[0] != '\0')
        t->name_zh = draft_intern(d, m->name_zh);
    if (m->name_en[0] != '\0')
        t->name_en = draft_intern(d, m->name_en);
    if (m->kind[0] != '\0')
        t->kind = draft_intern(d, m->kind);
    if (hours != NET_NONE)
        t->hours = hours;
    if (m->cargo != 0)
        t->cargo = (uint16_t)m->cargo;
    if (m->modes != 0)
        t->modes = (uint8_t)m->modes;
    if (m->capacity_t_per_day != 0)
        t->capacity_t_per_day = m->capacity_t_per_day;
    if (m->capacity_teu_per_day != 0)
        t->capacity_teu_per_day = m->capacity_teu_per_day;
    if (m->capacity_factor > 0) {
        t->capacity_t_per_day = times(t->capacity_t_per_day, m->capacity_factor);
        t->capacity_teu_per_day = times(t->capacity_teu_per_day, m->capacity_factor);
    }
    if (m->status[0] != '\0')
        t->status = strcmp(m->status, "open") == 0 ? STATUS_OPEN : STATUS_CLOSED;
}

/* Kinds are words that storage and emission tables know: a new one would have neither. */
static void check_terminal(struct draft *d, const struct scenario_terminal *m)
{
    uint32_t count;
    const struct net_terminal *t = draft_look(d, DRAFT_TERMINAL, &count);
    bool known = m->kind[0] == '\0';
    for (uint32_t i = 0; i < count && !known; i++)
        known = strcmp(draft_string(d, t[i].kind), m->kind) == 0;
    if (!known)
        draft_error(d, "kind", "no terminal of the network is a \"%.40s\"", m->kind);
    if (m->status[0] != '\0' && strcmp(m->status, "open") != 0 && strcmp(m->status, "closed") != 0)
        draft_error(d, "status", "a terminal is put open or closed, not \"%.40s\"", m->status);
    if (!(m->capacity_factor >= 0 && m->capacity_factor <= 1000))
        draft_error(d, "capacity_factor", "capacity_factor is above 0 and at most 1,000, or 0 for none");
    if (m->id != 0 && (m->like != 0 || m->at.by != SCENARIO_BY_NOTHING))
        draft_error(d, m->like != 0 ? "like_terminal_id" : "at",
                    "a terminal of the network stays where it is and handles as it does");
    if (m->id != 0 && find_terminal(d, m->id) == NET_NONE)
        draft_error(d, "terminal_id", "network %.8s has no terminal %lld", d->net->version, (long long)m->id);
}

void draft_put_terminal(struct draft *d, const struct scenario_terminal *m)
{
    uint32_t before = d->error.count, hours = NET_NONE;
    check_terminal(d, m);
    if (m->open_hours[0] != '\0')
        hours = find_hours(d, m->open_hours);
    uint32_t index = d->error.count > before ? NET_NONE
                     : m->id != 0            ? find_terminal(d, m->id)
                                             : new_terminal(d, m);
    struct net_terminal *t = draft_take(d, DRAFT_TERMINAL);
    if (t == NULL || index == NET_NONE)
        return;
    set_terminal(d, m, &t[index], hours);
    check_transitions(d, &t[index]);
}

/* --- services ------------------------------------------------------------------------------------------ */

static bool parse_days(struct draft *d, const char *text, uint8_t *days)
{
    *days = 0;
    if (strlen(text) != 7 || strspn(text, "01") != 7) {
        draft_error(d, "days", "\"%.20s\" is not seven of 0 and 1, Monday first", text);
        return false;
    }
    for (int i = 0; i < 7; i++)
        if (text[i] == '1')
            *days |= (uint8_t)(1u << i);
    return true;
}

static bool check_stops(struct draft *d, const struct scenario_service *m)
{
    uint32_t before = d->error.count;
    if (m->stop_count == 1 || m->stop_count > 200)
        draft_error(d, "stops", "a service has 2 to 200 stops, not %u", m->stop_count);
    for (uint32_t i = 0; i < m->stop_count; i++) {
        const struct scenario_stop *s = &m->stop[i];
        if (find_terminal(d, s->terminal) == NET_NONE)
            draft_error(d, "stops.terminal_id", "stop %u: network %.8s has no terminal %lld", i + 1,
                        d->net->version, (long long)s->terminal);
        if (s->depart_min < s->arrive_min || (i > 0 && s->arrive_min <= m->stop[i - 1].depart_min))
            draft_error(d, "stops.arrive_min",
                        "stop %u is reached before the one before is left, or left before "
                        "it is reached",
                        i + 1);
        if (i > 0 && s->distance_m == 0)
            draft_error(d, "stops.distance_km",
                        "stop %u lies 0 km behind the one before; tariffs want its distance", i + 1);
        if (i == 0 && (s->arrive_min != 0 || s->depart_min != 0 || s->distance_m != 0))
            draft_error(d, "stops", "times and distances count from the first stop, whose own are 0");
        if (s->depart_min > 100000)
            draft_error(d, "stops.depart_min", "stop %u is left more than 69 days after the first", i + 1);
    }
    return d->error.count == before;
}

static void check_service(struct draft *d, const struct scenario_service *m)
{
    if (m->id != 0 && m->like != 0)
        draft_error(d, "like_service_id",
                    "give service_id of one to be changed, or like_service_id of a new one");
    int64_t of = m->id != 0 ? m->id : m->like;
    uint32_t index = find_service(d, of), tariff = draft_find_tariff(d, m->tariff), count;
    const struct net_service *s = draft_look(d, DRAFT_SERVICE, &count);
    if (index == NET_NONE)
        draft_error(d, m->id != 0 ? "service_id" : "like_service_id", "network %.8s has no service %lld",
                    d->net->version, (long long)of);
    if (m->tariff[0] != '\0' && tariff == NET_NONE)
        draft_error(d, "tariff_id", "network %.8s has no tariff \"%.60s\"", d->net->version, m->tariff);
    else if (m->tariff[0] != '\0' && index != NET_NONE && d->net->tariff[tariff].mode != s[index].mode)
        draft_error(d, "tariff_id", "tariff \"%.60s\" is of another mode", m->tariff);
    if (m->depart_min1 > 1440)
        draft_error(d, "depart_min", "depart_min is the minute of the day + 1: 1 to 1440, or 0");
    if (m->capacity_kg < 0 || m->capacity_teu_milli < 0)
        draft_error(d, "capacity_kg", "capacities are not negative");
    check_stops(d, m);
}

static void add_stops(struct draft *d, const struct scenario_service *m, struct net_service *s,
                      uint32_t service)
{
    uint32_t count;
    draft_look(d, DRAFT_STOP, &count);
    s->stop_first = count;
    s->stop_count = m->stop_count;
    for (uint32_t i = 0; i < m->stop_count; i++) {
        struct net_stop *row = add_row(d, DRAFT_STOP);
        if (row != NULL)
            *row = (struct net_stop){.service = service,
                                     .terminal = find_terminal(d, m->stop[i].terminal),
                                     .arrive_min = m->stop[i].arrive_min,
                                     .depart_min = m->stop[i].depart_min,
                                     .distance_m = m->stop[i].distance_m};
    }
}

/* Another service of the same stops and calendar. */
static uint32_t new_service(struct draft *d, const struct scenario_service *m)
{
    uint32_t like = find_service(d, m->like);
    struct net_service *s = add_row(d, DRAFT_SERVICE);
    if (s == NULL)
        return NET_NONE;
    uint32_t index = d->table[DRAFT_SERVICE].count - 1;
    struct net_service row = ((struct net_service *)d->table[DRAFT_SERVICE].at)[like];
    row.id = -1 - (int64_t)(index - d->net->service_count);
    row.confidence = CONF_ESTIMATED;
    if (m->stop_count == 0)
        COPY_ROWS(d, DRAFT_STOP, struct net_stop, row.stop_first, row.stop_count, service = index);
    COPY_ROWS(d, DRAFT_EXCEPTION, struct net_exception, row.exception_first, row.exception_count,
              service = index);
    ((struct net_service *)d->table[DRAFT_SERVICE].at)[index] = row;
    return index;
}

void draft_put_service(struct draft *d, const struct scenario_service *m)
{
    uint32_t before = d->error.count;
    uint8_t days = 0;
    check_service(d, m);
    if (m->days[0] != '\0')
        parse_days(d, m->days, &days);
    if (d->error.count > before)
        return;
    uint32_t index = m->id != 0 ? find_service(d, m->id) : new_service(d, m);
    struct net_service *s = draft_take(d, DRAFT_SERVICE);
    if (s == NULL || index == NET_NONE)
        return;
    struct net_service row = s[index];
    if (m->stop_count > 0)
        add_stops(d, m, &row, index);
    if (m->name[0] != '\0')
        row.name = draft_intern(d, m->name);
    if (m->days[0] != '\0')
        row.days = days;
    if (m->depart_min1 != 0)
        row.depart_min = (uint16_t)(m->depart_min1 - 1);
    if (m->capacity_kg != 0)
        row.capacity_kg = m->capacity_kg;
    if (m->capacity_teu_milli != 0)
        row.capacity_teu_milli = m->capacity_teu_milli;
    if (m->tariff[0] != '\0')
        row.tariff = draft_find_tariff(d, m->tariff);
    if (m->withdrawn) { /* it keeps its row and runs on no day */
        row.days = 0;
        row.exception_count = 0;
    }
    ((struct net_service *)d->table[DRAFT_SERVICE].at)[index] = row;
}
