/* admission.h - what a loop takes on when more comes than it can do.
 *
 * The measure is the delay that a request has behind it when its turn comes, not a rate or a number in work:
 * it rises only when the loop does not keep up, whatever requests cost (Nichols and Jacobson, "Controlling
 * Queue Delay", 2012). A request is refused, before its body is looked at, when that delay exceeds a part of
 * the lesser of queue_ms and half its deadline: a quarter for heavy questions, a half for the ordinary, all
 * of it for what changes shipments or tells the operator how things are. Refusals cost microseconds, so the
 * delay falls at once and those admitted are answered in time.
 *
 * Firms: while there is delay, a firm that has used more than its share of the loop's time lately (a second's
 * half-life) is refused at a quarter of those limits; without delay a firm may have all of it.
 *
 * Pure: time is an argument. One loop, one thread.
 */
#ifndef ZH_SERVER_ADMISSION_H
#define ZH_SERVER_ADMISSION_H

#include <stdint.h>

/* How badly a request is needed: a column of the method table. */
enum criticality { CRITICALITY_BULK, CRITICALITY_NORMAL, CRITICALITY_VITAL, CRITICALITIES };

enum admission {
    ADMISSION_YES,
    ADMISSION_EXPIRED, /* its deadline has passed: nothing of it may be done */
    ADMISSION_DELAYED, /* too much before it */
    ADMISSION_SHARE,   /* and its firm has had more than its share */
    ADMISSION_LADEN,   /* its connection has as many heavy ones as it may, in work and waiting (dispatch.c) */
};

enum { ADMISSION_FIRMS = 64 };

struct admission_state {
    int64_t queue_ns;
    struct admission_firm {
        uint64_t name; /* hash; 0: free */
        double used_ns;
        int64_t at_ns;
    } firms[ADMISSION_FIRMS];
    uint64_t random;
};

void admission_init(struct admission_state *a, int64_t queue_ns);

/* firm: "" for anonymous. */
enum admission admission_judge(struct admission_state *a, enum criticality how, const char *firm,
                               int64_t arrived_ns, int64_t now_ns, int64_t deadline_ns);

/* The firm has had the loop for so long. */
void admission_charge(struct admission_state *a, const char *firm, int64_t spent_ns, int64_t now_ns);

/* When to come back: about as long as it took to get here, between 50 ms and 5 s, spread so that those who
 * were refused together do not return together. */
uint32_t admission_retry_ms(struct admission_state *a, int64_t delay_ns);

#endif
