/* bench_order.c - both contraction orders: how long they take and how good they are. */
#include "bench.h"
#include "road/order.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct result {
    double seconds;
    uint32_t arcs, depth;
    bool made;
};

static void measure(const struct bench *b, bool flow, struct result *r)
{
    struct err e = {0};
    struct cch *c;
    uint32_t *order = bench_must(malloc(((size_t)b->g.node_count + 1) * sizeof *order));
    double t0 = bench_now();
    r->made = flow
                  ? road_order_flow(b->g.node_count, b->g.first_out, b->g.head, b->net->node_point, order, &e)
                  : road_order_metis(b->g.node_count, b->g.first_out, b->g.head, order, &e);
    r->seconds = bench_now() - t0;
    if (r->made && cch_new(&b->g, order, &c, &e)) {
        r->arcs = c->arc_count;
        r->depth = c->slot_count;
    }
}

static struct result in_child(const struct bench *b, bool flow)
{
    struct result r = {0};
    int ends[2], status;
    fflush(NULL);
    if (pipe(ends) != 0)
        return r;
    pid_t pid = fork();
    if (pid == 0) {
        measure(b, flow, &r);
        _exit(write(ends[1], &r, sizeof r) == (ssize_t)sizeof r ? 0 : 1);
    }
    close(ends[1]);
    if (pid < 0 || read(ends[0], &r, sizeof r) != (ssize_t)sizeof r)
        r = (struct result){0};
    close(ends[0]);
    if (pid > 0)
        waitpid(pid, &status, 0);
    return r;
}

void bench_orders(struct bench *b)
{
    struct result flow = in_child(b, true), metis = in_child(b, false);
    if (flow.made) {
        bench_say(b, "order by flow cuts", "order_flow_s", flow.seconds, 1, "s");
        bench_say(b, "  shortcut arcs", "order_flow_arcs", flow.arcs, 1, "");
        bench_say(b, "  longest branch", "order_flow_depth", flow.depth, 1, "");
    }
    if (metis.made) {
        bench_say(b, "order by METIS", "order_metis_s", metis.seconds, 1, "s");
        bench_say(b, "  shortcut arcs", "order_metis_arcs", metis.arcs, 1, "");
        bench_say(b, "  longest branch", "order_metis_depth", metis.depth, 1, "");
    }
}
