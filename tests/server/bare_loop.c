#include "bare_loop.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>

void bare_loop_open(struct server *s, struct loop **l)
{
    const char *flags[] = {"zonghengd", "--listen",           "127.0.0.1:0", "--database",
                           BARE_AWAY,   "--database-replica", BARE_AWAY};
    enum { FLAGS = sizeof flags / sizeof flags[0] };
    const char *build = getenv("BUILD");
    char network[1000], *argv[FLAGS];
    struct snapshot *first;
    struct loop_ports ports = {-1, -1};
    struct err e = {0};
    for (int i = 0; i < FLAGS; i++)
        argv[i] = (char *)(uintptr_t)flags[i];
    snprintf(network, sizeof network, "%s/daye.net", build != NULL ? build : "build");
    CHECK_MSG(config_read(&s->config, FLAGS, argv, &e), "%s", e.text);
    tls_store_init(&s->tls);
    CHECK_MSG(snapshot_load(network, 1, &first, &e), "%s", e.text);
    snapshot_store_init(&s->store, first);
    CHECK_MSG(loop_new(s, &ports, l, &e), "%s", e.text);
}

void bare_loop_close(struct server *s, struct loop *l)
{
    loop_free(l);
    snapshot_store_release(&s->store);
}
