/* api_agreed.h - tariffs that a firm agreed with its carriers: put and listed by the firm, or by an operator
 * for it. */
#ifndef ZH_SERVER_API_AGREED_H
#define ZH_SERVER_API_AGREED_H

#include "handler.h"

handler_fn api_agreed_put;
handler_fn api_agreed_list;

#endif
