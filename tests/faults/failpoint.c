/* failpoint.so - for LD_PRELOAD: stops the daemon at a named point of one booking's way to PostgreSQL and
 * back, by the calls of libpq and of the socket that it makes there. The program is the one that ships.
 *
 * FAILPOINT names a file that is mapped shared (struct control): whoever tests puts a point and an action in,
 * the next Book that comes by does it once and counts it. FAILPOINT_STATEMENT names the prepared
 * statement, FAILPOINT_STALL_MS how long it stands still (2000).
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum point { NONE, BEFORE_SEND, AFTER_SEND, AFTER_FLUSH, TUPLES_OK, SYNC, BEFORE_REPLY, AFTER_REPLY };
enum action { EXIT, STALL, CLOSE };

struct control {
    _Atomic int64_t point, action, hits;
    _Atomic int64_t synced, replied; /* CLOCK_MONOTONIC, ns: of the last Book's Sync and reply; 0: not yet */
};

static struct control *control;
static const char *statement = "book";
static useconds_t stall_us = 2000000;
static PGconn *on;        /* the connection that the Book goes over; NULL: none is under way */
static enum point passed; /* by it */

static void *next(const char *name)
{
    void *p = dlsym(RTLD_NEXT, name);
    if (p == NULL)
        abort();
    return p;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAILPOINT");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *p = fd >= 0 ? mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (p != MAP_FAILED)
        control = p;
    if (fd >= 0)
        close(fd);
    if (getenv("FAILPOINT_STATEMENT") != NULL)
        statement = getenv("FAILPOINT_STATEMENT");
    if (getenv("FAILPOINT_STALL_MS") != NULL)
        stall_us = (useconds_t)strtoul(getenv("FAILPOINT_STALL_MS"), NULL, 10) * 1000;
}

static int64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* fd: what CLOSE ends. */
static void reach(enum point p, int fd)
{
    passed = p;
    if (control == NULL || atomic_load(&control->point) != (int64_t)p)
        return;
    atomic_store(&control->point, NONE);
    atomic_fetch_add(&control->hits, 1);
    switch (atomic_load(&control->action)) {
    case EXIT:
        _exit(9);
    case STALL:
        usleep(stall_us);
        break;
    case CLOSE:
        shutdown(fd, SHUT_RDWR);
        break;
    default:
        break;
    }
}

__attribute__((visibility("default"))) int PQsendQueryPrepared(PGconn *c, const char *name, int n,
                                                               const char *const *values, const int *lengths,
                                                               const int *formats, int result_format)
{
    static int (*real)(PGconn *, const char *, int, const char *const *, const int *, const int *, int);
    if (real == NULL)
        *(void **)&real = next("PQsendQueryPrepared");
    bool ours = strcmp(name, statement) == 0;
    if (ours) {
        on = c;
        if (control != NULL) {
            atomic_store(&control->synced, 0);
            atomic_store(&control->replied, 0);
        }
        reach(BEFORE_SEND, PQsocket(c));
    }
    int ok = real(c, name, n, values, lengths, formats, result_format);
    if (ours)
        reach(AFTER_SEND, PQsocket(c));
    return ok;
}

__attribute__((visibility("default"))) int PQflush(PGconn *c)
{
    static int (*real)(PGconn *);
    if (real == NULL)
        *(void **)&real = next("PQflush");
    int left = real(c);
    if (c == on && passed == AFTER_SEND && left == 0)
        reach(AFTER_FLUSH, PQsocket(c));
    return left;
}

__attribute__((visibility("default"))) PGresult *PQgetResult(PGconn *c)
{
    static PGresult *(*real)(PGconn *);
    if (real == NULL)
        *(void **)&real = next("PQgetResult");
    PGresult *r = real(c);
    if (c != on || r == NULL)
        return r;
    if (PQresultStatus(r) == PGRES_TUPLES_OK)
        reach(TUPLES_OK, PQsocket(c));
    if (PQresultStatus(r) == PGRES_PIPELINE_SYNC) {
        if (control != NULL)
            atomic_store(&control->synced, now_ns());
        reach(SYNC, PQsocket(c));
    }
    return r;
}

/* libevent writes what was gathered: the next after the Sync is the reply. */
__attribute__((visibility("default"))) ssize_t writev(int fd, const struct iovec *v, int n)
{
    static ssize_t (*real)(int, const struct iovec *, int);
    if (real == NULL)
        *(void **)&real = next("writev");
    bool reply = on != NULL && fd != PQsocket(on);
    if (reply)
        reach(BEFORE_REPLY, fd);
    if (reply && control != NULL)
        atomic_store(&control->replied, now_ns());
    ssize_t written = real(fd, v, n);
    if (reply) {
        reach(AFTER_REPLY, fd);
        on = NULL;
    }
    return written;
}
