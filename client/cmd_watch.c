/* zongheng watch: the firm's changes as they are committed. After a broken line it comes back with the last
 * cursor, so that nothing is missed; --cursor begins where an earlier run ended. */
#include "cmd.h"
#include "json.h"
#include "table.h"
#include "units.h"

#include "zongheng/v1/shipments.pb-c.h"

#include <string.h>
#include <time.h>

enum { CURSOR_SIZE = 40, STREAM_MS = 60000, PAUSE_MS = 500 };

struct watch_args {
    char *cursor;
    int64_t for_ms; /* 0: for ever */
    struct client *client;
    char at[CURSOR_SIZE]; /* the last cursor read */
};

static bool set_for(void *args, const char *name, char *value, struct err *e)
{
    return units_duration(name, value, &((struct watch_args *)args)->for_ms, e);
}

static const struct cmd_option options[] = {
    {"--cursor", "CURSOR", "behind what was read before, or \"start\" (from now on)", cmd_set_first_text},
    {"--for", "TIME", "ends after so long (never)", set_for},
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void show_change(struct arena *a, const Zongheng__V1__Change *m)
{
    printf("%s  ", units_show_time(a, m->at));
    table_put_clean(m->bill_no, false, stdout);
    printf("  %s  ", m->code);
    table_put_clean(m->state, false, stdout);
    if (m->exception[0] != '\0') {
        fputs("  ", stdout);
        table_put_clean(m->exception, false, stdout);
    }
    putchar('\n');
}

static bool on_part(void *ctx, const ProtobufCMessage *part, struct err *e)
{
    struct watch_args *w = ctx;
    const Zongheng__V1__WatchReply *r = (const Zongheng__V1__WatchReply *)part;
    struct arena a;
    bool ok = true;
    if (strlen(r->cursor) >= sizeof w->at)
        return fail(e, ERR_INTERNAL, "the daemon's cursor is too long");
    if (w->client->json && r->n_changes > 0) {
        ok = json_print_message(part, stdout, e);
    } else {
        arena_init(&a, 1024 * 1024);
        for (size_t i = 0; i < r->n_changes; i++)
            show_change(&a, r->changes[i]);
        arena_release(&a);
    }
    snprintf(w->at, sizeof w->at, "%s", r->cursor);
    fflush(stdout);
    return ok;
}

static bool may_come_back(const struct err *e)
{
    return e->code == ERR_UNAVAILABLE || e->code == ERR_UNKNOWN || e->code == ERR_DEADLINE_EXCEEDED ||
           e->code == ERR_RESOURCE_EXHAUSTED;
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct watch_args *w = args;
    int64_t end = w->for_ms != 0 ? now_ms() + w->for_ms : INT64_MAX;
    w->client = c;
    if (w->cursor != NULL && strlen(w->cursor) >= sizeof w->at)
        return fail_field(e, ERR_INVALID_ARGUMENT, "--cursor",
                          "--cursor is that of an earlier reply, or start");
    snprintf(w->at, sizeof w->at, "%s", w->cursor != NULL ? w->cursor : "");
    while (now_ms() < end) {
        Zongheng__V1__WatchRequest q = ZONGHENG__V1__WATCH_REQUEST__INIT;
        char cursor[CURSOR_SIZE];
        int64_t left = end - now_ms();
        snprintf(cursor, sizeof cursor, "%s", w->at);
        q.cursor = cursor;
        c->timeout_ms = left < STREAM_MS ? (left > 0 ? left : 1) : STREAM_MS;
        if (c->rpc.fd >= 0)
            c->rpc.timeout_ms = (uint32_t)c->timeout_ms;
        if (cmd_ask_parts(c, "zongheng.v1.Shipments/Watch", &q.base, &zongheng__v1__watch_reply__descriptor,
                          on_part, w, e))
            continue;
        if (!may_come_back(e))
            return false;
        *e = (struct err){0};
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    fprintf(stderr, "zongheng: watched up to --cursor %s\n", w->at);
    return true;
}

int cmd_watch(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng watch [options]",
                                   "Shows the firm's changes as they happen, in the order of commits.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   NULL,
                                   run};
    struct watch_args args = {0};
    return cmd_main(&cmd, &args, argc, argv);
}
