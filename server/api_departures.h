/* api_departures.h - Routing/FindDepartures: all useful departures of a window, on a worker (plan_profile).
 */
#ifndef ZH_SERVER_API_DEPARTURES_H
#define ZH_SERVER_API_DEPARTURES_H

#include "handler.h"

handler_fn api_departures_find;

#endif
