/* convert_explain.c - why families are not offered or never the best, and how sure connections are (plan.h).
 */
#include "convert.h"

enum { FEN_MYUAN = 10 };

static char *text(const char *s)
{
    return (char *)(uintptr_t)(s != NULL ? s : ""); /* packing only reads */
}

static void put(const struct plan_not_offered *w, Zongheng__V1__NotOffered *m)
{
    zongheng__v1__not_offered__init(m);
    m->family = convert_family(w->family);
    m->reason = text(plan_reason_name(w->reason));
    m->text = text(w->text);
    m->offered = w->offered;
    m->limit = text(w->broken.name);
    m->limit_value = w->broken.limit;
    m->asked_value = w->broken.asked;
    m->limit_unit = text(w->broken.unit);
    m->limit_of = text(w->broken.of);
    m->later_s = w->later_s;
    m->dearer_fen = w->dearer_myuan / FEN_MYUAN;
    m->dirtier_g = w->dirtier_g;
    m->win_total_fen = w->win_total_myuan / FEN_MYUAN;
    m->win_cheaper_fen = w->win_cheaper_myuan / FEN_MYUAN;
    m->win_arrive_at = w->win_arrive_at;
    m->win_sooner_s = w->win_sooner_s;
    m->would_arrive_at = w->would_arrive_at;
    m->would_total_fen = w->would_total_myuan / FEN_MYUAN;
    m->would_co2_g = w->would_co2_g;
}

Zongheng__V1__NotOffered **convert_reasons(struct arena *a, const struct plan_answer *answer)
{
    Zongheng__V1__NotOffered *list = arena_calloc(a, FAMILY_COUNT, sizeof *list);
    Zongheng__V1__NotOffered **out = arena_calloc(a, FAMILY_COUNT, sizeof *out);
    if (list == NULL || out == NULL)
        return NULL;
    for (uint32_t i = 0; i < answer->not_offered_count; i++) {
        put(&answer->not_offered[i], &list[i]);
        out[i] = &list[i];
    }
    return out;
}

/* NULL: no memory. */
static Zongheng__V1__Missed *put_missed(struct arena *a, const struct network *n, const struct plan_missed *x)
{
    Zongheng__V1__Missed *m = arena_alloc(a, sizeof *m);
    if (m == NULL)
        return NULL;
    zongheng__v1__missed__init(m);
    m->none = x->none;
    if (x->none)
        return m;
    m->depart_at = x->depart_at;
    m->service_name = text(net_string(n, n->service[x->service].name));
    m->service_id = n->service[x->service].id;
    m->depart_date = convert_date(a, x->day);
    m->arrive_at = x->arrive_at;
    m->later_s = x->later_s;
    m->dearer_fen = x->dearer_myuan / FEN_MYUAN;
    m->storage_fen = x->storage_myuan / FEN_MYUAN;
    m->holding_fen = x->holding_myuan / FEN_MYUAN;
    m->past_deadline = x->past_deadline;
    return m->depart_date != NULL ? m : NULL;
}

Zongheng__V1__Connection *convert_connection(struct arena *a, const struct network *n,
                                             const struct plan_connection *x)
{
    Zongheng__V1__Connection *c = arena_alloc(a, sizeof *c);
    if (c == NULL)
        return NULL;
    zongheng__v1__connection__init(c);
    c->made_permille = x->made_permille;
    c->slack_s = x->slack_s;
    c->estimated = x->estimated;
    c->missed = put_missed(a, n, &x->missed);
    return c->missed != NULL ? c : NULL;
}
