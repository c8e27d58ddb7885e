/* demands.h - the demands of this process: those that live here because there is no database, and tables that
 * are being sent in pieces.
 *
 * With a database PostgreSQL keeps them (store_demands.h) and nothing is remembered here: a job fetches its
 * demand when it begins. Without one the newest version of each name lives until the process ends.
 *
 * A table larger than a frame comes in pieces: they are gathered under an upload's random id, which only who
 * began it can name. At most DEMANDS_UPLOADS at a time; the one that was silent longest goes for a new one
 * once it was silent for DEMANDS_SILENT_S.
 *
 * Threads: any; one lock, held for moments.
 */
#ifndef ZH_SERVER_DEMANDS_H
#define ZH_SERVER_DEMANDS_H

#include "demand_text.h"

struct demands;
struct server;

enum { DEMANDS_UPLOADS = 8, DEMANDS_SILENT_S = 60, DEMANDS_HERE_MAX = 1000 };

#define DEMANDS_NOT_FOUND "there is no demand of this name and version; ListDemands tells which there are"

/* table_max: bytes of one table; firm_max: demands of one firm. */
struct demands *demands_new(size_t table_max, uint32_t firm_max); /* NULL: no memory */
void demands_free(struct demands *k);

/* --- without a database --- */

/* As the firm sees it, acquired; version 0: whichever it is. NULL: not there. */
struct demand_text *demands_find(struct demands *k, const char *firm_id, const char *name, uint32_t version);
/* Takes the place of what its firm had under that name; the reference is the store's then. */
bool demands_set(struct demands *k, struct demand_text *t, struct err *e);
bool demands_remove(struct demands *k, const char *firm_id, const char *name);
/* What a firm sees, by name from `after` on, acquired. */
uint32_t demands_list(struct demands *k, const char *firm_id, const char *after, uint32_t max,
                      struct demand_text **out);

/* --- uploads --- */

struct upload_key {
    const char *firm_id, *user, *name;
};
/* Adds a piece; id "" begins one, and becomes its id (37 bytes). received: bytes so far. NOT_FOUND with field
 * upload; RESOURCE_EXHAUSTED: more than table_max, or too many uploads. */
bool demands_add_piece(struct demands *k, const struct upload_key *key, char id[37], const void *piece,
                       size_t len, int64_t now_ns, uint64_t *received, struct err *e);
/* The upload is over: its bytes are the caller's. */
bool demands_take_pieces(struct demands *k, const struct upload_key *key, const char *id, struct bytes *out,
                         struct err *e);

/* --- for a thread that may wait (a job's) --- */

/* With its table. NOT_FOUND with field demand.name. */
bool demands_fetch(struct server *s, const char *firm_id, const char *name, uint32_t version,
                   struct demand_text **out, struct err *e);

#endif
