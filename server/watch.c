#include "watch.h"

#include "api_shipments_common.h"
#include "call.h"
#include "log.h"
#include "loop.h"
#include "store_watch.h"

#include "zongheng/v1/shipments.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char zero_mark[] = "00000000-0000-0000-0000-000000000000";
static const int64_t POLL_DEADLINE_NS = 3000000000;
enum { FIRM_TEXT = 37, NUMBER_TEXT = 24 };

struct watcher { /* in its call's arena */
    struct watcher *next;
    struct call *call;
    struct store_cursor cursor;
    bool gone; /* nothing can be sent any more */
};

struct watch_hub {
    struct loop *loop;
    struct event *timer;
    struct watcher *list;
    uint32_t count;
    struct watcher *asked[WATCHERS_MAX]; /* those that the statement on its way is for */
    uint32_t asked_count;
    bool busy;
    char firms[WATCHERS_MAX * (FIRM_TEXT + 1) + 3], xids[WATCHERS_MAX * NUMBER_TEXT + 3],
        ids[WATCHERS_MAX * NUMBER_TEXT + 3];
    Zongheng__V1__Change change[WATCH_ROWS_MAX], *list_of[WATCH_ROWS_MAX];
    struct store_change row[WATCH_ROWS_MAX];
};

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* protobuf-c's messages are not const; packing only reads */
}

static void arm(struct watch_hub *h, int ms)
{
    struct timeval tv = {.tv_usec = ms * 1000};
    event_add(h->timer, &tv);
}

/* The last reply: the cursor to come back with. */
static void end(struct watch_hub *h, struct watcher *w)
{
    Zongheng__V1__WatchReply reply = ZONGHENG__V1__WATCH_REPLY__INIT;
    h->count--;
    reply.cursor = w->cursor.mark;
    call_reply(w->call, &reply.base);
}

/* Ends what is over and collects whom to ask for. */
static void collect(struct watch_hub *h)
{
    bool draining = loop_draining(h->loop);
    h->asked_count = 0;
    for (struct watcher **at = &h->list; *at != NULL;) {
        struct watcher *w = *at;
        if (w->gone || draining || !call_alive(w->call) || call_late(w->call)) {
            *at = w->next;
            end(h, w); /* w is gone with its call */
            continue;
        }
        if (!call_is_full(w->call))
            h->asked[h->asked_count++] = w;
        at = &w->next;
    }
}

static void put_lists(struct watch_hub *h)
{
    size_t f = 0, x = 0, d = 0;
    for (uint32_t i = 0; i < h->asked_count; i++) {
        const struct watcher *w = h->asked[i];
        char mark = i == 0 ? '{' : ',';
        f += (size_t)snprintf(h->firms + f, sizeof h->firms - f, "%c%s", mark, w->call->identity->firm_id);
        x += (size_t)snprintf(h->xids + x, sizeof h->xids - x, "%c%s", mark, w->cursor.xid);
        d += (size_t)snprintf(h->ids + d, sizeof h->ids - d, "%c%" PRId64, mark, w->cursor.id);
    }
    snprintf(h->firms + f, sizeof h->firms - f, "}");
    snprintf(h->xids + x, sizeof h->xids - x, "}");
    snprintf(h->ids + d, sizeof h->ids - d, "}");
}

static void put_change(const struct store_change *s, Zongheng__V1__Change *m)
{
    zongheng__v1__change__init(m);
    m->topic = text(s->topic);
    m->shipment_id = text(s->shipment_id);
    m->bill_no = text(s->bill_no);
    m->state = text(s->state);
    m->event_id = text(s->event_id);
    m->code = text(s->code);
    m->exception = text(s->exception);
    m->at = s->at_s;
}

/* The rows from `first` on that are of one watcher; gives the row behind them. */
static uint32_t send_rows(struct watch_hub *h, const struct db_result *r, uint32_t first)
{
    Zongheng__V1__WatchReply reply = ZONGHENG__V1__WATCH_REPLY__INIT;
    struct watcher *w = NULL;
    uint32_t row = first;
    for (; row < r->row_count && reply.n_changes < WATCH_ROWS_MAX; row++) {
        struct store_change *s = &h->row[reply.n_changes];
        if (!store_read_change(r, row, s) || s->reader >= h->asked_count) {
            log_event(LOG_ERROR, "watch_row", "why", "a row is not as the schema of this build", NULL);
            return r->row_count;
        }
        if (w != NULL && h->asked[s->reader] != w)
            break;
        w = h->asked[s->reader];
        if (strcmp(s->firm_id, w->call->identity->firm_id) != 0) { /* looked at once more */
            log_event(LOG_ERROR, "foreign_row", "method", "Watch", "firm", w->call->identity->firm_id, NULL);
            return r->row_count;
        }
        put_change(s, &h->change[reply.n_changes]);
        h->list_of[reply.n_changes] = &h->change[reply.n_changes];
        reply.n_changes++;
    }
    if (w == NULL)
        return r->row_count;
    w->cursor = h->row[reply.n_changes - 1].at;
    reply.changes = h->list_of;
    reply.cursor = w->cursor.mark;
    w->gone = !call_part(w->call, &reply.base);
    return row;
}

static void on_changes(void *ctx, const struct db_result *r)
{
    struct watch_hub *h = ctx;
    h->busy = false;
    if (r->outcome == DB_REFUSED)
        log_event(LOG_ERROR, "db_refused", "statement", "watch", "sqlstate", r->sqlstate, "why", r->message,
                  NULL);
    for (uint32_t row = 0; r->outcome == DB_OK && row < r->row_count;)
        row = send_rows(h, r, row);
    if (r->outcome == DB_OK && r->row_count >= WATCH_ROWS_MAX)
        arm(h, 0); /* there is more: whoever is behind need not wait */
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    struct watch_hub *h = ctx;
    struct db *db = loop_db(h->loop);
    if (!h->busy) {
        collect(h);
        if (h->asked_count > 0 && db != NULL && db_up(db)) {
            put_lists(h);
            struct store_readers readers = {.firms = h->firms,
                                            .xids = h->xids,
                                            .ids = h->ids,
                                            .limit = WATCH_ROWS_MAX,
                                            .deadline_ns = monotonic_ns() + POLL_DEADLINE_NS};
            h->busy = true;
            store_watch(db, &readers, on_changes, h);
        }
    }
    if (h->list != NULL || h->busy)
        arm(h, WATCH_POLL_MS);
}

static struct watch_hub *hub_of(struct loop *l)
{
    struct watch_hub **slot = loop_watch_hub(l);
    if (*slot != NULL)
        return *slot;
    struct watch_hub *h = calloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    h->loop = l;
    h->timer = event_new(loop_base(l), -1, 0, on_timer, h);
    if (h->timer == NULL) {
        free(h);
        return NULL;
    }
    *slot = h;
    return h;
}

void watch_hub_free(struct watch_hub *h)
{
    if (h == NULL)
        return;
    event_free(h->timer);
    free(h);
}

static void on_started(void *ctx, const struct db_result *r)
{
    struct watcher *w = ctx;
    struct call *c = w->call;
    struct watch_hub *h = hub_of(c->loop);
    Zongheng__V1__WatchReply reply = ZONGHENG__V1__WATCH_REPLY__INIT;
    if (shipments_failed(c, r, false))
        return;
    if (r->row_count == 0) {
        shipments_fail(c, ERR_OUT_OF_RANGE, "cursor",
                       "this cursor is of no change that is kept: List the shipments and watch from now on");
    } else if (!store_read_cursor(r, 0, &w->cursor)) {
        shipments_fail_schema(c);
    } else if (h == NULL) {
        shipments_fail_memory(c);
    } else if (h->count >= WATCHERS_MAX) {
        struct err e = {0};
        fail(&e, ERR_RESOURCE_EXHAUSTED, "the server has as many watchers as it takes; try again");
        call_fail(c, &e, STORE_RETRY_MS);
    } else {
        reply.cursor = w->cursor.mark;
        w->gone = !call_part(c, &reply.base);
        w->next = h->list;
        h->list = w;
        h->count++;
        if (!event_pending(h->timer, EV_TIMEOUT, NULL))
            arm(h, WATCH_POLL_MS);
    }
}

void api_shipments_watch(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__WatchRequest *m = (const void *)message;
    const char *mark = m->cursor[0] == '\0' ? NULL : strcmp(m->cursor, "start") == 0 ? zero_mark : m->cursor;
    if (mark != NULL && !shipments_is_uuid(mark)) {
        shipments_fail(c, ERR_INVALID_ARGUMENT, "cursor",
                       "cursor is that of a WatchReply, \"start\" or empty");
        return;
    }
    struct db *db = shipments_db(c);
    if (db == NULL)
        return;
    struct watcher *w = arena_calloc(&c->arena, 1, sizeof *w);
    if (w == NULL) {
        shipments_fail_memory(c);
        return;
    }
    w->call = c;
    struct store_asker who = shipments_asker(c, NULL, NULL);
    store_watch_start(db, &who, mark, on_started, w);
}
