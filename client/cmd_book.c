/* zongheng book and zongheng settle: one option becomes one bill, exactly once.
 *
 * The key is on disk before the request is sent. Whatever happens then, the same command with the same file
 * asks for the same booking again, and settle tells (or fixes) what became of it. */
#include "json.h"
#include "key.h"
#include "question.h"
#include "show.h"
#include "table.h"
#include "units.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <string.h>

enum { BOOK_BOXES_MAX = 256 };

struct book_args {
    struct question question;
    char *plan_ref, *key_file, *replaces;
    char *numbers[BOOK_BOXES_MAX];
    size_t number_count;
    int64_t retry_ms;
};

static bool set_plan_ref(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(&((struct book_args *)args)->plan_ref, name, value, e);
}

static bool set_key_file(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(&((struct book_args *)args)->key_file, name, value, e);
}

static bool set_replaces(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(&((struct book_args *)args)->replaces, name, value, e);
}

static bool set_number(void *args, const char *name, char *value, struct err *e)
{
    struct book_args *b = args;
    if (b->number_count == BOOK_BOXES_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, name, "at most %d container numbers", BOOK_BOXES_MAX);
    b->numbers[b->number_count++] = value;
    return true;
}

static bool set_retry(void *args, const char *name, char *value, struct err *e)
{
    return units_duration(name, value, &((struct book_args *)args)->retry_ms, e);
}

static const struct cmd_option options[] = {
    QUESTION_OPTIONS,
    {"--deliver-by", "TIME", "as in the question", question_set_deliver_by},
    {"--max-options", "N", "as in the question", question_set_max_options},
    {"--best", "WHAT", "as in the question", question_set_best},
    {"--value-of-time", "FEN", "as in the question", question_set_time_value},
    {"--co2-price", "FEN", "as in the question", question_set_co2_price},
    {"--alternatives", "N", "0 to 8 other ways of the direct truck", question_set_alternatives},
    {"--plan-ref", "REF", "the option of route's answer", set_plan_ref},
    {"--key-file", "FILE", "keeps the key; the same file never books twice", set_key_file},
    {"--container-number", "NUMBER", "ISO 6346; may repeat", set_number},
    {"--replaces", "BILL", "takes over that shipment after a disruption", set_replaces},
    {"--retry", "TIME", "how long to repeat when no answer comes (60s)", set_retry},
};

static bool check(void *args, struct err *e)
{
    struct book_args *b = args;
    if (b->plan_ref == NULL)
        return fail(e, ERR_INVALID_ARGUMENT,
                    "--plan-ref is missing: take it from the answer of zongheng route");
    if (b->key_file == NULL)
        return fail(
            e, ERR_INVALID_ARGUMENT,
            "--key-file is missing: a file that keeps the booking's key, so that it never happens twice");
    return question_finish(&b->question, e);
}

/* The bill, read back from the daemon; a booking stays done when this fails. */
static void show_bill(struct client *c, const Zongheng__V1__BookReply *b, const char *key, const char *file)
{
    const ProtobufCMessage *reply;
    struct err e = {0};
    Zongheng__V1__GetShipmentRequest q = ZONGHENG__V1__GET_SHIPMENT_REQUEST__INIT;
    printf("Booked%s.\n  bill      %s\n  shipment  %s\n  key       %s (in %s)\n",
           b->replay ? " before with this key: the same booking" : "", b->bill_no, b->shipment_id, key, file);
    q.shipment_id = b->shipment_id;
    if (!cmd_ask(c, "zongheng.v1.Shipments/Get", &q.base, &zongheng__v1__get_shipment_reply__descriptor,
                 &reply, &e)) {
        fprintf(stderr, "zongheng: it is booked, but cannot be shown: %s\n", e.text);
        return;
    }
    const Zongheng__V1__Shipment *s = ((const Zongheng__V1__GetShipmentReply *)reply)->shipment;
    if (s == NULL)
        return;
    printf("  from %s to %s, %s kg, state %s, booked at %s\n", s->origin, s->destination,
           units_show_number(&c->arena, s->mass_kg), s->state, units_show_time(&c->arena, s->booked_at));
    if (s->option != NULL)
        show_option(&c->arena, s->option, 0, s->mass_kg, stdout);
}

static bool run(struct client *c, void *args, struct err *e)
{
    struct book_args *b = args;
    uint8_t key[KEY_BYTES];
    char text[KEY_TEXT];
    const ProtobufCMessage *reply;
    Zongheng__V1__BookRequest r = ZONGHENG__V1__BOOK_REQUEST__INIT;
    if (!key_file(b->key_file, true, key, e))
        return false;
    key_to_text(key, text);
    r.key = (ProtobufCBinaryData){sizeof key, key};
    r.request = &b->question.request;
    r.plan_ref = b->plan_ref;
    r.n_container_numbers = b->number_count;
    r.container_numbers = b->numbers;
    uint8_t uuid[KEY_BYTES];
    if (b->replaces != NULL && key_of_text(b->replaces, uuid))
        r.replaces_shipment_id = b->replaces;
    else if (b->replaces != NULL)
        r.replaces_bill_no = b->replaces;
    c->retry_ms = b->retry_ms != 0 ? b->retry_ms : c->retry_ms;
    if (!cmd_ask_again(c, "zongheng.v1.Shipments/Book", &r.base, &zongheng__v1__book_reply__descriptor,
                       &reply, e)) {
        if (e->code == ERR_UNKNOWN)
            fprintf(stderr,
                    "zongheng: whether it is booked is not known: run this command again, or zongheng settle "
                    "--key-file %s\n",
                    b->key_file);
        return false;
    }
    if (c->json)
        return json_print_message(reply, stdout, e);
    show_bill(c, (const Zongheng__V1__BookReply *)reply, text, b->key_file);
    return true;
}

int cmd_book(int argc, char **argv)
{
    static const struct cmd cmd = {
        "zongheng book (the options of the route question) --plan-ref REF --key-file FILE [options]",
        "Books one option: capacity on every leg or on none, one bill.",
        options,
        sizeof options / sizeof options[0],
        check,
        run};
    struct book_args args = {0};
    question_init(&args.question);
    return cmd_main(&cmd, &args, argc, argv);
}

static bool set_settle_file(void *args, const char *name, char *value, struct err *e)
{
    return cmd_set_first_text(args, name, value, e);
}

static const struct cmd_option settle_options[] = {
    {"--key-file", "FILE", "the file that book was given", set_settle_file},
};

static bool settle_check(void *args, struct err *e)
{
    return *(char **)args != NULL ||
           fail(e, ERR_INVALID_ARGUMENT, "--key-file is missing: the one given to book");
}

static bool settle_run(struct client *c, void *args, struct err *e)
{
    uint8_t key[KEY_BYTES];
    const ProtobufCMessage *reply;
    Zongheng__V1__SettleRequest q = ZONGHENG__V1__SETTLE_REQUEST__INIT;
    if (!key_file(*(char **)args, false, key, e))
        return false;
    q.key = (ProtobufCBinaryData){sizeof key, key};
    if (!cmd_ask_again(c, "zongheng.v1.Shipments/Settle", &q.base, &zongheng__v1__settle_reply__descriptor,
                       &reply, e))
        return false;
    if (c->json)
        return json_print_message(reply, stdout, e);
    const Zongheng__V1__SettleReply *s = (const Zongheng__V1__SettleReply *)reply;
    switch (s->outcome) {
    case ZONGHENG__V1__SETTLE_REPLY__OUTCOME__BOOKED:
        printf("Booked: bill %s, shipment %s.\n", s->bill_no, s->shipment_id);
        return true;
    case ZONGHENG__V1__SETTLE_REPLY__OUTCOME__REFUSED:
        fputs("Refused, for good with this key: ", stdout);
        table_put_clean(s->reason, false, stdout);
        putchar('\n');
        return true;
    case ZONGHENG__V1__SETTLE_REPLY__OUTCOME__NEVER:
        puts("Not booked, and with this key it never will be: book again with another key file.");
        return true;
    case ZONGHENG__V1__SETTLE_REPLY__OUTCOME__DONE:
        printf("Done: the key was a cancellation's or an event's, of shipment %s.\n", s->shipment_id);
        return true;
    default:
        return fail(e, ERR_INTERNAL, "the daemon did not say what became of the key");
    }
}

int cmd_settle(int argc, char **argv)
{
    static const struct cmd cmd = {"zongheng settle --key-file FILE [options]",
                                   "Tells what became of a booking; one that did not happen then never will.",
                                   settle_options,
                                   1,
                                   settle_check,
                                   settle_run};
    char *file = NULL;
    return cmd_main(&cmd, &file, argc, argv);
}
