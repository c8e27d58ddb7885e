/* planning.h - a planner's question in work, on a job's thread: the network with and without the scenario,
 * the demand, roads, equilibria, and what is assumed. What Assign, Compare, Appraise and GetCriticalLinks
 * share.
 *
 * Memory: messages lie in the arena (PLANNING_ARENA at most); an equilibrium may take jobs_memory.
 */
#ifndef ZH_SERVER_PLANNING_H
#define ZH_SERVER_PLANNING_H

#include "jobs.h"
#include "snapshot.h"

#include "whatif/chains.h"
#include "whatif/study.h"
#include "whatif/volumes.h"

#include "zongheng/v1/planning.pb-c.h"

enum { PLANNING_ARENA = 256 * 1024 * 1024, ASSUMPTIONS_MAX = 40 };

struct planning_state {   /* the network in one state */
    const char *scenario; /* "": as it is */
    struct snapshot *snapshot;
    struct roads *roads;
    struct chains chains;
    struct study *study;
};

struct planning {
    struct job_run *run;
    struct arena arena;
    struct snapshot *base; /* the network in force when the job began */
    struct planning_state before, after;
    const struct consignments *goods; /* NULL: an O-D table */
    struct consignments *bundled;     /* owned; NULL: a demand that was put */
    struct volumes *volumes;          /* owned; NULL: the bundled demand */
    struct volumes_choice volumes_choice;
    char goods_group[DEMAND_NAME_MAX], period[DEMAND_NAME_MAX]; /* of volumes_choice */
    const char *group[GROUPS_MAX];                              /* names of goods groups */
    uint32_t group_count;
    char demand_version[120]; /* "NAME@VERSION HASH", of the bundled demand its hash */
    char demand_text[800];    /* what it is, for the assumptions */
    struct roads_rules roads_rules;
    struct chains_rules chains_rules;
    struct study_rules study_rules;
    bool fixed_family;
    struct study_zones zones;
    double gap;
    uint32_t iterations_max;
    uint32_t from_permille, to_permille; /* of the job, that the step in work stands for */
    char *assumption[ASSUMPTIONS_MAX];
    uint32_t assumption_count;
    int64_t until_ns;
};

/* Takes the two states (the base when a scenario is ""), the demand and the rules. planning_end in any case.
 */
bool planning_begin(struct planning *p, struct job_run *r, const char *before, const char *after,
                    const Zongheng__V1__DemandSpec *demand, double gap, uint32_t iterations_max,
                    struct err *e);
void planning_end(struct planning *p);

/* planning_demand.c: the demand and what goes with it, by the request; what is assumed of it. */
bool planning_take_demand(struct planning *p, const Zongheng__V1__DemandSpec *d, struct err *e);
void planning_leave_demand(struct planning *p);
bool planning_assume_demand(struct planning *p);

/* A stop function: cancelled, or longer than jobs_seconds. */
bool planning_stopped(void *planning);
/* The error of a stop that was not the job's cancelling. */
bool planning_late(const struct planning *p);
/* What comes next, and the share of the job up to where it goes. */
void planning_step(struct planning *p, uint32_t to_permille, const char *text);

/* Families and trucks of a state; with `like` those of that state. */
bool planning_choose(struct planning *p, struct planning_state *s, const struct planning_state *like,
                     struct err *e);
bool planning_roads(struct planning *p, struct planning_state *s, struct err *e);
/* Equilibrium and skims; `also`: the state whose pairs are in the tables as well, `warm` where it starts. */
bool planning_equilibrium(struct planning *p, struct planning_state *s, const struct planning_state *also,
                          const struct planning_state *warm, struct err *e);

/* The network that a scenario makes of the base, acquired; "": the base. On a thread that may wait. NOT_FOUND
 * and the like with field `field`. */
bool planning_snapshot(struct server *s, struct snapshot *base, const char *firm, const char *scenario,
                       const char *field, struct snapshot **out, struct err *e);

/* --- messages; NULL: the arena is full --- */

bool planning_assume(struct planning *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* All that the demand, the roads and the method assume. */
bool planning_assumptions(struct planning *p);
/* *count: 0 of an O-D table, whose lorries are no matter of families. */
Zongheng__V1__FamilyShare **planning_families(struct planning *p, const struct chains *c, size_t *count);
char *planning_geometry(struct arena *a, const struct network *n, uint32_t link);
char *planning_link_name(struct arena *a, const struct network *n, uint32_t link);
Zongheng__V1__Job *planning_job(struct arena *a, const struct job_info *i);
char *planning_hex(struct arena *a, uint64_t v);
char *planning_text(const char *s); /* protobuf-c's messages are not const; packing only reads */
bool planning_no_memory(struct err *e);
/* Packs into malloc'ed bytes. */
bool planning_pack(const ProtobufCMessage *m, uint8_t **bytes, size_t *len, struct err *e);

#endif
