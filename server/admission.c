#include "admission.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <xxhash.h>

static const double half_life_ns = 1e9;
static const int64_t target_ns = 5000000; /* a delay that is no queue yet (CoDel's target) */
static const double share_margin = 1.25;
static const double small_ns = 5e7; /* of the last seconds: nobody minds */

enum { RETRY_LOW_MS = 50, RETRY_HIGH_MS = 5000 };

void admission_init(struct admission_state *a, int64_t queue_ns)
{
    memset(a, 0, sizeof *a);
    a->queue_ns = queue_ns;
    a->random = 0x9e3779b97f4a7c15u;
}

static uint64_t name_of(const char *firm)
{
    return XXH3_64bits(firm, strlen(firm)) | 1;
}

static double used_now(const struct admission_firm *f, int64_t now_ns)
{
    return f->used_ns * exp2(-(double)(now_ns - f->at_ns) / half_life_ns);
}

/* Whether this firm has had more than its share of what all had who had anything to speak of. */
static bool is_over_share(const struct admission_state *a, uint64_t name, int64_t now_ns)
{
    double all = 0, own = 0, used[ADMISSION_FIRMS];
    unsigned active = 0;
    for (unsigned i = 0; i < ADMISSION_FIRMS; i++) {
        used[i] = a->firms[i].name != 0 ? used_now(&a->firms[i], now_ns) : 0;
        all += used[i];
        if (a->firms[i].name == name)
            own = used[i];
    }
    for (unsigned i = 0; i < ADMISSION_FIRMS; i++)
        active += used[i] > all / 100;
    return active > 1 && own > small_ns && own > share_margin * all / active;
}

enum admission admission_judge(struct admission_state *a, enum criticality how, const char *firm,
                               int64_t arrived_ns, int64_t now_ns, int64_t deadline_ns)
{
    int64_t delay_ns = now_ns - arrived_ns, limit_ns = (deadline_ns - arrived_ns) / 2;
    if (now_ns > deadline_ns)
        return ADMISSION_EXPIRED;
    limit_ns = limit_ns < a->queue_ns ? limit_ns : a->queue_ns;
    limit_ns /= how == CRITICALITY_BULK ? 4 : how == CRITICALITY_NORMAL ? 2 : 1;
    limit_ns = limit_ns < target_ns ? target_ns : limit_ns;
    if (delay_ns > limit_ns)
        return ADMISSION_DELAYED;
    if (delay_ns > limit_ns / 4 && is_over_share(a, name_of(firm), now_ns))
        return ADMISSION_SHARE;
    return ADMISSION_YES;
}

void admission_charge(struct admission_state *a, const char *firm, int64_t spent_ns, int64_t now_ns)
{
    uint64_t name = name_of(firm);
    struct admission_firm *f = &a->firms[0];
    double least = INFINITY;
    for (unsigned i = 0; i < ADMISSION_FIRMS; i++) { /* its own row, or that of who used least */
        struct admission_firm *k = &a->firms[(name + i) % ADMISSION_FIRMS];
        double used = k->name != 0 ? used_now(k, now_ns) : -1;
        if (k->name == name || used < least) {
            f = k;
            least = used;
        }
        if (k->name == name || k->name == 0)
            break;
    }
    if (f->name != name)
        *f = (struct admission_firm){.name = name, .at_ns = now_ns};
    f->used_ns = used_now(f, now_ns) + (double)spent_ns;
    f->at_ns = now_ns;
}

uint32_t admission_retry_ms(struct admission_state *a, int64_t delay_ns)
{
    a->random ^= a->random << 13; /* xorshift64 (Marsaglia 2003) */
    a->random ^= a->random >> 7;
    a->random ^= a->random << 17;
    int64_t ms = delay_ns / 1000000;
    ms = ms < RETRY_LOW_MS ? RETRY_LOW_MS : ms > RETRY_HIGH_MS / 2 ? RETRY_HIGH_MS / 2 : ms;
    return (uint32_t)(ms + (int64_t)(a->random % (uint64_t)ms));
}
