/* api_costs.h - Routing/GetCosts: GetCost for many loads, one after the other on workers, each with its own
 * status. */
#ifndef ZH_SERVER_API_COSTS_H
#define ZH_SERVER_API_COSTS_H

#include "handler.h"

handler_fn api_costs_get;

#endif
