/* Texts and ids of a feed. */
#include "import/gtfs_inside.h"

#include <stdlib.h>
#include <string.h>

gtfs_text gtfs_keep(struct gtfs *g, const char *s)
{
    size_t n = strlen(s) + 1;
    if (n == 1 && g->text_used > 0)
        return 0;
    if (g->text_used + n > g->text_room) {
        size_t room = g->text_room < 4096 ? 4096 : g->text_room * 2;
        while (room < g->text_used + n)
            room *= 2;
        char *text = room < UINT32_MAX ? realloc(g->text, room) : NULL;
        if (text == NULL) {
            g->out_of_memory = true;
            return 0;
        }
        g->text = text;
        g->text_room = room;
    }
    memcpy(g->text + g->text_used, s, n);
    g->text_used += n;
    return (gtfs_text)(g->text_used - n);
}

/* FNV-1a */
static uint32_t hash(const char *s)
{
    uint32_t h = 2166136261u;
    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h ^ h >> 15;
}

uint32_t gtfs_id_find(const struct gtfs *g, const struct gtfs_ids *ids, const char *s)
{
    if (ids->slots == 0)
        return NET_NONE;
    for (uint32_t at = hash(s) & (ids->slots - 1); ids->slot[at] != 0; at = (at + 1) & (ids->slots - 1))
        if (strcmp(g->text + ids->at[ids->slot[at] - 1], s) == 0)
            return ids->slot[at] - 1;
    return NET_NONE;
}

static void put(struct gtfs_ids *ids, const char *s, uint32_t index)
{
    uint32_t at = hash(s) & (ids->slots - 1);
    while (ids->slot[at] != 0)
        at = (at + 1) & (ids->slots - 1);
    ids->slot[at] = index + 1;
}

static bool grow(struct gtfs *g, struct gtfs_ids *ids)
{
    uint32_t slots = ids->slots == 0 ? 256 : ids->slots * 2;
    uint32_t *slot = slots > ids->slots ? calloc(slots, sizeof *slot) : NULL;
    if (slot == NULL)
        return false;
    free(ids->slot);
    ids->slot = slot;
    ids->slots = slots;
    for (uint32_t i = 0; i < ids->count; i++)
        put(ids, g->text + ids->at[i], i);
    return true;
}

void gtfs_id_add(struct gtfs *g, struct gtfs_ids *ids, const char *s)
{
    gtfs_text kept = gtfs_keep(g, s);
    gtfs_text *at = gtfs_more(g, ids->at, ids->count, &ids->room, sizeof *ids->at);
    if (at != NULL)
        ids->at = at;
    if (at == NULL || g->out_of_memory || (ids->count >= ids->slots / 2 && !grow(g, ids))) {
        g->out_of_memory = true;
        return;
    }
    put(ids, s, ids->count);
    ids->at[ids->count++] = kept;
}

bool gtfs_id_new(struct gtfs *g, struct csv *t, const char *column, struct gtfs_ids *ids)
{
    const char *s = csv_text(t, column, CSV_REQUIRED);
    if (s[0] == '\0')
        return false;
    if (gtfs_id_find(g, ids, s) != NET_NONE) {
        csv_fault(t, column, "\"%.60s\" stands more than once", s);
        return false;
    }
    gtfs_id_add(g, ids, s);
    return !g->out_of_memory;
}

uint32_t gtfs_id_column(struct gtfs *g, struct csv *t, const char *column, const struct gtfs_ids *ids,
                        const char *table)
{
    const char *s = csv_text(t, column, CSV_REQUIRED);
    uint32_t index = gtfs_id_find(g, ids, s);
    if (index == NET_NONE && s[0] != '\0')
        csv_fault(t, column, "\"%.60s\" is not in %s", s, table);
    return index;
}

void gtfs_ids_free(struct gtfs_ids *ids)
{
    free(ids->slot);
    free(ids->at);
}
