/* Rows of the store as messages. */
#include "api_shipments_rows.h"

#include "api_shipments_common.h"
#include "dispatch.h"
#include "log.h"

#include <string.h>

static void *pb_alloc(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void pb_free(void *arena, void *p)
{
    (void)arena;
    (void)p; /* the arena frees */
}

static bool put_boxes(struct arena *a, const char *list, Zongheng__V1__Shipment *m)
{
    size_t count = list[0] != '\0';
    for (const char *p = list; *p != '\0'; p++)
        count += *p == ';';
    m->container_numbers = arena_calloc(a, count + 1, sizeof *m->container_numbers);
    if (m->container_numbers == NULL)
        return false;
    for (const char *p = list; m->n_container_numbers < count;) {
        size_t n = strcspn(p, ";");
        m->container_numbers[m->n_container_numbers] = arena_strndup(a, p, n);
        if (m->container_numbers[m->n_container_numbers++] == NULL)
            return false;
        p += p[n] == ';' ? n + 1 : n;
    }
    return true;
}

/* NULL: the arena is full or the row is unfit. */
static Zongheng__V1__Shipment *convert_shipment(struct arena *a, const struct store_shipment *s)
{
    ProtobufCAllocator alloc = {.alloc = pb_alloc, .free = pb_free, .allocator_data = a};
    Zongheng__V1__Shipment *m = arena_alloc(a, sizeof *m);
    if (m == NULL)
        return NULL;
    zongheng__v1__shipment__init(m);
    m->id = arena_strdup(a, s->shipment_id);
    m->bill_no = arena_strdup(a, s->bill_no);
    m->state = arena_strdup(a, s->state);
    m->origin = arena_strdup(a, s->origin);
    m->destination = arena_strdup(a, s->destination);
    m->mass_kg = s->mass_kg;
    m->total_fen = s->total_fen;
    m->booked_at = s->booked_at_us / 1000000;
    m->replaces = arena_strdup(a, s->replaces);
    m->replaced_by = arena_strdup(a, s->replaced_by);
    m->exception = arena_strdup(a, s->exception);
    m->estimated_arrive_at = s->estimated_arrive;
    if (s->option_len > 0) {
        m->option = zongheng__v1__option__unpack(&alloc, s->option_len, s->option);
        if (m->option == NULL)
            return NULL;
    }
    bool whole = m->id != NULL && m->bill_no != NULL && m->state != NULL && m->origin != NULL &&
                 m->destination != NULL && m->replaces != NULL && m->replaced_by != NULL &&
                 m->exception != NULL;
    return whole && put_boxes(a, s->containers, m) ? m : NULL;
}

static Zongheng__V1__Event *convert_event(struct arena *a, const struct store_event_row *s)
{
    Zongheng__V1__Event *m = arena_alloc(a, sizeof *m);
    if (m == NULL)
        return NULL;
    zongheng__v1__event__init(m);
    m->event_id = arena_strdup(a, s->event_id);
    m->code = arena_strdup(a, s->code);
    m->classifier = arena_strdup(a, s->classifier);
    m->location = arena_strdup(a, s->location);
    m->source = arena_strdup(a, s->source);
    m->corrects = arena_strdup(a, s->corrects);
    m->occurred_at = s->occurred_at;
    m->recorded_at = s->recorded_at;
    m->leg = (uint32_t)s->leg;
    m->corrected = s->corrected;
    bool whole = m->event_id != NULL && m->code != NULL && m->classifier != NULL && m->location != NULL &&
                 m->source != NULL && m->corrects != NULL;
    return whole ? m : NULL;
}

Zongheng__V1__Event **shipments_events(struct call *c, const struct db_result *r)
{
    Zongheng__V1__Event **list = arena_calloc(&c->arena, (size_t)r->row_count + 1, sizeof *list);
    for (uint32_t i = 0; list != NULL && i < r->row_count; i++) {
        struct store_event_row row;
        if (!store_read_event(r, i, &row)) {
            shipments_fail_schema(c);
            return NULL;
        }
        list[i] = convert_event(&c->arena, &row);
        if (list[i] == NULL)
            list = NULL;
    }
    if (list == NULL)
        shipments_fail_memory(c);
    return list;
}

/* The database keeps firms apart; that it did is looked at once more. */
Zongheng__V1__Shipment *shipments_own(struct call *c, const struct db_result *r, uint32_t row,
                                      int64_t *booked_at_us)
{
    struct store_shipment s;
    if (!store_read_shipment(r, row, &s)) {
        shipments_fail_schema(c);
        return NULL;
    }
    if (strcmp(s.firm_id, c->identity->firm_id) != 0) {
        log_event(LOG_ERROR, "foreign_row", "method", c->method->name, "firm", c->identity->firm_id, NULL);
        shipments_fail(c, ERR_INTERNAL, "", "the answer was withheld; the operator's log says why");
        return NULL;
    }
    *booked_at_us = s.booked_at_us;
    Zongheng__V1__Shipment *m = convert_shipment(&c->arena, &s);
    if (m == NULL)
        shipments_fail_memory(c);
    return m;
}

static Zongheng__V1__Mode mode_of(const char *name)
{
    static const char *const names[] = {"truck", "train", "vessel", "flight"};
    for (int i = 0; i < 4; i++)
        if (strcmp(name, names[i]) == 0)
            return (Zongheng__V1__Mode)(i + (int)ZONGHENG__V1__MODE__TRUCK);
    return ZONGHENG__V1__MODE__MODE_UNSPECIFIED;
}

static Zongheng__V1__ShipmentLeg *convert_leg(struct arena *a, const struct store_leg_row *s)
{
    Zongheng__V1__ShipmentLeg *m = arena_alloc(a, sizeof *m);
    if (m == NULL)
        return NULL;
    zongheng__v1__shipment_leg__init(m);
    m->seq = (uint32_t)s->seq;
    m->mode = mode_of(s->mode);
    m->service_id = s->service_id;
    m->day = arena_strdup(a, s->day);
    m->from = arena_strdup(a, s->from);
    m->to = arena_strdup(a, s->to);
    m->mass_kg = s->kg;
    m->teu_milli = s->teu_milli;
    m->planned_depart_at = s->planned_depart;
    m->planned_arrive_at = s->planned_arrive;
    m->estimated_depart_at = s->estimated_depart;
    m->estimated_arrive_at = s->estimated_arrive;
    m->actual_depart_at = s->actual_depart;
    m->actual_arrive_at = s->actual_arrive;
    m->cutoff_at = s->cutoff_at;
    m->missed_cutoff = s->missed_cutoff;
    m->overdue = s->overdue;
    m->released = s->released;
    return m->day != NULL && m->from != NULL && m->to != NULL ? m : NULL;
}

Zongheng__V1__ShipmentLeg **shipments_legs(struct call *c, const struct db_result *r)
{
    Zongheng__V1__ShipmentLeg **list = arena_calloc(&c->arena, (size_t)r->row_count + 1, sizeof *list);
    for (uint32_t i = 0; list != NULL && i < r->row_count; i++) {
        struct store_leg_row row;
        if (!store_read_leg(r, i, &row)) {
            shipments_fail_schema(c);
            return NULL;
        }
        list[i] = convert_leg(&c->arena, &row);
        if (list[i] == NULL)
            list = NULL;
    }
    if (list == NULL)
        shipments_fail_memory(c);
    return list;
}
