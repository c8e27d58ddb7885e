#include "order.h"

#include "network/file.h"
#include "road/cch.h"
#include "road/order.h"
#include "road/road.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Both orders, the better one kept: flow cuts where the nodes have places, METIS always. */
static bool best_order(const struct network *n, const struct road_graph *g, uint32_t *order)
{
    struct err e = {0};
    bool metis = road_order_metis(g->node_count, g->first_out, g->head, order, &e);
    uint32_t *flow = malloc(((size_t)g->node_count + 1) * sizeof *flow);
    bool other =
        flow != NULL && road_order_flow(g->node_count, g->first_out, g->head, n->node_point, flow, &e);
    uint32_t ours = other ? arcs_of(g, flow) : 0, theirs = metis ? arcs_of(g, order) : 0;
    if (ours > 0 && (theirs == 0 || ours <= theirs))
        memcpy(order, flow, (size_t)g->node_count * sizeof *order);
    free(flow);
    return ours > 0 || theirs > 0;
}

_Noreturn static void child(int fd, const struct network *n, const struct road_graph *g, uint32_t *order)
{
    bool ok = best_order(n, g, order) && write_all(fd, order, (size_t)g->node_count * sizeof *order);
    _exit(ok ? 0 : 1);
}

static bool order_in_child(const struct network *n, const struct road_graph *g, uint32_t *order,
                           struct err *e)
{
    int ends[2], status = 0;
    if (pipe(ends) != 0)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "no pipe for the ordering: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        child(ends[1], n, g, order);
    }
    close(ends[1]);
    bool ok = pid > 0 && read_all(ends[0], order, (size_t)g->node_count * sizeof *order);
    close(ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return (ok && status == 0) ||
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
    ok = ok && (!wanted || order_in_child(n, &g, order, e));
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
