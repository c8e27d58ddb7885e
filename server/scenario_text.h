/* scenario_text.h - a scenario as it was put: the message, who put it and when. Immutable and counted, shared
 * by threads; and what the network's projects say in that form. */
#ifndef ZH_SERVER_SCENARIO_TEXT_H
#define ZH_SERVER_SCENARIO_TEXT_H

#include "base/err.h"
#include "network/network.h"

#include "zongheng/v1/planning.pb-c.h"

enum { SCENARIO_ID_MAX = 64, SCENARIO_PREREQUISITES_MAX = 50 };
#define SCENARIO_PROJECT_PREFIX \
    "project-" /* of the ids of the network's projects: nobody else may put them */

struct scenario_text {
    char firm_id[37];                /* whose it is; "" of the network or of nobody */
    Zongheng__V1__Scenario *message; /* version, author, firm and put_at are filled */
    uint64_t serial;                 /* of this process, one for each text */
    unsigned holders;                /* atomic */
};

/* From the wire bytes of a Scenario that dispatch or this daemon has judged; copied. NULL without memory, or
 * for bytes that are none. */
struct scenario_text *scenario_text_new(const uint8_t *bytes, size_t len, const char *firm_id);
struct scenario_text *scenario_text_acquire(struct scenario_text *t);
void scenario_text_release(struct scenario_text *t); /* NULL is allowed */

/* Sets what the store knows; before it is shared. False without memory. */
bool scenario_text_sign(struct scenario_text *t, uint32_t version, const char *author, const char *firm,
                        int64_t put_at, bool shared);

/* That of a project of the network. */
bool scenario_text_of_project(const struct network *n, uint32_t project, struct scenario_text **out,
                              struct err *e);

#endif
