#include "order.h"

#include "network/file.h"
#include "road/cch.h"
#include "road/order.h"
#include "road/road.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TELL_FROM_NODES = 100000 };

static bool write_all(int fd, const void *data, size_t len)
{
    const char *at = data;
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static bool read_all(int fd, void *data, size_t len)
{
    char *at = data;
    while (len > 0) {
        ssize_t n = read(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

/* What an order is worth: the arcs that it makes. 0: it cannot be used. */
static uint32_t arcs_of(const struct road_graph *g, const uint32_t *order)
{
    struct cch *c;
    struct err e = {0};
    if (!cch_new(g, order, &c, &e))
        return 0;
    uint32_t arcs = c->arc_count + 1;
    cch_free(c);
    return arcs;
}

/* The two ways to an order; each runs in a child of its own, beside the other: METIS installs signal
 * handlers. */
struct ordering {
    const char *name;
    bool (*make)(const struct network *n, const struct road_graph *g, uint32_t *order, struct err *e);
    pid_t pid;
    int fd;
};

static bool by_flow(const struct network *n, const struct road_graph *g, uint32_t *order, struct err *e)
{
    return road_order_flow(g->node_count, g->first_out, g->head, n->node_point, order, e);
}

static bool by_metis(const struct network *n, const struct road_graph *g, uint32_t *order, struct err *e)
{
    (void)n;
    return road_order_metis(g->node_count, g->first_out, g->head, order, e);
}

_Noreturn static void child(const struct ordering *o, int fd, const struct network *n,
                            const struct road_graph *g)
{
    struct err e = {0};
    uint32_t *order = malloc(((size_t)g->node_count + 1) * sizeof *order);
    bool ok = order != NULL && o->make(n, g, order, &e) &&
              write_all(fd, order, (size_t)g->node_count * sizeof *order);
    _exit(ok ? 0 : 1);
}

static void start(struct ordering *o, const struct network *n, const struct road_graph *g)
{
    int ends[2];
    o->pid = -1;
    o->fd = -1;
    if (pipe(ends) != 0)
        return;
    o->pid = fork();
    if (o->pid == 0) {
        close(ends[0]);
        child(o, ends[1], n, g);
    }
    close(ends[1]);
    if (o->pid > 0)
        o->fd = ends[0];
    else
        close(ends[0]);
}

/* Waits for a child; true when its whole order came. */
static bool finish(struct ordering *o, const struct road_graph *g, uint32_t *order)
{
    int status = 1;
    bool ok = o->fd >= 0 && read_all(o->fd, order, (size_t)g->node_count * sizeof *order);
    if (o->fd >= 0)
        close(o->fd);
    while (o->pid > 0 && waitpid(o->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return ok && status == 0;
}

/* Both orders, the one kept that makes fewer shortcuts. */
static bool best_order(const struct network *n, const struct road_graph *g, uint32_t *order, struct err *e)
{
    struct ordering way[] = {{.name = "flow cuts", .make = by_flow}, {.name = "METIS", .make = by_metis}};
    bool tell = g->node_count >= TELL_FROM_NODES;
    uint32_t best = 0, *other = malloc(((size_t)g->node_count + 1) * sizeof *other);
    if (other == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the contraction order");
    if (tell)
        fprintf(stderr, "ordering %u nodes (some 40 s for 1.5 million) ...\n", g->node_count);
    for (size_t i = 0; i < 2; i++)
        start(&way[i], n, g);
    for (size_t i = 0; i < 2; i++) {
        uint32_t arcs = finish(&way[i], g, other) ? arcs_of(g, other) : 0;
        if (tell && arcs > 0)
            fprintf(stderr, "  by %s: %u shortcuts\n", way[i].name, arcs - 1);
        if (arcs == 0 || (best > 0 && arcs >= best))
            continue;
        best = arcs;
        memcpy(order, other, (size_t)g->node_count * sizeof *order);
    }
    free(other);
    return best > 0 ||
           fail(e, ERR_INTERNAL, "the contraction order of %u nodes could not be made", g->node_count);
}

bool order_network(struct network_builder *b, uint8_t **bytes, size_t *len, struct err *e)
{
    const struct network *n;
    if (!network_open_bytes(*bytes, *len, &n, e))
        return false;
    struct road_graph g = road_graph_of(n);
    uint32_t *order = malloc(((size_t)g.node_count + 1) * sizeof *order);
    bool ok = true, wanted = g.node_count > 0 && n->cch_order_count == 0;
    if (order == NULL)
        ok = fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the contraction order");
    ok = ok && (!wanted || best_order(n, &g, order, e));
    struct cch *c = NULL;
    ok = ok && (!wanted || cch_new(&g, order, &c, e));
    if (ok && wanted)
        cch_store(c, b);
    cch_free(c);
    network_release(n);
    free(order);
    if (!ok || !wanted)
        return ok;
    free(*bytes);
    *bytes = NULL;
    return network_builder_freeze(b, bytes, len, e);
}
