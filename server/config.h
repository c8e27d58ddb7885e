/* config.h - the settings of zonghengd: one table, from which come the defaults, --help, the configuration
 * file (INI, one section [zonghengd]), the environment (ZONGHENG_<NAME>) and the flags (--name value, with
 * '-' for '_'). Later wins: default, file, environment, flag. A wrong setting stops the start and names where
 * it stands. docs/configuration.md is compared with this table by make check.
 */
#ifndef ZH_SERVER_CONFIG_H
#define ZH_SERVER_CONFIG_H

#include "base/err.h"

#include <stdint.h>
#include <stdio.h>

/* name, kind, default, lowest, highest, what it does. Kinds: STR (lowest..highest is its length), INT, BOOL.
 */
#define CONFIG_SETTINGS(X)                                                                                  \
    X(listen, STR, "127.0.0.1:7420", 3, 200, "TCP address, HOST:PORT; port 0 takes a free one")             \
    X(port_file, STR, "", 0, 1000, "file that receives the TCP port once it is open")                       \
    X(http, STR, "", 0, 200, "HTTP address, HOST:PORT; port 0 takes a free one; empty: no HTTP")            \
    X(http_port_file, STR, "", 0, 1000, "file that receives the HTTP port once it is open")                 \
    X(http_origins, STR, "", 0, 1000, "other origins whose pages may call (CORS), comma between")           \
    X(http_head_max, INT, "16384", 1024, 1048576, "bytes of an HTTP request's head; of a body: frame_max")  \
    X(http_head_ms, INT, "10000", 10, 600000, "time for the head of an HTTP request")                       \
    X(http_body_ms, INT, "30000", 10, 600000, "time for the body of an HTTP request")                       \
    X(http_idle_ms, INT, "60000", 10, 86400000, "time an HTTP connection may be silent between requests")   \
    X(http_connections_max, INT, "2000", 1, 1000000, "HTTP connections of each loop; more are closed")      \
    X(http_metrics, BOOL, "yes", 0, 1, "answer GET /metrics to whoever reaches the HTTP address")           \
    X(web, STR, "build/web", 0, 1000, "folder of the page's files, read once at start; empty: none")        \
    X(web_sources, STR, "", 0, 500, "origins of map tiles that the page may load, blank between")           \
    X(network, STR, "build/daye.net", 1, 1000, "network file, made by zongheng network build")              \
    X(network_before, STR, "", 0, 1000, "the network file in force before: its prices hold 15 minutes")     \
    X(database, STR, "", 0, 1000, "libpq connection string; empty: no shipments, routing only")             \
    X(database_pooled, BOOL, "no", 0, 1, "database is a pooler of transactions such as PgBouncer")          \
    X(database_replica, STR, "", 0, 1000, "connection string of a streaming replica for Get and List")      \
    X(replica_wait_ms, INT, "50", 0, 10000, "time for the replica to catch up; then the primary answers")   \
    X(schemas, STR, "schemas", 1, 1000, "folder of the numbered migrations")                                \
    X(migrate, STR, "", 0, 1000, "libpq connection string of the migrating role: migrate, then start")      \
    X(anonymous, BOOL, "no", 0, 1, "answer routing without a token; on a loopback address only")            \
    X(tls_certificate, STR, "", 0, 1000, "PEM file of the certificate and its chain; not empty: TLS only")  \
    X(tls_key, STR, "", 0, 1000, "PEM file of the certificate's key, without a password")                   \
    X(tls_client_ca, STR, "", 0, 1000,                                                                      \
      "PEM file of authorities; clients are asked for a certificate of them")                               \
    X(tls_client_required, BOOL, "yes", 0, 1, "with tls_client_ca: refuse clients without a certificate")   \
    X(tls_client_names, STR, "", 0, 1000,                                                                   \
      "common names of the client certificates let in; empty: all of the CA")                               \
    X(plain, BOOL, "no", 0, 1, "TCP without TLS also on an address that is not loopback")                   \
    X(failures_max, INT, "20", 1, 1000000, "wrong tokens of one address before it has to wait")             \
    X(failures_forgive_ms, INT, "3000", 1, 3600000, "time after which one wrong token is forgiven")         \
    X(loops, INT, "1", 1, 64, "event loop threads")                                                         \
    X(db_connections, INT, "2", 1, 32, "PostgreSQL connections of each loop")                               \
    X(workers, INT, "0", 0, 64,                                                                             \
      "threads for heavy work: tables, reach, metrics; 0: a processor each beside those of the loops, at "  \
      "least one")                                                                                          \
    X(workers_nice, INT, "5", 0, 20,                                                                        \
      "how much nicer they are than the loops, which wait for nothing else; 20: as jobs_nice")              \
    X(work_max, INT, "256", 1, 100000, "heavy requests in work or waiting; more get RESOURCE_EXHAUSTED")    \
    X(work_memory, INT, "134217728", 1048576, 1099511627776,                                                \
      "bytes of tables in work or not read yet; more get RESOURCE_EXHAUSTED")                               \
    X(heavy_conn_max, INT, "4", 1, 10000, "heavy requests in work of one connection")                       \
    X(heavy_conn_waiting, INT, "12", 0, 10000,                                                              \
      "heavy requests of one connection that wait for those; more get RESOURCE_EXHAUSTED")                  \
    X(sharpen, BOOL, "yes", 0, 1, "after loading, add what makes road questions quicker; doubles a metric") \
    X(metrics_max, INT, "536870912", 1048576, 1099511627776, "bytes of metrics made for single questions")  \
    X(scenarios_max, INT, "200", 1, 10000, "scenarios that one firm may keep")                              \
    X(scenarios_memory, INT, "1073741824", 1048576, 1099511627776,                                          \
      "bytes of networks made for scenarios; the least asked go first and are made again")                  \
    X(matrix_max, INT, "4000000", 1, 100000000, "cells of a table (rows x columns)")                        \
    X(demand, STR, "data/demand.csv", 1, 1000,                                                              \
      "table of what is shipped in a week: the planner's demand \"bundled\"")                               \
    X(demands_max, INT, "50", 1, 10000, "demands that one firm may keep")                                   \
    X(demand_max, INT, "67108864", 1024, 1073741824, "bytes of a demand's table, also while it is sent")    \
    X(jobs_workers, INT, "1", 0, 16, "threads that each run one of the planner's jobs; 0: no jobs here")    \
    X(jobs_threads, INT, "1", 1, 64, "threads of one job")                                                  \
    X(jobs_nice, INT, "19", 0, 20,                                                                          \
      "how much nicer threads of jobs are than those that answer; 20: they run when nothing else wants to") \
    X(jobs_max, INT, "16", 1, 10000, "jobs that wait or run; more get RESOURCE_EXHAUSTED")                  \
    X(jobs_kept, INT, "64", 1, 10000, "ended jobs whose results stay in memory")                            \
    X(jobs_memory, INT, "1073741824", 1048576, 1099511627776, "bytes that an assignment may take")          \
    X(jobs_seconds, INT, "3600", 1, 864000, "seconds after which a job is ended")                           \
    X(families_max, INT, "20000", 1, 10000000, "cells of a table by family (rows x columns)")               \
    X(costs_max, INT, "1000", 1, 100000, "loads of one GetCosts")                                           \
    X(agreed_max, INT, "1024", 1, 100000, "firms whose agreed tariffs each loop keeps at hand")             \
    X(connections_max, INT, "10000", 1, 1000000, "connections of each loop; more are closed at once")       \
    X(frame_max, INT, "262144", 1024, 16777216, "bytes of a frame after Hello (before it: 4096)")           \
    X(arena_max, INT, "8388608", 65536, 1073741824, "bytes a request may allocate")                         \
    X(inflight_max, INT, "4096", 1, 1000000, "requests in work in each loop; more get RESOURCE_EXHAUSTED")  \
    X(queue_ms, INT, "2000", 1, 600000,                                                                     \
      "delay above which vital requests are refused; ordinary ones above a half, heavy a quarter of it")    \
    X(buffers_max, INT, "268435456", 1048576, 1099511627776,                                                \
      "bytes in the buffers of a loop's connections; above it those with any are not read")                 \
    X(keepalive_s, INT, "30", 1, 7200, "silence of a peer before TCP probes it, three times every 10 s")    \
    X(unacked_ms, INT, "60000", 1000, 600000, "time for a peer's TCP to acknowledge what was sent to it")   \
    X(inflight_conn_max, INT, "32", 1, 10000, "requests in work of one connection; its reading then waits") \
    X(output_max, INT, "1048576", 4096, 1073741824, "unsent bytes above which a connection is not read")    \
    X(deadline_max_ms, INT, "30000", 1, 600000, "longest deadline a request may ask for")                   \
    X(hello_ms, INT, "5000", 10, 600000, "time for Hello after connecting")                                 \
    X(frame_ms, INT, "10000", 10, 600000, "time for a frame once its first byte came")                      \
    X(idle_ms, INT, "600000", 10, 86400000, "time a connection may be silent")                              \
    X(stall_ms, INT, "30000", 10, 600000, "time without progress in sending before a connection is closed") \
    X(drain_ms, INT, "10000", 0, 600000, "time for requests in work to end after SIGTERM")                  \
    X(log_level, STR, "info", 4, 5, "error, warn, info or debug")

struct config {
#define CONFIG_STR(name) char name[1001];
#define CONFIG_INT(name) int64_t name;
#define CONFIG_BOOL(name) bool name;
#define X(name, kind, def, low, high, help) CONFIG_##kind(name)
    CONFIG_SETTINGS(X)
#undef X
#undef CONFIG_STR
#undef CONFIG_INT
#undef CONFIG_BOOL
};

/* Reads defaults, the file of --config (or ZONGHENG_CONFIG), environment and flags. */
bool config_read(struct config *c, int argc, char **argv, struct err *e);

/* The table for people, and as the Markdown table of docs/configuration.md. */
void config_help(FILE *out);
void config_markdown(FILE *out);

#endif
