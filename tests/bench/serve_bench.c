/* serve_bench - requests a second and latency of a daemon beside a bare echo: one thread per side, a closed
 * loop of C connections with D requests each on their way.
 *
 *   serve_bench echo PORTFILE             answers frames with frames of the size that they ask for
 *   serve_bench null PORTFILE KIND REPLY  unpacks requests and packs this reply, a frame in a file
 *   serve_bench ask PORT SECONDS C D REQUESTS...  each file holds frames; prints rate, p50, p99, bytes of a
 *                                         reply and how many were refused; ask-echo: the same of an echo
 *
 * RATE in the environment asks so many a second at even intervals, on connections in turn (D in work on each
 * at most), and counts latency from the instant at which a request was due.
 *
 * A frame of the echo begins like any other with its length; the last 4 bytes of its body tell the size of
 * the answer, so that both directions carry what the daemon's carry. tests/bench/serve_bench.py runs both. */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "serve_null.h"

enum { HEAD = 4, FRAME_MAX = 1 << 20, DEPTH_MAX = 64, ID_AT = HEAD + 1, SAMPLES_MAX = 1 << 22 };

static void die(const char *what)
{
    fprintf(stderr, "serve_bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> (24 - 8 * i));
}

static void no_delay(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* --- echo --- */

static unsigned char echo_body[FRAME_MAX];

static void echo_read(struct bufferevent *b, void *ctx)
{
    struct evbuffer *in = bufferevent_get_input(b), *out = bufferevent_get_output(b);
    unsigned char head[HEAD], last[4], reply[HEAD];
    (void)ctx;
    while (evbuffer_copyout(in, head, HEAD) == HEAD) {
        uint32_t size = get32(head);
        if (evbuffer_get_length(in) < HEAD + size || size < sizeof last)
            return;
        evbuffer_drain(in, HEAD + size - sizeof last);
        evbuffer_remove(in, last, sizeof last);
        put32(reply, get32(last) % FRAME_MAX);
        evbuffer_add(out, reply, HEAD);
        evbuffer_add(out, echo_body, get32(reply));
    }
}

/* --- null --- */

static struct serve_null *null_method;

static void null_read(struct bufferevent *b, void *ctx)
{
    struct evbuffer *in = bufferevent_get_input(b), *out = bufferevent_get_output(b);
    unsigned char head[HEAD];
    const uint8_t *answer;
    (void)ctx;
    while (evbuffer_copyout(in, head, HEAD) == HEAD) {
        uint32_t size = get32(head);
        if (evbuffer_get_length(in) < HEAD + size)
            return;
        const unsigned char *frame = evbuffer_pullup(in, HEAD + (ev_ssize_t)size);
        size_t length = frame != NULL ? serve_null_answer(null_method, frame + HEAD, size, &answer) : 0;
        evbuffer_drain(in, HEAD + size);
        put32(head, (uint32_t)length);
        evbuffer_add(out, head, HEAD);
        evbuffer_add(out, answer, length);
    }
}

/* --- both --- */

static void echo_event(struct bufferevent *b, short what, void *ctx)
{
    (void)what;
    (void)ctx;
    bufferevent_free(b);
}

static void echo_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *a, int len, void *ctx)
{
    (void)l;
    (void)a;
    (void)len;
    no_delay(fd);
    struct bufferevent *b = bufferevent_socket_new(ctx, fd, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(b, null_method != NULL ? null_read : echo_read, NULL, echo_event, NULL);
    bufferevent_enable(b, EV_READ | EV_WRITE);
}

static int echo(const char *port_file)
{
    struct event_base *base = event_base_new();
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    signal(SIGPIPE, SIG_IGN); /* clients leave with answers on the way */
    struct evconnlistener *l =
        evconnlistener_new_bind(base, echo_accept, base, LEV_OPT_CLOSE_ON_FREE, 128, (void *)&a, sizeof a);
    if (l == NULL || getsockname(evconnlistener_get_fd(l), (void *)&a, &len) != 0)
        die("listen");
    FILE *f = fopen(port_file, "w");
    if (f == NULL)
        die(port_file);
    fprintf(f, "%d\n", ntohs(a.sin_port));
    fclose(f);
    return event_base_dispatch(base);
}

/* --- ask --- */

struct peer {
    int fd;
    size_t have;
    double sent[DEPTH_MAX];
    uint64_t busy; /* slots in work, when paced */
    unsigned char in[FRAME_MAX + HEAD];
};

static struct {
    unsigned char *bytes;
    size_t *first, count; /* frames */
    size_t next, from;    /* of a daemon's the first is its Hello */
    float *sample;
    size_t samples, refused;
    uint64_t reply_bytes;
    double rate; /* 0: a closed loop */
} run;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void send_one(struct peer *p, unsigned slot)
{
    size_t i = run.from + run.next++ % (run.count - run.from);
    unsigned char *frame = run.bytes + run.first[i];
    size_t size = run.first[i + 1] - run.first[i];
    memset(frame + ID_AT, 0, 8); /* fixed64 id, the first field of a Request */
    frame[ID_AT] = (unsigned char)(slot + 1);
    p->sent[slot] = now();
    if (send(p->fd, frame, size, MSG_NOSIGNAL) != (ssize_t)size)
        die("send");
}

/* Replies in the order of arrival; the echo's carry no id and keep the order of requests. */
static void take_replies(struct peer *p, unsigned depth, unsigned *oldest, bool plain)
{
    size_t at = 0;
    while (p->have - at >= HEAD && p->have - at >= HEAD + get32(p->in + at)) {
        unsigned slot = plain ? *oldest : p->in[at + ID_AT] - 1u;
        *oldest = (*oldest + 1) % depth;
        if (slot >= depth)
            die("a reply with an id that was not asked");
        if (run.samples < SAMPLES_MAX)
            run.sample[run.samples++] = (float)(now() - p->sent[slot]);
        uint32_t size = get32(p->in + at);
        run.reply_bytes += size;
        run.refused += !plain && size > 9 && p->in[at + HEAD + 9] == 0x12; /* a Status */
        at += HEAD + size;
        p->busy &= ~(UINT64_C(1) << slot);
        if (run.rate <= 0)
            send_one(p, slot);
    }
    memmove(p->in, p->in + at, p->have - at);
    p->have -= at;
}

static void load(char **files, int count)
{
    size_t room = 0, have = 0, frames = 0;
    for (int i = 0; i < count; i++) {
        FILE *f = fopen(files[i], "rb");
        if (f == NULL)
            die(files[i]);
        for (size_t n = 1; n > 0; have += n) {
            if (have == room)
                run.bytes = realloc(run.bytes, room += 1 << 20);
            n = fread(run.bytes + have, 1, room - have, f);
        }
        fclose(f);
    }
    for (size_t at = 0; at < have; at += HEAD + get32(run.bytes + at))
        frames++;
    run.first = calloc(frames + 1, sizeof *run.first);
    for (size_t at = 0; at < have; at += HEAD + get32(run.bytes + at)) {
        run.first[run.count++] = at;
        run.first[run.count] = at + HEAD + get32(run.bytes + at);
    }
    if (run.count == 0)
        die("no frames");
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static int dial(uint16_t port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (void *)&a, sizeof a) != 0)
        die("connect");
    no_delay(fd);
    return fd;
}

/* Sends what is due on connections with a free slot; the seconds until the next is. */
static double pace(struct peer *p, unsigned peers, unsigned depth, double start)
{
    static uint64_t sent;
    for (unsigned tries = 0; tries < peers;) {
        double due = start + (double)sent / run.rate;
        struct peer *x = &p[(sent + tries) % peers];
        if (due > now())
            return due - now();
        unsigned slot = 0;
        while (slot < depth && x->busy >> slot & 1)
            slot++;
        if (slot == depth) { /* all wait: the latency of what is due grows */
            tries++;
            continue;
        }
        send_one(x, slot);
        x->busy |= UINT64_C(1) << slot;
        x->sent[slot] = due;
        sent++;
        tries = 0;
    }
    return 1;
}

static int ask(uint16_t port, double seconds, unsigned peers, unsigned depth, bool plain)
{
    struct peer *p = calloc(peers, sizeof *p);
    run.from = plain ? 0 : 1;
    unsigned *oldest = calloc(peers, sizeof *oldest);
    int ep = epoll_create1(0);
    run.sample = calloc(SAMPLES_MAX, sizeof *run.sample);
    for (unsigned i = 0; i < peers; i++) {
        unsigned char reply[256];
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
        p[i].fd = dial(port);
        if (!plain && (send(p[i].fd, run.bytes, run.first[1], MSG_NOSIGNAL) != (ssize_t)run.first[1] ||
                       recv(p[i].fd, reply, sizeof reply, 0) <= HEAD)) /* Hello: small and alone */
            die("hello");
        epoll_ctl(ep, EPOLL_CTL_ADD, p[i].fd, &e);
        for (unsigned d = 0; run.rate <= 0 && d < depth; d++)
            send_one(&p[i], d);
    }
    double start = now(), warm = start + seconds / 5;
    bool counting = false;
    while (now() < start + seconds) {
        struct epoll_event e[64];
        double wait = run.rate > 0 ? pace(p, peers, depth, start) : 1;
        struct timespec t = {.tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9)};
        int n = epoll_pwait2(ep, e, 64, &t, NULL);
        for (int k = 0; k < n; k++) {
            struct peer *x = &p[e[k].data.u32];
            ssize_t got = recv(x->fd, x->in + x->have, sizeof x->in - x->have, 0);
            if (got <= 0)
                die("recv");
            x->have += (size_t)got;
            take_replies(x, depth, &oldest[e[k].data.u32], plain);
        }
        if (!counting && now() > warm) {
            counting = true;
            run.samples = run.refused = run.reply_bytes = 0;
            warm = now();
        }
    }
    double took = now() - warm;
    qsort(run.sample, run.samples, sizeof *run.sample, by_size);
    if (run.samples == 0)
        die("no reply");
    printf("%.0f %.1f %.1f %.0f %zu\n", (double)run.samples / took, run.sample[run.samples / 2] * 1e6,
           run.sample[run.samples * 99 / 100] * 1e6, (double)run.reply_bytes / (double)run.samples,
           run.refused);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "echo") == 0)
        return echo(argv[2]);
    if (argc == 5 && strcmp(argv[1], "null") == 0) {
        load(argv + 4, 1);
        null_method = serve_null_new(argv[3], run.bytes + HEAD, run.first[1] - HEAD);
        if (null_method == NULL)
            die(argv[4]);
        return echo(argv[2]);
    }
    if (argc < 7 || (strcmp(argv[1], "ask") != 0 && strcmp(argv[1], "ask-echo") != 0)) {
        fprintf(stderr,
                "usage: serve_bench echo PORTFILE | null PORTFILE KIND REPLY | ask|ask-echo PORT SECONDS "
                "CONNECTIONS DEPTH FRAMES...\n");
        return 2;
    }
    unsigned depth = (unsigned)strtoul(argv[5], NULL, 10);
    if (depth < 1 || depth > DEPTH_MAX)
        die("depth");
    run.rate = getenv("RATE") != NULL ? strtod(getenv("RATE"), NULL) : 0;
    load(argv + 6, argc - 6);
    return ask((uint16_t)strtoul(argv[2], NULL, 10), strtod(argv[3], NULL),
               (unsigned)strtoul(argv[4], NULL, 10), depth, strcmp(argv[1], "ask-echo") == 0);
}
