/* api_session.h - who is asking: the service zongheng.v1.Session. */
#ifndef ZH_SERVER_API_SESSION_H
#define ZH_SERVER_API_SESSION_H

#include "handler.h"

handler_fn api_session_hello;

#endif
