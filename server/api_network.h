/* api_network.h - Operations.GetNetwork: what a map draws. On the pool. */
#ifndef ZH_SERVER_API_NETWORK_H
#define ZH_SERVER_API_NETWORK_H

#include "handler.h"

handler_fn api_network_get;

#endif
