/* study.h - what the planner's commands share: options of demand and states, waiting for a job, exports.
 *
 * A question is put as a job that goes on without this program (detached) and looked at until it is over; its
 * progress is one line on standard error when that is a terminal. With --detached only the job's id is
 * printed. A struct study is the first member of a command's arguments.
 */
#ifndef ZH_CLIENT_STUDY_H
#define ZH_CLIENT_STUDY_H

#include "cmd.h"
#include "zongheng/v1/planning.pb-c.h"

struct study {
    Zongheng__V1__DemandSpec demand;
    const char *scenario, *before;
    const char *csv, *geojson, *gmns, *html;
    double gap;
    bool without_toll, detached;
};

void study_init(struct study *s);

/* Puts the request, whose `detached` is set, waits, and gives the job with its result; *reply is NULL when
 * only the job was asked for. */
bool study_ask(struct client *c, const struct study *s, const char *method, const ProtobufCMessage *request,
               const ProtobufCMessageDescriptor *reply_type, const Zongheng__V1__GetJobReply **reply,
               struct err *e);
/* The same for a job that is there. */
bool study_wait(struct client *c, const char *job_id, const Zongheng__V1__GetJobReply **reply, struct err *e);

cmd_set_fn study_set_demand, study_set_group, study_set_period, study_set_hours, study_set_scenario,
    study_set_before, study_set_factor, study_set_fixed, study_set_logit, study_set_background, study_set_gap,
    study_set_time_only, study_set_detached, study_set_csv, study_set_geojson, study_set_gmns, study_set_html;

#define STUDY_OPTIONS                                                                                 \
    {"--scenario", "ID", "the scenario: project-P02, or one that was put", study_set_scenario},       \
        {"--demand", "NAME[@VERSION]", "a demand that was put (bundled)", study_set_demand},          \
        {"--goods-group", "NAME", "of an O-D table only this one", study_set_group},                  \
        {"--period", "NAME", "of an O-D table only this one", study_set_period},                      \
        {"--day-hours", "H", "busiest hours that a day or period carries (10)", study_set_hours},     \
        {"--factor", "F", "on all volumes of the demand (1)", study_set_factor},                      \
        {"--fixed-family", NULL, "goods keep to their family of the base", study_set_fixed},          \
        {"--logit", NULL, "families by logit, not all or nothing", study_set_logit},                  \
        {"--background", "SHARE", "of capacity that cars take (0.4); 0: none", study_set_background}, \
        {"--gap", "G", "relative gap of the equilibrium (1e-6)", study_set_gap},                      \
    {                                                                                                 \
        "--detached", NULL, "print the job's id and go", study_set_detached                           \
    }

/* Of what two states are compared by. */
#define STUDY_COMPARE_OPTIONS                                                                   \
    {"--before", "ID", "compared with this scenario (the network as it is)", study_set_before}, \
        {"--csv", "FILE", "who gains and who loses", study_set_csv},                            \
    {                                                                                           \
        "--geojson", "FILE", "changes of flows for a map", study_set_geojson                    \
    }
bool study_check_compare(void *study, struct err *e); /* a cmd's check */
void study_fill_compare(struct study *s, Zongheng__V1__CompareRequest *q);

/* export.c: files for other programs; a name that is NULL is passed over. */
bool export_flows(const struct study *s, const Zongheng__V1__AssignReply *r, struct err *e);
bool export_changes(const struct study *s, const Zongheng__V1__CompareReply *r, struct err *e);
bool export_isochrones(const char *path, Zongheng__V1__Isochrone *const *of, size_t n, struct err *e);
bool export_text(const char *path, const char *text, struct err *e);

/* Tables for people. */
void study_show_compare(struct arena *a, const Zongheng__V1__CompareReply *r);
void study_show_job(const Zongheng__V1__Job *j);
/* Whatever the job made. */
void study_show(struct arena *a, const Zongheng__V1__GetJobReply *r);

#endif
