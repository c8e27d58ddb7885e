#include "pool.h"

#include "priority.h"
#include "turn.h"
#include "wake.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    THREADS_MAX = 64,
    MEAN_JOBS = 16,      /* that the mean remembers */
    TURN_NS = 200 * 1000 /* of a port in a turn of its loop */
};

static int64_t clock_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

struct queue {
    struct pool_job *first, **end;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct queue urgent, patient;
    bool stopping;
    struct pool_stats stats; /* all under the lock */
    double mean_ns;          /* of a job, lately */
    int64_t nicer;           /* than the thread that made them */
    unsigned thread_count;
    pthread_t thread[THREADS_MAX];
};

struct pool_port {
    pthread_mutex_t lock;
    struct queue box;
    int fd;
    struct event *wake;
};

static void put(struct queue *q, struct pool_job *j)
{
    j->next = NULL;
    *q->end = j;
    q->end = &j->next;
}

static struct pool_job *take(struct queue *q)
{
    struct pool_job *j = q->first;
    if (j != NULL && (q->first = j->next) == NULL)
        q->end = &q->first;
    return j;
}

static void queue_init(struct queue *q)
{
    q->first = NULL;
    q->end = &q->first;
}

/* A job without done may be freed by its own work; one with it, as soon as it is posted. What is done is no
 * more counted as running when its done runs. */
static void run(struct pool *p, struct pool_job *j, bool counted)
{
    struct pool_port *port = j->done != NULL ? j->port : NULL;
    j->work(j);
    if (counted) {
        pthread_mutex_lock(&p->lock);
        p->stats.running--;
        pthread_mutex_unlock(&p->lock);
    }
    if (port != NULL)
        pool_post(port, j);
}

static void *worker(void *arg)
{
    struct pool *p = arg;
    pthread_setname_np(pthread_self(), "zh-worker");
    priority_nice(p->nicer);
    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct pool_job *j = p->stopping ? NULL : take(&p->urgent);
        if (j == NULL && !p->stopping)
            j = take(&p->patient);
        if (j == NULL) {
            if (p->stopping)
                break;
            pthread_cond_wait(&p->wake, &p->lock);
            continue;
        }
        p->stats.waiting--;
        p->stats.running++;
        p->stats.jobs++;
        pthread_mutex_unlock(&p->lock);
        int64_t began_ns = clock_ns();
        run(p, j, true);
        int64_t took_ns = clock_ns() - began_ns;
        pthread_mutex_lock(&p->lock);
        p->mean_ns += ((double)took_ns - p->mean_ns) / MEAN_JOBS;
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

bool pool_new(unsigned threads, int64_t nicer, uint32_t tickets_max, size_t held_max, struct pool **out,
              struct err *e)
{
    struct pool *p = calloc(1, sizeof *p);
    *out = NULL;
    if (p == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the workers");
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    queue_init(&p->urgent);
    queue_init(&p->patient);
    p->stats.tickets_max = tickets_max;
    p->stats.held_max = held_max;
    p->nicer = nicer;
    threads = threads < THREADS_MAX ? threads : THREADS_MAX;
    while (p->thread_count < threads && pthread_create(&p->thread[p->thread_count], NULL, worker, p) == 0)
        p->thread_count++;
    p->stats.threads = p->thread_count;
    if (p->thread_count < threads || threads == 0) {
        pool_stop(p);
        pool_free(p);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the machine gives no thread for a worker");
    }
    *out = p;
    return true;
}

void pool_stop(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->thread_count; i++)
        pthread_join(p->thread[i], NULL);
    p->thread_count = 0;
    for (;;) {
        pthread_mutex_lock(&p->lock);
        struct pool_job *j = take(&p->urgent);
        j = j != NULL ? j : take(&p->patient);
        p->stats.waiting -= j != NULL;
        pthread_mutex_unlock(&p->lock);
        if (j == NULL)
            return;
        j->dropped = true;
        run(p, j, false);
    }
}

void pool_free(struct pool *p)
{
    if (p == NULL)
        return;
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

bool pool_enter(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    bool ok = p->stats.tickets < p->stats.tickets_max;
    p->stats.tickets += ok;
    p->stats.refused += !ok;
    pthread_mutex_unlock(&p->lock);
    return ok;
}

void pool_leave(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stats.tickets--;
    pthread_mutex_unlock(&p->lock);
}

bool pool_hold(struct pool *p, size_t bytes)
{
    pthread_mutex_lock(&p->lock);
    bool ok = bytes <= p->stats.held_max - p->stats.held;
    p->stats.held += ok ? bytes : 0;
    p->stats.refused += !ok;
    pthread_mutex_unlock(&p->lock);
    return ok;
}

void pool_let_go(struct pool *p, size_t bytes)
{
    pthread_mutex_lock(&p->lock);
    p->stats.held -= bytes;
    pthread_mutex_unlock(&p->lock);
}

int64_t pool_wait_ns(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    double ns = p->stats.running < p->stats.threads
                    ? 0
                    : p->mean_ns * (1 + (double)p->stats.waiting) / (double)p->stats.threads;
    pthread_mutex_unlock(&p->lock);
    return (int64_t)ns;
}

void pool_submit(struct pool *p, struct pool_job *j)
{
    j->dropped = false;
    pthread_mutex_lock(&p->lock);
    bool stopping = p->stopping;
    if (!stopping) {
        put(j->urgent ? &p->urgent : &p->patient, j);
        p->stats.waiting++;
        pthread_cond_signal(&p->wake);
    }
    pthread_mutex_unlock(&p->lock);
    if (!stopping)
        return;
    j->dropped = true;
    run(p, j, false);
}

bool pool_stopping(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    bool stopping = p->stopping;
    pthread_mutex_unlock(&p->lock);
    return stopping;
}

struct pool_stats pool_stats(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    struct pool_stats s = p->stats;
    pthread_mutex_unlock(&p->lock);
    return s;
}

/* Back in front of what has come meanwhile, and the port is woken again. */
static void put_back(struct pool_port *port, struct pool_job *first)
{
    struct pool_job *last = first;
    while (last->next != NULL)
        last = last->next;
    pthread_mutex_lock(&port->lock);
    if (port->box.first == NULL)
        port->box.end = &last->next;
    last->next = port->box.first;
    port->box.first = first;
    wake(port->fd);
    pthread_mutex_unlock(&port->lock);
}

/* For so long, then the loop's other events have their turn. */
static bool deliver(struct pool_port *port, int64_t budget_ns)
{
    int64_t began_ns = clock_ns();
    pthread_mutex_lock(&port->lock);
    struct pool_job *j = port->box.first;
    queue_init(&port->box);
    pthread_mutex_unlock(&port->lock);
    bool any = j != NULL;
    for (struct pool_job *next; j != NULL; j = next) {
        next = j->next; /* the job goes with its call */
        j->done(j);
        if (next != NULL && clock_ns() - began_ns > budget_ns) {
            put_back(port, next);
            break;
        }
    }
    return any;
}

static void on_wake(evutil_socket_t fd, short what, void *port)
{
    uint64_t n;
    (void)what;
    turn_begins(clock_ns());
    if (read(fd, &n, sizeof n) == (ssize_t)sizeof n)
        deliver(port, TURN_NS);
}

bool pool_port_new(struct event_base *base, struct pool_port **out, struct err *e)
{
    struct pool_port *port = calloc(1, sizeof *port);
    *out = NULL;
    if (port == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a loop's port");
    pthread_mutex_init(&port->lock, NULL);
    queue_init(&port->box);
    port->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (port->fd >= 0)
        port->wake = event_new(base, port->fd, EV_READ | EV_PERSIST, on_wake, port);
    if (port->wake == NULL || event_add(port->wake, NULL) != 0) {
        pool_port_free(port);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "cannot make the event of a loop's port");
    }
    *out = port;
    return true;
}

void pool_port_empty(struct pool_port *port)
{
    while (deliver(port, INT64_MAX))
        ;
}

void pool_port_free(struct pool_port *port)
{
    if (port == NULL)
        return;
    pool_port_empty(port);
    if (port->wake != NULL)
        event_free(port->wake);
    if (port->fd >= 0)
        close(port->fd);
    pthread_mutex_destroy(&port->lock);
    free(port);
}

void pool_post(struct pool_port *port, struct pool_job *j)
{
    pthread_mutex_lock(&port->lock);
    bool first = port->box.first == NULL;
    put(&port->box, j);
    /* Written under the lock: once it is open the port may be freed by whoever took the job. */
    if (first)
        wake(port->fd);
    pthread_mutex_unlock(&port->lock);
}
