#include "crew.h"

#include "link.h"
#include "priority.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GRACE_NS = 20000000 };

struct member {
    pthread_t thread;
    unsigned number;
    const struct run_plan *plan;
    const struct demand *demand;
    struct run_live live;
    struct run_result result;
    struct err e;
    bool ok, started;
    _Atomic bool ended;
};

static void *work(void *arg)
{
    struct member *m = arg;
    priority_prompt(); /* what an answer waits for here is not the daemon's time */
    m->ok = run_share(m->plan, m->demand, m->number, &m->live, &m->result, &m->e);
    atomic_store(&m->ended, true);
    return NULL;
}

static sigset_t signals(void)
{
    sigset_t s;
    sigemptyset(&s);
    sigaddset(&s, SIGUSR1);
    sigaddset(&s, SIGINT);
    sigaddset(&s, SIGTERM);
    return s;
}

void crew_block_signals(void)
{
    sigset_t s = signals();
    pthread_sigmask(SIG_BLOCK, &s, NULL);
}

/* --- joining ------------------------------------------------------------------------------------------ */

static bool merge_counts(struct run_result *to, const struct run_result *from)
{
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        struct run_count *a = &to->kinds[k];
        const struct run_count *b = &from->kinds[k];
        a->sent += b->sent;
        a->empty += b->empty;
        for (unsigned i = 0; i < OUTCOMES; i++)
            a->by[i] += b->by[i];
        for (unsigned i = 0; i < ERR_CODE_COUNT; i++)
            a->errors[i] += b->errors[i];
        if (!histogram_merge(&a->latency, &b->latency))
            return false;
    }
    to->refused += from->refused;
    to->retries += from->retries;
    to->replays += from->replays;
    to->unsettled += from->unsettled;
    to->overflow += from->overflow;
    to->disconnects += from->disconnects;
    to->checked += from->checked;
    to->unstable += from->unstable;
    to->seconds = from->seconds > to->seconds ? from->seconds : to->seconds;
    if (from->last_error.code != ERR_OK)
        to->last_error = from->last_error;
    return histogram_merge(&to->send_lag, &from->send_lag) &&
           histogram_merge(&to->shed_latency, &from->shed_latency);
}

static bool merge_acks(struct run_result *to, const struct run_result *from)
{
    size_t n = to->ack_count + from->ack_count;
    if (from->ack_count == 0)
        return true;
    struct run_ack *acks = realloc(to->acks, n * sizeof acks[0]);
    if (acks == NULL)
        return false;
    memcpy(acks + to->ack_count, from->acks, from->ack_count * sizeof acks[0]);
    to->acks = acks;
    to->ack_count = to->ack_room = n;
    return true;
}

static void merge_broken(struct run_result *to, const struct run_result *from)
{
    for (uint64_t i = 0; i < from->broken_rules && i < RUN_BROKEN_SHOWN; i++)
        if (to->broken_rules + i < RUN_BROKEN_SHOWN)
            memcpy(to->broken_text[to->broken_rules + i], from->broken_text[i], sizeof to->broken_text[0]);
    to->broken_rules += from->broken_rules;
}

/* Two threads that asked the same question on the same version must have been answered the same. */
static void merge_stable(struct run_result *to, const struct run_result *from, size_t rows)
{
    for (size_t k = 0; k < KIND_COUNT; k++)
        for (size_t i = 0; to->stable[k] != NULL && from->stable[k] != NULL && i < rows; i++) {
            struct run_stable *a = &to->stable[k][i];
            const struct run_stable *b = &from->stable[k][i];
            if (a->version != 0 && a->version == b->version && a->answer != b->answer) {
                to->unstable++;
                run_broken(to, kind_of((enum kind_id)k)->name, i,
                           "two threads were answered otherwise on the same network");
            }
            if (a->version == 0)
                *a = *b;
        }
}

static bool merge(struct run_result *to, struct run_result *from, size_t rows, struct err *e)
{
    merge_broken(to, from);
    merge_stable(to, from, rows);
    if (!answers_merge(&to->answers, &from->answers))
        return fail(e, ERR_RESOURCE_EXHAUSTED,
                    "more than %d answers, or no memory for them; without --answers "
                    "their digest is told all the same",
                    ANSWERS_MAX);
    return (merge_counts(to, from) && merge_acks(to, from) &&
            timeline_merge(&to->timeline, &from->timeline)) ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the result");
}

/* --- while it runs ------------------------------------------------------------------------------------ */

static bool all_ended(const struct member *crew, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (crew[i].started && !atomic_load(&crew[i].ended))
            return false;
    return true;
}

static void show(const struct member *crew, unsigned n, double t_s, uint64_t *sent_before, FILE *out)
{
    uint64_t sent = 0, by[OUTCOMES] = {0};
    uint32_t in_work = 0, p50 = 0, p99 = 0;
    for (unsigned i = 0; i < n; i++) {
        const struct run_live *l = &crew[i].live;
        sent += atomic_load(&l->sent);
        for (unsigned o = 0; o < OUTCOMES; o++)
            by[o] += atomic_load(&l->by[o]);
        in_work += atomic_load(&l->in_work);
        uint32_t a = atomic_load(&l->p50_us), b = atomic_load(&l->p99_us);
        p50 = a > p50 ? a : p50;
        p99 = b > p99 ? b : p99;
    }
    fprintf(out,
            "%6.0f s  %8llu/s sent  ok %llu late %llu shed %llu expired %llu failed %llu  in work %u  p50 "
            "%.3f ms  "
            "p99 %.3f ms\n",
            t_s, (unsigned long long)(sent - *sent_before), (unsigned long long)by[OUTCOME_OK],
            (unsigned long long)by[OUTCOME_LATE], (unsigned long long)by[OUTCOME_SHED],
            (unsigned long long)by[OUTCOME_EXPIRED], (unsigned long long)by[OUTCOME_FAILED], in_work,
            p50 / 1e3, p99 / 1e3);
    fflush(out);
    *sent_before = sent;
}

/* Opens the gate when all have their connections; false when one has not. */
static bool open_gate(struct member *crew, unsigned n, int64_t *start_ns)
{
    for (;;) {
        bool ready = true, failed = false;
        for (unsigned i = 0; i < n; i++) {
            ready = ready && atomic_load(&crew[i].live.ready);
            failed = failed || !crew[i].started || atomic_load(&crew[i].ended);
        }
        *start_ns = failed ? -1 : ready ? link_now_ns() + GRACE_NS : 0;
        for (unsigned i = 0; i < n && *start_ns != 0; i++)
            atomic_store(&crew[i].live.start_ns, *start_ns);
        if (*start_ns != 0)
            return !failed;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static void attend(struct member *crew, unsigned n, int64_t start_ns, FILE *progress, struct marks *marks)
{
    sigset_t set = signals();
    uint64_t sent = 0;
    int64_t shown_ns = start_ns;
    while (!all_ended(crew, n)) {
        int got = sigtimedwait(&set, NULL, &(struct timespec){.tv_nsec = 50000000});
        int64_t now_ns = link_now_ns();
        if (got == SIGUSR1)
            marks_add(marks, (double)(now_ns - start_ns) / 1e9 - (double)crew[0].plan->warmup_ms / 1e3,
                      "SIGUSR1");
        bool stop = got == SIGINT || got == SIGTERM;
        for (unsigned i = 0; i < n; i++)
            stop = stop || atomic_load(&crew[i].live.denied);
        for (unsigned i = 0; stop && i < n; i++)
            atomic_store(&crew[i].live.stop, true);
        if (progress != NULL && now_ns - shown_ns >= 1000000000) {
            shown_ns += 1000000000;
            show(crew, n, (double)(now_ns - start_ns) / 1e9, &sent, progress);
        }
    }
}

bool crew_run(const struct run_plan *p, const struct demand *d, FILE *progress, struct marks *marks,
              struct run_result *result, struct err *e)
{
    struct member *crew = calloc(p->threads, sizeof *crew);
    struct timespec wall;
    int64_t start_ns = 0;
    bool ok = true;
    *result = (struct run_result){0};
    if (crew == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for threads");
    for (unsigned i = 0; i < p->threads; i++) {
        crew[i].number = i;
        crew[i].plan = p;
        crew[i].demand = d;
        crew[i].started = pthread_create(&crew[i].thread, NULL, work, &crew[i]) == 0;
        ok = ok && (crew[i].started || fail(e, ERR_RESOURCE_EXHAUSTED, "the machine gives no thread"));
    }
    bool opened = open_gate(crew, p->threads, &start_ns);
    clock_gettime(CLOCK_REALTIME, &wall);
    double start_unix_s = (double)wall.tv_sec + (double)wall.tv_nsec / 1e9 +
                          (double)(start_ns - link_now_ns()) / 1e9 + (double)p->warmup_ms / 1e3;
    if (opened)
        attend(crew, p->threads, start_ns, progress, marks);
    for (unsigned i = 0; i < p->threads; i++) {
        if (crew[i].started)
            pthread_join(crew[i].thread, NULL);
        if (ok && !crew[i].ok && crew[i].e.code != ERR_OK) {
            *e = crew[i].e;
            ok = false;
        }
    }
    ok = ok && (opened || fail(e, ERR_UNAVAILABLE, "a thread could not begin"));
    *result = crew[0].result;
    for (unsigned i = 1; i < p->threads; i++) {
        ok = ok && merge(result, &crew[i].result, d->count, e);
        run_release(&crew[i].result);
    }
    result->start_unix_s = start_unix_s;
    free(crew);
    return ok;
}
