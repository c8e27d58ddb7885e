#include "agreed.h"

#include "handler.h"
#include "log.h"
#include "loop.h"
#include "network/names.h"
#include "snapshot.h"
#include "store_agreed.h"

#include <stdlib.h>
#include <string.h>

#define FRESH_NS INT64_C(1000000000)

struct firm { /* what is known of one */
    char id[37];
    struct agreed_cache *cache;
    char *text;                  /* the strings of rows */
    struct net_tariff_rule *row; /* tariff not resolved */
    const char **contract, **published;
    uint32_t count;
    bool known, asking, failed;
    int64_t asked_ns, used_ns;
    struct agreed_set *set; /* resolved for the network of this version */
    char version[33];
    struct agreed_waiter *waiting;
};

struct agreed_cache {
    struct db *db;
    struct firm **firm;
    uint32_t count, max;
};

void agreed_release(void *set)
{
    struct agreed_set *s = set;
    if (s == NULL || __atomic_sub_fetch(&s->holders, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    free((void *)(uintptr_t)s->rules.rule);
    for (uint32_t i = 0; s->rules.contract != NULL && i < s->rules.count; i++)
        free((void *)(uintptr_t)s->rules.contract[i]);
    free((void *)(uintptr_t)s->rules.contract);
    free(s);
}

static void forget_rows(struct firm *f)
{
    agreed_release(f->set);
    f->set = NULL;
    free(f->text);
    free(f->row);
    free(f->contract);
    free(f->published);
    f->text = NULL;
    f->row = NULL;
    f->contract = f->published = NULL;
    f->count = 0;
}

static void free_firm(struct firm *f)
{
    forget_rows(f);
    free(f);
}

struct agreed_cache *agreed_new(struct db *db, uint32_t firms_max)
{
    struct agreed_cache *x = calloc(1, sizeof *x);
    if (x == NULL)
        return NULL;
    *x = (struct agreed_cache){.db = db, .max = firms_max};
    x->firm = calloc(firms_max, sizeof(struct firm *));
    if (x->firm != NULL)
        return x;
    free(x);
    return NULL;
}

void agreed_free(struct agreed_cache *x)
{
    if (x == NULL)
        return;
    for (uint32_t i = 0; i < x->count; i++)
        free_firm(x->firm[i]);
    free(x->firm);
    free(x);
}

/* --- rules for one network --- */

static uint32_t tariff_of(const struct network *n, const char *id)
{
    for (uint32_t i = 0; i < n->tariff_count; i++)
        if (strcmp(net_string(n, n->tariff[i].id), id) == 0)
            return i;
    return NET_NONE;
}

static struct agreed_set *resolve(const struct firm *f, const struct network *n)
{
    struct agreed_set *s = calloc(1, sizeof *s);
    struct net_tariff_rule *rule = calloc((size_t)f->count + 1, sizeof *rule);
    const char **contract = calloc((size_t)f->count + 1, sizeof *contract);
    bool ok = s != NULL && rule != NULL && contract != NULL;
    uint32_t kept = 0;
    for (uint32_t i = 0; ok && i < f->count; i++) {
        uint32_t tariff = tariff_of(n, f->published[i]);
        if (tariff == NET_NONE) {
            s->unknown++;
            continue;
        }
        rule[kept] = f->row[i];
        rule[kept].tariff = tariff;
        contract[kept] = strdup(f->contract[i]);
        ok = contract[kept++] != NULL;
    }
    if (s != NULL) {
        s->holders = 1;
        s->rules = (struct freight_agreed){.rule = rule, .contract = contract, .count = kept};
    }
    if (ok)
        return s;
    if (s == NULL) {
        free(rule);
        free(contract);
    }
    agreed_release(s);
    return NULL;
}

/* What the waiter gets now. */
static void give(struct firm *f, struct agreed_waiter *w)
{
    const struct network *n = w->call->snapshot->net;
    w->stale = f->failed;
    w->set = NULL;
    if (!f->known || (f->count == 0 && f->known))
        return;
    if (f->set == NULL || strcmp(f->version, n->version) != 0) {
        agreed_release(f->set);
        f->set = resolve(f, n);
        memcpy(f->version, n->version, sizeof f->version);
    }
    w->set = f->set;
    if (w->set == NULL)
        w->stale = true; /* out of memory: as good as not known */
    else
        __atomic_add_fetch(&w->set->holders, 1, __ATOMIC_RELAXED);
}

/* --- rows from PostgreSQL --- */

static const char *keep(char **at, const char *s)
{
    size_t len = strlen(s) + 1;
    char *out = memcpy(*at, s, len);
    *at += len;
    return out;
}

static uint16_t cargo_mask(const char *list, bool *ok)
{
    uint16_t mask = 0;
    char word[32];
    for (const char *p = list; *p != '\0';) {
        size_t len = strcspn(p, ";");
        snprintf(word, sizeof word, "%.*s", (int)len, p);
        int i = net_name_index(net_cargo_names, word);
        *ok = *ok && i >= 0;
        mask |= (uint16_t)(i >= 0 ? 1u << i : 0u);
        p += len + (p[len] == ';');
    }
    return mask;
}

static bool read_rule(const struct store_agreed_rule *x, struct net_tariff_rule *out)
{
    int kind = net_name_index(net_charge_names, x->charge), unit = net_name_index(net_unit_names, x->unit);
    bool ok = kind >= 0 && unit >= 0;
    *out = (struct net_tariff_rule){.kind = (uint8_t)(kind >= 0 ? kind : 0),
                                    .unit = (uint8_t)(unit >= 0 ? unit : 0),
                                    .cargo = cargo_mask(x->cargo, &ok),
                                    .base_myuan = x->base_myuan,
                                    .per_km_nyuan = x->per_km_nyuan,
                                    .electrified_only = x->electrified_only,
                                    .min_myuan = x->min_myuan,
                                    .break_kg = (uint32_t)x->break_kg,
                                    .valid_from_day = (int32_t)x->from_day,
                                    .valid_to_day = (int32_t)x->to_day,
                                    .confidence = CONF_PUBLISHED};
    return ok;
}

/* Twice through the rows: how long the strings are, then all of it. */
static bool take_rows(struct firm *f, const struct db_result *r)
{
    size_t bytes = 1;
    struct store_agreed_rule x;
    for (uint32_t i = 0; i < r->row_count; i++) {
        if (!store_read_agreed(r, i, true, &x))
            return false;
        bytes += strlen(x.contract) + strlen(x.published) + 2;
    }
    struct firm fresh = {.text = malloc(bytes),
                         .row = calloc((size_t)r->row_count + 1, sizeof *fresh.row),
                         .contract = calloc((size_t)r->row_count + 1, sizeof *fresh.contract),
                         .published = calloc((size_t)r->row_count + 1, sizeof *fresh.published)};
    bool ok = fresh.text != NULL && fresh.row != NULL && fresh.contract != NULL && fresh.published != NULL;
    char *at = fresh.text;
    for (uint32_t i = 0; ok && i < r->row_count; i++) {
        ok = store_read_agreed(r, i, true, &x) && read_rule(&x, &fresh.row[i]);
        fresh.contract[i] = keep(&at, x.contract);
        fresh.published[i] = keep(&at, x.published);
    }
    if (!ok) {
        forget_rows(&fresh);
        return false;
    }
    bool same =
        f->known && f->count == r->row_count && memcmp(f->row, fresh.row, r->row_count * sizeof *f->row) == 0;
    for (uint32_t i = 0; same && i < r->row_count; i++)
        same = strcmp(f->contract[i], fresh.contract[i]) == 0 &&
               strcmp(f->published[i], fresh.published[i]) == 0;
    if (same) { /* the resolved set stays */
        forget_rows(&fresh);
        return true;
    }
    forget_rows(f);
    f->text = fresh.text;
    f->row = fresh.row;
    f->contract = fresh.contract;
    f->published = fresh.published;
    f->count = r->row_count;
    return true;
}

static void on_rows(void *ctx, const struct db_result *r)
{
    struct firm *f = ctx;
    struct agreed_waiter *w = f->waiting;
    f->asking = false;
    f->asked_ns = monotonic_ns();
    f->failed = r->outcome != DB_OK || !take_rows(f, r);
    f->known = f->known || !f->failed;
    if (r->outcome == DB_REFUSED || (f->failed && r->outcome == DB_OK))
        log_event(LOG_ERROR, "agreed_tariffs", "sqlstate", r->sqlstate, "why",
                  r->outcome == DB_OK ? "a rule that this build cannot read" : r->message, NULL);
    f->waiting = NULL;
    while (w != NULL) {
        struct agreed_waiter *next = w->next; /* go may end the call that w lies in */
        give(f, w);
        w->go(w);
        w = next;
    }
}

/* --- firms --- */

/* The firm's entry, a new one in the place of the one asked longest ago when there is no room; NULL: no room.
 */
static struct firm *find(struct agreed_cache *x, const char *id, int64_t now_ns)
{
    uint32_t oldest = NET_NONE;
    for (uint32_t i = 0; i < x->count; i++) {
        struct firm *f = x->firm[i];
        if (strcmp(f->id, id) == 0)
            return f;
        if (!f->asking && (oldest == NET_NONE || f->used_ns < x->firm[oldest]->used_ns))
            oldest = i;
    }
    if (x->count == x->max && oldest == NET_NONE)
        return NULL;
    struct firm *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    *f = (struct firm){.cache = x, .asked_ns = now_ns - 2 * FRESH_NS};
    snprintf(f->id, sizeof f->id, "%s", id);
    if (x->count == x->max) {
        free_firm(x->firm[oldest]);
        x->firm[oldest] = f;
    } else {
        x->firm[x->count++] = f;
    }
    return f;
}

bool agreed_get(struct agreed_cache *x, struct call *c, struct agreed_waiter *w)
{
    int64_t now_ns = monotonic_ns();
    w->call = c;
    w->set = NULL;
    w->stale = false;
    if (x->db == NULL || c->identity->firm_id[0] == '\0')
        return true;
    struct firm *f = find(x, c->identity->firm_id, now_ns);
    if (f == NULL) {
        w->stale = true;
        return true;
    }
    f->used_ns = now_ns;
    if (!f->asking && now_ns - f->asked_ns < FRESH_NS) {
        give(f, w);
        return true;
    }
    w->next = f->waiting;
    f->waiting = w;
    if (!f->asking) {
        f->asking = true;
        store_agreed_rows(x->db, f->id, now_ns + FRESH_NS, on_rows,
                          f); /* may call on_rows before it returns */
    }
    return false;
}

void agreed_expire(struct agreed_cache *x)
{
    for (uint32_t i = 0; i < x->count; i++)
        x->firm[i]->asked_ns -= 2 * FRESH_NS;
}
