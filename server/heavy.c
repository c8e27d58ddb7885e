#include "heavy.h"

#include "call.h"
#include "loop.h"
#include "question.h"

bool heavy_profile(const struct snapshot *s, const Zongheng__V1__Vehicle *v, const char *dangerous_class,
                   Zongheng__V1__Objective objective, struct road_profile *out, struct err *e)
{
    static const uint8_t objectives[] = {[ZONGHENG__V1__OBJECTIVE__OBJECTIVE_UNSPECIFIED] = ROAD_FASTEST,
                                         [ZONGHENG__V1__OBJECTIVE__FASTEST] = ROAD_FASTEST,
                                         [ZONGHENG__V1__OBJECTIVE__CHEAPEST] = ROAD_CHEAPEST,
                                         [ZONGHENG__V1__OBJECTIVE__SHORTEST] = ROAD_SHORTEST,
                                         [ZONGHENG__V1__OBJECTIVE__SOURCE] = ROAD_SOURCE};
    struct plan_request r = {.cargo.dangerous = dangerous_class[0] != '\0'};
    if (!convert_vehicle(v, &r, e))
        return false;
    *out = r.vehicle;
    out->objective = objectives[objective];
    bool needs_no_class = out->objective == ROAD_SHORTEST || out->objective == ROAD_SOURCE;
    bool has_measures = out->gross_kg != 0 || out->axle_kg != 0 || out->height_cm != 0 ||
                        out->width_cm != 0 || out->length_cm != 0 || out->dangerous;
    if (out->vehicle_class == 0 && (!needs_no_class || has_measures))
        return fail_field(e, ERR_INVALID_ARGUMENT, "vehicle.vehicle_class",
                          "vehicle_class is 1 to 6 here: there is no load to choose a truck by");
    for (uint32_t i = 0; out->vehicle_class != 0 && i <= s->net->vehicle_count; i++) {
        if (i == s->net->vehicle_count)
            return fail_field(e, ERR_INVALID_ARGUMENT, "vehicle.vehicle_class",
                              "the network has no vehicle class %u", (unsigned)out->vehicle_class);
        if (s->net->vehicle[i].vehicle_class == out->vehicle_class)
            break;
    }
    return true;
}

bool heavy_begin(struct heavy *h, struct call *c)
{
    h->call = c;
    struct pool *pool = loop_server(c->loop)->pool;
    int64_t wait_ns = pool_wait_ns(pool), left_ns = c->deadline_ns - monotonic_ns();
    if (left_ns <= 0) {
        fail(&h->err, ERR_DEADLINE_EXCEEDED, "the deadline passed before the request was begun");
        heavy_end(h);
        return false;
    }
    if (wait_ns > left_ns) {
        fail(&h->err, ERR_RESOURCE_EXHAUSTED,
             "the workers are busy: the request's turn would come in %lld ms, after its deadline; come back "
             "later",
             (long long)(wait_ns / 1000000));
        heavy_end(h);
        return false;
    }
    h->ticket = call_enter_pool(c);
    if (h->ticket)
        return true;
    fail(&h->err, ERR_RESOURCE_EXHAUSTED,
         "the server has as many heavy requests in work as it takes (work_max); try again");
    heavy_end(h);
    return false;
}

void heavy_encode(struct heavy *h, const ProtobufCMessage *reply, bool more)
{
    if (h->err.code == ERR_OK)
        call_encode(h->call, reply, more, &h->answer, &h->err);
}

bool heavy_send_part(struct heavy *h)
{
    return call_send_part(h->call, &h->answer);
}

void heavy_yield(struct heavy *h)
{
    if (h->ticket)
        call_leave_pool(h->call);
    h->ticket = false;
}

void heavy_end(struct heavy *h)
{
    heavy_yield(h);
    if (h->err.code == ERR_OK) {
        call_send(h->call, &h->answer);
        return;
    }
    bytes_free(&h->answer.bytes);
    call_fail(h->call, &h->err, question_retry_ms(&h->err));
}

static void take_metric(struct heavy *h)
{
    struct metric_waiter *w = &h->waiter;
    if (w->metric == NULL) {
        h->err = w->err;
    } else if (w->entry != NULL && !arena_defer(&h->call->arena, metric_release, w->entry)) {
        metric_release(w->entry);
        fail(&h->err, ERR_RESOURCE_EXHAUSTED, "the request does not fit the memory of one request");
    }
    h->then(h);
}

static void on_metric(struct pool_job *j)
{
    take_metric(((struct metric_waiter *)(void *)j)->owner);
}

void heavy_metric(struct heavy *h, void (*then)(struct heavy *h))
{
    struct call *c = h->call;
    h->then = then;
    h->want.has_ticket = h->ticket;
    h->waiter = (struct metric_waiter){.job = {.done = on_metric, .port = loop_port(c->loop)}, .owner = h};
    switch (metric_cache_get(loop_server(c->loop)->metrics, c->snapshot, &h->want, &h->waiter, &h->err)) {
    case METRIC_READY:
        take_metric(h);
        break;
    case METRIC_WAITING:
        break;
    case METRIC_REFUSED:
        then(h);
        break;
    }
}

static void work(struct pool_job *j)
{
    struct heavy *h = (struct heavy *)(void *)j;
    if (j->dropped)
        fail(&h->err, ERR_UNAVAILABLE, "the server is stopping");
    else if (call_late(h->call))
        fail(&h->err, ERR_DEADLINE_EXCEEDED,
             "the deadline of the request passed before its answer was complete");
    else
        h->work(h);
}

static void done(struct pool_job *j)
{
    struct heavy *h = (struct heavy *)(void *)j;
    h->then(h);
}

void heavy_run(struct heavy *h, void (*worker)(struct heavy *h), void (*then)(struct heavy *h))
{
    h->work = worker;
    h->then = then;
    h->job = (struct pool_job){.work = work, .done = done, .port = loop_port(h->call->loop)};
    pool_submit(loop_server(h->call->loop)->pool, &h->job);
}
