#include "api_agreed.h"

#include "agreed.h"
#include "api_identity.h"
#include "dispatch.h"
#include "loop.h"
#include "network/names.h"
#include "snapshot.h"
#include "store_agreed.h"

#include "zongheng/v1/routing.pb-c.h"

#include <stdio.h>
#include <string.h>

enum { RULES_MAX = 256, NAME_BYTES_MAX = 120 };
#define AMOUNT_MAX INT64_C(1000000000000000)

static bool wrong(struct err *e, size_t rule, const char *field, const char *fmt, const char *what)
{
    char name[64], text[400];
    snprintf(name, sizeof name, "rules[%zu].%s", rule, field);
    snprintf(text, sizeof text, fmt, what);
    return fail_field(e, ERR_INVALID_ARGUMENT, name, "%s", text);
}

/* "2026-02-29" is none. */
static bool is_date(const char *s)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(s) != 10 || s[4] != '-' || s[7] != '-')
        return false;
    for (int i = 0; i < 10; i++)
        if (i != 4 && i != 7 && (s[i] < '0' || s[i] > '9'))
            return false;
    int year = (s[0] - '0') * 1000 + (s[1] - '0') * 100 + (s[2] - '0') * 10 + s[3] - '0';
    int month = (s[5] - '0') * 10 + s[6] - '0', day = (s[8] - '0') * 10 + s[9] - '0';
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return year >= 1970 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (month == 2 && leap);
}

static bool has_tariff(const struct network *n, const char *id)
{
    for (uint32_t i = 0; i < n->tariff_count; i++)
        if (strcmp(net_string(n, n->tariff[i].id), id) == 0)
            return true;
    return false;
}

static bool in_words(struct err *e, size_t i, const char *field, const char *const *names, const char *word)
{
    return net_name_index(names, word) >= 0 || wrong(e, i, field, "\"%.40s\" is no word of tariff.csv", word);
}

static bool is_amount(struct err *e, size_t i, const char *field, int64_t value, int64_t most)
{
    return (value >= 0 && value <= most) ||
           wrong(e, i, field, "%s is not negative and not beyond all prices", field);
}

static bool check_rule(const struct network *n, const Zongheng__V1__AgreedRule *r, size_t i, struct err *e)
{
    size_t len = strlen(r->contract);
    if (len == 0 || len > NAME_BYTES_MAX)
        return wrong(e, i, "contract", "a contract has a name of 1 to 120 bytes, not \"%.40s\"", r->contract);
    if (!has_tariff(n, r->tariff_id))
        return wrong(e, i, "tariff_id", "the network has no tariff \"%.80s\"", r->tariff_id);
    for (size_t k = 0; k < r->n_cargo; k++)
        if (!in_words(e, i, "cargo", net_cargo_names, r->cargo[k]))
            return false;
    if (r->n_cargo > 6)
        return wrong(e, i, "cargo", "a cargo stands twice%s", "");
    if (!is_date(r->valid_from))
        return wrong(e, i, "valid_from", "\"%.40s\" is no date like 2026-01-31", r->valid_from);
    if (!is_date(r->valid_to) || strcmp(r->valid_to, r->valid_from) < 0)
        return wrong(e, i, "valid_to", "\"%.40s\" is no date like 2026-12-31, or before valid_from",
                     r->valid_to);
    return in_words(e, i, "charge", net_charge_names, r->charge) &&
           in_words(e, i, "unit", net_unit_names, r->unit) &&
           is_amount(e, i, "base_myuan", r->base_myuan, AMOUNT_MAX) &&
           is_amount(e, i, "per_km_nyuan", r->per_km_nyuan, AMOUNT_MAX) &&
           is_amount(e, i, "min_myuan", r->min_myuan, AMOUNT_MAX) &&
           is_amount(e, i, "break_kg", r->break_kg, 1000000000);
}

/* "bulk;reefer"; NULL: no memory. */
static const char *joined(struct arena *a, const Zongheng__V1__AgreedRule *r)
{
    const char *text = "";
    for (size_t i = 0; text != NULL && i < r->n_cargo; i++)
        text = arena_printf(a, "%s%s%s", text, i > 0 ? ";" : "", r->cargo[i]);
    return text;
}

static bool may_name(const struct call *c, const char *firm_name, struct err *e)
{
    return firm_name[0] == '\0' || c->identity->role == ROLE_OPERATOR ||
           fail_field(e, ERR_PERMISSION_DENIED, "firm_name",
                      "only an operator names another firm; leave it empty for your own");
}

static struct store_agreed_asker asker(const struct call *c, const char *firm_name)
{
    return (struct store_agreed_asker){.token_sha256 = c->identity->token_sha256,
                                       .firm_id = c->identity->firm_id,
                                       .firm_name = firm_name,
                                       .deadline_ns = c->deadline_ns};
}

static void fail_memory(struct call *c)
{
    struct err e = {0};
    fail(&e, ERR_RESOURCE_EXHAUSTED, "the request does not fit the memory of one request");
    call_fail(c, &e, 0);
}

static void on_put(void *ctx, const struct db_result *r)
{
    struct call *c = ctx;
    Zongheng__V1__PutAgreedTariffReply m = ZONGHENG__V1__PUT_AGREED_TARIFF_REPLY__INIT;
    bool ok = true;
    if (!identity_came(c, r))
        return;
    agreed_expire(loop_agreed(c->loop));
    c->committed = true;
    if (r->row_count == 1)
        m.rules = (uint32_t)db_col_i64(r, 0, "rules", &ok);
    call_reply(c, &m.base);
}

void api_agreed_put(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__PutAgreedTariffRequest *m = (const void *)message;
    struct store_agreed_rule *rules = arena_calloc(&c->arena, m->n_rules + 1, sizeof *rules);
    struct err e = {0};
    if (m->n_rules > RULES_MAX || m->n_rules + m->n_drop_contracts == 0)
        fail_field(&e, ERR_INVALID_ARGUMENT, "rules", "1 to %d rules are put at once, not %zu", RULES_MAX,
                   m->n_rules);
    bool ok = e.code == ERR_OK && may_name(c, m->firm_name, &e);
    for (size_t i = 0; ok && rules != NULL && i < m->n_rules; i++) {
        const Zongheng__V1__AgreedRule *r = m->rules[i];
        ok = check_rule(c->snapshot->net, r, i, &e);
        rules[i] = (struct store_agreed_rule){.contract = r->contract,
                                              .published = r->tariff_id,
                                              .charge = r->charge,
                                              .cargo = joined(&c->arena, r),
                                              .unit = r->unit,
                                              .valid_from = r->valid_from,
                                              .valid_to = r->valid_to,
                                              .base_myuan = r->base_myuan,
                                              .per_km_nyuan = r->per_km_nyuan,
                                              .min_myuan = r->min_myuan,
                                              .break_kg = r->break_kg,
                                              .electrified_only = r->electrified_only};
        if (ok && rules[i].cargo == NULL)
            rules = NULL;
    }
    if (!ok) {
        call_fail(c, &e, 0);
        return;
    }
    struct store_agreed_asker who = asker(c, m->firm_name);
    struct db *db = identity_db(c);
    if (db != NULL && (rules == NULL || !store_put_agreed(db, &who, rules, m->n_rules, m->drop_contracts,
                                                          m->n_drop_contracts, on_put, c)))
        fail_memory(c);
}

static bool split_cargo(struct arena *a, const char *list, Zongheng__V1__AgreedRule *m)
{
    char *copy = arena_strdup(a, list);
    m->cargo = arena_calloc(a, 12, sizeof *m->cargo);
    if (copy == NULL || m->cargo == NULL)
        return false;
    for (char *p = copy; *p != '\0' && m->n_cargo < 12;) {
        size_t len = strcspn(p, ";");
        m->cargo[m->n_cargo++] = p;
        bool more = p[len] == ';';
        p[len] = '\0';
        p += len + more;
    }
    return true;
}

static bool read_rule(struct call *c, const struct db_result *r, uint32_t row, Zongheng__V1__AgreedRule *m)
{
    struct arena *a = &c->arena;
    struct store_agreed_rule x;
    zongheng__v1__agreed_rule__init(m);
    if (!store_read_agreed(r, row, false, &x))
        return false;
    m->contract = arena_strdup(a, x.contract);
    m->tariff_id = arena_strdup(a, x.published);
    m->charge = arena_strdup(a, x.charge);
    m->unit = arena_strdup(a, x.unit);
    m->valid_from = arena_strdup(a, x.valid_from);
    m->valid_to = arena_strdup(a, x.valid_to);
    m->base_myuan = x.base_myuan;
    m->per_km_nyuan = x.per_km_nyuan;
    m->electrified_only = x.electrified_only;
    m->min_myuan = x.min_myuan;
    m->break_kg = x.break_kg;
    return m->contract && m->tariff_id && m->charge && m->unit && m->valid_from && m->valid_to &&
           split_cargo(a, x.cargo, m);
}

static void on_list(void *ctx, const struct db_result *r)
{
    struct call *c = ctx;
    Zongheng__V1__ListAgreedTariffsReply m = ZONGHENG__V1__LIST_AGREED_TARIFFS_REPLY__INIT;
    if (!identity_came(c, r))
        return;
    Zongheng__V1__AgreedRule *rules = arena_calloc(&c->arena, (size_t)r->row_count + 1, sizeof *rules);
    m.rules = arena_calloc(&c->arena, (size_t)r->row_count + 1, sizeof *m.rules);
    for (uint32_t i = 0; rules != NULL && m.rules != NULL && i < r->row_count; i++) {
        m.rules[i] = &rules[i];
        if (!read_rule(c, r, i, &rules[i]))
            rules = NULL;
    }
    m.n_rules = r->row_count;
    if (rules == NULL || m.rules == NULL)
        fail_memory(c);
    else
        call_reply(c, &m.base);
}

void api_agreed_list(struct call *c, const ProtobufCMessage *message)
{
    const Zongheng__V1__ListAgreedTariffsRequest *m = (const void *)message;
    struct store_agreed_asker who = asker(c, m->firm_name);
    struct err e = {0};
    if (!may_name(c, m->firm_name, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    struct db *db = identity_db(c);
    if (db != NULL)
        store_list_agreed(db, &who, on_list, c);
}
