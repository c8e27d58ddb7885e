#include "plan/label.h"

#include <stdlib.h>

enum { USED_COMBINATIONS = 2 }; /* one main mode used, or both */

bool label_pool_new(struct label_pool *p, uint32_t terminals)
{
    *p = (struct label_pool){.head_count = terminals * AT_STATE_COUNT * USED_COMBINATIONS + 1};
    p->label = calloc(LABELS_MAX, sizeof *p->label);
    p->head = calloc(p->head_count, sizeof *p->head);
    if (p->label != NULL && p->head != NULL) {
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
    *p = (struct label_pool){0};
}

void label_pool_clear_sets(struct label_pool *p)
{
    for (uint32_t i = 0; i < p->head_count; i++)
        p->head[i] = NET_NONE;
}

uint32_t label_set_delivered(const struct label_pool *p)
{
    return p->head_count - 1;
}

uint32_t label_set(const struct label_pool *p, const struct label *l)
{
    if (l->kind == LABEL_DELIVERED)
        return label_set_delivered(p);
    uint32_t both = (l->used_modes & (l->used_modes - 1)) != 0;
    return (l->terminal * AT_STATE_COUNT + l->state) * USED_COMBINATIONS + both;
}

static bool beats(const struct label *a, const struct label *b)
{
    return a->arrive_at <= b->arrive_at && a->money_myuan <= b->money_myuan && a->co2_g <= b->co2_g &&
           a->rides <= b->rides;
}

static bool beats_at_door(const struct label *a, const struct label *b)
{
    return a->arrive_at <= b->arrive_at && a->money_myuan <= b->money_myuan && a->co2_g <= b->co2_g;
}

enum label_outcome label_put(struct label_pool *p, const struct label *l)
{
    bool door = l->kind == LABEL_DELIVERED;
    uint32_t *link = &p->head[label_set(p, l)], *first = link;
    for (uint32_t i = *link; i != NET_NONE; i = p->label[i].next)
        if (door ? beats_at_door(&p->label[i], l) : beats(&p->label[i], l))
            return LABEL_BEATEN;
    if (p->count == LABELS_MAX)
        return LABEL_POOL_FULL;
    while (*link != NET_NONE) {
        struct label *old = &p->label[*link];
        if (door ? beats_at_door(l, old) : beats(l, old)) {
            old->dead = true;
            *link = old->next;
        } else {
            link = &old->next;
        }
    }
    p->label[p->count] = *l;
    p->label[p->count].next = *first;
    p->label[p->count].dead = false;
    *first = p->count++;
    return LABEL_ADDED;
}

bool label_hopeless(const struct label_pool *p, const struct label *l)
{
    for (uint32_t i = p->head[label_set_delivered(p)]; i != NET_NONE; i = p->label[i].next)
        if (beats_at_door(&p->label[i], l))
            return true;
    return false;
}
