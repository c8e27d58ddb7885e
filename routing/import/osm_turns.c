/* Turn restrictions -> sequences of edges that nobody may drive. */
#include "import/osm_inside.h"

#include <stdlib.h>
#include <string.h>

enum { MEMBERS_MAX = 64, SEQUENCE_MAX = 64, CHOICES_MAX = 8 };

/* The value that counts for lorries; *conditional: it holds at times. */
static const char *restriction_of(const struct osm_tags *t, bool *conditional)
{
    static const char *const keys[] = {"restriction:hgv", "restriction:hgv:conditional", "restriction",
                                       "restriction:conditional"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *s = osm_tag(t, keys[i]);
        *conditional = (i & 1) != 0 || osm_tag(t, "day_on") != NULL || osm_tag(t, "hour_on") != NULL;
        if (s != NULL)
            return s;
    }
    return NULL;
}

/* except=psv;hgv */
static bool excepted(const struct osm_tags *t)
{
    const char *s = osm_tag(t, "except");
    while (s != NULL && *s != '\0') {
        char word[24];
        size_t n = strcspn(s, ";, ");
        if (n < sizeof word) {
            memcpy(word, s, n);
            word[n] = '\0';
            if (osm_word_in(word, "hgv motor_vehicle vehicle"))
                return true;
        }
        s += n + (s[n] != '\0');
    }
    return false;
}

/* "no_u_turn" or "no_u_turn @ (...)" */
static bool kind_of(const char *s, struct osm_turn *turn)
{
    static const char *const kinds[] = {
        "no_left_turn", "no_right_turn",  "no_straight_on",  "no_u_turn",        "no_entry",
        "no_exit",      "only_left_turn", "only_right_turn", "only_straight_on", "only_u_turn"};
    size_t n = strcspn(s, " @");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i]) == n && strncmp(kinds[i], s, n) == 0) {
            turn->only = s[0] == 'o';
            turn->u_turn = strstr(kinds[i], "u_turn") != NULL;
            return true;
        }
    return false;
}

static bool take_members(struct osm_map *m, const readosm_relation *rel, struct osm_turn *turn)
{
    static const char *const roles[] = {"from", "via", "to"};
    turn->member_first = m->member_count;
    for (int i = 0; i < rel->member_count; i++) {
        const readosm_member *x = &rel->members[i];
        for (uint8_t role = 0; role < 3; role++) {
            if (strcmp(x->role, roles[role]) != 0)
                continue;
            bool is_node = x->member_type == READOSM_MEMBER_NODE;
            if ((!is_node && x->member_type != READOSM_MEMBER_WAY) || (is_node && role != OSM_VIA) ||
                turn->member_count == MEMBERS_MAX)
                return false;
            if (!osm_room(&m->member, m->member_count, 1, sizeof *m->member, &m->member_room,
                          sizeof m->member_room, m->e)) {
                m->failed = true;
                return false;
            }
            m->member[m->member_count++] = (struct osm_member){x->id, is_node, role};
            turn->member_count++;
        }
    }
    return true;
}

void osm_read_turn(struct osm_map *m, const readosm_relation *rel)
{
    struct osm_tags t = {rel->tags, rel->tag_count};
    struct osm_turn turn = {0};
    const char *type = osm_tag(&t, "type");
    bool conditional;
    if (!osm_word_in(type, "restriction restriction:hgv"))
        return;
    const char *s = restriction_of(&t, &conditional);
    if (s == NULL) /* of other vehicles only: restriction:bus and the like */
        return;
    m->r->turns_read++;
    if (excepted(&t) || osm_word_in(s, "none no")) {
        m->r->turns_excepted++;
        return;
    }
    if (!kind_of(s, &turn) || !take_members(m, rel, &turn)) {
        m->r->turns_broken += !m->failed;
        return;
    }
    turn.conditional = conditional;
    if (!osm_room(&m->turn, m->turn_count, 1, sizeof turn, &m->turn_room, sizeof m->turn_room, m->e))
        m->failed = true;
    else
        m->turn[m->turn_count++] = turn;
}

static void keep(struct osm_map *m, int64_t ref)
{
    if (ref >= 0)
        m->flag[ref] |= OSM_KEPT;
}

void osm_keep_turns(struct osm_map *m)
{
    for (uint32_t i = 0; i < m->turn_count; i++) {
        for (uint32_t k = 0; k < m->turn[i].member_count; k++) {
            const struct osm_member *x = &m->member[m->turn[i].member_first + k];
            uint32_t at = x->is_node ? osm_find_node(m, x->id) : osm_find_way(m, x->id);
            if (at == NET_NONE)
                continue;
            const struct osm_way *w = &m->way[x->is_node ? 0 : at];
            if (x->is_node) {
                keep(m, at);
            } else if (w->ref_count > 0) {
                keep(m, m->ref[w->ref_first]);
                keep(m, m->ref[w->ref_first + w->ref_count - 1]);
            }
        }
    }
}

/* One restriction at work. */
struct turning {
    struct osm_map *m;
    struct osm_bans *bans;
    const struct osm_turn *turn;
    uint32_t from[MEMBERS_MAX], via[MEMBERS_MAX], to[MEMBERS_MAX]; /* ways; via: ways, or a node */
    uint32_t froms, vias, tos;
    bool via_node;
    bool used, broken;
    uint32_t sequence[SEQUENCE_MAX];
    uint32_t length;
    struct err *e;
};

static bool add_ban(struct turning *t, const uint32_t *edges, uint32_t count, uint32_t last)
{
    struct osm_bans *b = t->bans;
    if (!osm_room(&b->edge, b->edge_count, count + 1, sizeof *b->edge, &b->edge_room, sizeof b->edge_room,
                  t->e) ||
        !osm_room(&b->first, b->count, 2, sizeof *b->first, &b->first_room, sizeof b->first_room, t->e))
        return false;
    memcpy(b->edge + b->edge_count, edges, count * sizeof *edges);
    b->edge[b->edge_count + count] = last;
    b->first[b->count++] = b->edge_count;
    b->edge_count += count + 1;
    b->first[b->count] = b->edge_count;
    t->used = true;
    return true;
}

/* Edges that leave v by the way (reverse: that come by it), as far as they can be driven. */
static uint32_t edges_at(const struct osm_map *m, uint32_t v, uint32_t way, bool arriving, uint32_t *edge)
{
    uint32_t n = 0;
    for (uint32_t i = m->out_first[v]; i < m->out_first[v + 1]; i++) {
        uint32_t e = m->out[i], driven = arriving ? e ^ 1 : e;
        if (osm_way_at_tail(m, e) == way && osm_arc(m, driven) != NET_NONE && n < CHOICES_MAX)
            edge[n++] = driven;
    }
    return n;
}

static bool in_list(uint32_t x, const uint32_t *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (list[i] == x)
            return true;
    return false;
}

/* After the sequence: every way on but those of the list is forbidden. */
static bool only(struct turning *t, uint32_t length, const uint32_t *allowed, uint32_t count)
{
    const struct osm_map *m = t->m;
    uint32_t v = osm_head(m, t->sequence[length - 1]);
    for (uint32_t i = m->out_first[v]; i < m->out_first[v + 1]; i++)
        if (osm_arc(m, m->out[i]) != NET_NONE && !in_list(m->out[i], allowed, count) &&
            !add_ban(t, t->sequence, length, m->out[i]))
            return false;
    t->used = true;
    return true;
}

/* The sequence is there but for its last edge, one of to[]. */
static bool forbid(struct turning *t, const uint32_t *to, uint32_t count)
{
    if (!t->turn->only) {
        for (uint32_t i = 0; i < count; i++)
            if (!add_ban(t, t->sequence, t->length, to[i]))
                return false;
        return true;
    }
    for (uint32_t i = 1; i < t->length; i++)
        if (!only(t, i, &t->sequence[i], 1))
            return false;
    return count == 0 || only(t, t->length, to, count);
}

/* Back on the same way: the edge turned round is what no_u_turn means, everything else what the others do. */
static uint32_t by_u_turn(const struct turning *t, uint32_t from, uint32_t *to, uint32_t count)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        if ((to[i] == (from ^ 1)) == t->turn->u_turn)
            to[n++] = to[i];
    return n;
}

static bool at_node(struct turning *t, uint32_t v, uint32_t way_from, uint32_t way_to)
{
    uint32_t from[CHOICES_MAX], to[CHOICES_MAX], all[CHOICES_MAX];
    uint32_t froms = edges_at(t->m, v, way_from, true, from), tos = edges_at(t->m, v, way_to, false, all);
    if (way_from != way_to && (froms > 1 || tos > 1)) {
        t->broken = true; /* the way goes through the junction: which half is meant? */
        return true;
    }
    for (uint32_t i = 0; i < froms; i++) {
        memcpy(to, all, sizeof to);
        uint32_t n = way_from == way_to ? by_u_turn(t, from[i], to, tos) : tos;
        t->sequence[0] = from[i];
        t->length = 1;
        if (n > 0 && !forbid(t, to, n))
            return false;
    }
    return true;
}

/* The node where a way begins (which 0) or ends; NET_NONE: not in the network. */
static uint32_t way_end(const struct osm_map *m, uint32_t way, int which)
{
    const struct osm_way *w = &m->way[way];
    for (uint32_t k = 0; k < w->ref_count; k++) {
        int64_t v = m->ref[w->ref_first + (which == 0 ? k : w->ref_count - 1 - k)];
        if (v >= 0)
            return m->number[v];
    }
    return NET_NONE;
}

static bool ends_at(const struct osm_map *m, uint32_t way, uint32_t v)
{
    return way_end(m, way, 0) == v || way_end(m, way, 1) == v;
}

/* Appends the edges of the way from x until it ends; false: it cannot be driven so. */
static bool drive_along(struct turning *t, uint32_t way, uint32_t *x)
{
    uint32_t edge[CHOICES_MAX], v = *x, before = NET_NONE;
    uint32_t first = way_end(t->m, way, 0), last = way_end(t->m, way, 1), goal = v == first ? last : first;
    if (first == last || goal == NET_NONE) /* a ring, or cut short */
        return false;
    while (v != goal) {
        uint32_t n = edges_at(t->m, v, way, false, edge), next = NET_NONE;
        for (uint32_t i = 0; i < n; i++)
            if (before == NET_NONE || edge[i] != (before ^ 1))
                next = edge[i];
        if (next == NET_NONE || t->length + 1 >= SEQUENCE_MAX)
            return false;
        t->sequence[t->length++] = next;
        before = next;
        v = osm_head(t->m, next);
    }
    *x = v;
    return true;
}

static bool along_ways(struct turning *t, uint32_t way_from, uint32_t way_to)
{
    uint32_t from[CHOICES_MAX], to[CHOICES_MAX];
    for (int side = 0; side < 2; side++) {
        uint32_t start = way_end(t->m, t->via[0], side), v = start;
        uint32_t froms = start != NET_NONE ? edges_at(t->m, start, way_from, true, from) : 0;
        if (froms != 1)
            continue;
        bool ok = true;
        t->sequence[0] = from[0];
        t->length = 1;
        for (uint32_t i = 0; ok && i < t->vias; i++)
            ok = ends_at(t->m, t->via[i], v) && drive_along(t, t->via[i], &v);
        uint32_t tos = ok ? edges_at(t->m, v, way_to, false, to) : 0;
        if (tos > 1)
            t->broken = true;
        if (tos == 1 && !t->used)
            return forbid(t, to, 1);
    }
    return true;
}

static bool sort_members(struct turning *t)
{
    const struct osm_map *m = t->m;
    for (uint32_t i = 0; i < t->turn->member_count; i++) {
        const struct osm_member *x = &m->member[t->turn->member_first + i];
        uint32_t at = x->is_node ? osm_find_node(t->m, x->id) : osm_find_way(m, x->id);
        at = x->is_node && at != NET_NONE ? m->number[at] : at;
        if (at == NET_NONE)
            return false;
        if (x->role == OSM_VIA) {
            t->via_node = x->is_node;
            t->via[t->vias++] = at;
        } else if (x->role == OSM_FROM) {
            t->from[t->froms++] = at;
        } else {
            t->to[t->tos++] = at;
        }
    }
    return true;
}

static bool mixed_vias(const struct osm_map *m, const struct osm_turn *turn)
{
    uint32_t nodes = 0, ways = 0;
    for (uint32_t i = 0; i < turn->member_count; i++) {
        const struct osm_member *x = &m->member[turn->member_first + i];
        nodes += x->role == OSM_VIA && x->is_node;
        ways += x->role == OSM_VIA && !x->is_node;
    }
    return nodes > 1 || (nodes == 0) == (ways == 0);
}

static bool apply(struct turning *t)
{
    for (uint32_t i = 0; i < t->froms; i++)
        for (uint32_t k = 0; k < t->tos; k++)
            if (!(t->via_node ? at_node(t, t->via[0], t->from[i], t->to[k])
                              : along_ways(t, t->from[i], t->to[k])))
                return false;
    return true;
}

bool osm_find_bans(struct osm_map *m, struct osm_bans *bans, struct err *e)
{
    for (uint32_t i = 0; i < m->turn_count; i++) {
        struct turning t = {.m = m, .bans = bans, .turn = &m->turn[i], .e = e};
        bool there = sort_members(&t);
        bool sound = there && t.froms > 0 && t.tos > 0 && (t.froms == 1 || t.tos == 1) &&
                     !mixed_vias(m, t.turn) && (!t.turn->only || (t.froms == 1 && t.tos == 1));
        if (sound && !apply(&t))
            return false;
        m->r->turns_used += t.used;
        m->r->turns_conditional += t.used && t.turn->conditional;
        m->r->turns_broken += (there && !sound) || (!t.used && t.broken);
        m->r->turns_idle += !there || (sound && !t.used && !t.broken);
    }
    return true;
}
