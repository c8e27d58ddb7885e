/* limits.h - what a terminal or service takes beyond form and needs, and by how much a load breaks it.
 *
 * A limit of which there is no data breaks nothing. A temperature is kept when the range that a place can
 * keep and the range that the cargo may have share a degree. Dangerous goods of an undeclared class are not
 * taken where only some classes are. A piece may be turned on the floor (length and width changed), not laid
 * on its side. Pieces of cargo in boxes are the box's affair. Pure; any thread.
 */
#ifndef ZH_FREIGHT_LIMITS_H
#define ZH_FREIGHT_LIMITS_H

#include "freight/cargo.h"

enum limit_kind {
    LIMIT_FITS,
    LIMIT_FORM,        /* the mask lacks the form */
    LIMIT_REEFER,      /* no temperature control */
    LIMIT_TEMPERATURE, /* another range */
    LIMIT_DANGEROUS,   /* no dangerous goods */
    LIMIT_CLASS,       /* not of this class */
    LIMIT_PIECE_KG,
    LIMIT_PIECE_LENGTH,
    LIMIT_PIECE_WIDTH,
    LIMIT_PIECE_HEIGHT,
    LIMIT_KINDS
};

/* limit and load in the unit of the kind: kg, cm; of LIMIT_TEMPERATURE the range that can be kept. */
struct limit_break {
    enum limit_kind kind;
    int32_t limit, load;
    int16_t min_c, max_c;
};

struct limit_break limits_of_terminal(const struct net_terminal *t, const struct freight_load *l);
struct limit_break limits_of_service(const struct network *n, const struct net_service *s,
                                     const struct freight_load *l);
/* Of the largest truck that the load may choose from: why cargo_choose_truck found none. */
struct limit_break limits_of_truck(const struct net_vehicle *v, const struct freight_load *l);

static inline bool limits_take_terminal(const struct net_terminal *t, const struct freight_load *l)
{
    return limits_of_terminal(t, l).kind == LIMIT_FITS;
}

static inline bool limits_take_service(const struct network *n, const struct net_service *s,
                                       const struct freight_load *l)
{
    return limits_of_service(n, s, l).kind == LIMIT_FITS;
}

enum { LIMIT_WORDS = 160 };

/* "a piece is 3.10 m wide, at most 2.40 m pass: 0.70 m too wide"; "" for what fits. */
void limits_words(const struct limit_break *b, const struct freight_load *l, char out[LIMIT_WORDS]);

#endif
