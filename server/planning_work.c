#include "planning_work.h"

#include "jobs_inside.h"

job_work_fn *const job_works[JOB_KINDS] = {
    [JOB_ASSIGN] = planning_assign,
    [JOB_COMPARE] = planning_compare,
    [JOB_APPRAISE] = planning_appraise,
    [JOB_CRITICAL] = planning_critical,
};
