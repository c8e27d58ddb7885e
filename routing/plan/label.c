#include "plan/label.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define VECTORS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORS
#endif

enum { USED_COMBINATIONS = 4 }; /* of rail and water; the other families have one main mode only */

bool label_pool_new(struct label_pool *p, uint32_t terminals)
{
    *p = (struct label_pool){.head_count = terminals * AT_STATE_COUNT * USED_COMBINATIONS + 1};
    p->label = calloc(LABELS_MAX, sizeof *p->label);
    p->head = calloc(p->head_count, sizeof *p->head);
    p->front = calloc(LABEL_FRONT_MAX, sizeof *p->front);
    p->front_arrive_at = calloc(LABEL_FRONT_MAX * 3, sizeof *p->front_arrive_at);
    if (p->label != NULL && p->head != NULL && p->front != NULL && p->front_arrive_at != NULL) {
        p->front_total_myuan = p->front_arrive_at + LABEL_FRONT_MAX;
        p->front_co2_g = p->front_total_myuan + LABEL_FRONT_MAX;
        p->touched_count = LABEL_TOUCHED_MAX + 1;
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
    free(p->front_arrive_at);
    *p = (struct label_pool){0};
}

void label_pool_clear_sets(struct label_pool *p)
{
    if (p->touched_count > LABEL_TOUCHED_MAX)
        memset(p->head, 0xff, p->head_count * sizeof *p->head); /* NET_NONE */
    for (uint32_t i = 0; p->touched_count <= LABEL_TOUCHED_MAX && i < p->touched_count; i++)
        p->head[p->touched[i]] = NET_NONE;
    p->touched_count = 0;
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

/* Before a head is set. */
static void touch(struct label_pool *p, uint32_t head)
{
    if (p->head[head] != NET_NONE)
        return;
    if (p->touched_count < LABEL_TOUCHED_MAX)
        p->touched[p->touched_count] = head;
    if (p->touched_count <= LABEL_TOUCHED_MAX)
        p->touched_count++;
}

/* Is a at least as good as b, the stay left out? */
static bool no_worse(const struct label *a, const struct label *b)
{
    return a->arrive_at <= b->arrive_at && a->money_myuan <= b->money_myuan && a->co2_g <= b->co2_g &&
           a->rides <= b->rides && a->truck_m <= b->truck_m && a->papers_at <= b->papers_at;
}

static int order(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Of what the labels before them are known by: two of one state with the same numbers would be one. */
static int order_of_parents(const struct label_pool *p, uint32_t a, uint32_t b)
{
    if (a == NET_NONE || b == NET_NONE)
        return order(a, b);
    const struct label *x = &p->label[a], *y = &p->label[b];
    const int64_t numbers[][2] = {{x->arrive_at, y->arrive_at}, {x->money_myuan, y->money_myuan},
                                  {x->co2_g, y->co2_g},         {x->rides, y->rides},
                                  {x->truck_m, y->truck_m},     {x->terminal, y->terminal},
                                  {x->state, y->state},         {x->used_modes, y->used_modes}};
    int c = 0;
    for (size_t i = 0; c == 0 && i < sizeof numbers / sizeof numbers[0]; i++)
        c = order(numbers[i][0], numbers[i][1]);
    return c;
}

bool label_precedes(const struct label_pool *p, const struct label *a, const struct label *b)
{
    const int64_t numbers[][2] = {
        {a->rides, b->rides}, {a->truck_m, b->truck_m},     {a->terminal, b->terminal},
        {a->form, b->form},   {a->from_stop, b->from_stop}, {a->to_stop, b->to_stop},
        {a->day, b->day}};
    int c = 0;
    for (size_t i = 0; c == 0 && i < sizeof numbers / sizeof numbers[0]; i++)
        c = order(numbers[i][0], numbers[i][1]);
    return (c != 0 ? c : order_of_parents(p, a->parent, b->parent)) < 0;
}

/* b, which a beats, takes the place of a when they have the same numbers and it is to be kept: *b is what a
 * was. */
static bool take_over(const struct label_pool *p, struct label *a, struct label *b)
{
    if (!no_worse(b, a) || !label_precedes(p, b, a))
        return false;
    struct label was = *a;
    *a = *b;
    a->next = was.next;
    a->dead = was.dead;
    a->later = was.later;
    *b = was;
    return true;
}

/* How b ends beside a. */
static enum label_end end_of(const struct label_pool *p, struct label *a, const struct label *b,
                             int64_t day_myuan)
{
    enum { DAY_S = 86400 };
    if (!no_worse(a, b))
        return LABEL_ALIVE;
    int64_t spare = b->money_myuan - a->money_myuan;
    int64_t days = (b->arrive_at - a->arrive_at + DAY_S - 1) / DAY_S;
    if (spare >= label_stay(p, a))
        return LABEL_DEAD;
    return days == 0 || spare / days >= day_myuan ? LABEL_DEAD_NOW : LABEL_ALIVE;
}

enum label_outcome label_put(struct label_pool *p, struct label *l, int64_t day_myuan)
{
    uint32_t *link = &p->head[label_set(l)], *first = link;
    uint32_t beaten = NET_NONE;
    for (uint32_t i = *link; i != NET_NONE; i = p->label[i].next) {
        enum label_end end = end_of(p, &p->label[i], l, day_myuan);
        if (end == LABEL_DEAD) {
            take_over(p, &p->label[i], l);
            return LABEL_BEATEN;
        }
        if (end == LABEL_DEAD_NOW && (beaten == NET_NONE || no_worse(l, &p->label[i])))
            beaten = i;
    }
    if (beaten != NET_NONE) {
        if (!take_over(p, &p->label[beaten], l))
            return LABEL_BEATEN_NOW;
        p->label[beaten].later = true; /* is tried by who puts it */
        return LABEL_TIED;
    }
    if (p->count == LABELS_MAX)
        return LABEL_POOL_FULL;
    while (*link != NET_NONE) {
        struct label *old = &p->label[*link];
        enum label_end end = end_of(p, l, old, day_myuan);
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
    touch(p, label_set(l));
    *first = p->count++;
    return LABEL_ADDED;
}

/* Do any of the lanes from i on beat it? */
static bool beaten(const struct label_pool *p, uint32_t i, int64_t arrive_at, int64_t total_myuan,
                   int64_t co2_g)
{
    const int64_t *a = p->front_arrive_at + i, *t = p->front_total_myuan + i, *g = p->front_co2_g + i;
    int64_t none = -1;
    for (int k = 0; k < LABEL_FRONT_LANES; k++) /* -1: this one does not */
        none &= -(int64_t)((a[k] > arrive_at) | (t[k] > total_myuan) | (g[k] > co2_g));
    return none == 0;
}

VECTORS bool label_hopeless(struct label_pool *p, int64_t arrive_at, int64_t total_myuan, int64_t co2_g)
{
    if (p->front_count == 0 || arrive_at < p->least.arrive_at || total_myuan < p->least.total_myuan ||
        co2_g < p->least.co2_g)
        return false;
    if (p->front_last < p->front_count && beaten(p, p->front_last, arrive_at, total_myuan, co2_g))
        return true;
    for (uint32_t i = 0; i < p->front_count; i += LABEL_FRONT_LANES)
        if (beaten(p, i, arrive_at, total_myuan, co2_g)) {
            p->front_last = i;
            return true;
        }
    return false;
}

struct label_cut label_cut(const struct label_pool *p, int64_t arrive_at, int64_t total_myuan, int64_t co2_g)
{
    struct label_cut c = {INT64_MAX, INT64_MAX, INT64_MAX};
    for (uint32_t i = 0; i < p->front_count; i++) {
        const struct label_front *f = &p->front[i];
        bool early = f->arrive_at <= arrive_at, cheap = f->total_myuan <= total_myuan,
             clean = f->co2_g <= co2_g;
        if (cheap && clean && f->arrive_at < c.arrive_at)
            c.arrive_at = f->arrive_at;
        if (early && clean && f->total_myuan < c.total_myuan)
            c.total_myuan = f->total_myuan;
        if (early && cheap && f->co2_g < c.co2_g)
            c.co2_g = f->co2_g;
    }
    return c;
}

static void set_columns(struct label_pool *p)
{
    uint32_t end = (p->front_count + LABEL_FRONT_LANES - 1) / LABEL_FRONT_LANES * LABEL_FRONT_LANES;
    for (uint32_t i = 0; i < end; i++) {
        bool there = i < p->front_count;
        p->front_arrive_at[i] = there ? p->front[i].arrive_at : INT64_MAX;
        p->front_total_myuan[i] = there ? p->front[i].total_myuan : INT64_MAX;
        p->front_co2_g[i] = there ? p->front[i].co2_g : INT64_MAX;
    }
}

/* Beaten, but when it equals one that it precedes: then it takes the place. */
static enum label_outcome deliver_equal(struct label_pool *p, const struct label *l, int64_t total_myuan)
{
    for (uint32_t i = 0; i < p->front_count; i++) {
        struct label_front *f = &p->front[i];
        if (f->arrive_at != l->arrive_at || f->total_myuan != total_myuan || f->co2_g != l->co2_g ||
            !label_precedes(p, l, &p->label[f->label]))
            continue;
        if (p->count == LABELS_MAX)
            return LABEL_POOL_FULL;
        f->label = p->count;
        p->label[p->count++] = *l;
        return LABEL_ADDED;
    }
    return LABEL_BEATEN;
}

enum label_outcome label_deliver(struct label_pool *p, const struct label *l, int64_t total_myuan)
{
    uint32_t kept = 0;
    if (label_hopeless(p, l->arrive_at, total_myuan, l->co2_g))
        return deliver_equal(p, l, total_myuan);
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
    set_columns(p);
    touch(p, label_set_delivered(p));
    p->head[label_set_delivered(p)] = p->count;
    p->label[p->count++] = *l;
    return LABEL_ADDED;
}
