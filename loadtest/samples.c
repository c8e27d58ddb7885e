#include "samples.h"

#include <stdlib.h>

bool samples_add(struct samples *s, int64_t latency_ns)
{
    if (s->count == s->room) {
        size_t room = s->room != 0 ? 2 * s->room : 1024;
        uint32_t *us = realloc(s->us, room * sizeof us[0]);
        if (us == NULL)
            return false;
        s->us = us;
        s->room = room;
    }
    int64_t us = latency_ns > 0 ? latency_ns / 1000 + (latency_ns % 1000 >= 500) : 0;
    s->us[s->count++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
    s->sorted = false;
    return true;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

uint32_t samples_percentile_us(struct samples *s, uint32_t per_100000)
{
    if (s->count == 0)
        return 0;
    if (!s->sorted)
        qsort(s->us, s->count, sizeof s->us[0], compare);
    s->sorted = true;
    size_t rank = (s->count * (size_t)per_100000 + 99999) / 100000;
    return s->us[rank > 0 ? rank - 1 : 0];
}

void samples_release(struct samples *s)
{
    free(s->us);
    *s = (struct samples){0};
}
