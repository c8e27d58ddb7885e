/* planning_work.h - the work of each kind of job (jobs.h). */
#ifndef ZH_SERVER_PLANNING_WORK_H
#define ZH_SERVER_PLANNING_WORK_H

#include "planning.h"

job_work_fn planning_assign, planning_compare, planning_appraise, planning_critical;

#endif
