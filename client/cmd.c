#include "cmd.h"

#include "table.h"
#include "units.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { ARENA_MAX = 256 * 1024 * 1024, PAUSE_BASE_MS = 100, PAUSE_CAP_MS = 5000 };

static const char *const shared_help =
    "  --server HOST:PORT   the daemon ($ZONGHENG_SERVER; 127.0.0.1:7420)\n"
    "  --token TOKEN        who asks ($ZONGHENG_TOKEN, which other users "
    "of the machine cannot see)\n"
    "  --tls                speak TLS; so do --ca, --cert and --key\n"
    "  --ca FILE            the server's authority, PEM ($ZONGHENG_CA; the system's)\n"
    "  --cert FILE, --key FILE   this client's certificate and key, PEM\n"
    "  --json               print the reply as protobuf JSON\n"
    "  --timeout TIME       of one attempt (30s)\n"
    "  --help\n";

static void print_help(const struct cmd *cmd)
{
    printf("usage: %s\n%s\n\n", cmd->usage, cmd->about);
    for (size_t i = 0; i < cmd->option_count; i++) {
        const struct cmd_option *o = &cmd->options[i];
        char left[64];
        if (o->name == NULL)
            continue;
        snprintf(left, sizeof left, "%s %s", o->name, o->value != NULL ? o->value : "");
        printf("  %-20s %s\n", left, o->help);
    }
    fputs(shared_help, stdout);
}

/* The options of every command; *known is false when it is none of them. */
static bool set_shared(struct client *c, const char *name, char *value, bool *known, struct err *e)
{
    *known = true;
    if (strcmp(name, "--server") == 0)
        c->server = value;
    else if (strcmp(name, "--token") == 0)
        c->token = value;
    else if (strcmp(name, "--ca") == 0)
        c->tls.ca = value;
    else if (strcmp(name, "--cert") == 0)
        c->tls.certificate = value;
    else if (strcmp(name, "--key") == 0)
        c->tls.key = value;
    else if (strcmp(name, "--timeout") == 0)
        return units_duration(name, value, &c->timeout_ms, e) &&
               (c->timeout_ms <= 600000 ||
                fail_field(e, ERR_INVALID_ARGUMENT, name, "--timeout must be at most 10m"));
    else
        *known = false;
    return true;
}

static bool set_own(const struct cmd *cmd, void *args, const struct cmd_option *o, char *value, struct err *e)
{
    if (o == NULL)
        return fail(e, ERR_INVALID_ARGUMENT, "usage: %s (--help says more)", cmd->usage);
    return o->set(args, o->name != NULL ? o->name : "the word", value, e);
}

static const struct cmd_option *find(const struct cmd *cmd, const char *name)
{
    for (size_t i = 0; i < cmd->option_count; i++) {
        const char *have = cmd->options[i].name;
        if (have == name || (have != NULL && name != NULL && strcmp(have, name) == 0))
            return &cmd->options[i];
    }
    return NULL;
}

/* One word of the line; *i moves on over a value that stands apart. */
static bool parse_word(const struct cmd *cmd, struct client *c, void *args, int argc, char **argv, int *i,
                       struct err *e)
{
    char *word = argv[*i], *equals;
    if (strncmp(word, "--", 2) != 0)
        return set_own(cmd, args, find(cmd, NULL), word, e);
    if (strcmp(word, "--json") == 0) {
        c->json = true;
        return true;
    }
    if (strcmp(word, "--tls") == 0) {
        c->tls.on = true;
        return true;
    }
    equals = strchr(word, '=');
    if (equals != NULL)
        *equals = '\0';
    const struct cmd_option *o = find(cmd, word);
    bool flag = o != NULL && o->value == NULL, known = true;
    if (flag && equals != NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, word, "%s takes no value", word);
    char *value = flag ? NULL : equals != NULL ? equals + 1 : *i + 1 < argc ? argv[*i + 1] : NULL;
    if (o == NULL && value != NULL && !set_shared(c, word, value, &known, e))
        return false;
    if (o == NULL && (value == NULL || !known))
        return fail_field(e, ERR_INVALID_ARGUMENT, word,
                          "there is no option %s here, or it lacks a value; see --help", word);
    if (!flag && value == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, word, "%s wants a value: %s", word, o->value);
    if (!flag && equals == NULL)
        ++*i;
    return o == NULL || o->set(args, word, value, e);
}

static bool parse(const struct cmd *cmd, struct client *c, void *args, int argc, char **argv, struct err *e)
{
    for (int i = 1; i < argc; i++)
        if (!parse_word(cmd, c, args, argc, argv, &i, e))
            return false;
    return cmd->check == NULL || cmd->check(args, e);
}

static void report(const struct err *e)
{
    fprintf(stderr, "zongheng: %s: ", err_code_name(e->code));
    if (e->field[0] != '\0' && strstr(e->text, e->field) == NULL) {
        table_put_clean(e->field, false, stderr);
        fputs(": ", stderr);
    }
    table_put_clean(e->text, true, stderr);
    fputc('\n', stderr);
}

int cmd_main(const struct cmd *cmd, void *args, int argc, char **argv)
{
    const char *server = getenv("ZONGHENG_SERVER"), *token = getenv("ZONGHENG_TOKEN");
    const char *ca = getenv("ZONGHENG_CA");
    struct client c = {.server = server != NULL && server[0] != '\0' ? server : "127.0.0.1:7420",
                       .token = token != NULL ? token : "",
                       .tls = {.ca = ca != NULL && ca[0] != '\0' ? ca : NULL},
                       .timeout_ms = RPC_TIMEOUT_MS,
                       .retry_ms = 60000,
                       .rpc = {.fd = -1}};
    struct err e = {0};
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0) {
            print_help(cmd);
            return EXIT_DONE;
        }
    if (!parse(cmd, &c, args, argc, argv, &e)) {
        report(&e);
        return EXIT_USAGE;
    }
    c.tls.on = c.tls.on || c.tls.ca != NULL || c.tls.certificate != NULL || c.tls.key != NULL;
    arena_init(&c.arena, ARENA_MAX);
    bool ok = cmd->run(&c, args, &e);
    rpc_close(&c.rpc);
    arena_release(&c.arena);
    if (!ok)
        report(&e);
    else if (fflush(stdout) != 0 || ferror(stdout))
        ok = fail(&e, ERR_UNKNOWN, "standard output cannot be written");
    return ok ? EXIT_DONE : EXIT_FAILED;
}

bool cmd_ask(struct client *c, const char *method, const ProtobufCMessage *request,
             const ProtobufCMessageDescriptor *reply_type, const ProtobufCMessage **reply, struct err *e)
{
    if (c->rpc.fd < 0 && !rpc_open_tls(&c->rpc, c->server, &c->tls, c->token, (uint32_t)c->timeout_ms, e))
        return false;
    return rpc_call(&c->rpc, method, request, reply_type, &c->arena, reply, e);
}

bool cmd_ask_parts(struct client *c, const char *method, const ProtobufCMessage *request,
                   const ProtobufCMessageDescriptor *reply_type, rpc_part_fn *part, void *ctx, struct err *e)
{
    if (c->rpc.fd < 0 && !rpc_open_tls(&c->rpc, c->server, &c->tls, c->token, (uint32_t)c->timeout_ms, e))
        return false;
    return rpc_call_parts(&c->rpc, method, request, reply_type, part, ctx, e);
}

uint32_t cmd_pause_ms(unsigned attempt, uint32_t hint_ms, uint64_t random)
{
    uint64_t cap = attempt < 16 ? (uint64_t)PAUSE_BASE_MS << attempt : PAUSE_CAP_MS;
    uint64_t below = cap < PAUSE_CAP_MS ? cap : PAUSE_CAP_MS;
    uint32_t hint = hint_ms < 60000 ? hint_ms : 60000;
    return hint + (uint32_t)(random % below);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool may_help(const struct client *c, const struct err *e)
{
    return e->code == ERR_UNAVAILABLE || e->code == ERR_UNKNOWN || e->code == ERR_DEADLINE_EXCEEDED ||
           (e->code == ERR_RESOURCE_EXHAUSTED && c->rpc.retry_after_ms > 0);
}

bool cmd_ask_again(struct client *c, const char *method, const ProtobufCMessage *request,
                   const ProtobufCMessageDescriptor *reply_type, const ProtobufCMessage **reply,
                   struct err *e)
{
    int64_t until_ms = now_ms() + c->retry_ms;
    bool perhaps = false; /* an earlier attempt may have happened */
    for (unsigned attempt = 1;; attempt++) {
        uint64_t random = 0;
        if (cmd_ask(c, method, request, reply_type, reply, e))
            return true;
        perhaps = perhaps || e->code == ERR_UNKNOWN || e->code == ERR_DEADLINE_EXCEEDED;
        if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
            random = (uint64_t)now_ms();
        uint32_t pause_ms = cmd_pause_ms(attempt, c->rpc.retry_after_ms, random);
        if (!may_help(c, e))
            return false;
        if (now_ms() + pause_ms >= until_ms) {
            if (perhaps)
                e->code = ERR_UNKNOWN;
            return false;
        }
        fprintf(stderr, "zongheng: %s; the same key again in %u ms\n", err_code_name(e->code), pause_ms);
        nanosleep(&(struct timespec){.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000L}, NULL);
    }
}

bool cmd_set_first_text(void *args, const char *name, char *value, struct err *e)
{
    char **slot = args;
    if (*slot != NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, name,
                          "\"%s\": only one word is wanted here; quote it when it "
                          "holds blanks",
                          value);
    *slot = value;
    return true;
}
