/* api_routing.h - routes, prices and places: the service zongheng.v1.Routing. Inline on the loop but
 * for what question.h hands to the pool. */
#ifndef ZH_SERVER_API_ROUTING_H
#define ZH_SERVER_API_ROUTING_H

#include "handler.h"
#include "plan/plan.h"
#include "question.h"

#include "zongheng/v1/routing.pb-c.h"

handler_fn api_routing_find_places;
handler_fn api_routing_find_routes;
handler_fn api_routing_get_cost;

/* GetCost in work: one load of it, or of GetCosts. */
struct routing_cost {
    struct question q; /* first */
    bool cheapest;
    void *owner;
    struct plan_itinerary option;
    Zongheng__V1__GetCostReply out; /* in the question's arena with all that it holds */
};
/* Makes the question, all but q.done; what a bulk sets in q is set before. False with q.err. */
bool routing_cost_init(struct routing_cost *w, struct call *c, const Zongheng__V1__GetCostRequest *m);

/* Asks a booking's question again on the call's snapshot and finds the option that ref names: the price and
 * times that will be booked are those of the network in force. q.err is FAILED_PRECONDITION when that option
 * does not exist any more. x lies in the call's arena, zeroed but for ref and done, and so does what comes
 * out; done is called once, perhaps before routing_replan returns. */
struct replan {
    struct question q; /* first */
    const char *ref;
    void (*done)(struct replan *x);
    const struct plan_itinerary *it;
    Zongheng__V1__Option *option;
};
void routing_replan(struct replan *x, struct call *c, const Zongheng__V1__FindRoutesRequest *request);

#endif
