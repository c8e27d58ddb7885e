/* order.h - puts a contraction order into a network that is being built.
 *
 * METIS runs in a child process (it takes over signals); its order comes back through a pipe. An order that
 * the network already has stays. Cost: about 40 s for 1.5 million nodes.
 */
#ifndef ZH_CLIENT_ORDER_H
#define ZH_CLIENT_ORDER_H

#include "network/builder.h"

/* bytes, len: what network_builder_freeze made of b; replaced by the image with the order. */
bool order_network(struct network_builder *b, uint8_t **bytes, size_t *len, struct err *e);

#endif
