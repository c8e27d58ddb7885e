/* api_planning_demand.h - zongheng.v1.Planning: demands. */
#ifndef ZH_SERVER_API_PLANNING_DEMAND_H
#define ZH_SERVER_API_PLANNING_DEMAND_H

#include "handler.h"

handler_fn api_planning_put_demand, api_planning_get_demand, api_planning_list_demands,
    api_planning_delete_demand;

#endif
