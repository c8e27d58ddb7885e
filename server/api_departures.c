#include "api_departures.h"

#include "convert.h"
#include "question.h"

enum { POINTS_DEFAULT = 1024, FEN_MYUAN = 10 };

struct departures {
    struct question q; /* first */
    int64_t window_s;
    uint32_t points_max;
    Zongheng__V1__FindDeparturesReply out;
};

static bool no_memory(struct err *e)
{
    return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
}

static bool put(struct departures *x, const struct plan_profile *p)
{
    struct arena *a = &x->q.call->arena;
    Zongheng__V1__DeparturePoint *of = arena_calloc(a, (size_t)p->count + 1, sizeof *of);
    x->out.departures = arena_calloc(a, (size_t)p->count + 1, sizeof *x->out.departures);
    if (of == NULL || x->out.departures == NULL)
        return no_memory(&x->q.err);
    for (uint32_t i = 0; i < p->count; i++) {
        const struct plan_profile_point *point = &p->points[i];
        zongheng__v1__departure_point__init(&of[i]);
        of[i].family = convert_family(point->family);
        of[i].depart_at = point->depart_at;
        of[i].arrive_at = point->arrive_at;
        of[i].money_fen = point->money_myuan / FEN_MYUAN;
        of[i].co2_wtw_g = point->co2_g;
        of[i].binding_cutoff = (char *)(uintptr_t)plan_binding_name(point->binds);
        x->out.departures[i] = &of[i];
    }
    x->out.n_departures = p->count;
    x->out.more_from = p->more_from;
    return true;
}

static bool work(struct question *q, struct plan_query *scratch)
{
    struct departures *x = (struct departures *)(void *)q;
    struct call *c = q->call;
    const struct network *n = c->snapshot->net;
    struct plan_profile p;
    struct convert_warnings w;
    if (!plan_profile(scratch, &q->request, x->window_s, x->points_max, call_late, c, &c->arena, &p,
                      &q->err) ||
        !put(x, &p) || !convert_warnings_init(&c->arena, &w, &q->err))
        return false;
    convert_warn(&w, question_agreed_warning(&c->arena, &q->agreed));
    x->out.warnings = w.text;
    x->out.n_warnings = w.count;
    x->out.network_version = (char *)(uintptr_t)n->version;
    x->out.tariff_version = (char *)(uintptr_t)n->tariff_version;
    x->out.timetable_version = (char *)(uintptr_t)n->timetable_version;
    return true;
}

static void done(struct question *q)
{
    if (q->err.code != ERR_OK)
        call_fail(q->call, &q->err, question_retry_ms(&q->err));
    else
        call_reply(q->call, &((struct departures *)(void *)q)->out.base);
}

/* What a profile cannot honour is refused with its field. */
static bool check(const Zongheng__V1__FindDeparturesRequest *m, struct err *e)
{
    const Zongheng__V1__FindRoutesRequest *r = m->question;
    if (r == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, "question", "question is missing");
    const char *field = r->latest_pickup         ? "question.latest_pickup"
                        : r->alternatives > 0    ? "question.alternatives"
                        : r->n_via > 0           ? "question.via"
                        : r->plan_ref[0] != '\0' ? "question.plan_ref"
                        : r->explain             ? "question.explain"
                        : r->tolerance != NULL   ? "question.tolerance"
                        : r->max_options > 0     ? "question.max_options"
                        : r->best != 0           ? "question.best"
                                                 : NULL;
    if (field != NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, field, "departures of a window are asked without %s",
                          field + 9);
    if (m->window_s < 1)
        return fail_field(e, ERR_INVALID_ARGUMENT, "window_s", "a window is 1 to 2678400 seconds");
    return m->max_points <= PLAN_PROFILE_MAX ||
           fail_field(e, ERR_INVALID_ARGUMENT, "max_points", "max_points is 1 to %d, or 0 for %d",
                      PLAN_PROFILE_MAX, POINTS_DEFAULT);
}

void api_departures_find(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__FindDeparturesRequest *m = (const void *)message;
    struct departures *x = arena_calloc(&c->arena, 1, sizeof *x);
    struct err e = {0};
    bool ok = x != NULL ? check(m, &e) : no_memory(&e);
    if (ok && !convert_request(&c->arena, c->snapshot, m->question, c->now_s, &x->q.request, &e))
        ok = fail_within(&e, "question");
    if (!ok) {
        call_fail(c, &e, 0);
        return;
    }
    zongheng__v1__find_departures_reply__init(&x->out);
    x->window_s = m->window_s;
    x->points_max = m->max_points != 0 ? m->max_points : POINTS_DEFAULT;
    x->q.call = c;
    x->q.work = work;
    x->q.done = done;
    question_ask(&x->q);
}
