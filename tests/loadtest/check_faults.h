/* check_faults.h - good answers and one planted fault after the other, for the tests of loadtest/check.h. */
#ifndef ZH_TESTS_CHECK_FAULTS_H
#define ZH_TESTS_CHECK_FAULTS_H

#include "../../loadtest/judge.h"
#include "test.h"

#include "zongheng/v1/operations.pb-c.h"
#include "zongheng/v1/planning.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEW(type, name)                   \
    __extension__({                       \
        type *x_ = calloc(1, sizeof *x_); \
        zongheng__v1__##name##__init(x_); \
        x_;                               \
    })

static struct demand_row row = {.release_min = 1,
                                .origin = 7,
                                .destination = 8,
                                .family_count = 1,
                                .families = {ZONGHENG__V1__FAMILY__RAIL_ROAD}};
static struct demand demand = {.rows = &row, .count = 1};
static uint8_t key[KEY_BYTES] = {1, 2, 3};
static char own[KIND_SCENARIO_ID], why[CHECK_WHY];
static struct kind_input in;

static void reset(void)
{
    in = (struct kind_input){
        .demand = &demand, .start_s = 1000000, .scenario = "", .table = 2, .key = key, .plan_ref = ""};
    kind_scenario_id(key, own);
}

static bool good(enum kind_id k, const void *m)
{
    why[0] = '\0';
    return check_answer(k, &in, m, why);
}

/* *at is `value` for one check, which must fail and say so. */
#define FAULT(kind, m, at, value, says)                                          \
    do {                                                                         \
        __typeof__(at) was_ = (at);                                              \
        CHECK_MSG(good(kind, m), "before: %s", why);                             \
        (at) = (value);                                                          \
        CHECK_MSG(!good(kind, m) && strstr(why, says) != NULL, #at ": %s", why); \
        (at) = was_;                                                             \
    } while (0)

#endif
