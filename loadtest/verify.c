#include "verify.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 20000 };

/* Each tells how many of the batch ($1: keys, $2: ids) are good, missing and wrong. */
static const char *const queries[ACK_KINDS] = {
    [ACK_BOOKED] = "WITH a AS (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS t(key, id)),"
                   " s AS (SELECT a.key, count(s.shipment_id) AS n, coalesce(bool_and(s.shipment_id = a.id), "
                   "false) AS same"
                   " FROM a LEFT JOIN zh.shipment s ON s.key = a.key GROUP BY a.key)"
                   " SELECT count(*) FILTER (WHERE n = 1 AND same), count(*) FILTER (WHERE n = 0),"
                   " count(*) FILTER (WHERE n > 1 OR (n = 1 AND NOT same)) FROM s",
    [ACK_CANCELLED] =
        "WITH a AS (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS t(key, id))"
        " SELECT count(*) FILTER (WHERE s.state = 'cancelled'), count(*) FILTER (WHERE s.state IS NULL),"
        " count(*) FILTER (WHERE s.state <> 'cancelled')"
        " FROM a LEFT JOIN zh.shipment s ON s.shipment_id = a.id",
    [ACK_RECORDED] = "WITH a AS (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS t(key, id)),"
                     " s AS (SELECT a.id, count(v.event_id) AS n FROM a LEFT JOIN zh.event v ON v.event_id = "
                     "a.id GROUP BY a.id)"
                     " SELECT count(*) FILTER (WHERE n = 1), count(*) FILTER (WHERE n = 0), count(*) FILTER "
                     "(WHERE n > 1) FROM s",
    [ACK_REFUSED] = "WITH a AS (SELECT * FROM unnest($1::uuid[], $2::text[]) AS t(key, id))"
                    " SELECT count(*) FILTER (WHERE s.key IS NULL), 0, count(s.key)"
                    " FROM a LEFT JOIN zh.shipment s ON s.key = a.key",
};

static const char *const balance =
    "SELECT count(*) FROM (SELECT d.service_id, d.day FROM zh.departure d"
    " LEFT JOIN zh.shipment_leg l ON l.service_id = d.service_id AND l.day = d.day AND NOT l.released"
    " GROUP BY d.service_id, d.day, d.taken_kg, d.taken_teu_milli"
    " HAVING d.taken_kg <> coalesce(sum(l.kg), 0) OR d.taken_teu_milli <> coalesce(sum(l.teu_milli), 0)) x";

const char *verify_kind_name(enum ack_kind k)
{
    static const char *const names[ACK_KINDS] = {"booked", "cancelled", "recorded", "refused"};
    return names[k];
}

bool verify_is_good(const struct verify_result *v)
{
    bool good = v->unbalanced == 0;
    for (unsigned k = 0; k < ACK_KINDS; k++)
        good = good && v->of[k].good == v->of[k].asked;
    return good;
}

static uint64_t number_at(const PGresult *r, int column)
{
    return strtoull(PQgetvalue(r, 0, column), NULL, 10);
}

static bool failed(const PGresult *r, struct err *e)
{
    return fail_field(e, ERR_UNAVAILABLE, "--verify", "%s", PQresultErrorMessage(r));
}

static bool check_batch(PGconn *c, enum ack_kind kind, const char *keys, const char *ids, size_t n,
                        struct verify_count *v, struct err *e)
{
    const char *values[] = {keys, ids};
    PGresult *r = PQexecParams(c, queries[kind], 2, NULL, values, NULL, NULL, 0);
    bool ok = (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1) || failed(r, e);
    if (ok) {
        v->asked += n;
        v->good += number_at(r, 0);
        v->missing += number_at(r, 1);
        v->wrong += number_at(r, 2);
    }
    PQclear(r);
    return ok;
}

/* '{a,b,c}' in room for BATCH members. */
static size_t put_member(char *list, size_t at, const char *text)
{
    list[at] = at == 0 ? '{' : ',';
    at++;
    size_t n = strlen(text);
    memcpy(list + at, text, n);
    return at + n;
}

static bool check_kind(PGconn *c, enum ack_kind kind, const struct run_ack *acks, size_t count,
                       struct verify_count *v, struct err *e)
{
    size_t room = (size_t)BATCH * (KEY_TEXT + 1) + 3, n = 0, k = 0, i = 0;
    char *keys = malloc(room), *ids = malloc(room);
    bool ok = (keys != NULL && ids != NULL) || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    for (size_t at = 0; ok && at <= count; at++) {
        char key[KEY_TEXT];
        if (at < count && acks[at].kind == kind) {
            key_to_text(acks[at].key, key);
            k = put_member(keys, k, key);
            i = put_member(ids, i, acks[at].id[0] != '\0' ? acks[at].id : "none");
            n++;
        }
        if (n == BATCH || (at == count && n > 0)) {
            memcpy(keys + k, "}", 2);
            memcpy(ids + i, "}", 2);
            ok = check_batch(c, kind, keys, ids, n, v, e);
            n = k = i = 0;
        }
    }
    free(keys);
    free(ids);
    return ok;
}

bool verify_run(const char *conninfo, const struct run_ack *acks, size_t count, struct verify_result *out,
                struct err *e)
{
    *out = (struct verify_result){0};
    PGconn *c = PQconnectdb(conninfo);
    bool ok =
        PQstatus(c) == CONNECTION_OK || fail_field(e, ERR_UNAVAILABLE, "--verify", "%s", PQerrorMessage(c));
    for (unsigned k = 0; ok && k < ACK_KINDS; k++)
        ok = check_kind(c, (enum ack_kind)k, acks, count, &out->of[k], e);
    if (ok) {
        PGresult *r = PQexec(c, balance);
        ok = (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1) || failed(r, e);
        out->unbalanced = ok ? number_at(r, 0) : 0;
        PQclear(r);
    }
    PQfinish(c);
    return ok;
}
