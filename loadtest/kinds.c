#include "kinds_inside.h"

#include "zongheng/v1/operations.pb-c.h"
#include "zongheng/v1/planning.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <string.h>

static const struct kind kinds[KIND_COUNT] = {
#define X(id, name, method, reply, flags) \
    {#name, "zongheng.v1." method, &zongheng__v1__##reply##__descriptor, flags, kind_make_##name},
    KINDS(X)
#undef X
};

const struct kind *kind_of(enum kind_id id)
{
    return &kinds[id];
}

enum kind_id kind_find(const char *name, size_t len)
{
    for (unsigned i = 0; i < KIND_COUNT; i++)
        if ((kinds[i].flags & KIND_INNER) == 0 && strlen(kinds[i].name) == len &&
            strncmp(kinds[i].name, name, len) == 0)
            return (enum kind_id)i;
    return KIND_COUNT;
}

void kind_help(FILE *out)
{
    fputs("\nkinds of --mix:\n", out);
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        const struct kind *of = &kinds[k];
        if ((of->flags & KIND_INNER) == 0)
            fprintf(out, "  %-11s %s%s\n", of->name, strchr(of->method, '.') + 4,
                    (of->flags & KIND_STUDY) != 0 ? " [not with a shipper's token]" : "");
    }
    fputs(
        "A book is FindRoutes and a Book of its best option; settle, get, event, events and cancel are about "
        "this run's own bookings.\nA draft is PutScenario of a new road, only checked; a whatif PutScenario, "
        "GetAccessibility with the road and without it,\nDeleteScenario: nothing is left behind. Methods "
        "that change the daemon for good (PutAgreedTariff, PutDemand,\nDeleteDemand, Identity), jobs of "
        "minutes (Assign, Compare, Appraise, GetCriticalLinks) and what is about one of\nthem (GetJob, "
        "CancelJob, GetDemand) are of no mix.\n",
        out);
}

const ProtobufCMessage *kind_request(enum kind_id id, const struct kind_input *in, struct arena *a)
{
    return kinds[id].make(in, a);
}

const char *kind_scenario_asked(const struct kind_input *in)
{
    return in->scenario[0] != '\0' ? in->scenario : "project-P02";
}

void kind_scenario_id(const uint8_t key[KEY_BYTES], char out[KIND_SCENARIO_ID])
{
    char hex[KEY_TEXT];
    key_to_text(key, hex);
    snprintf(out, KIND_SCENARIO_ID, "load-%s", hex);
}
