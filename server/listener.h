/* listener.h - the listening socket of a loop: SO_REUSEPORT, a bounded number of accepts per turn, and a
 * pause when the process is out of descriptors instead of spinning. */
#ifndef ZH_SERVER_LISTENER_H
#define ZH_SERVER_LISTENER_H

#include "base/err.h"
#include "conn.h"

struct listener;

/* address is the setting's HOST:PORT with a numeric host ("[::1]:7420" for IPv6); port < 0 takes its own. */
bool listener_new(struct event_base *base, struct conn_table *conns, const char *setting, const char *address,
                  int port, int *port_taken, struct listener **out, struct err *e);
void listener_free(struct listener *l);

/* Whether the address is of this machine only. */
bool listener_is_loopback(const char *address);

#endif
