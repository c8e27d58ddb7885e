#include "scenario_make.h"

#include "convert_scenario.h"
#include "loop.h"
#include "plan/derive.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool hash_message(EVP_MD_CTX *ctx, const ProtobufCMessage *m)
{
    size_t len = protobuf_c_message_get_packed_size(m);
    uint8_t *bytes = malloc(len + 1);
    bool ok = bytes != NULL;
    if (ok) {
        protobuf_c_message_pack(m, bytes);
        ok = EVP_DigestUpdate(ctx, &len, sizeof len) == 1 && EVP_DigestUpdate(ctx, bytes, len) == 1;
    }
    free(bytes);
    return ok;
}

void scenario_version_of(const struct network *base, const struct scenario_set *set, char out[33])
{
    unsigned char sum[EVP_MAX_MD_SIZE] = {0};
    unsigned len = 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(ctx, base->version, sizeof base->version) == 1;
    for (uint32_t i = 0; ok && i < set->count; i++)
        for (size_t k = 0; ok && k < set->text[i]->message->n_modifications; k++)
            ok = hash_message(ctx, &set->text[i]->message->modifications[k]->base);
    if (ok)
        EVP_DigestFinal_ex(ctx, sum, &len);
    EVP_MD_CTX_free(ctx);
    for (int i = 0; i < 16; i++)
        snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

struct making {
    const struct scenario_set *set;
    struct arena *a;
    struct scenario_modification *mod;
    struct scenario_error *error;
    uint32_t mods, errors;
    uint32_t *owner; /* of a modification: place in the set */
    uint32_t *index; /* within its scenario */
};

static bool add_error(struct making *m, uint32_t mod, const char *field, const char *message)
{
    uint32_t own = m->set->count - 1;
    if (m->errors == SCENARIO_ERRORS_MAX)
        return true;
    struct scenario_error *x = &m->error[m->errors++];
    *x = (struct scenario_error){.index = m->index[mod], .field = field, .message = message};
    if (m->owner[mod] != own) {
        x->index = 0;
        x->field = "prerequisites";
        x->message =
            arena_printf(m->a, "prerequisite %s, modification %u, %s: %s",
                         m->set->text[m->owner[mod]]->message->scenario_id, m->index[mod], field, message);
    } else {
        x->field = arena_strdup(m->a, field);
        x->message = arena_strdup(m->a, message);
    }
    return x->message != NULL && x->field != NULL;
}

static bool convert_all(struct making *m)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < m->set->count; i++)
        count += (uint32_t)m->set->text[i]->message->n_modifications;
    m->mod = arena_calloc(m->a, (size_t)count + 1, sizeof *m->mod);
    m->owner = arena_calloc(m->a, (size_t)count + 1, sizeof *m->owner);
    m->index = arena_calloc(m->a, (size_t)count + 1, sizeof *m->index);
    m->error = arena_calloc(m->a, SCENARIO_ERRORS_MAX, sizeof *m->error);
    if (!m->mod || !m->owner || !m->index || !m->error)
        return false;
    for (uint32_t i = 0; i < m->set->count; i++) {
        const Zongheng__V1__Scenario *s = m->set->text[i]->message;
        for (size_t k = 0; k < s->n_modifications; k++, m->mods++) {
            struct err e = {0};
            m->owner[m->mods] = i;
            m->index[m->mods] = (uint32_t)k;
            if (!convert_modification(m->a, s->modifications[k], &m->mod[m->mods], &e) &&
                !add_error(m, m->mods, e.field, e.text))
                return false;
        }
    }
    return true;
}

/* Takes the version. */
static bool make_snapshot(struct snapshot *base, struct scenario_version *v, const char *id,
                          struct snapshot **out, struct err *e)
{
    struct plan_changes changes = {
        .arcs = v->arc, .arc_count = v->arc_count, .terminals = v->terminals, .services = v->services};
    struct plan_network *plan;
    if (!plan_network_derive(base->plan, v->net, &changes, NULL, &plan, e)) {
        scenario_version_free(v);
        return false;
    }
    v->bytes += plan_network_bytes(plan);
    return snapshot_of_scenario(base, v, plan, id, out, e);
}

bool scenario_make(struct snapshot *base, const struct scenario_set *set, bool look, struct arena *a,
                   struct scenario_made *out, struct err *e)
{
    struct making m = {.set = set, .a = a};
    char version[33];
    int64_t began_ns = monotonic_ns();
    bool memory = true;
    *out = (struct scenario_made){0};
    scenario_version_of(base->net, set, version);
    if (!convert_all(&m))
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the scenario does not fit the memory of one request");
    out->first = m.mods - (uint32_t)set->text[set->count - 1]->message->n_modifications;
    if (m.errors == 0 && !scenario_build(base->net, base->places, m.mod, m.mods, version, a, &out->result, e))
        return false;
    for (uint32_t i = 0; i < out->result.error_count; i++)
        memory = memory && add_error(&m, out->result.error[i].index, out->result.error[i].field,
                                     out->result.error[i].message);
    out->error = m.error;
    out->error_count = m.errors;
    struct scenario_version *v = out->result.version;
    if (look)
        out->result.version = NULL;
    if (v != NULL && look)
        scenario_version_free(v);
    else if (v != NULL &&
             !make_snapshot(base, v, set->text[set->count - 1]->message->scenario_id, &out->snapshot, e))
        return false;
    out->build_ms = (uint32_t)((monotonic_ns() - began_ns) / 1000000);
    return memory || fail(e, ERR_RESOURCE_EXHAUSTED, "the scenario does not fit the memory of one request");
}
