/* store_jobs.h - statements of the planner's jobs (schemas/0009_jobs.sql). As store_shipments.h says. */
#ifndef ZH_SERVER_STORE_JOBS_H
#define ZH_SERVER_STORE_JOBS_H

#include "db.h"
#include "jobs.h"

enum { JOB_LEASE_MS = 15000, JOB_ATTEMPTS_MAX = 3, JOB_KEPT_BY_FIRM = 200 };

void store_job_put(struct db *db, const char *daemon, const struct job_info *i, const void *request,
                   size_t request_len, int64_t deadline_ns, db_callback_fn *callback, void *ctx);
void store_job_save(struct db *db, const char *daemon, const struct job_info *i, const void *result,
                    size_t result_len, int64_t deadline_ns, db_callback_fn *callback, void *ctx);
void store_job_beat(struct db *db, const char *daemon, int64_t deadline_ns, db_callback_fn *callback,
                    void *ctx);
void store_job_claim(struct db *db, const char *daemon, int64_t deadline_ns, db_callback_fn *callback,
                     void *ctx);
/* id NULL: a page of the newest, before_us 0: from the first. */
void store_list_jobs(struct db *db, const char *firm, const char *id, int64_t before_us, int32_t limit,
                     int64_t deadline_ns, db_callback_fn *callback, void *ctx);
void store_job_cancel(struct db *db, const char *firm, const char *id, int64_t deadline_ns,
                      db_callback_fn *callback, void *ctx);

/* A row of list_jobs; result is NULL when there is none. False: not as this build's schema. */
bool store_read_job(const struct db_result *r, uint32_t row, struct job_info *out, int64_t *created_us,
                    const uint8_t **result, size_t *result_len);

struct store_claimed {
    char firm[JOB_ID_SIZE], id[JOB_ID_SIZE];
    enum job_kind kind;
    const char *author, *scenario;
    const uint8_t *request;
    size_t request_len;
    int64_t created_at;
};
bool store_read_claimed(const struct db_result *r, uint32_t row, struct store_claimed *out);

#endif
