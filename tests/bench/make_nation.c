/* make_nation - writes a generated nation (plan_nation.h) as a network file.
 *
 *   make_nation NODES TERMINALS SERVICES OUT.net
 *
 * For measurements of the daemon, and to ask the same nation again without building it anew. */
#include "network/file.h"
#include "plan_nation.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    struct err e = {0};
    struct plan_nation w = {0};
    if (argc != 5) {
        fprintf(stderr, "usage: make_nation NODES TERMINALS SERVICES OUT.net\n");
        return 2;
    }
    w.nodes = (uint32_t)strtoul(argv[1], NULL, 10);
    w.terminals = (uint32_t)strtoul(argv[2], NULL, 10);
    w.services = (uint32_t)strtoul(argv[3], NULL, 10);
    bool ok = plan_nation_make(&w, 7, &e) && network_write(argv[4], w.bytes, w.len, &e);
    plan_nation_free(&w);
    if (!ok)
        fprintf(stderr, "make_nation: %s\n", e.text);
    return ok ? 0 : 1;
}
