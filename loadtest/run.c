#include "run.h"

#include "../client/rpc.h"
#include "work.h"

#include <errno.h>
#include <event2/event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    SCRATCH_MAX = 16 * 1024 * 1024,
    CACHE_MAX = 256 * 1024 * 1024,
    START_MS = 20000, /* for all connections */
    NOBODY_MS = 2000, /* for the first */
    SWEEP_MS = 100,
    GATE_MS = 1,
    BURST = 64 /* requests begun before answers are looked at again */
};

static void arm_ms(struct event *ev, int64_t ms)
{
    event_add(ev, &(struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000});
}

/* Absolute, monotonic. */
static void arm_due(struct run *r, int64_t at_ns)
{
    struct itimerspec t = {.it_value = {.tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000}};
    if (t.it_value.tv_sec == 0 && t.it_value.tv_nsec == 0)
        t.it_value.tv_nsec = 1;
    timerfd_settime(r->due_fd, TFD_TIMER_ABSTIME, &t, NULL);
}

/* How much work of the whole run is due before this thread's next request. */
static double next_work(const struct run *r)
{
    return r->plan->pace.poisson ? r->poisson_work : (double)r->begun * r->plan->threads + (double)r->thread;
}

/* Exponential gaps; threads' processes add up to the run's. */
static void draw_gap(struct run *r)
{
    double u = ((double)(link_random(&r->arrivals) >> 11) + 1) / 9007199254740993.0; /* (0, 1] */
    r->poisson_work += -log(u) * r->plan->threads;
}

static void on_due(evutil_socket_t fd, short what, void *ctx)
{
    struct run *r = ctx;
    uint64_t ticks;
    ssize_t ignored = read(fd, &ticks, sizeof ticks);
    (void)ignored;
    (void)what;
    for (unsigned i = 0; !r->ending && !r->broken; i++) {
        double due = pace_due_ns(&r->plan->pace, r->demand, next_work(r));
        int64_t at_ns = due < 9e18 ? r->start_ns + (int64_t)due : INT64_MAX;
        if (at_ns >= r->stop_ns) {
            int64_t now_ns = link_now_ns();
            if (now_ns >= r->stop_ns)
                work_end_sending(r);
            else
                arm_due(r, r->stop_ns);
            return;
        }
        if (at_ns > link_now_ns() || i == BURST) {
            arm_due(r, at_ns);
            return;
        }
        work_begin(r, at_ns);
        draw_gap(r);
    }
}

static void begin(struct run *r)
{
    const struct run_plan *p = r->plan;
    r->started = true;
    r->count_from_ns = r->start_ns + p->warmup_ms * 1000000;
    r->stop_ns = p->duration_ms > 0 ? r->count_from_ns + p->duration_ms * 1000000 : INT64_MAX;
    r->drain_until_ns = INT64_MAX;
    if (p->open) {
        draw_gap(r);
        arm_due(r, link_now_ns());
        return;
    }
    for (uint64_t i = 0; i < (uint64_t)r->link_count * p->depth && !r->ending && !r->broken; i++)
        work_begin(r, link_now_ns());
}

/* Waits with open connections until all threads have theirs. */
static void on_gate(evutil_socket_t fd, short what, void *ctx)
{
    struct run *r = ctx;
    int64_t start_ns = atomic_load(&r->live->start_ns);
    (void)fd;
    (void)what;
    if (start_ns < 0) {
        r->broken = true;
        event_base_loopbreak(r->base);
    } else if (start_ns == 0 || link_now_ns() < start_ns) {
        arm_ms(r->gate, GATE_MS);
    } else {
        r->start_ns = start_ns;
        begin(r);
    }
}

static void on_ready(void *ctx, struct link *l)
{
    struct run *r = ctx;
    (void)l;
    r->ready_links++;
    if (!r->started && r->ready_links == r->link_count && !atomic_exchange(&r->live->ready, true))
        arm_ms(r->gate, GATE_MS);
}

static void on_lost(void *ctx, struct link *l)
{
    struct run *r = ctx;
    struct err e = {0};
    r->ready_links--;
    r->result->disconnects++;
    fail(&e, ERR_UNKNOWN, "the connection broke before an answer came: %s", l->why.text);
    for (uint32_t i = 0; i < r->used; i++) {
        struct work *w = &r->work[i];
        if ((w->state == WORK_SENT || w->state == WORK_DONE) && w->link == l->number)
            work_failed(r, w, &e, 0);
    }
}

static void start_failed(struct run *r)
{
    const struct err *why = &r->links[0].why;
    for (uint32_t i = 0; i < r->link_count && why->code == ERR_OK; i++)
        why = &r->links[i].why;
    fail(r->e, why->code != ERR_OK ? why->code : ERR_UNAVAILABLE,
         "%u of %u connections were ready after %lld s: %s", r->ready_links, r->link_count,
         (long long)((link_now_ns() - r->start_ns) / 1000000000), why->text);
    r->broken = true;
    event_base_loopbreak(r->base);
}

/* A token that is not known does not become so by waiting. */
static bool is_turned_away(const struct run *r)
{
    for (uint32_t i = 0; i < r->link_count; i++)
        if (r->links[i].why.code == ERR_UNAUTHENTICATED)
            return true;
    return false;
}

static void tell_second(struct run *r, int64_t now_ns)
{
    if (now_ns - r->second_ns < 1000000000)
        return;
    r->second_ns = now_ns;
    atomic_store(&r->live->p50_us, (uint32_t)(histogram_percentile_ns(&r->second, 500000) / 1000));
    atomic_store(&r->live->p99_us, (uint32_t)(histogram_percentile_ns(&r->second, 990000) / 1000));
    histogram_clear(&r->second);
}

/* Gives up what is too late and sends again what has paused. */
static void sweep_work(struct run *r, int64_t now_ns)
{
    struct err late = {0};
    bool over = r->ending && now_ns >= r->drain_until_ns;
    fail(&late, ERR_DEADLINE_EXCEEDED, "no answer within the deadline and %d ms", GRACE_MS);
    for (uint32_t i = 0; i < r->used && !r->broken; i++) {
        struct work *w = &r->work[i];
        bool stream = w->state == WORK_DONE && r->ending; /* only its end is missing: not waited for */
        if (w->state == WORK_FREE || (w->until_ns > now_ns && !over && !stream))
            continue;
        if (w->state == WORK_PAUSED && !over)
            work_send(r, w);
        else if (w->state == WORK_DONE)
            work_end(r, w);
        else
            work_failed(r, w, &late, 0);
    }
}

static void on_sweep(evutil_socket_t fd, short what, void *ctx)
{
    struct run *r = ctx;
    int64_t now_ns = link_now_ns();
    (void)fd;
    (void)what;
    arm_ms(r->sweep, SWEEP_MS);
    if (!r->started) {
        int64_t waited_ms = (now_ns - r->start_ns) / 1000000;
        bool nobody = r->ready_links == 0 && r->links[0].why.code != ERR_OK && waited_ms > NOBODY_MS;
        if (!atomic_load(&r->live->ready) && (nobody || waited_ms > START_MS || is_turned_away(r)))
            start_failed(r);
        return;
    }
    tell_second(r, now_ns);
    if (now_ns >= r->stop_ns || atomic_load(&r->live->stop))
        work_end_sending(r);
    sweep_work(r, now_ns);
}

/* --- from nothing to nothing -------------------------------------------------------------------------- */

static bool open_base(struct run *r, struct err *e)
{
    r->base = event_base_new();
    r->due_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (r->base == NULL || r->due_fd < 0)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "no event loop or timer: %s", strerror(errno));
    r->due = event_new(r->base, r->due_fd, EV_READ | EV_PERSIST, on_due, r);
    r->sweep = event_new(r->base, -1, 0, on_sweep, r);
    r->gate = event_new(r->base, -1, 0, on_gate, r);
    return (r->due != NULL && r->sweep != NULL && r->gate != NULL && event_add(r->due, NULL) == 0) ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
}

static bool make_tables(struct run *r, struct err *e)
{
    struct run_result *o = r->result;
    int64_t span_ns = r->plan->duration_ms * 1000000;
    r->work = calloc(RUN_WORK_MAX, sizeof r->work[0]);
    r->free_list = calloc(RUN_WORK_MAX, sizeof r->free_list[0]);
    r->bills = calloc(BILLS_MAX, sizeof r->bills[0]);
    r->links = calloc(r->link_count, sizeof r->links[0]);
    if (r->work == NULL || r->free_list == NULL || r->links == NULL || r->bills == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    while (r->free_count < RUN_WORK_MAX) {
        r->free_list[r->free_count] = RUN_WORK_MAX - 1 - r->free_count;
        r->free_count++;
    }
    for (unsigned k = 0; k < KIND_COUNT; k++)
        histogram_init(&o->kinds[k].latency, HISTOGRAM_FINE);
    histogram_init(&o->send_lag, HISTOGRAM_FINE);
    histogram_init(&o->shed_latency, HISTOGRAM_FINE);
    histogram_init(&r->second, HISTOGRAM_COARSE);
    o->answers.keep = r->plan->keep_answers;
    return timeline_init(&o->timeline, span_ns, e);
}

static bool open_links(struct run *r, struct err *e)
{
    r->owner = (struct link_owner){.ready = on_ready, .reply = work_on_reply, .lost = on_lost, .ctx = r};
    struct link first = {.base = r->base, .owner = &r->owner, .token = r->plan->token, .random = &r->pauses};
    char port[6];
    if (!link_resolve(r->plan->server, &first.address, &first.address_len, e) ||
        !rpc_split_address(r->plan->server, r->host, sizeof r->host, port, e) ||
        (r->plan->tls && !tls_context_client(&r->plan->files, &r->tls, e)))
        return false;
    first.context = r->tls;
    first.host = r->host;
    for (uint32_t i = 0; i < r->link_count; i++) {
        r->links[i] = first;
        r->links[i].number = i;
        if (r->plan->planner[0] != '\0' && run_is_planners(i))
            r->links[i].token = r->plan->planner;
        if (!link_start(&r->links[i], e))
            return false;
    }
    return true;
}

static void clean(struct run *r)
{
    for (uint32_t i = 0; r->links != NULL && i < r->link_count; i++)
        link_stop(&r->links[i]);
    struct event *events[] = {r->due, r->sweep, r->gate};
    for (unsigned i = 0; i < 3; i++)
        if (events[i] != NULL)
            event_free(events[i]);
    if (r->base != NULL)
        event_base_free(r->base);
    if (r->due_fd >= 0)
        close(r->due_fd);
    for (unsigned k = 0; k < KIND_COUNT; k++)
        free(r->bodies[k]);
    histogram_release(&r->second);
    free(r->links);
    free(r->bills);
    tls_release(r->tls);
    free(r->work);
    free(r->free_list);
    arena_release(&r->scratch);
    arena_release(&r->cache);
}

bool run_share(const struct run_plan *p, const struct demand *d, unsigned thread, struct run_live *live,
               struct run_result *result, struct err *e)
{
    uint64_t stream = p->seed + ((uint64_t)thread << 32);
    struct run r = {.plan = p,
                    .demand = d,
                    .result = result,
                    .live = live,
                    .thread = thread,
                    .pauses = ~stream,
                    .arrivals = stream * 3 + 1,
                    .link_count = p->connections / p->threads + (thread < p->connections % p->threads),
                    .due_fd = -1,
                    .e = e};
    *result = (struct run_result){0};
    arena_init(&r.scratch, SCRATCH_MAX);
    arena_init(&r.cache, CACHE_MAX);
    bool ok = open_base(&r, e) && make_tables(&r, e) && open_links(&r, e);
    if (ok) {
        r.start_ns = r.second_ns = link_now_ns(); /* of the wait for the connections, until begin() */
        arm_ms(r.sweep, 0);
        event_base_dispatch(r.base);
        ok = !r.broken && !r.denied;
    }
    clean(&r);
    return ok;
}

void run_release(struct run_result *r)
{
    for (unsigned k = 0; k < KIND_COUNT; k++)
        histogram_release(&r->kinds[k].latency);
    histogram_release(&r->send_lag);
    histogram_release(&r->shed_latency);
    timeline_release(&r->timeline);
    answers_release(&r->answers);
    free(r->acks);
    for (unsigned k = 0; k < KIND_COUNT; k++)
        free(r->stable[k]);
    *r = (struct run_result){0};
}

void run_broken(struct run_result *r, const char *kind, size_t row, const char *why)
{
    if (r->broken_rules < RUN_BROKEN_SHOWN)
        snprintf(r->broken_text[r->broken_rules], sizeof r->broken_text[0], "%s of demand row %zu: %s", kind,
                 row + 1, why);
    r->broken_rules++;
}
