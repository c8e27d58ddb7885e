/* cmd.h - what the commands of zongheng share: options, the connection, exit codes.
 *
 * A command is one file cmd_NAME.c with a table of its options and a run function. Options stand in any order
 * as
 * --name VALUE or --name=VALUE; one that the command does not know is refused, never ignored. Exit codes: 0
 * done, 1 the daemon (or the machine) refused or failed, 2 the command line is wrong.
 */
#ifndef ZH_CLIENT_CMD_H
#define ZH_CLIENT_CMD_H

#include "base/arena.h"
#include "base/err.h"
#include "rpc.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdio.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* What every command that asks the daemon knows. */
struct client {
    const char *server, *token;
    struct secure_settings tls;
    bool json;
    int64_t timeout_ms; /* of one attempt */
    int64_t retry_ms;   /* in which an attempt may be repeated */
    struct arena arena;
    struct rpc rpc;
};

/* Puts value into the command's arguments; name is the option as the user sees it. */
typedef bool cmd_set_fn(void *args, const char *name, char *value, struct err *e);

struct cmd_option {
    const char *name;  /* "--from"; NULL: the word that stands without an option */
    const char *value; /* what --help calls it; NULL: the option is a flag, set is called with NULL */
    const char *help;
    cmd_set_fn *set;
};

struct cmd {
    const char *usage; /* "zongheng place WORDS [options]" */
    const char *about;
    const struct cmd_option *options;
    size_t option_count;
    bool (*check)(void *args, struct err *e); /* that what is needed was given; may be NULL */
    bool (*run)(struct client *c, void *args, struct err *e);
};

/* Reads the line, runs, reports on standard error; returns the exit code. args is the command's own struct.
 */
int cmd_main(const struct cmd *cmd, void *args, int argc, char **argv);

/* Asks the daemon, connecting first when needed; the reply lies in c->arena. */
bool cmd_ask(struct client *c, const char *method, const ProtobufCMessage *request,
             const ProtobufCMessageDescriptor *reply_type, const ProtobufCMessage **reply, struct err *e);

/* The same for a method of several replies (rpc_call_parts). */
bool cmd_ask_parts(struct client *c, const char *method, const ProtobufCMessage *request,
                   const ProtobufCMessageDescriptor *reply_type, rpc_part_fn *part, void *ctx, struct err *e);

/* The same for a request with a key: repeats it after UNAVAILABLE, UNKNOWN and DEADLINE_EXCEEDED with growing
 * random pauses until c->retry_ms are over. */
bool cmd_ask_again(struct client *c, const char *method, const ProtobufCMessage *request,
                   const ProtobufCMessageDescriptor *reply_type, const ProtobufCMessage **reply,
                   struct err *e);

/* Set functions for a struct whose first member is the text: a word kept as it is. */
bool cmd_set_first_text(void *args, const char *name, char *value, struct err *e);

/* The pause before attempt n (1 is the second), "full jitter" (Brooker, 2015): random below min(cap, base
 * 2^n), and not before the server's hint. `random` is any 64 random bits. Pure. */
uint32_t cmd_pause_ms(unsigned attempt, uint32_t hint_ms, uint64_t random);

int cmd_place(int argc, char **argv);
int cmd_route(int argc, char **argv);
int cmd_cost(int argc, char **argv);
int cmd_matrix(int argc, char **argv);
int cmd_reach(int argc, char **argv);
int cmd_book(int argc, char **argv);
int cmd_settle(int argc, char **argv);
int cmd_track(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_event(int argc, char **argv);
int cmd_cancel(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_affected(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_assign(int argc, char **argv);
int cmd_departures(int argc, char **argv);
int cmd_families(int argc, char **argv);
int cmd_costs(int argc, char **argv);
int cmd_tariff(int argc, char **argv);
int cmd_scenario(int argc, char **argv);
int cmd_demand(int argc, char **argv);
int cmd_loading(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_appraise(int argc, char **argv);
int cmd_critical(int argc, char **argv);
int cmd_access(int argc, char **argv);
int cmd_job(int argc, char **argv);
int cmd_firm(int argc, char **argv);
int cmd_user(int argc, char **argv);
int cmd_token(int argc, char **argv);

#endif
