#include "run.h"

#include "../client/rpc.h"

#include "work.h"

#include <event2/event.h>
#include <stdlib.h>

enum { SCRATCH_MAX = 16 * 1024 * 1024, START_MS = 10000, SWEEP_MS = 100 };

const char *run_kind_name(enum run_kind k)
{
    static const char *const names[RUN_KINDS] = {"route", "cost", "quote", "book"};
    return names[k];
}

static void arm_ns(struct event *ev, int64_t wait_ns)
{
    int64_t us = wait_ns > 0 ? wait_ns / 1000 : 0;
    event_add(ev, &(struct timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000});
}

static void on_due(evutil_socket_t fd, short what, void *ctx)
{
    struct run *r = ctx;
    (void)fd;
    (void)what;
    double period_ns = 1e12 / (double)r->plan->rate_mhz;
    for (;;) {
        int64_t at_ns = (int64_t)((double)r->begun * period_ns);
        int64_t now_ns = link_now_ns();
        if (at_ns >= r->plan->duration_ms * 1000000) {
            work_end_sending(r);
            return;
        }
        if (r->start_ns + at_ns > now_ns) {
            arm_ns(r->due, r->start_ns + at_ns - now_ns);
            return;
        }
        work_begin(r, r->start_ns + at_ns);
        if (r->broken)
            return;
    }
}

static void begin(struct run *r)
{
    r->started = true;
    r->start_ns = link_now_ns();
    r->drain_until_ns = INT64_MAX;
    if (!work_is_flood(r)) {
        r->drain_until_ns = r->start_ns + (r->plan->duration_ms + r->plan->drain_ms) * 1000000;
        event_active(r->due, EV_TIMEOUT, 1);
        return;
    }
    for (uint32_t i = 0; i < r->plan->connections * r->plan->depth && (int64_t)r->begun < r->plan->count; i++)
        work_begin(r, link_now_ns());
}

static void on_ready(void *ctx, struct link *l)
{
    struct run *r = ctx;
    (void)l;
    r->ready_links++;
    if (!r->started && r->ready_links == r->plan->connections)
        begin(r);
}

static void on_lost(void *ctx, struct link *l)
{
    struct run *r = ctx;
    struct err e = {0};
    r->ready_links--;
    r->result->disconnects++;
    fail(&e, ERR_UNKNOWN, "the connection broke before an answer came: %s", l->why.text);
    for (uint32_t i = 0; i < RUN_WORK_MAX; i++)
        if (r->work[i].state == WORK_SENT && r->work[i].link == l->number)
            work_failed(r, &r->work[i], &e, 0);
}

/* Gives up what is too late, sends again what has paused, and ends the run. */
static void on_sweep(evutil_socket_t fd, short what, void *ctx)
{
    struct run *r = ctx;
    struct err late = {0};
    int64_t now_ns = link_now_ns();
    (void)fd;
    (void)what;
    arm_ns(r->sweep, SWEEP_MS * INT64_C(1000000));
    if (!r->started && now_ns - r->start_ns > START_MS * INT64_C(1000000)) {
        fail(r->e, r->links[0].why.code != ERR_OK ? r->links[0].why.code : ERR_UNAVAILABLE,
             "%u of %u connections were ready after %d s: %s", r->ready_links, r->plan->connections,
             START_MS / 1000, r->links[0].why.text);
        r->broken = true;
        event_base_loopbreak(r->base);
        return;
    }
    fail(&late, ERR_DEADLINE_EXCEEDED, "no answer within the deadline and %d ms", GRACE_MS);
    for (uint32_t i = 0; r->started && i < RUN_WORK_MAX; i++) {
        struct work *w = &r->work[i];
        if (w->state == WORK_FREE || (w->until_ns > now_ns && now_ns < r->drain_until_ns))
            continue;
        if (w->state == WORK_PAUSED && now_ns < r->drain_until_ns)
            work_send(r, w);
        else
            work_failed(r, w, &late, 0);
    }
    if (r->started && work_is_flood(r) && (int64_t)r->begun >= r->plan->count &&
        r->drain_until_ns == INT64_MAX)
        r->drain_until_ns = now_ns + r->plan->drain_ms * 1000000;
}

static bool prepare(struct run *r, struct err *e)
{
    struct event_config *config = event_config_new();
    if (config != NULL) {
        event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
        r->base = event_base_new_with_config(config);
        event_config_free(config);
    }
    r->work = calloc(RUN_WORK_MAX, sizeof r->work[0]);
    r->free_list = calloc(RUN_WORK_MAX, sizeof r->free_list[0]);
    r->links = calloc(r->plan->connections, sizeof r->links[0]);
    if (r->base == NULL || r->work == NULL || r->free_list == NULL || r->links == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    while (r->free_count < RUN_WORK_MAX) {
        r->free_list[r->free_count] = RUN_WORK_MAX - 1 - r->free_count;
        r->free_count++;
    }
    r->due = event_new(r->base, -1, 0, on_due, r);
    r->sweep = event_new(r->base, -1, 0, on_sweep, r);
    if (r->due == NULL || r->sweep == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    r->owner = (struct link_owner){.ready = on_ready, .reply = work_on_reply, .lost = on_lost, .ctx = r};
    struct link first = {.base = r->base, .owner = &r->owner, .token = r->plan->token, .random = &r->pauses};
    char port[6];
    if (!link_resolve(r->plan->server, &first.address, &first.address_len, e) ||
        !rpc_split_address(r->plan->server, r->host, sizeof r->host, port, e) ||
        (r->plan->tls && !tls_context_client(&r->plan->files, &r->tls, e)))
        return false;
    first.context = r->tls;
    first.host = r->host;
    for (uint32_t i = 0; i < r->plan->connections; i++) {
        r->links[i] = first;
        r->links[i].number = i;
        if (!link_start(&r->links[i], e))
            return false;
    }
    return true;
}

static void clean(struct run *r)
{
    for (uint32_t i = 0; r->links != NULL && i < r->plan->connections; i++)
        link_stop(&r->links[i]);
    if (r->due != NULL)
        event_free(r->due);
    if (r->sweep != NULL)
        event_free(r->sweep);
    if (r->base != NULL)
        event_base_free(r->base);
    free(r->links);
    tls_release(r->tls);
    free(r->work);
    free(r->free_list);
    arena_release(&r->scratch);
}

bool run_demand(const struct run_plan *p, const struct demand *d, struct run_result *result, struct err *e)
{
    struct run r = {.plan = p, .demand = d, .result = result, .random = p->seed, .pauses = ~p->seed, .e = e};
    *result = (struct run_result){0};
    arena_init(&r.scratch, SCRATCH_MAX);
    bool ok = prepare(&r, e);
    if (ok) {
        r.start_ns = link_now_ns(); /* of the wait for the connections, until begin() */
        arm_ns(r.sweep, 0);
        event_base_dispatch(r.base);
        ok = !r.broken;
    }
    clean(&r);
    return ok;
}

void run_release(struct run_result *r)
{
    for (unsigned k = 0; k < RUN_KINDS; k++)
        samples_release(&r->kinds[k].latency);
    free(r->acks);
    *r = (struct run_result){0};
}
