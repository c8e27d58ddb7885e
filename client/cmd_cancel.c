/* zongheng cancel: a shipment that has not begun is given up, once; its room goes back. */
#include "cmd.h"
#include "json.h"
#include "key.h"

#include "zongheng/v1/shipments.pb-c.h"

struct cancel_args {
    char *id, *reason, *key_file;
};

static bool set_reason(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(&((struct cancel_args *)args)->reason, name, value, e);
}

static bool set_key_file(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(&((struct cancel_args *)args)->key_file, name, value, e);
}

static const struct cmd_option options[] = {
    {NULL, NULL, NULL, cmd_set_first_text},
    {"--reason", "TEXT", "why", set_reason},
    {"--key-file", "FILE", "keeps the key, to repeat after a broken line", set_key_file},
};

static bool check(void *args, struct err *e)
{
    return ((struct cancel_args *)args)->id != NULL ||
           fail(e, ERR_INVALID_ARGUMENT, "which shipment? Give its bill number or id");
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct cancel_args *v = args;
    uint8_t key[KEY_BYTES], uuid[KEY_BYTES];
    const ProtobufCMessage *reply;
    Zongheng__V1__CancelRequest q = ZONGHENG__V1__CANCEL_REQUEST__INIT;
    if (!(v->key_file != NULL ? key_file(v->key_file, true, key, e) : key_new(key, e)))
        return false;
    q.key = (ProtobufCBinaryData){sizeof key, key};
    *(key_of_text(v->id, uuid) ? &q.shipment_id : &q.bill_no) = v->id;
    if (v->reason != NULL)
        q.reason = v->reason;
    if (!cmd_ask_again(c, "zongheng.v1.Shipments/Cancel", &q.base, &zongheng__v1__cancel_reply__descriptor,
                       &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    const Zongheng__V1__CancelReply *r = (const Zongheng__V1__CancelReply *)reply;
    printf("Bill %s is %s%s.\n", r->bill_no, r->state, r->replay ? " (it was before with this key)" : "");
    return true;
}

int cmd_cancel(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng cancel BILL [options]",
                                   "Cancels a shipment that has not begun.",
                                   options,
                                   sizeof options / sizeof options[0],
                                   check,
                                   run};
    struct cancel_args args = {0};
    return cmd_main(&cmd, &args, argc, argv);
}
