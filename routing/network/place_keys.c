#include "network/place_keys.h"

#include <stdlib.h>
#include <string.h>

struct place_keys {
    const struct network *net;
    struct place_key *key; /* by hash, then place */
    uint32_t key_count;
};

/* FNV-1a, Latin letters folded. */
static uint32_t hash_of(const char *s, size_t len)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)place_fold(s[i])) * 16777619u;
    return h;
}

static void add_key(struct place_keys *p, uint32_t place, const char *s, size_t len)
{
    if (p->key != NULL && len > 0)
        p->key[p->key_count] = (struct place_key){hash_of(s, len), place};
    p->key_count += len > 0;
}

static void add_name(struct place_keys *p, uint32_t place, const char *name)
{
    add_key(p, place, name, strlen(name));
}

/* Each entry of a list, and what follows its kind (codes). */
static void add_list(struct place_keys *p, uint32_t place, const char *list)
{
    for (const char *s = list; *s != '\0';) {
        size_t n = strcspn(s, ";"), k = strcspn(s, ":;");
        add_key(p, place, s, n);
        if (s[k] == ':')
            add_key(p, place, s + k + 1, n - k - 1);
        s += n + (s[n] == ';');
    }
}

/* All that places.c finds equal, and perhaps more. */
static void add_keys(struct place_keys *p)
{
    const struct network *n = p->net;
    p->key_count = 0;
    for (uint32_t i = 0; i < n->place_count; i++) {
        const struct net_place *x = &n->place[i];
        const char *zh = net_string(n, x->name_zh);
        size_t len = strlen(zh), last = strlen("市");
        add_key(p, i, zh, len);
        add_name(p, i, net_string(n, x->name_en));
        add_name(p, i, net_string(n, x->pinyin));
        add_list(p, i, net_string(n, x->names_alt));
        add_list(p, i, net_string(n, x->codes));
        if (len > last && (strcmp(zh + len - last, "市") == 0 || strcmp(zh + len - last, "县") == 0))
            add_key(p, i, zh, len - last);
    }
}

static int by_hash(const void *pa, const void *pb)
{
    const struct place_key *a = pa, *b = pb;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

bool place_keys_new(const struct network *n, struct place_keys **out)
{
    struct place_keys *p = *out = calloc(1, sizeof *p);
    if (p == NULL)
        return false;
    p->net = n;
    add_keys(p); /* counts them */
    p->key = malloc(((size_t)p->key_count + 1) * sizeof *p->key);
    if (p->key == NULL)
        return false;
    add_keys(p);
    qsort(p->key, p->key_count, sizeof *p->key, by_hash);
    return true;
}

void place_keys_free(struct place_keys *p)
{
    if (p == NULL)
        return;
    free(p->key);
    free(p);
}

const struct place_key *place_keys_find(const struct place_keys *p, const char *query, size_t len,
                                        uint32_t *count)
{
    uint32_t hash = hash_of(query, len), low = 0, high = p->key_count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (p->key[mid].hash < hash)
            low = mid + 1;
        else
            high = mid;
    }
    for (*count = 0; low + *count < p->key_count && p->key[low + *count].hash == hash;)
        ++*count;
    return &p->key[low];
}
