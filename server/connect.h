/* connect.h - words of the Connect protocol (connectrpc.com/docs/protocol): names and HTTP statuses of codes,
 * the JSON of an error, the envelope of a stream's message. Pure. */
#ifndef ZH_SERVER_CONNECT_H
#define ZH_SERVER_CONNECT_H

#include "base/err.h"
#include "bytes.h"

#include <stdint.h>

/* "invalid_argument", 400 */
const char *connect_code_name(enum err_code code);
int connect_http_status(enum err_code code);

/* Adds {"code":…,"message":…,"details":[zongheng.v1.StatusDetails]}; within: as the error of a stream's end.
 * False: no room. */
bool connect_put_error(const struct err *e, uint32_t retry_after_ms, bool within, struct bytes *out);

enum { CONNECT_ENVELOPE = 5, CONNECT_COMPRESSED = 1, CONNECT_END = 2 };
void connect_put_envelope(uint8_t head[CONNECT_ENVELOPE], uint8_t flags, uint32_t len);

#endif
