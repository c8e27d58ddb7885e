/* frames.h - the TCP protocol: a frame is a length and a Request, or a Reply (wire.proto, docs/protocol.md).
 */
#ifndef ZH_SERVER_FRAMES_H
#define ZH_SERVER_FRAMES_H

#include "conn.h"

extern const struct conn_protocol frames_protocol;

#endif
