/* zongheng event: records what happened to a shipment, in DCSA's words, exactly once. */
#include "cmd.h"
#include "json.h"
#include "key.h"
#include "table.h"
#include "units.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <string.h>
#include <time.h>

struct event_args {
    char *id, *code, *classifier, *location, *source, *corrects, *key_file;
    int64_t occurred_at, leg;
};

#define SETTER(member)                                                                   \
    static bool set_##member(void *args, const char *name, char *value, struct err *e)   \
    {                                                                                    \
        return cmd_set_first_text(&((struct event_args *)args)->member, name, value, e); \
    }
SETTER(code)
SETTER(classifier)
SETTER(location)
SETTER(source)
SETTER(corrects)
SETTER(key_file)

static bool set_at(void *args, const char *name, char *value, struct err *e)
{
    return units_time(name, value, &((struct event_args *)args)->occurred_at, e);
}

static bool set_leg(void *args, const char *name, char *value, struct err *e)
{
    return units_integer(name, value, 1, 99, &((struct event_args *)args)->leg, e);
}

static const struct cmd_option options[] = {
    {NULL, NULL, NULL, cmd_set_first_text},
    {"--code", "CODE", "GTIN LOAD DEPA ARRI DISC GTOT DLVR ...", set_code},
    {"--at", "TIME", "when it happened (now)", set_at},
    {"--location", "PLACE", "where", set_location},
    {"--leg", "N", "which leg, as track numbers them (by the location)", set_leg},
    {"--classifier", "ACT|EST|PLN", "actual, estimated or planned (ACT)", set_classifier},
    {"--source", "TEXT", "who says so", set_source},
    {"--corrects", "EVENT", "id of the event that this one corrects", set_corrects},
    {"--key-file", "FILE", "keeps the key, to repeat after a broken line", set_key_file},
};

static bool check(void *args, struct err *e)
{
    const struct event_args *v = args;
    if (v->id == NULL)
        return fail(e, ERR_INVALID_ARGUMENT, "which shipment? Give its bill number or id");
    return v->code != NULL ||
           fail(e, ERR_INVALID_ARGUMENT, "--code is missing: GTIN LOAD DEPA ARRI DISC GTOT DLVR");
}

static void put(char **slot, char *value)
{
    if (value != NULL)
        *slot = value;
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct event_args *v = args;
    uint8_t key[KEY_BYTES], uuid[KEY_BYTES];
    const ProtobufCMessage *reply;
    Zongheng__V1__RecordEventRequest q = ZONGHENG__V1__RECORD_EVENT_REQUEST__INIT;
    Zongheng__V1__Event event = ZONGHENG__V1__EVENT__INIT;
    if (!(v->key_file != NULL ? key_file(v->key_file, true, key, e) : key_new(key, e)))
        return false;
    q.key = (ProtobufCBinaryData){sizeof key, key};
    put(key_of_text(v->id, uuid) ? &q.shipment_id : &q.bill_no, v->id);
    put(&event.code, v->code);
    put(&event.classifier, v->classifier != NULL ? v->classifier : "ACT");
    put(&event.location, v->location);
    put(&event.source, v->source);
    put(&event.corrects, v->corrects);
    event.occurred_at = v->occurred_at != 0 ? v->occurred_at : (int64_t)time(NULL);
    event.leg = (uint32_t)v->leg;
    q.event = &event;
    if (!cmd_ask_again(c, "zongheng.v1.Shipments/RecordEvent", &q.base,
                       &zongheng__v1__record_event_reply__descriptor, &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    const Zongheng__V1__RecordEventReply *r = (const Zongheng__V1__RecordEventReply *)reply;
    printf("Recorded %s at %s as event %s%s; the shipment is now %s.\n", v->code,
           units_show_time(&c->arena, event.occurred_at), r->event_id, r->replay ? " (it was before)" : "",
           r->state);
    if (r->exception[0] != '\0') {
        fputs("Exception: ", stdout);
        table_put_clean(r->exception, false, stdout);
        putchar('\n');
    }
    return true;
}

int cmd_event(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng event BILL --code CODE [options]",
                                   "Records what happened to a shipment.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   check,
                                   run};
    struct event_args args = {0};
    return cmd_main(&cmd, &args, argc, argv);
}
