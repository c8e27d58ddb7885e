#include "whatif/demand_inside.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void demand_begin(struct demand_reader *r, const char *path, uint32_t zone_count, struct demand *out,
                  struct demand_report *report, struct err *e)
{
    *out = (struct demand){.zone_count = zone_count};
    memset(report, 0, sizeof *report);
    memset(r, 0, sizeof *r);
    report->announced = -1;
    r->path = path;
    r->out = out;
    r->report = report;
    r->e = e;
}

void demand_refuse(struct demand_reader *r, const char *fmt, ...)
{
    char text[DEMAND_NOTE_MAX];
    const char *name = strrchr(r->path, '/');
    va_list args;
    r->report->refused++;
    if (r->report->note_count == DEMAND_NOTES_MAX)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    snprintf(r->report->note[r->report->note_count++], DEMAND_NOTE_MAX, "%.60s:%llu: %.110s",
             name != NULL ? name + 1 : r->path, (unsigned long long)r->line, text);
}

void demand_unknown(struct demand_reader *r, const char *zone, double volume)
{
    struct demand_report *p = r->report;
    p->unknown++;
    p->unknown_volume += volume;
    for (uint32_t i = 0; i < p->unknown_count; i++)
        if (strncmp(p->unknown_zone[i], zone, DEMAND_NAME_MAX - 1) == 0)
            return;
    if (p->unknown_count < DEMAND_UNKNOWN_MAX)
        snprintf(p->unknown_zone[p->unknown_count++], DEMAND_NAME_MAX, "%s", zone);
}

bool demand_table_of(struct demand_reader *r, const char *group, const char *period, uint32_t *table)
{
    struct demand *d = r->out;
    for (uint32_t i = 0; i < d->table_count; i++)
        if (strcmp(d->table[i].group, group) == 0 && strcmp(d->table[i].period, period) == 0) {
            *table = i;
            return true;
        }
    if (d->table_count == DEMAND_TABLES_MAX)
        return fail(r->e, ERR_OUT_OF_RANGE, "%s:%llu: more than %d pairs of goods group and period", r->path,
                    (unsigned long long)r->line, DEMAND_TABLES_MAX);
    struct demand_table *bigger = realloc(d->table, (d->table_count + 1) * sizeof *bigger);
    if (bigger == NULL)
        return fail(r->e, ERR_RESOURCE_EXHAUSTED, "out of memory for the tables of %s", r->path);
    d->table = bigger;
    struct demand_table *t = &d->table[d->table_count];
    *t = (struct demand_table){.trips = {.zone_count = d->zone_count}};
    snprintf(t->group, sizeof t->group, "%s", group);
    snprintf(t->period, sizeof t->period, "%s", period);
    *table = d->table_count++;
    return true;
}

bool demand_add(struct demand_reader *r, uint32_t table, uint32_t from, uint32_t to, double volume)
{
    struct demand_heap *h = &r->heap[table];
    if (volume == 0)
        return true;
    if (h->count == h->room) {
        size_t room = h->room == 0 ? 1024 : h->room + h->room / 2;
        struct demand_cell *bigger =
            h->count < UINT32_MAX / 2 ? realloc(h->cell, room * sizeof *bigger) : NULL;
        if (bigger == NULL)
            return fail(r->e, ERR_RESOURCE_EXHAUSTED, "out of memory after %zu pairs of %s", h->count,
                        r->path);
        h->cell = bigger;
        h->room = room;
    }
    h->cell[h->count++] = (struct demand_cell){from, to, volume};
    return true;
}

static int by_pair(const void *pa, const void *pb)
{
    const struct demand_cell *a = pa, *b = pb;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->to != b->to)
        return a->to < b->to ? -1 : 1;
    return (a->volume > b->volume) - (a->volume < b->volume); /* sums do not depend on the file's order */
}

static bool sorted(const struct demand_heap *h)
{
    for (size_t i = 1; i < h->count; i++)
        if (by_pair(&h->cell[i - 1], &h->cell[i]) > 0)
            return false;
    return true;
}

/* Adds up what comes again; cells by pair. */
static uint64_t merge(struct demand_heap *h)
{
    size_t n = 0;
    for (size_t i = 0; i < h->count; i++) {
        struct demand_cell *c = &h->cell[i];
        if (n > 0 && h->cell[n - 1].from == c->from && h->cell[n - 1].to == c->to)
            h->cell[n - 1].volume += c->volume;
        else
            h->cell[n++] = *c;
    }
    uint64_t repeated = h->count - n;
    h->count = n;
    return repeated;
}

static bool trips_from(struct trips *t, uint32_t zone_count, const struct demand_heap *h)
{
    t->zone_count = zone_count;
    t->first = calloc((size_t)zone_count + 1, sizeof *t->first);
    t->to = malloc((h->count + 1) * sizeof *t->to);
    t->volume = malloc((h->count + 1) * sizeof *t->volume);
    if (t->first == NULL || t->to == NULL || t->volume == NULL)
        return false;
    for (size_t i = 0; i < h->count; i++) {
        t->first[h->cell[i].from + 1]++;
        t->to[i] = h->cell[i].to;
        t->volume[i] = h->cell[i].volume;
    }
    for (uint32_t z = 0; z < zone_count; z++)
        t->first[z + 1] += t->first[z];
    return true;
}

static bool finish(struct demand_heap *h, uint32_t zone_count, struct trips *t, uint64_t *repeated)
{
    if (!sorted(h))
        qsort(h->cell, h->count, sizeof *h->cell, by_pair);
    *repeated += merge(h);
    bool ok = trips_from(t, zone_count, h);
    free(h->cell);
    *h = (struct demand_heap){0};
    return ok;
}

bool demand_end(struct demand_reader *r, bool ok)
{
    struct demand *d = r->out;
    for (uint32_t i = 0; ok && i < d->table_count; i++) {
        struct demand_table *t = &d->table[i];
        ok = finish(&r->heap[i], d->zone_count, &t->trips, &r->report->repeated) ||
             fail(r->e, ERR_RESOURCE_EXHAUSTED, "out of memory for the trips of %s", r->path);
        if (!ok)
            break;
        for (uint32_t z = 0; z < d->zone_count; z++)
            for (uint32_t k = t->trips.first[z]; k < t->trips.first[z + 1]; k++) {
                t->total += t->trips.volume[k];
                t->inside += t->trips.to[k] == z ? t->trips.volume[k] : 0;
            }
        r->report->total += t->total;
        r->report->pairs += t->trips.first[d->zone_count];
    }
    for (uint32_t i = 0; i < DEMAND_TABLES_MAX; i++)
        free(r->heap[i].cell);
    if (!ok)
        demand_free(d);
    return ok;
}

bool demand_volume(const char *s, double *v)
{
    char *end;
    *v = strtod(s, &end); /* which takes inf, nan and 0x10, too */
    return end != s && *end == '\0' && s[strspn(s, "+-.0123456789eE")] == '\0' && isfinite(*v) && *v >= 0 &&
           *v <= DEMAND_VOLUME_MAX;
}

bool demand_zone_number(const char *s, uint32_t *zone)
{
    char *end;
    if (*s < '0' || *s > '9')
        return false;
    errno = 0;
    unsigned long long v = strtoull(s, &end, 10);
    *zone = (uint32_t)v;
    return *end == '\0' && errno == 0 && v >= 1 && v <= UINT32_MAX;
}

bool demand_find_zone(const struct demand_source *from, const char *name, uint32_t *zone)
{
    if (from->zone_of != NULL)
        return from->zone_of(from->ctx, name, zone) && *zone < from->zone_count;
    if (!demand_zone_number(name, zone) || *zone > from->zone_count)
        return false;
    --*zone;
    return true;
}

FILE *demand_open(const char *path, struct err *e)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail(e, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    return f;
}

void trips_free(struct trips *t)
{
    free(t->first);
    free(t->to);
    free(t->volume);
    *t = (struct trips){0};
}

double trips_total(const struct trips *t)
{
    double sum = 0;
    for (uint32_t k = 0; t->first != NULL && k < t->first[t->zone_count]; k++)
        sum += t->volume[k];
    return sum;
}

void demand_free(struct demand *d)
{
    for (uint32_t i = 0; i < d->table_count; i++)
        trips_free(&d->table[i].trips);
    free(d->table);
    *d = (struct demand){0};
}

static bool fits(const struct demand_table *t, const char *group, const char *period)
{
    return (group == NULL || strcmp(group, t->group) == 0) &&
           (period == NULL || strcmp(period, t->period) == 0);
}

bool demand_sum(const struct demand *d, const char *group, const char *period, double factor,
                struct trips *out, struct err *e)
{
    struct demand_heap h = {0};
    uint64_t repeated = 0;
    *out = (struct trips){0};
    for (uint32_t i = 0; i < d->table_count; i++)
        h.room += fits(&d->table[i], group, period) ? d->table[i].trips.first[d->zone_count] : 0;
    h.cell = h.room < UINT32_MAX ? malloc((h.room + 1) * sizeof *h.cell) : NULL;
    for (uint32_t i = 0; h.cell != NULL && i < d->table_count; i++) {
        const struct trips *t = &d->table[i].trips;
        for (uint32_t z = 0; fits(&d->table[i], group, period) && z < d->zone_count; z++)
            for (uint32_t k = t->first[z]; k < t->first[z + 1]; k++)
                h.cell[h.count++] = (struct demand_cell){z, t->to[k], t->volume[k] * factor};
    }
    if (h.cell == NULL || !finish(&h, d->zone_count, out, &repeated)) {
        trips_free(out);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for %zu pairs", h.room);
    }
    return true;
}
