/* api_planning_access.h - GetAccessibility: townships and how near they are, before and after. */
#ifndef ZH_SERVER_API_PLANNING_ACCESS_H
#define ZH_SERVER_API_PLANNING_ACCESS_H

#include "handler.h"

handler_fn api_planning_access;

#endif
