/* api_planning_jobs.h - the planner's long work and what becomes of it.
 *
 * A method of this kind makes a job (jobs.h). Detached, it replies with the job at once; otherwise it tells
 * of progress in replies with only `job` (Reply.more) and ends with the result. Who goes away or whose
 * deadline passes takes the job with him, unless it is detached.
 */
#ifndef ZH_SERVER_API_PLANNING_JOBS_H
#define ZH_SERVER_API_PLANNING_JOBS_H

#include "handler.h"

handler_fn api_planning_assign, api_planning_compare, api_planning_appraise, api_planning_critical;
handler_fn api_planning_get_job, api_planning_list_jobs, api_planning_cancel_job;

#endif
