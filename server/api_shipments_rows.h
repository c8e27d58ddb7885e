/* api_shipments_rows.h - rows of the store as messages, in the call's arena. Each ends the call and gives
 * NULL when a row is unfit, another firm's, or does not fit the arena. Internal to api_shipments. */
#ifndef ZH_SERVER_API_SHIPMENTS_ROWS_H
#define ZH_SERVER_API_SHIPMENTS_ROWS_H

#include "db.h"
#include "handler.h"

#include "zongheng/v1/shipments.pb-c.h"

Zongheng__V1__Shipment *shipments_own(struct call *c, const struct db_result *r, uint32_t row,
                                      int64_t *booked_at_us);
/* r->row_count of them. */
Zongheng__V1__Event **shipments_events(struct call *c, const struct db_result *r);
Zongheng__V1__ShipmentLeg **shipments_legs(struct call *c, const struct db_result *r);

#endif
