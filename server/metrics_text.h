/* metrics_text.h - what the process counts as Prometheus text (exposition format 0.0.4), for GET /metrics.
 * Names and versions of the network stand in labels, never names of firms. */
#ifndef ZH_SERVER_METRICS_TEXT_H
#define ZH_SERVER_METRICS_TEXT_H

#include "bytes.h"

struct loop;

/* Adds the text, of all loops; `l` is the loop that is asked. False: no room. */
bool metrics_text(struct loop *l, struct bytes *out);

#endif
