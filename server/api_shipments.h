/* api_shipments.h - one bill from booking to delivery: the service zongheng.v1.Shipments.
 *
 * Every method keeps its call until PostgreSQL has answered. Outcomes of Book, Cancel and RecordEvent: OK
 * (committed and flushed), FAILED_PRECONDITION or RESOURCE_EXHAUSTED (refused; final for the key when the
 * store was asked), INVALID_ARGUMENT (final, nothing stored), ALREADY_EXISTS (the key was used with another
 * body), UNAVAILABLE with retry_after_ms (this attempt did nothing and will do nothing), UNKNOWN (it may have
 * happened: the same key again, or Settle).
 */
#ifndef ZH_SERVER_API_SHIPMENTS_H
#define ZH_SERVER_API_SHIPMENTS_H

#include "handler.h"

handler_fn api_shipments_book;
handler_fn api_shipments_settle;
handler_fn api_shipments_cancel;
handler_fn api_shipments_get;
handler_fn api_shipments_list;
handler_fn api_shipments_record_event;
handler_fn api_shipments_list_events;
handler_fn api_shipments_affected;
handler_fn api_shipments_watch; /* several replies: watch.h */

#endif
