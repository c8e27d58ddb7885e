/* api_operations.h - what the operator sees: the service zongheng.v1.Operations. */
#ifndef ZH_SERVER_API_OPERATIONS_H
#define ZH_SERVER_API_OPERATIONS_H

#include "handler.h"

handler_fn api_operations_get_status;

#endif
