#include "order.h"

#include "network/file.h"
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

_Noreturn static void child(int fd, const struct road_graph *g, uint32_t *order)
{
    struct err e = {0};
    bool ok = road_order_metis(g->node_count, g->first_out, g->head, order, &e) &&
              write_all(fd, order, (size_t)g->node_count * sizeof *order);
    _exit(ok ? 0 : 1);
}

static bool order_in_child(const struct road_graph *g, uint32_t *order, struct err *e)
{
    int ends[2], status = 0;
    if (pipe(ends) != 0)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "no pipe for the ordering: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        child(ends[1], g, order);
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
    ok = ok && (!wanted || order_in_child(&g, order, e));
    for (uint32_t i = 0; ok && wanted && i < g.node_count; i++)
        network_add_cch_order(b, &order[i]);
    network_release(n);
    free(order);
    if (!ok || !wanted)
        return ok;
    free(*bytes);
    *bytes = NULL;
    return network_builder_freeze(b, bytes, len, e);
}
