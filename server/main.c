/* zonghengd: reads the settings, loads the network, starts the loops, waits for signals. */
#include "config.h"
#include "demands.h"
#include "dispatch.h"
#include "failures.h"
#include "jobs.h"
#include "listener.h"
#include "log.h"
#include "loop.h"
#include "migrate.h"
#include "priority.h"
#include "scenarios.h"
#include "sharpen.h"
#include "tidy.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { SPARE_DESCRIPTORS = 128 };

static void *run_loop(void *loop)
{
    pthread_setname_np(pthread_self(), "zh-loop"); /* what top -H and perf show */
    priority_prompt();
    loop_run(loop);
    return NULL;
}

static bool load_tls(struct server *s, struct err *e)
{
    const struct config *c = &s->config;
    struct tls_settings files = {.certificate = c->tls_certificate,
                                 .key = c->tls_key,
                                 .ca = c->tls_client_ca,
                                 .required = c->tls_client_required,
                                 .names = c->tls_client_names};
    struct tls_context *fresh;
    if (c->tls_certificate[0] == '\0')
        return true;
    if (!tls_context_server(&files, &fresh, e))
        return false;
    tls_store_put(&s->tls, fresh);
    return true;
}

/* New connections get the new certificate; open ones keep theirs, and unfit files change nothing. */
static void reload_tls(struct server *s)
{
    struct err e = {0};
    if (s->config.tls_certificate[0] == '\0')
        return;
    if (load_tls(s, &e))
        log_event(LOG_INFO, "tls_reloaded", "certificate", s->config.tls_certificate, NULL);
    else
        log_event(LOG_ERROR, "tls_reload_refused", "field", e.field, "why", e.text, NULL);
}

/* Loads the network file again; the old one serves until the new one is whole, and on when it is unfit. */
static void reload(struct server *s)
{
    struct err e = {0};
    struct snapshot *fresh;
    int64_t t0 = monotonic_ns();
    if (!snapshot_load(s->config.network, (unsigned)s->config.workers, &fresh, &e)) {
        log_event(LOG_ERROR, "reload_refused", "network", s->config.network, "why", e.text, NULL);
        return;
    }
    log_event(LOG_INFO, "reloaded", "version", fresh->net->version, "ms",
              LOG_I64((monotonic_ns() - t0) / 1000000), NULL);
    struct snapshot *keep = snapshot_acquire(fresh);
    if (s->config.sharpen)
        sharpen_later(s->pool, keep);
    snapshot_store_put(&s->store, fresh, monotonic_ns());
    metric_cache_keep_only(s->metrics, keep);
    if (!scenarios_rebase(s->scenarios, keep, &e))
        log_event(LOG_ERROR, "projects_failed", "why", e.text, NULL);
    snapshot_release(keep);
    for (unsigned i = 0; i < s->loop_count; i++)
        loop_tell_reload(s->loops[i]);
}

/* Signals are taken here, one at a time, by the main thread alone; it has time to tidy up between them. */
static void wait_for_signals(struct server *s, const sigset_t *set)
{
    static const struct timespec every = {.tv_sec = 10};
    for (;;) {
        int sig = sigtimedwait(set, NULL, &every);
        if (sig < 0 && errno == EAGAIN)
            tidy_memory();
        if (sig < 0)
            continue;
        if (sig != SIGHUP)
            break;
        reload_tls(s);
        reload(s);
    }
    log_event(LOG_INFO, "draining", NULL);
    jobs_stop(s->jobs);
    for (unsigned i = 0; i < s->loop_count; i++)
        loop_tell_drain(s->loops[i]);
}

static bool write_port(const char *setting, const char *path, int port, struct err *e)
{
    if (path[0] == '\0')
        return true;
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, setting, "%s: %s", path, strerror(errno));
    fprintf(f, "%d\n", port);
    return fclose(f) == 0 || fail_field(e, ERR_INVALID_ARGUMENT, setting, "%s: %s", path, strerror(errno));
}

/* What an address that others reach asks for. */
static bool check_address(const struct config *c, const char *setting, const char *address, struct err *e)
{
    if (address[0] == '\0' || listener_is_loopback(address))
        return true;
    if (c->anonymous)
        return fail_field(e, ERR_INVALID_ARGUMENT, "anonymous",
                          "anonymous = yes is for loopback addresses, not %s = %s", setting, address);
    return c->tls_certificate[0] != '\0' || c->plain ||
           fail_field(e, ERR_INVALID_ARGUMENT, setting,
                      "%s is not a loopback address: give tls_certificate and tls_key, or plain = yes",
                      address);
}

/* These go into headers as they stand. */
static bool check_web(const struct config *c, struct err *e)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:/.-_*[], ";
    const char *const lists[] = {c->http_origins, c->web_sources}, *const names[] = {"http_origins",
                                                                                     "web_sources"};
    for (int i = 0; i < 2; i++)
        if (strspn(lists[i], good) != strlen(lists[i]))
            return fail_field(e, ERR_INVALID_ARGUMENT, names[i],
                              "%s must be origins such as https://tiles.example", names[i]);
    return true;
}

static bool check_settings(struct config *c, struct err *e)
{
    static const char *const levels[] = {"error", "warn", "info", "debug"};
    bool tls = c->tls_certificate[0] != '\0';
    if (!tls && (c->tls_key[0] != '\0' || c->tls_client_ca[0] != '\0' || c->tls_client_names[0] != '\0'))
        return fail_field(e, ERR_INVALID_ARGUMENT, "tls_certificate",
                          "tls_certificate is empty, but other settings of TLS are not");
    if (tls && c->tls_client_names[0] != '\0' && c->tls_client_ca[0] == '\0')
        return fail_field(e, ERR_INVALID_ARGUMENT, "tls_client_ca",
                          "tls_client_names wants tls_client_ca, which says whose certificates count");
    if (!check_address(c, "listen", c->listen, e) || !check_address(c, "http", c->http, e) ||
        !check_web(c, e))
        return false;
    for (int i = 0; i < 4; i++)
        if (strcmp(c->log_level, levels[i]) == 0) {
            log_set_level((enum log_level)i);
            return true;
        }
    return fail_field(e, ERR_INVALID_ARGUMENT, "log_level",
                      "log_level = \"%s\" must be error, warn, info or debug", c->log_level);
}

/* Connections may not eat the descriptors that files and PostgreSQL need. */
static void fit_connections(struct config *c)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return;
    r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
    int64_t room = ((int64_t)r.rlim_cur - SPARE_DESCRIPTORS) / c->loops;
    int64_t http = c->http[0] != '\0' ? c->http_connections_max : 0;
    if (room <= 0 || c->connections_max + http <= room)
        return;
    http = http < room / 4 ? http : room / 4; /* the page gives way first */
    c->connections_max = c->connections_max < room - http ? c->connections_max : room - http;
    c->http_connections_max = http > 0 ? http : c->http_connections_max;
    log_event(LOG_WARN, "connections_lowered", "to", LOG_I64(c->connections_max), "http", LOG_I64(http),
              "nofile", LOG_I64(r.rlim_cur), NULL);
}

/* The kernel makes the table of descriptors wider when it is full, and has whoever opens one wait for all
 * processors meanwhile when there are threads (5 to 20 ms at 256, 512, 1,024 connections). Here are none yet.
 */
static void widen_descriptors(const struct config *c)
{
    struct rlimit r;
    int64_t most = (c->connections_max + c->http_connections_max) * c->loops + SPARE_DESCRIPTORS;
    int any = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (any < 0 || getrlimit(RLIMIT_NOFILE, &r) != 0)
        return;
    int last = fcntl(any, F_DUPFD_CLOEXEC, (int)((rlim_t)most < r.rlim_cur ? (rlim_t)most : r.rlim_cur) - 1);
    if (last >= 0)
        close(last);
    close(any);
}

enum { WORKERS_MAX = 64 };

/* Nobody waits for an answer while the daemon starts. */
static unsigned loaders(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors > WORKERS_MAX ? WORKERS_MAX : processors > 1 ? (unsigned)processors : 1;
}

/* A restart is a reload for those who were shown prices before it. */
static bool load_before(struct server *s, struct err *e)
{
    const struct config *c = &s->config;
    struct snapshot *before;
    if (c->network_before[0] == '\0')
        return true;
    if (!snapshot_load(c->network_before, loaders(), &before, e))
        return false;
    log_event(LOG_INFO, "network_before", "file", c->network_before, "version", before->net->version, NULL);
    snapshot_store_hold(&s->store, before, monotonic_ns());
    return true;
}

static bool open_scenarios(struct server *s, struct snapshot *first, struct err *e)
{
    struct scenarios_settings set = {.memory_max = (size_t)s->config.scenarios_memory,
                                     .firm_max = (uint32_t)s->config.scenarios_max,
                                     .database = s->config.database[0] != '\0'};
    s->demands = demands_new((size_t)s->config.demand_max, (uint32_t)s->config.demands_max);
    if (s->demands == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for demands");
    return scenarios_new(&set, s->pool, &s->scenarios, e) && scenarios_rebase(s->scenarios, first, e);
}

/* Loops have processors of their own where there are as many: with a worker on each, others wait for the end
 * of a worker's slice. */
static void fit_workers(struct config *c)
{
    long rest = sysconf(_SC_NPROCESSORS_ONLN) - (long)c->loops;
    if (c->workers == 0)
        c->workers = rest > WORKERS_MAX ? WORKERS_MAX : rest > 1 ? rest : 1;
}

static bool prepare(struct server *s, struct err *e)
{
    struct config *c = &s->config;
    struct snapshot *first;
    unsigned applied = 0;
    uint64_t seed = 0;
    fit_connections(c);
    widen_descriptors(c);
    fit_workers(c);
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        return fail(e, ERR_INTERNAL, "the machine gives no random numbers");
    tls_store_init(&s->tls);
    s->failures = failures_new((uint32_t)c->failures_max, c->failures_forgive_ms * 1000000, seed);
    if (s->failures == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for failures");
    if (!methods_init(e) || !load_tls(s, e) || (c->http[0] != '\0' && !web_files_load(c->web, &s->web, e)))
        return false;
    if (c->migrate[0] != '\0') {
        if (!migrate_run(c->migrate, c->schemas, &applied, e))
            return false;
        log_event(LOG_INFO, "migrated", "applied", LOG_I64(applied), NULL);
    }
    if (!snapshot_load(c->network, loaders(), &first, e))
        return false;
    snapshot_store_init(&s->store, first);
    if (!load_before(s, e))
        return false;
    if (!pool_new((unsigned)c->workers, c->workers_nice, (uint32_t)c->work_max, (size_t)c->work_memory,
                  &s->pool, e) ||
        !metric_cache_new(s->pool, (size_t)c->metrics_max, &s->metrics, e) || !open_scenarios(s, first, e) ||
        !jobs_new(s, &s->jobs, e))
        return false;
    if (c->sharpen)
        sharpen_later(s->pool, first);
    log_event(LOG_INFO, "network", "file", c->network, "version", first->net->version, "nodes",
              LOG_I64(net_node_count(first->net)), NULL);
    return true;
}

static bool start_loops(struct server *s, struct loop_ports *ports, struct err *e)
{
    s->loops = calloc((size_t)s->config.loops, sizeof *s->loops);
    if (s->loops == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for loops");
    *ports = (struct loop_ports){-1, -1};
    for (int64_t i = 0; i < s->config.loops; i++) {
        if (!loop_new(s, ports, &s->loops[s->loop_count], e))
            return false;
        s->loop_count++;
    }
    return true;
}

static void log_listening(const struct server *s, const struct loop_ports *ports)
{
    const struct config *c = &s->config;
    bool tls = c->tls_certificate[0] != '\0';
    char page[256];
    log_event(LOG_INFO, "listening", "address", c->listen, "port", LOG_I64(ports->tcp), "loops",
              LOG_I64(s->loop_count), "tls", tls ? "yes" : "no", NULL);
    if (c->http[0] == '\0')
        return;
    int host = (int)(strrchr(c->http, ':') - c->http);
    snprintf(page, sizeof page, "%s://%.*s:%d/", tls ? "https" : "http", host, c->http, ports->http);
    log_event(LOG_INFO, "http", "page", page, "files", LOG_I64(s->web.count), NULL);
}

static int serve(struct server *s, const sigset_t *set, struct err *e)
{
    struct loop_ports ports;
    pthread_t threads[64];
    unsigned running = 0;
    if (!prepare(s, e) || !start_loops(s, &ports, e) ||
        !write_port("port_file", s->config.port_file, ports.tcp, e) ||
        !write_port("http_port_file", s->config.http_port_file, ports.http, e))
        return 1;
    for (; running < s->loop_count; running++)
        if (pthread_create(&threads[running], NULL, run_loop, s->loops[running]) != 0) {
            fail_field(e, ERR_RESOURCE_EXHAUSTED, "loops", "no thread can be made for a loop");
            return 1;
        }
    log_listening(s, &ports);
    wait_for_signals(s, set);
    for (unsigned i = 0; i < running; i++)
        pthread_join(threads[i], NULL);
    pool_stop(
        s->pool); /* from here on work is dropped, and the calls that wait for it end with their loops */
    for (unsigned i = 0; i < s->loop_count; i++)
        loop_close(s->loops[i]);
    for (unsigned i = 0; i < s->loop_count; i++)
        loop_free(s->loops[i]);
    free(s->loops);
    jobs_free(s->jobs);
    metric_cache_free(s->metrics);
    scenarios_free(s->scenarios);
    demands_free(s->demands);
    pool_free(s->pool);
    snapshot_store_release(&s->store);
    tls_store_put(&s->tls, NULL);
    failures_free(s->failures);
    web_files_free(&s->web);
    log_event(LOG_INFO, "stopped", NULL);
    return 0;
}

static bool asked_for_text(int argc, char **argv)
{
    if (argc != 2)
        return false;
    if (strcmp(argv[1], "--help") == 0)
        config_help(stdout);
    else if (strcmp(argv[1], "--version") == 0)
        puts("zonghengd " ZONGHENG_VERSION);
    else if (strcmp(argv[1], "--settings-markdown") == 0)
        config_markdown(stdout);
    else if (strcmp(argv[1], "--methods") == 0)
        return methods_init(NULL) && methods_list(stdout) == 0;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    static struct server server;
    struct err e = {0};
    sigset_t set;
    if (asked_for_text(argc, argv))
        return 0;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    server.started_at = (int64_t)time(NULL);
    int status = 1;
    if (config_read(&server.config, argc, argv, &e) && check_settings(&server.config, &e))
        status = serve(&server, &set, &e);
    if (status != 0)
        log_event(LOG_ERROR, "start_refused", "field", e.field, "why", e.text, NULL);
    return status;
}
