/* convert_reasons.c - why families are not offered or never the best (plan.h). */
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
