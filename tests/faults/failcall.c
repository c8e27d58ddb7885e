/* failcall.so - for LD_PRELOAD: makes system calls of a program and of its libraries fail, as a kernel may:
 * one, or several in a row.
 *
 * FAILCALL names a file of struct control that is mapped shared. While `times` is not 0 each call of a kind
 * in `kinds` on a descriptor of `side` counts `left` down; the one that brings it to 0 and the times - 1
 * after it fail with the errno `how`, or move one byte only where how is 0; `failed` counts those, `came` all
 * that were looked at, by kind. A call that fails is not made, but for connect with EINTR, which goes on in
 * the kernel. An eventfd is only ever interrupted: nothing else can befall one.
 *
 * What glibc calls inside itself (fread, fgets, printf) is not seen; fopen is.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind {
    READ,
    WRITE,
    ACCEPT,
    EPOLL_CTL,
    EPOLL_WAIT,
    OPEN,
    FSYNC,
    CONNECT,
    SOCKET,
    POLL,
    MAP,
    THREAD,
    KINDS
}; /* tests/e2e/test_calls.py */
enum side { ANY, INET, LOCAL, OTHER };

struct control {
    _Atomic int64_t left, times, kinds, side, how, failed, came[KINDS];
};

static struct control none, *control = &none;

static void *next(const char *name)
{
    void *p = dlsym(RTLD_NEXT, name);
    if (p == NULL)
        abort();
    return p;
}

#define REAL(name)                 \
    static __typeof__(&name) real; \
    if (real == NULL)              \
    *(void **)&real = next(#name)
#define SEEN __attribute__((visibility("default")))

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAILCALL");
    FILE *f = path != NULL ? ((FILE * (*)(const char *, const char *)) next("fopen"))(path, "r+e") : NULL;
    void *(*map)(void *, size_t, int, int, int, off_t) = next("mmap");
    void *p =
        f != NULL ? map(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(f), 0) : MAP_FAILED;
    if (p != MAP_FAILED)
        control = p;
    if (f != NULL)
        fclose(f);
}

static enum side side_of(int fd)
{
    int domain = 0;
    socklen_t len = sizeof domain;
    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) != 0)
        return OTHER;
    return domain == AF_UNIX ? LOCAL : INET;
}

static bool can_befall(int fd, int how)
{
    struct stat st;
    return how == EINTR || fd < 0 || fstat(fd, &st) != 0 || (st.st_mode & S_IFMT) != 0;
}

/* 0: let it be; 1: it fails, errno is set; 2: one byte only. */
static int befalls(enum kind k, int fd, enum side s)
{
    int was = errno;
    if (atomic_load(&control->times) == 0 || (atomic_load(&control->kinds) >> k & 1) == 0)
        return 0;
    int how = (int)atomic_load(&control->how);
    int64_t wanted = atomic_load(&control->side);
    bool ours = (wanted == ANY || wanted == (int64_t)s) && can_befall(fd, how);
    errno = was;
    if (!ours)
        return 0;
    atomic_fetch_add(&control->came[k], 1);
    int64_t left = atomic_fetch_sub(&control->left, 1);
    if (left > 1 || left <= 1 - atomic_load(&control->times))
        return 0;
    atomic_fetch_add(&control->failed, 1);
    if (how == 0)
        return 2;
    errno = how;
    return 1;
}

/* Calls that move n bytes. */
#define MOVES(kind, name, parameters, arguments, n)   \
    SEEN ssize_t name parameters                      \
    {                                                 \
        REAL(name);                                   \
        int b = befalls(kind, fd, side_of_armed(fd)); \
        if (b == 1)                                   \
            return -1;                                \
        if (b == 2 && n > 1)                          \
            n = 1;                                    \
        return real arguments;                        \
    }

/* Without a system call of its own while nothing is to fail. */
static enum side side_of_armed(int fd)
{
    if (atomic_load(&control->times) == 0)
        return OTHER;
    int was = errno;
    enum side s = side_of(fd);
    errno = was;
    return s;
}

#pragma GCC diagnostic ignored "-Wshadow"
MOVES(READ, read, (int fd, void *to, size_t n), (fd, to, n), n)
MOVES(READ, recv, (int fd, void *to, size_t n, int flags), (fd, to, n, flags), n)
MOVES(WRITE, write, (int fd, const void *from, size_t n), (fd, from, n), n)
MOVES(WRITE, send, (int fd, const void *from, size_t n, int flags), (fd, from, n, flags), n)

static ssize_t moves_parts(enum kind k, ssize_t (*real)(int, const struct iovec *, int), int fd,
                           const struct iovec *v, int n)
{
    int b = befalls(k, fd, side_of_armed(fd));
    if (b == 1)
        return -1;
    if (b == 2 && n > 0 && v[0].iov_len > 0)
        return real(fd, &(struct iovec){v[0].iov_base, 1}, 1);
    return real(fd, v, n);
}

SEEN ssize_t readv(int fd, const struct iovec *v, int n)
{
    REAL(readv);
    return moves_parts(READ, real, fd, v, n);
}

SEEN ssize_t writev(int fd, const struct iovec *v, int n)
{
    REAL(writev);
    return moves_parts(WRITE, real, fd, v, n);
}

/* Calls that fail as a whole. */
#define FAILS(kind, type, name, parameters, arguments, fd, side)         \
    SEEN type name parameters                                            \
    {                                                                    \
        REAL(name);                                                      \
        return befalls(kind, fd, side) == 1 ? (type)-1 : real arguments; \
    }

FAILS(ACCEPT, int, accept4, (int s, struct sockaddr *a, socklen_t *len, int flags), (s, a, len, flags), s,
      side_of_armed(s))
FAILS(EPOLL_CTL, int, epoll_ctl, (int e, int op, int s, struct epoll_event *event), (e, op, s, event), -1,
      side_of_armed(s))
FAILS(EPOLL_WAIT, int, epoll_wait, (int e, struct epoll_event *events, int n, int ms), (e, events, n, ms), e,
      OTHER)
FAILS(EPOLL_WAIT, int, epoll_create1, (int flags), (flags), -1, OTHER)
FAILS(FSYNC, int, fsync, (int s), (s), s, OTHER)
FAILS(SOCKET, int, socket, (int domain, int type, int protocol), (domain, type, protocol), -1,
      domain == AF_UNIX ? LOCAL : INET)
FAILS(SOCKET, int, eventfd, (unsigned n, int flags), (n, flags), -1, OTHER)
FAILS(SOCKET, int, listen, (int s, int n), (s, n), s, side_of_armed(s))
FAILS(POLL, int, poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms), -1,
      n > 0 ? side_of_armed(p[0].fd) : OTHER)
FAILS(OPEN, int, memfd_create, (const char *name, unsigned flags), (name, flags), -1, OTHER)
FAILS(MAP, int, fallocate, (int s, int mode, off_t from, off_t len), (s, mode, from, len), s, OTHER)
FAILS(MAP, void *, mmap, (void *at, size_t len, int prot, int flags, int s, off_t from),
      (at, len, prot, flags, s, from), s, OTHER)

SEEN int connect(int s, const struct sockaddr *to, socklen_t len)
{
    REAL(connect);
    if (befalls(CONNECT, s, side_of_armed(s)) != 1)
        return real(s, to, len);
    int why = errno;
    if (why == EINTR)
        real(s, to, len);
    errno = why;
    return -1;
}

SEEN int open(const char *path, int flags, ...)
{
    REAL(open);
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return befalls(OPEN, -1, OTHER) == 1 ? -1 : real(path, flags, mode);
}

SEEN int openat(int folder, const char *path, int flags, ...)
{
    REAL(openat);
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return befalls(OPEN, -1, OTHER) == 1 ? -1 : real(folder, path, flags, mode);
}

SEEN FILE *fopen(const char *path, const char *mode)
{
    REAL(fopen);
    return befalls(OPEN, -1, OTHER) == 1 ? NULL : real(path, mode);
}

SEEN int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*work)(void *), void *ctx)
{
    REAL(pthread_create);
    return befalls(THREAD, -1, OTHER) == 1 ? errno : real(t, a, work, ctx);
}
