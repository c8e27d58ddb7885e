#include "freight/calendar.h"

enum { EPOCH_WEEKDAY = 3 }; /* 1970-01-01 was a Thursday */

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

int64_t cal_day_start(const struct network *n, int32_t day)
{
    return (int64_t)day * CAL_DAY_S - (int64_t)n->utc_offset_min * 60;
}

int32_t cal_local_day(const struct network *n, int64_t at)
{
    return (int32_t)floor_div(at + (int64_t)n->utc_offset_min * 60, CAL_DAY_S);
}

int cal_weekday(int32_t day)
{
    int w = (int)((day % CAL_WEEK_DAYS + EPOCH_WEEKDAY) % CAL_WEEK_DAYS);
    return w < 0 ? w + CAL_WEEK_DAYS : w;
}

bool cal_runs(const struct network *n, const struct net_service *s, int32_t day)
{
    if (day < s->valid_from_day || day > s->valid_to_day)
        return false;
    for (uint32_t i = 0; i < s->exception_count; i++) {
        const struct net_exception *x = &n->exception[s->exception_first + i];
        if (x->day == day)
            return x->added != 0;
    }
    return (s->days >> cal_weekday(day) & 1) != 0;
}

int32_t cal_next_run(const struct network *n, const struct net_service *s, int32_t from, int32_t last)
{
    int32_t day = from > s->valid_from_day ? from : s->valid_from_day;
    int32_t end = last < s->valid_to_day ? last : s->valid_to_day;
    for (; day <= end; day++)
        if (cal_runs(n, s, day))
            return day;
    return CAL_NO_DAY;
}

int64_t cal_departure(const struct network *n, const struct net_service *s, int32_t day,
                      const struct net_stop *stop)
{
    return cal_day_start(n, day) + ((int64_t)s->depart_min + stop->depart_min) * 60;
}

int64_t cal_arrival(const struct network *n, const struct net_service *s, int32_t day,
                    const struct net_stop *stop)
{
    return cal_day_start(n, day) + ((int64_t)s->depart_min + stop->arrive_min) * 60;
}

int32_t cal_next_departure(const struct network *n, const struct net_service *s, const struct net_stop *stop,
                           int64_t at, int32_t last)
{
    /* The first day d with day_start(d) + offset >= at, rounded up. */
    int64_t offset = ((int64_t)s->depart_min + stop->depart_min) * 60;
    int64_t shifted = at - offset + (int64_t)n->utc_offset_min * 60;
    int32_t day = (int32_t)(-floor_div(-shifted, CAL_DAY_S));
    return cal_next_run(n, s, day, last);
}

int64_t cal_next_open(const struct network *n, uint32_t hours, int64_t at)
{
    if (hours == 0)
        return at;
    const struct net_hours *h = &n->hours[hours];
    int32_t today = cal_local_day(n, at);
    /* A span may begin on a day before and pass 24:00; a span of 65535 min ends within 46 h of its day + 24
     * h. */
    for (int32_t day = today - 2; day <= today + CAL_WEEK_DAYS; day++) {
        int w = cal_weekday(day);
        if (h->to_min[w] <= h->from_min[w])
            continue;
        int64_t from = cal_day_start(n, day) + (int64_t)h->from_min[w] * 60;
        int64_t to = cal_day_start(n, day) + (int64_t)h->to_min[w] * 60;
        if (at < to)
            return at > from ? at : from;
    }
    return CAL_NEVER;
}
