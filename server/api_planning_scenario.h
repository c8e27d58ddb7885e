/* api_planning_scenario.h - zongheng.v1.Planning: scenarios. */
#ifndef ZH_SERVER_API_PLANNING_SCENARIO_H
#define ZH_SERVER_API_PLANNING_SCENARIO_H

#include "handler.h"

handler_fn api_planning_put_scenario, api_planning_get_scenario, api_planning_list_scenarios,
    api_planning_delete_scenario;

#endif
