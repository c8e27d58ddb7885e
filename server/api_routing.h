/* api_routing.h - routes, prices and places: the service zongheng.v1.Routing. Answers inline on the loop. */
#ifndef ZH_SERVER_API_ROUTING_H
#define ZH_SERVER_API_ROUTING_H

#include "handler.h"
#include "plan/plan.h"

#include "zongheng/v1/routing.pb-c.h"

handler_fn api_routing_find_places;
handler_fn api_routing_find_routes;
handler_fn api_routing_get_cost;

/* Asks a booking's question again on the call's snapshot and finds the option that plan_ref names: the price
 * and times that will be booked are those of the network in force. FAILED_PRECONDITION when that option does
 * not exist any more. What comes out lies in the call's arena. */
bool routing_replan(struct call *c, const Zongheng__V1__FindRoutesRequest *request, const char *plan_ref,
                    struct plan_request *r, const struct plan_itinerary **it, Zongheng__V1__Option **option,
                    struct err *e);

#endif
