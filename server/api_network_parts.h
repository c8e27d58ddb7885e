/* api_network_parts.h - the parts of GetNetwork's reply. Each runs on a worker, fills its field of the reply
 * with messages in the call's arena, and takes what it needs meanwhile from a scratch arena of its own. */
#ifndef ZH_SERVER_API_NETWORK_PARTS_H
#define ZH_SERVER_API_NETWORK_PARTS_H

#include "heavy.h"
#include "network/generalize.h"

#include "zongheng/v1/operations.pb-c.h"

struct network_answer { /* in the call's arena */
    struct heavy h;     /* first */
    const Zongheng__V1__GetNetworkRequest *message;
    struct net_box box; /* asked, cut to the extent */
    bool has_box;
    unsigned zoom;
    struct arena *scratch;
    Zongheng__V1__GetNetworkReply out;
};

bool network_put_links(struct network_answer *x);
bool network_put_places(struct network_answer *x);
bool network_put_terminals(struct network_answer *x);
bool network_put_services(struct network_answer *x);
bool network_put_corridors(struct network_answer *x);
bool network_put_projects(struct network_answer *x);

/* count messages of `size` bytes and the array of pointers to them; NULL and an error when the arena is full.
 */
void *network_list(struct network_answer *x, size_t count, size_t size, void *pointers);
bool network_no_memory(struct network_answer *x);
/* The points as a polyline, simplified for the zoom; they are changed. NULL when there is no memory. */
char *network_polyline(struct network_answer *x, struct net_point *points, uint32_t count);
Zongheng__V1__Mode network_mode(uint8_t mode);
const char *network_status(uint8_t status);

#endif
