#include "metrics_text.h"

#include "db.h"
#include "dispatch.h"
#include "loop.h"
#include "method_stats.h"
#include "version.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 400 };

struct text {
    struct bytes *out;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void line(struct text *t, const char *fmt, ...)
{
    char *at = bytes_room(t->out, LINE_MAX_BYTES);
    va_list ap;
    if (at == NULL) {
        t->full = true;
        return;
    }
    va_start(ap, fmt);
    int n = vsnprintf(at, LINE_MAX_BYTES, fmt, ap);
    va_end(ap);
    if (n > 0 && n < LINE_MAX_BYTES)
        t->out->len += (size_t)n;
}

static void head(struct text *t, const char *name, const char *type, const char *help)
{
    line(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct text *t, const char *name, const char *type, const char *help, double value)
{
    head(t, name, type, help);
    line(t, "%s %.17g\n", name, value);
}

/* --- methods --- */

static uint64_t of(const _Atomic uint64_t *n)
{
    return atomic_load_explicit(n, memory_order_relaxed);
}

static void put_codes(struct text *t, const struct server *s, uint32_t method)
{
    const char *name = methods_row(method)->name;
    for (int code = 0; code < ERR_CODE_COUNT; code++) {
        uint64_t n = 0;
        for (unsigned i = 0; i < s->loop_count; i++)
            n += of(&loop_methods(s->loops[i])[method].code[code]);
        if (n > 0)
            line(t, "zongheng_requests_total{method=\"%s\",code=\"%s\"} %" PRIu64 "\n", name,
                 err_code_name((enum err_code)code), n);
    }
}

static void put_times(struct text *t, const struct server *s, uint32_t method)
{
    static const char name[] = "zongheng_request_seconds";
    const char *label = methods_row(method)->name;
    uint64_t n[METHOD_BUCKET_COUNT] = {0}, sum_us = 0, all = 0;
    for (unsigned i = 0; i < s->loop_count; i++) {
        const struct method_stats *m = &loop_methods(s->loops[i])[method];
        sum_us += of(&m->sum_us);
        for (unsigned k = 0; k < METHOD_BUCKET_COUNT; k++)
            n[k] += of(&m->bucket[k]);
    }
    for (unsigned k = 0; k < METHOD_BUCKET_COUNT; k++)
        all += n[k];
    if (all == 0)
        return;
    all = 0;
    for (unsigned k = 0; k < METHOD_BUCKET_COUNT; k++) {
        all += n[k];
        if (method_stats_bound(k) != UINT32_MAX)
            line(t, "%s_bucket{method=\"%s\",le=\"%g\"} %" PRIu64 "\n", name, label,
                 method_stats_bound(k) / 1e6, all);
        else
            line(t, "%s_bucket{method=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name, label, all);
    }
    line(t, "%s_sum{method=\"%s\"} %.6f\n%s_count{method=\"%s\"} %" PRIu64 "\n", name, label,
         (double)sum_us / 1e6, name, label, all);
}

static void put_methods(struct text *t, const struct server *s)
{
    head(t, "zongheng_requests_total", "counter", "Answers by method and code, over TCP and HTTP.");
    for (uint32_t m = 0; m < methods_count(); m++)
        put_codes(t, s, m);
    head(t, "zongheng_request_seconds", "histogram",
         "Time from the receipt of a request to its last answer.");
    for (uint32_t m = 0; m < methods_count(); m++)
        put_times(t, s, m);
}

/* --- loops, workers, PostgreSQL --- */

static void put_loops(struct text *t, const struct server *s)
{
    uint64_t tcp = 0, http = 0, inflight = 0, refused = 0, broken = 0, waits = 0, answers[HTTP_CLASSES] = {0};
    for (unsigned i = 0; i < s->loop_count; i++) {
        struct loop_stats *l = loop_stats(s->loops[i]);
        tcp += atomic_load(&l->connections);
        http += atomic_load(&l->http_connections);
        inflight += atomic_load(&l->inflight);
        refused += of(&l->refused);
        broken += of(&l->closed_bad);
        waits += of(&l->heavy_waits);
        for (int k = 0; k < HTTP_CLASSES; k++)
            answers[k] += of(&l->http_answers[k]);
    }
    one(t, "zongheng_loops", "gauge", "Event loop threads.", s->loop_count);
    head(t, "zongheng_connections", "gauge", "Open connections.");
    line(t,
         "zongheng_connections{protocol=\"tcp\"} %" PRIu64
         "\nzongheng_connections{protocol=\"http\"} %" PRIu64 "\n",
         tcp, http);
    one(t, "zongheng_inflight", "gauge", "Requests in work.", (double)inflight);
    one(t, "zongheng_refused_total", "counter", "Answers RESOURCE_EXHAUSTED and UNAVAILABLE.",
        (double)refused);
    one(t, "zongheng_broken_total", "counter", "Connections ended for bytes that are no request.",
        (double)broken);
    one(t, "zongheng_heavy_waits_total", "counter",
        "Heavy requests that waited for those of their connection.", (double)waits);
    head(t, "zongheng_http_answers_total", "counter", "HTTP answers by class of status.");
    for (int k = 2; k < HTTP_CLASSES; k++)
        line(t, "zongheng_http_answers_total{class=\"%dxx\"} %" PRIu64 "\n", k, answers[k]);
}

/* How long loops are away from their events. */
static void put_turns(struct text *t, const struct server *s)
{
    static const char name[] = "zongheng_loop_turn_seconds";
    uint64_t n[TURN_BUCKET_COUNT] = {0}, sum_us = 0, all = 0;
    int64_t longest_ns = 0, recent_ns = 0;
    for (unsigned i = 0; i < s->loop_count; i++) {
        const struct turn_stats *k = &loop_stats(s->loops[i])->turns;
        int64_t most_ns = atomic_load(&k->longest_ns), now_ns = turn_recent_ns(k);
        for (unsigned b = 0; b < TURN_BUCKET_COUNT; b++)
            n[b] += of(&k->bucket[b]);
        sum_us += of(&k->sum_us);
        longest_ns = most_ns > longest_ns ? most_ns : longest_ns;
        recent_ns = now_ns > recent_ns ? now_ns : recent_ns;
    }
    head(t, name, "histogram", "Time of an event loop between two looks for events.");
    for (unsigned b = 0; b < TURN_BUCKET_COUNT; b++) {
        all += n[b];
        if (turn_bound(b) != UINT32_MAX)
            line(t, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, turn_bound(b) / 1e6, all);
        else
            line(t, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, all);
    }
    line(t, "%s_sum %.6f\n%s_count %" PRIu64 "\n", name, (double)sum_us / 1e6, name, all);
    head(t, "zongheng_loop_turn_longest_seconds", "gauge", "The longest such time.");
    line(t,
         "zongheng_loop_turn_longest_seconds{since=\"start\"} %.6f\n"
         "zongheng_loop_turn_longest_seconds{since=\"10s\"} %.6f\n",
         (double)longest_ns / 1e9, (double)recent_ns / 1e9);
}

static void put_work(struct text *t, const struct server *s)
{
    struct pool_stats p = pool_stats(s->pool);
    struct metric_cache_stats m = metric_cache_stats(s->metrics);
    one(t, "zongheng_workers", "gauge", "Threads for heavy work.", p.threads);
    one(t, "zongheng_work_running", "gauge", "Jobs that run.", p.running);
    one(t, "zongheng_work_waiting", "gauge", "Jobs that wait for a thread.", p.waiting);
    one(t, "zongheng_work_open", "gauge", "Heavy requests in work.", p.tickets);
    one(t, "zongheng_work_open_max", "gauge", "Setting work_max.", p.tickets_max);
    one(t, "zongheng_work_held_bytes", "gauge", "Bytes of tables in work or not read yet.", (double)p.held);
    one(t, "zongheng_work_held_bytes_max", "gauge", "Setting work_memory.", (double)p.held_max);
    one(t, "zongheng_work_jobs_total", "counter", "Jobs begun.", (double)p.jobs);
    one(t, "zongheng_work_refused_total", "counter", "Heavy requests refused.", (double)p.refused);
    one(t, "zongheng_metric_cache_bytes", "gauge", "Bytes of metrics made for single questions.",
        (double)m.bytes);
    one(t, "zongheng_metric_cache_entries", "gauge", "Metrics made for single questions.", m.entries);
    one(t, "zongheng_metric_cache_hits_total", "counter", "Metrics found.", (double)m.hits);
    one(t, "zongheng_metric_cache_made_total", "counter", "Metrics made.", (double)m.made);
}

/* Of the loop that is asked: the others' are their own. */
static void put_database(struct text *t, struct loop *l)
{
    struct db *db = loop_db(l);
    if (db == NULL)
        return;
    const struct db_stats *k = db_stats(db);
    one(t, "zongheng_database_up", "gauge", "Whether PostgreSQL takes statements.", db_up(db));
    head(t, "zongheng_statements_total", "counter", "Statements of the loop that was asked, by outcome.");
    line(t, "zongheng_statements_total{outcome=\"ok\"} %" PRIu64 "\n", k->ok);
    line(t, "zongheng_statements_total{outcome=\"refused\"} %" PRIu64 "\n", k->refused);
    line(t, "zongheng_statements_total{outcome=\"retry\"} %" PRIu64 "\n", k->retry);
    line(t, "zongheng_statements_total{outcome=\"unknown\"} %" PRIu64 "\n", k->unknown);
    one(t, "zongheng_statements_inflight", "gauge", "Statements under way.", k->inflight);
    one(t, "zongheng_statements_waiting", "gauge", "Statements that wait for a connection.", k->waiting);
    one(t, "zongheng_database_connects_total", "counter", "Connections to PostgreSQL that came up.",
        (double)k->connects);
    one(t, "zongheng_database_losses_total", "counter", "Connections to PostgreSQL that went.",
        (double)k->losses);
}

/* --- the process --- */

static double resident_bytes(void)
{
    unsigned long long resident = 0;
    char buf[100], *end;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL)
        return 0;
    if (fgets(buf, sizeof buf, f) != NULL) {
        strtoull(buf, &end, 10); /* the whole size stands first */
        resident = strtoull(end, NULL, 10);
    }
    fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void put_process(struct text *t, struct loop *l)
{
    const struct network *n = loop_snapshot(l)->net;
    struct timespec cpu;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    head(t, "zongheng_build_info", "gauge", "The version of the program.");
    line(t, "zongheng_build_info{version=\"%s\"} 1\n", ZONGHENG_VERSION);
    head(t, "zongheng_network_info", "gauge", "The versions that answers are of.");
    line(t, "zongheng_network_info{network=\"%.64s\",tariff=\"%.64s\",timetable=\"%.64s\"} 1\n", n->version,
         n->tariff_version, n->timetable_version);
    one(t, "zongheng_network_nodes", "gauge", "Nodes of the network.", net_node_count(n));
    one(t, "zongheng_network_arcs", "gauge", "Arcs of the network.", net_arc_count(n));
    one(t, "process_resident_memory_bytes", "gauge", "Resident memory.", resident_bytes());
    struct mallinfo2 heap =
        mallinfo2(); /* of all arenas: tells what is lost from what is kept for the next */
    one(t, "zongheng_heap_in_use_bytes", "gauge", "Memory allocated and not freed.",
        (double)heap.uordblks + (double)heap.hblkhd);
    one(t, "zongheng_heap_free_bytes", "gauge", "Memory freed and kept by the allocator.",
        (double)heap.fordblks);
    one(t, "process_cpu_seconds_total", "counter", "Processor time used.",
        (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9);
    one(t, "process_start_time_seconds", "gauge", "When the daemon started.",
        (double)loop_server(l)->started_at);
}

bool metrics_text(struct loop *l, struct bytes *out)
{
    struct text t = {.out = out};
    const struct server *s = loop_server(l);
    put_methods(&t, s);
    put_loops(&t, s);
    put_turns(&t, s);
    put_work(&t, s);
    put_database(&t, l);
    put_process(&t, l);
    return !t.full;
}
