/* sharpen.h - what a network version need not have when it begins to serve: perfect rows and hub labels of
 * its metrics, made by the pool while the first questions are answered. Ends early when the pool stops or
 * nobody else holds the snapshot any more. Any thread. */
#ifndef ZH_SERVER_SHARPEN_H
#define ZH_SERVER_SHARPEN_H

#include "pool.h"
#include "snapshot.h"

/* Holds the snapshot meanwhile. Without memory nothing is made quicker. */
void sharpen_later(struct pool *p, struct snapshot *s);

#endif
