/* GetDemand, ListDemands, DeleteDemand; and what all four share. */
#include "api_planning_demand.h"

#include "api_planning_demand_inside.h"
#include "demands.h"
#include "loop.h"
#include "store_demands.h"

#include <string.h>

enum { PAGE = 50, PAGE_MAX = 200 };

bool demand_kept(const struct call *c)
{
    return loop_db(c->loop) != NULL;
}

/* Where firms are known, nobody writes without a token. */
bool demand_may_write(struct call *c)
{
    struct err e = {0};
    if (!demand_kept(c) || c->identity->firm_id[0] != '\0')
        return true;
    fail_field(
        &e, ERR_UNAUTHENTICATED, "token",
        "demands are put and deleted with a planner's or operator's token; this connection is anonymous");
    call_fail(c, &e, 0);
    return false;
}

void demand_fail_memory(struct call *c)
{
    struct err e = {0};
    fail(&e, ERR_RESOURCE_EXHAUSTED, "the demand does not fit the memory of one request");
    call_fail(c, &e, 0);
}

void demand_fail_not_found(struct call *c)
{
    struct err e = {0};
    fail_field(&e, ERR_NOT_FOUND, "name", DEMANDS_NOT_FOUND);
    call_fail(c, &e, 0);
}

static void release_text(void *t)
{
    demand_text_release(t);
}

bool demand_hold(struct call *c, struct demand_text *t)
{
    if (arena_defer(&c->arena, release_text, t))
        return true;
    demand_text_release(t);
    return false;
}

/* --- GetDemand ------------------------------------------------------------------------------------------ */

static void on_got(void *call, const struct err *e, uint32_t retry_ms, void *text)
{
    struct call *c = call;
    struct demand_text *t = text;
    Zongheng__V1__GetDemandReply r = ZONGHENG__V1__GET_DEMAND_REPLY__INIT;
    if (e->code != ERR_OK) {
        call_fail(c, e, retry_ms);
    } else if (t == NULL) {
        demand_fail_not_found(c);
    } else if (!demand_hold(c, t)) {
        demand_fail_memory(c);
    } else {
        r.demand = t->message;
        call_reply(c, &r.base);
    }
}

void api_planning_get_demand(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__GetDemandRequest *m = (const void *)message;
    struct demands *k = loop_server(c->loop)->demands;
    struct err e = {0};
    if (!demand_is_name(m->name))
        demand_fail_not_found(c);
    else if (demand_kept(c))
        store_demand_get(&(struct store_asker){loop_db(c->loop), c->identity->firm_id, c}, m->name,
                         m->version, false, c->deadline_ns, on_got);
    else
        on_got(c, &e, 0, demands_find(k, c->identity->firm_id, m->name, m->version));
}

/* --- ListDemands ---------------------------------------------------------------------------------------- */

struct list { /* in the call's arena */
    struct call *call;
    uint32_t max;
};

/* One more than the page tells that there are more. */
static void reply_list(struct list *l, const struct err *e, uint32_t retry_ms, struct demand_text **text,
                       uint32_t count)
{
    struct call *c = l->call;
    Zongheng__V1__ListDemandsReply r = ZONGHENG__V1__LIST_DEMANDS_REPLY__INIT;
    r.demands = arena_calloc(&c->arena, (size_t)l->max + 1, sizeof *r.demands);
    bool ok = r.demands != NULL;
    for (uint32_t i = 0; i < count; i++)
        if (!ok || i >= l->max)
            demand_text_release(text[i]);
        else if ((ok = demand_hold(c, text[i])))
            r.demands[r.n_demands++] = text[i]->message;
    if (count > l->max && r.n_demands > 0)
        r.next_page_token = r.demands[r.n_demands - 1]->name;
    if (e->code != ERR_OK)
        call_fail(c, e, retry_ms);
    else if (!ok)
        demand_fail_memory(c);
    else
        call_reply(c, &r.base);
}

static void on_listed(void *ctx, const struct err *e, uint32_t retry_ms, void **text, uint32_t count)
{
    struct demand_text *list[STORE_LIST_MAX];
    for (uint32_t i = 0; i < count; i++)
        list[i] = text[i];
    reply_list(ctx, e, retry_ms, list, count);
}

void api_planning_list_demands(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__ListDemandsRequest *m = (const void *)message;
    struct list *l = arena_calloc(&c->arena, 1, sizeof *l);
    struct demand_text *here[PAGE_MAX + 1];
    struct err e = {0};
    if (m->page_size > PAGE_MAX)
        fail_field(&e, ERR_INVALID_ARGUMENT, "page_size", "page_size is 1 to %d, or 0 for %d", PAGE_MAX,
                   PAGE);
    else if (m->page_token[0] != '\0' && !demand_is_name(m->page_token))
        fail_field(&e, ERR_INVALID_ARGUMENT, "page_token", "page_token is the next_page_token of a reply");
    else if (l == NULL)
        fail(&e, ERR_RESOURCE_EXHAUSTED, "the list does not fit the memory of one request");
    if (e.code != ERR_OK) {
        call_fail(c, &e, 0);
        return;
    }
    *l = (struct list){c, m->page_size != 0 ? m->page_size : PAGE};
    if (demand_kept(c))
        store_demand_list(&(struct store_asker){loop_db(c->loop), c->identity->firm_id, l}, m->page_token,
                          l->max + 1, c->deadline_ns, on_listed);
    else
        reply_list(l, &e, 0, here,
                   demands_list(loop_server(c->loop)->demands, c->identity->firm_id, m->page_token,
                                l->max + 1, here));
}

/* --- DeleteDemand --------------------------------------------------------------------------------------- */

struct deletion { /* in the call's arena */
    struct call *call;
    const char *name;
};

static void on_deleted(void *ctx, const struct err *e, uint32_t retry_ms, int64_t versions)
{
    struct deletion *x = ctx;
    struct call *c = x->call;
    Zongheng__V1__DeleteDemandReply r = ZONGHENG__V1__DELETE_DEMAND_REPLY__INIT;
    r.name = demand_str(x->name);
    if (e->code != ERR_OK)
        call_fail(c, e, retry_ms);
    else if (versions == 0)
        demand_fail_not_found(c);
    else
        call_reply(c, &r.base);
}

void api_planning_delete_demand(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__DeleteDemandRequest *m = (const void *)message;
    struct deletion *x = arena_alloc(&c->arena, sizeof *x);
    struct err e = {0};
    if (!demand_may_write(c))
        return;
    if (x == NULL) {
        demand_fail_memory(c);
        return;
    }
    *x = (struct deletion){c, m->name};
    if (!demand_is_name(m->name))
        demand_fail_not_found(c);
    else if (demand_kept(c))
        store_demand_delete(&(struct store_asker){loop_db(c->loop), c->identity->firm_id, x}, m->name,
                            c->deadline_ns, on_deleted);
    else
        on_deleted(x, &e, 0, demands_remove(loop_server(c->loop)->demands, c->identity->firm_id, m->name));
}
