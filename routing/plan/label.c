#include "plan/label.h"

#include <stdlib.h>
#include <string.h>

enum { USED_COMBINATIONS = 4 }; /* of rail and water; the other families have one main mode only */

bool label_pool_new(struct label_pool *p, uint32_t terminals)
{
    *p = (struct label_pool){.head_count = terminals * AT_STATE_COUNT * USED_COMBINATIONS + 1};
    p->label = calloc(LABELS_MAX, sizeof *p->label);
    p->head = calloc(p->head_count, sizeof *p->head);
    p->front = calloc(LABEL_FRONT_MAX, sizeof *p->front);
    if (p->label != NULL && p->head != NULL && p->front != NULL) {
        label_pool_clear_sets(p);
        return true;
    }
    label_pool_free(p);
    return false;
}

void label_pool_free(struct label_pool *p)
{
    free(p->label);
    free(p->head);
    free(p->front);
    *p = (struct label_pool){0};
}

void label_pool_clear_sets(struct label_pool *p)
{
    memset(p->head, 0xff, p->head_count * sizeof *p->head); /* NET_NONE */
    p->front_count = 0;
}

uint32_t label_set_delivered(const struct label_pool *p)
{
    return p->head_count - 1;
}

uint32_t label_set(const struct label *l)
{
    uint32_t used = (l->used_modes >> MODE_RAIL & 1u) | (l->used_modes >> MODE_WATER & 1u) << 1;
    return (l->terminal * AT_STATE_COUNT + l->state) * USED_COMBINATIONS + used;
}

/* Is a at least as good as b, the stay left out? */
static bool no_worse(const struct label *a, const struct label *b)
{
    return a->arrive_at <= b->arrive_at && a->money_myuan <= b->money_myuan && a->co2_g <= b->co2_g &&
           a->rides <= b->rides && a->truck_m <= b->truck_m && a->papers_at <= b->papers_at;
}

/* How b ends beside a. */
static enum label_end end_of(const struct label *a, const struct label *b, int64_t day_myuan)
{
    enum { DAY_S = 86400 };
    if (!no_worse(a, b))
        return LABEL_ALIVE;
    int64_t spare = b->money_myuan - a->money_myuan;
    int64_t days = (b->arrive_at - a->arrive_at + DAY_S - 1) / DAY_S;
    if (spare >= a->stay_myuan)
        return LABEL_DEAD;
    return days == 0 || spare / days >= day_myuan ? LABEL_DEAD_NOW : LABEL_ALIVE;
}

enum label_outcome label_put(struct label_pool *p, const struct label *l, int64_t day_myuan)
{
    uint32_t *link = &p->head[label_set(l)], *first = link;
    bool beaten = false;
    for (uint32_t i = *link; i != NET_NONE; i = p->label[i].next) {
        enum label_end end = end_of(&p->label[i], l, day_myuan);
        if (end == LABEL_DEAD)
            return LABEL_BEATEN;
        beaten = beaten || end == LABEL_DEAD_NOW;
    }
    if (beaten)
        return LABEL_BEATEN_NOW;
    if (p->count == LABELS_MAX)
        return LABEL_POOL_FULL;
    while (*link != NET_NONE) {
        struct label *old = &p->label[*link];
        enum label_end end = end_of(l, old, day_myuan);
        if (end != LABEL_ALIVE) {
            old->dead = (uint8_t)end;
            *link = old->next;
        } else {
            link = &old->next;
        }
    }
    p->label[p->count] = *l;
    p->label[p->count].next = *first;
    p->label[p->count].dead = LABEL_ALIVE;
    *first = p->count++;
    return LABEL_ADDED;
}

bool label_hopeless(const struct label_pool *p, int64_t arrive_at, int64_t total_myuan, int64_t co2_g)
{
    if (p->front_count == 0 || arrive_at < p->least.arrive_at || total_myuan < p->least.total_myuan ||
        co2_g < p->least.co2_g)
        return false;
    for (uint32_t i = 0; i < p->front_count; i++) {
        struct label_front *f = &p->front[i];
        if (f->arrive_at > arrive_at || f->total_myuan > total_myuan || f->co2_g > co2_g)
            continue;
        if (i > 0) { /* who beats one will beat the next: look there first */
            struct label_front swap = *f;
            *f = p->front[i / 2];
            p->front[i / 2] = swap;
        }
        return true;
    }
    return false;
}

enum label_outcome label_deliver(struct label_pool *p, const struct label *l, int64_t total_myuan)
{
    uint32_t kept = 0;
    if (label_hopeless(p, l->arrive_at, total_myuan, l->co2_g))
        return LABEL_BEATEN;
    for (uint32_t i = 0; i < p->front_count; i++) {
        const struct label_front *f = &p->front[i];
        if (l->arrive_at > f->arrive_at || total_myuan > f->total_myuan || l->co2_g > f->co2_g)
            p->front[kept++] = *f;
    }
    p->front_count = kept;
    if (p->count == LABELS_MAX || kept == LABEL_FRONT_MAX)
        return LABEL_POOL_FULL;
    p->front[p->front_count++] = (struct label_front){
        .arrive_at = l->arrive_at, .total_myuan = total_myuan, .co2_g = l->co2_g, .label = p->count};
    if (kept == 0)
        p->least = p->front[0];
    if (l->arrive_at < p->least.arrive_at)
        p->least.arrive_at = l->arrive_at;
    if (total_myuan < p->least.total_myuan)
        p->least.total_myuan = total_myuan;
    if (l->co2_g < p->least.co2_g)
        p->least.co2_g = l->co2_g;
    p->head[label_set_delivered(p)] = p->count;
    p->label[p->count++] = *l;
    return LABEL_ADDED;
}
