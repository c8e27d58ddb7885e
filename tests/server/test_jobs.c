/* Jobs beside their threads: submitting while they stop (also for the thread sanitizer), and storing when
 * memory is short. The database is not there: a connection that counts as up takes the statements, and
 * nothing is sent. */
#include "bare_loop.h"
#include "db_conn.h"
#include "jobs_inside.h"
#include "jobs_keep.h"
#include "store_sql.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* A size that no machine has is NULL, as without a sanitizer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static struct job_ask ask_held(void)
{
    return (struct job_ask){
        .kind = JOB_ASSIGN, .firm = "", .author = "", .scenario = "", .request = "", .held = true};
}

/* --- stopping --- */

struct submitter {
    struct jobs *jobs;
    _Atomic bool over;
    _Atomic int taken, refused;
};

static void *submit(void *submitter)
{
    struct submitter *s = submitter;
    while (!s->over) {
        struct job_ask ask = ask_held();
        struct err e = {0};
        char id[JOB_ID_SIZE];
        bool ok = jobs_submit(s->jobs, &ask, id, &e);
        s->taken += ok;
        s->refused += !ok;
        if (ok)
            jobs_cancel(s->jobs, "", id);
    }
    return NULL;
}

TEST(whoever_submits_while_they_stop_is_told)
{
    static struct server server;
    char *argv[] = {(char *)(uintptr_t) "zonghengd"};
    struct submitter s = {0};
    struct err e = {0};
    pthread_t thread;
    CHECK(config_read(&server.config, 1, argv, &e) && jobs_new(&server, &s.jobs, &e));
    CHECK(pthread_create(&thread, NULL, submit, &s) == 0);
    while (s.taken == 0)
        sched_yield();
    jobs_stop(s.jobs);
    int refused = s.refused;
    while (s.refused < refused + 2)
        sched_yield();
    s.over = true;
    pthread_join(thread, NULL);
    struct job_ask ask = ask_held();
    char id[JOB_ID_SIZE];
    CHECK(!jobs_submit(s.jobs, &ask, id, &e));
    CHECK_I64(e.code, ERR_RESOURCE_EXHAUSTED);
    jobs_free(s.jobs);
}

/* --- storing --- */

static struct db *taking(struct event_base *base)
{
    struct db_target t = {.setting = "database", .conninfo = BARE_AWAY, .connections = 1};
    struct db *db = NULL;
    struct err e = {0};
    CHECK_MSG(db_new(base, &t, &db, &e), "%s", e.text);
    event_base_loop(base, EVLOOP_NONBLOCK);
    db->conns[0].state = DB_CONN_UP;
    db->conns[0].working = true; /* what it takes waits */
    return db;
}

/* The statement that stores the job; NULL: none was submitted. */
static const struct db_entry *stored(const struct db *db, const char *id)
{
    for (const struct db_entry *x = db->conns[0].waiting.head; x != NULL; x = x->next)
        if (x->statement == STORE_JOB_SAVE && strcmp(x->values[1], id) == 0)
            return x;
    return NULL;
}

static struct job *finished(struct jobs *j, const char *result)
{
    struct job_ask ask = ask_held();
    struct err e = {0};
    char id[JOB_ID_SIZE];
    CHECK_MSG(jobs_submit(j, &ask, id, &e), "%s", e.text);
    pthread_mutex_lock(&j->lock);
    struct job *x = jobs_find(j, id);
    x->result = (uint8_t *)strdup(result);
    x->result_len = strlen(result);
    x->info.kept = true;
    job_move(j, x, JOB_RUNNING);
    job_move(j, x, JOB_FINISHED);
    pthread_mutex_unlock(&j->lock);
    return x;
}

TEST(a_result_that_finds_no_memory_is_stored_later_and_whole)
{
    enum { RESULT = 11 }; /* of the statement's values */
    static struct server server;
    struct loop *l;
    struct err e = {0};
    bare_loop_open(&server, &l);
    CHECK(jobs_new(&server, &server.jobs, &e));
    struct db *db = taking(loop_base(l));
    struct job *small = finished(server.jobs, "small"), *large = finished(server.jobs, "large");
    large->result_len = SIZE_MAX / 4;
    jobs_tick(server.jobs, l, db, monotonic_ns());
    CHECK(stored(db, large->info.id) == NULL);
    CHECK(large->dirty && !large->storing);
    CHECK(stored(db, small->info.id) != NULL && small->storing);
    CHECK(jobs_unsaved(server.jobs, l));
    large->result_len = strlen("large");
    jobs_tick(server.jobs, l, db, monotonic_ns());
    const struct db_entry *x = stored(db, large->info.id);
    CHECK(x != NULL && large->storing);
    CHECK(x->values[RESULT] != NULL && x->lengths[RESULT] == 5 && memcmp(x->values[RESULT], "large", 5) == 0);
    db_free(db);
    jobs_stop(server.jobs);
    bare_loop_close(&server, l);
    jobs_free(server.jobs);
}
