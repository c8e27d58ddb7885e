#include "network/link_kind.h"

uint8_t net_link_kind(const struct network *n, uint32_t link)
{
    const struct net_link *l = &n->link[link];
    const struct net_limit *m = &n->limit[l->limit];
    const uint32_t known[LIMIT_COUNT] = {[LIMIT_HEIGHT] = m->max_height_cm,
                                         [LIMIT_WIDTH] = m->max_width_cm,
                                         [LIMIT_LENGTH] = m->max_length_cm,
                                         [LIMIT_GROSS] = m->max_gross_kg,
                                         [LIMIT_AXLE] = m->max_axle_kg};
    unsigned kind = l->road_class == ROAD_MOTORWAY || l->road_class == ROAD_TRUNK ? LINK_MAIN_ROAD : 0;
    for (unsigned k = 0; k < LIMIT_COUNT; k++)
        kind |= known[k] == 0 ? 1u << k : 0;
    return (uint8_t)kind;
}
