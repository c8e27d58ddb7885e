#include "demands.h"

#include "errand.h"
#include "loop.h"
#include "store_demands.h"
#include "uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct upload {
    char id[UUID_SIZE]; /* "": free */
    char firm_id[37], user[128], name[DEMAND_ID_MAX + 1];
    struct bytes bytes;
    int64_t touched_ns;
};

struct demands {
    pthread_mutex_t lock;
    size_t table_max;
    uint32_t firm_max, count;
    struct demand_text *text[DEMANDS_HERE_MAX];
    struct upload upload[DEMANDS_UPLOADS];
};

struct demands *demands_new(size_t table_max, uint32_t firm_max)
{
    struct demands *k = calloc(1, sizeof *k);
    if (k == NULL)
        return NULL;
    k->table_max = table_max;
    k->firm_max = firm_max;
    pthread_mutex_init(&k->lock, NULL);
    return k;
}

static void drop(struct upload *u)
{
    bytes_free(&u->bytes);
    u->id[0] = '\0';
}

void demands_free(struct demands *k)
{
    if (k == NULL)
        return;
    for (uint32_t i = 0; i < k->count; i++)
        demand_text_release(k->text[i]);
    for (int i = 0; i < DEMANDS_UPLOADS; i++)
        drop(&k->upload[i]);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

/* --- here ----------------------------------------------------------------------------------------------- */

static bool own(const struct demand_text *t, const char *firm_id, const char *name)
{
    return strcmp(t->firm_id, firm_id) == 0 && strcmp(t->message->name, name) == 0;
}

/* Of those under a name its own before others', of others' the one put first. */
static bool seen(const struct demands *k, const struct demand_text *t, const char *firm_id)
{
    const struct demand_text *first = NULL;
    for (uint32_t i = 0; i < k->count; i++) {
        const struct demand_text *x = k->text[i];
        if (strcmp(x->message->name, t->message->name) != 0)
            continue;
        if (strcmp(x->firm_id, firm_id) == 0)
            return x == t;
        if (x->message->shared && first == NULL)
            first = x;
    }
    return first == t;
}

struct demand_text *demands_find(struct demands *k, const char *firm_id, const char *name, uint32_t version)
{
    struct demand_text *found = NULL;
    pthread_mutex_lock(&k->lock);
    for (uint32_t i = 0; i < k->count && found == NULL; i++)
        if (strcmp(k->text[i]->message->name, name) == 0 && seen(k, k->text[i], firm_id))
            found = demand_text_acquire(k->text[i]);
    pthread_mutex_unlock(&k->lock);
    if (found == NULL || version == 0 || found->message->version == version)
        return found;
    demand_text_release(found);
    return NULL;
}

bool demands_set(struct demands *k, struct demand_text *t, struct err *e)
{
    struct demand_text *old = NULL;
    uint32_t of_firm = 0;
    pthread_mutex_lock(&k->lock);
    uint32_t at = k->count;
    for (uint32_t i = 0; i < k->count; i++) {
        of_firm += strcmp(k->text[i]->firm_id, t->firm_id) == 0;
        if (own(k->text[i], t->firm_id, t->message->name))
            at = i;
    }
    bool ok = at < k->count || (k->count < DEMANDS_HERE_MAX && of_firm < k->firm_max);
    if (ok) {
        old = at < k->count ? k->text[at] : NULL;
        k->text[at] = t;
        k->count += at == k->count;
    }
    pthread_mutex_unlock(&k->lock);
    demand_text_release(old);
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED,
                      "there are as many demands as are kept (demands_max %u); delete some", k->firm_max);
}

bool demands_remove(struct demands *k, const char *firm_id, const char *name)
{
    struct demand_text *old = NULL;
    pthread_mutex_lock(&k->lock);
    for (uint32_t i = 0; i < k->count && old == NULL; i++)
        if (own(k->text[i], firm_id, name)) {
            old = k->text[i];
            memmove(&k->text[i], &k->text[i + 1], (k->count - i - 1) * sizeof(struct demand_text *));
            k->count--;
        }
    pthread_mutex_unlock(&k->lock);
    demand_text_release(old);
    return old != NULL;
}

uint32_t demands_list(struct demands *k, const char *firm_id, const char *after, uint32_t max,
                      struct demand_text **out)
{
    uint32_t count = 0;
    pthread_mutex_lock(&k->lock);
    for (uint32_t i = 0; i < k->count; i++) {
        const char *name = k->text[i]->message->name;
        if (strcmp(name, after) <= 0 || !seen(k, k->text[i], firm_id))
            continue;
        uint32_t at = count < max ? count++ : count;
        for (; at > 0 && strcmp(out[at - 1]->message->name, name) > 0; at--)
            if (at < count)
                out[at] = out[at - 1];
        if (at < count)
            out[at] = k->text[i];
    }
    for (uint32_t i = 0; i < count; i++)
        demand_text_acquire(out[i]);
    pthread_mutex_unlock(&k->lock);
    return count;
}

/* --- uploads -------------------------------------------------------------------------------------------- */

static struct upload *find_upload(struct demands *k, const struct upload_key *key, const char *id)
{
    for (int i = 0; i < DEMANDS_UPLOADS; i++) {
        struct upload *u = &k->upload[i];
        if (u->id[0] != '\0' && strcmp(u->id, id) == 0 && strcmp(u->firm_id, key->firm_id) == 0 &&
            strcmp(u->user, key->user) == 0 && strcmp(u->name, key->name) == 0)
            return u;
    }
    return NULL;
}

static bool no_upload(struct err *e)
{
    return fail_field(
        e, ERR_NOT_FOUND, "upload",
        "there is no such upload of this demand here, or it was silent for too long; begin again");
}

static struct upload *begin_upload(struct demands *k, const struct upload_key *key, char id[37],
                                   int64_t now_ns, struct err *e)
{
    struct upload *u = &k->upload[0];
    for (int i = 1; i < DEMANDS_UPLOADS && u->id[0] != '\0'; i++)
        if (k->upload[i].id[0] == '\0' || k->upload[i].touched_ns < u->touched_ns)
            u = &k->upload[i];
    if (u->id[0] != '\0' && now_ns - u->touched_ns < (int64_t)DEMANDS_SILENT_S * 1000000000) {
        fail(e, ERR_RESOURCE_EXHAUSTED, "%d demands are being sent already; try again in a minute",
             DEMANDS_UPLOADS);
        return NULL;
    }
    drop(u);
    u->bytes.max = k->table_max;
    snprintf(u->firm_id, sizeof u->firm_id, "%s", key->firm_id);
    snprintf(u->user, sizeof u->user, "%s", key->user);
    snprintf(u->name, sizeof u->name, "%s", key->name);
    if (!uuid_make(u->id)) {
        u->id[0] = '\0';
        fail(e, ERR_INTERNAL, "the machine gives no random numbers");
        return NULL;
    }
    memcpy(id, u->id, UUID_SIZE);
    return u;
}

bool demands_add_piece(struct demands *k, const struct upload_key *key, char id[37], const void *piece,
                       size_t len, int64_t now_ns, uint64_t *received, struct err *e)
{
    pthread_mutex_lock(&k->lock);
    struct upload *u = id[0] == '\0' ? begin_upload(k, key, id, now_ns, e) : find_upload(k, key, id);
    bool ok = u != NULL && bytes_add(&u->bytes, piece, len);
    if (u == NULL && e->code == ERR_OK)
        no_upload(e);
    if (u != NULL && !ok) {
        drop(u);
        fail_field(e, ERR_RESOURCE_EXHAUSTED, "content",
                   "the table has more bytes than a demand may (demand_max %zu); the upload is given up",
                   k->table_max);
    }
    if (ok) {
        u->touched_ns = now_ns;
        *received = u->bytes.len;
    }
    pthread_mutex_unlock(&k->lock);
    return ok;
}

bool demands_take_pieces(struct demands *k, const struct upload_key *key, const char *id, struct bytes *out,
                         struct err *e)
{
    pthread_mutex_lock(&k->lock);
    struct upload *u = find_upload(k, key, id);
    if (u != NULL) {
        *out = u->bytes;
        *u = (struct upload){.id = ""};
    }
    pthread_mutex_unlock(&k->lock);
    return u != NULL || no_upload(e);
}

/* --- fetching ------------------------------------------------------------------------------------------- */

struct fetching {         /* an errand */
    struct errand errand; /* first */
    char firm_id[37], name[DEMAND_ID_MAX + 1];
    uint32_t version;
    struct demand_text *text;
};

static void release_fetching(struct errand *e)
{
    struct fetching *x = (struct fetching *)(void *)e;
    demand_text_release(x->text);
    free(x);
}

static void on_fetched(void *ctx, const struct err *e, uint32_t retry_ms, void *t)
{
    struct fetching *x = ctx;
    (void)retry_ms;
    x->text = t;
    x->errand.err = *e;
    errand_end(&x->errand);
}

static void begin_fetching(struct errand *e)
{
    struct fetching *x = (struct fetching *)(void *)e;
    store_demand_get(&(struct store_asker){loop_db(e->loop), x->firm_id, x}, x->name, x->version, true,
                     e->deadline_ns, on_fetched);
}

static bool fetch_stored(struct server *s, const char *firm_id, const char *name, uint32_t version,
                         struct demand_text **out, struct err *e)
{
    struct fetching *x = calloc(1, sizeof *x);
    if (x == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a demand");
    x->errand.begin = begin_fetching;
    x->errand.release = release_fetching;
    x->version = version;
    snprintf(x->firm_id, sizeof x->firm_id, "%s", firm_id);
    snprintf(x->name, sizeof x->name, "%s", name);
    if (!errand_run(s, &x->errand, e))
        return false;
    *out = x->text;
    x->text = NULL;
    errand_free(&x->errand);
    return true;
}

bool demands_fetch(struct server *s, const char *firm_id, const char *name, uint32_t version,
                   struct demand_text **out, struct err *e)
{
    *out = NULL;
    if (demand_is_name(name)) {
        if (s->config.database[0] == '\0')
            *out = demands_find(s->demands, firm_id, name, version);
        else if (!fetch_stored(s, firm_id, name, version, out, e))
            return false;
    }
    return *out != NULL ||
           fail_field(e, ERR_NOT_FOUND, version != 0 ? "demand.version" : "demand.name", DEMANDS_NOT_FOUND);
}
