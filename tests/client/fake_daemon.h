/* fake_daemon.h - one end of a socket that plays a daemon: answers scripted replies from a child process. */
#ifndef ZH_TEST_FAKE_DAEMON_H
#define ZH_TEST_FAKE_DAEMON_H

#include "zongheng/v1/wire.pb-c.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Makes the answer to request number n (0: Hello) of connection number c; returns its bytes (a whole frame,
 * or not whole, to play a break) and says in *close whether the connection ends then. */
typedef size_t fake_answer(unsigned c, unsigned n, const Zongheng__V1__Request *q, uint8_t *out, size_t room,
                           int *close);

struct fake_daemon {
    pid_t pid;
    char server[32]; /* "127.0.0.1:PORT" */
};

void fake_start(struct fake_daemon *f, fake_answer *answer);
void fake_stop(struct fake_daemon *f);

/* A frame with a Reply. code 0: OK with the body. */
size_t fake_reply(uint8_t *out, size_t room, uint64_t id, uint32_t code, const char *message,
                  uint32_t retry_after_ms, const ProtobufCMessage *body);

#endif
