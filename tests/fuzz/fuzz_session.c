/* A whole conversation: bytes over a socket into a loop of the daemon on the bundled network, in pieces of
 * the input's choice, anonymous and without a database. Whatever comes, each reply is a whole frame with a
 * Reply that answers a request that was sent, no more replies come than frames went, and when the peer has
 * ended its side the connection ends. Over HTTP likewise, without a look into the answers.
 *
 * The first byte says how: its lower six bits the length of the pieces (0: all at once), 64 that the peer
 * reads only when it has said all, 128 that it speaks HTTP. The rest is the stream. */
#include "admission.h"
#include "config.h"
#include "demands.h"
#include "dispatch.h"
#include "failures.h"
#include "frame.h"
#include "fuzz.h"
#include "jobs.h"
#include "log.h"
#include "loop.h"
#include "pool.h"
#include "scenarios.h"

#include "zongheng/v1/wire.pb-c.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REPLIES_MAX = 64 * 1024 * 1024, TURNS_MAX = 20000, PIECE = 63, READS_LATE = 64, HTTP = 128 };

static struct server server;
static struct loop *loop;
static struct loop_ports ports = {-1, -1};

static void start(void)
{
    static const char *const flags[] = {"zonghengd", "--listen", "127.0.0.1:0", "--anonymous", "yes",
                                        "--sharpen", "no",       "--workers",   "1",           "--log-level",
                                        "error",     "--http",   "127.0.0.1:0", "--network",   NULL};
    const char *build = getenv("BUILD");
    char path[1000], *argv[24];
    struct snapshot *first;
    struct err e = {0};
    int argc = 0;
    while (flags[argc] != NULL) {
        argv[argc] = (char *)(uintptr_t)flags[argc];
        argc++;
    }
    snprintf(path, sizeof path, "%s/daye.net", build != NULL ? build : "build");
    argv[argc++] = path;
    tls_store_init(&server.tls);
    server.failures = failures_new(1000000, 1000000, 1);
    if (server.failures == NULL || !config_read(&server.config, argc, argv, &e) || !methods_init(&e) ||
        !snapshot_load(server.config.network, 1, &first, &e) ||
        !pool_new(1, 0, 256, 1 << 26, &server.pool, &e) ||
        !metric_cache_new(server.pool, (size_t)server.config.metrics_max, &server.metrics, &e) ||
        !jobs_new(&server, &server.jobs, &e)) {
        fprintf(stderr, "%s\n", e.text);
        exit(2); /* not a finding: the network is not built, say */
    }
    struct scenarios_settings set = {.memory_max = (size_t)server.config.scenarios_memory,
                                     .firm_max = (uint32_t)server.config.scenarios_max};
    if (!scenarios_new(&set, server.pool, &server.scenarios, &e) ||
        !scenarios_rebase(server.scenarios, first, &e))
        exit(2);
    server.demands = demands_new((size_t)server.config.demand_max, (uint32_t)server.config.demands_max);
    if (server.demands == NULL)
        exit(2);
    log_set_level(LOG_ERROR);
    snapshot_store_init(&server.store, first);
    server.loops = calloc(1, sizeof server.loops[0]);
    if (server.loops == NULL || !loop_new(&server, &ports, &loop, &e))
        abort();
    server.loops[0] = loop;
    server.loop_count = 1;
}

struct talk {
    int fd;
    uint8_t *got;
    size_t got_len, got_room;
    bool ended, late;
};

static void listen_to(struct talk *t)
{
    for (;;) {
        if (t->got_room - t->got_len < 65536) {
            t->got_room = 2 * t->got_room + 131072;
            t->got = realloc(t->got, t->got_room);
            if (t->got == NULL || t->got_room > REPLIES_MAX)
                abort();
        }
        ssize_t n = recv(t->fd, t->got + t->got_len, t->got_room - t->got_len, MSG_DONTWAIT);
        if (n > 0)
            t->got_len += (size_t)n;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            t->ended = true;
            return;
        } else
            return;
    }
}

static void turn(struct talk *t)
{
    loop_step(loop, false);
    if (!t->late)
        listen_to(t);
}

static void say(struct talk *t, const uint8_t *data, size_t len, size_t piece)
{
    for (size_t at = 0; at < len && !t->ended;) {
        size_t n = len - at < piece ? len - at : piece;
        ssize_t sent = send(t->fd, data + at, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        at += sent > 0 ? (size_t)sent : 0;
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            break; /* it has closed: a broken frame */
        turn(t);
    }
    for (int i = 0; t->late && i < 100; i++)
        turn(t);
    t->late = false;
    shutdown(t->fd, SHUT_WR);
}

/* How many frames the stream holds before it ends or breaks. */
static size_t frames_in(const uint8_t *data, size_t len)
{
    size_t n = 0, payload;
    while (frame_judge(data, len, 1 << 20, &payload) == FRAME_WHOLE) {
        data += FRAME_HEAD + payload;
        len -= FRAME_HEAD + payload;
        n++;
        if (len < FRAME_HEAD)
            break;
    }
    return n;
}

static void check_replies(const struct talk *t, size_t asked)
{
    size_t at = 0, payload, answered = 0;
    while (t->got_len - at >= FRAME_HEAD) {
        if (frame_judge(t->got + at, t->got_len - at, REPLIES_MAX, &payload) != FRAME_WHOLE)
            break;
        Zongheng__V1__Reply *r = zongheng__v1__reply__unpack(NULL, payload, t->got + at + FRAME_HEAD);
        if (r == NULL || (r->status != NULL && r->status->code != 0 && r->status->message[0] == '\0'))
            abort();
        answered += !r->more;
        zongheng__v1__reply__free_unpacked(r, NULL);
        at += FRAME_HEAD + payload;
    }
    if (at != t->got_len || answered > asked)
        abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* libFuzzer's: the network is read before the first input's time begins. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    start();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (loop == NULL)
        start();
    if (len < 1)
        return 0;
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)((data[0] & HTTP) != 0 ? ports.http : ports.tcp)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct talk t = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                     .late = (data[0] & READS_LATE) != 0};
    size_t piece = data[0] & PIECE;
    struct linger reset = {1, 0}; /* no TIME_WAIT: the ports would run out */
    if (t.fd < 0 || connect(t.fd, (struct sockaddr *)&to, sizeof to) != 0)
        abort();
    setsockopt(t.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    say(&t, data + 1, len - 1, piece != 0 ? piece : len);
    for (unsigned i = 0; i < TURNS_MAX && !t.ended; i++) {
        turn(&t);
        if (i > 100)
            usleep(1000); /* a worker is at it */
    }
    if (!t.ended)
        abort();
    if ((data[0] & HTTP) == 0)
        check_replies(&t, frames_in(data + 1, len - 1));
    close(t.fd);
    loop_step(loop, false);
    free(t.got);
    return 0;
}
