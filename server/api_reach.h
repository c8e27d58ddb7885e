/* api_reach.h - Routing.GetReach: how far a truck comes within a time, a sum of money or a distance. On the
 * pool. */
#ifndef ZH_SERVER_API_REACH_H
#define ZH_SERVER_API_REACH_H

#include "handler.h"

handler_fn api_reach_get;

#endif
