#include "failures.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    uint8_t address[16];
    int64_t owed_until_ns; /* each failure moves it forgive_ns on; the past: nothing owed */
};

struct failures {
    pthread_mutex_t lock;
    int64_t forgive_ns, allowed_ns;
    uint64_t seed;
    struct entry entries[FAILURES_SETS][FAILURES_WAYS];
};

struct failures *failures_new(uint32_t max, int64_t forgive_ns, uint64_t seed)
{
    struct failures *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    pthread_mutex_init(&f->lock, NULL);
    f->forgive_ns = forgive_ns;
    f->allowed_ns = (int64_t)(max - 1) * forgive_ns;
    f->seed = seed;
    return f;
}

void failures_free(struct failures *f)
{
    if (f != NULL)
        pthread_mutex_destroy(&f->lock);
    free(f);
}

static void normalize(const uint8_t address[16], uint8_t out[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    memcpy(out, address, 16);
    if (memcmp(address, mapped, sizeof mapped) != 0)
        memset(out + 8, 0, 8);
}

static struct entry *set_of(struct failures *f, const uint8_t address[16])
{
    uint64_t a, b;
    memcpy(&a, address, 8);
    memcpy(&b, address + 8, 8);
    uint64_t z = f->seed ^ a * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 29) ^ b) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27) ^ f->seed) * 0x94d049bb133111ebu;
    return f->entries[(z ^ (z >> 31)) % FAILURES_SETS];
}

static struct entry *find(struct entry *set, const uint8_t address[16])
{
    for (int i = 0; i < FAILURES_WAYS; i++)
        if (set[i].owed_until_ns != 0 && memcmp(set[i].address, address, 16) == 0)
            return &set[i];
    return NULL;
}

uint32_t failures_wait_ms(struct failures *f, const uint8_t address[16], int64_t now_ns)
{
    uint8_t key[16];
    normalize(address, key);
    pthread_mutex_lock(&f->lock);
    const struct entry *have = find(set_of(f, key), key);
    int64_t wait_ns = have != NULL ? have->owed_until_ns - now_ns - f->allowed_ns : 0;
    pthread_mutex_unlock(&f->lock);
    return wait_ns <= 0 ? 0 : (uint32_t)(wait_ns / 1000000 < 3600000 ? wait_ns / 1000000 + 1 : 3600000);
}

void failures_add(struct failures *f, const uint8_t address[16], int64_t now_ns)
{
    uint8_t key[16];
    normalize(address, key);
    pthread_mutex_lock(&f->lock);
    struct entry *set = set_of(f, key), *slot = find(set, key);
    if (slot == NULL) {
        slot = &set[0];
        for (int i = 1; i < FAILURES_WAYS; i++)
            if (set[i].owed_until_ns < slot->owed_until_ns)
                slot = &set[i];
        memcpy(slot->address, key, 16);
        slot->owed_until_ns = 0;
    }
    int64_t from = slot->owed_until_ns > now_ns ? slot->owed_until_ns : now_ns;
    int64_t most = now_ns + f->allowed_ns + 2 * f->forgive_ns; /* attempts that were under way count once */
    slot->owed_until_ns = from + f->forgive_ns < most ? from + f->forgive_ns : most;
    pthread_mutex_unlock(&f->lock);
}
