#include "network/places.h"

#include "network/cells.h"
#include "network/geo.h"
#include "network/place_keys.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SUGGESTIONS = 3, NEAREST_RINGS = 12 };
static const double nearest_max_m = 100000;

struct id_node {
    int64_t id;
    uint32_t node;
};

struct places {
    const struct network *net;
    struct place_keys *keys;
    uint32_t *of_node;  /* node -> place, NET_NONE */
    struct id_node *id; /* by id */
    uint32_t known;     /* nodes that both know */
    bool derived;       /* these and the keys are the base's */
    uint32_t *near;     /* nodes with open road beside those of the cells */
    uint32_t near_count;
};

static int by_id(const void *pa, const void *pb)
{
    const struct id_node *a = pa, *b = pb;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* Most sources number their nodes upwards. */
static void sort_ids(struct places *p, uint32_t count)
{
    bool sorted = true;
    for (uint32_t i = 1; sorted && i < count; i++)
        sorted = p->id[i - 1].id <= p->id[i].id;
    if (!sorted)
        qsort(p->id, count, sizeof *p->id, by_id);
}

bool places_new(const struct network *n, struct places **out, struct err *e)
{
    uint32_t nodes = net_plain_count(n);
    struct places *p = calloc(1, sizeof *p);
    if (p != NULL) {
        p->net = n;
        p->known = nodes;
        p->of_node = calloc((size_t)nodes + 1, sizeof *p->of_node);
        p->id = calloc((size_t)nodes + 1, sizeof *p->id);
    }
    if (p == NULL || p->of_node == NULL || p->id == NULL) {
        places_free(p);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the places of the network");
    }
    for (uint32_t v = 0; v < nodes; v++) {
        p->of_node[v] = NET_NONE;
        p->id[v] = (struct id_node){n->node_id[v], v};
    }
    sort_ids(p, nodes);
    for (uint32_t i = n->place_count; i-- > 0;)
        p->of_node[n->place[i].node] = i;
    if (!place_keys_new(n, &p->keys)) {
        places_free(p);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the places of the network");
    }
    *out = p;
    return true;
}

bool places_derive(const struct places *base, const struct network *n, const uint32_t *near, uint32_t count,
                   struct places **out, struct err *e)
{
    struct places *p = malloc(sizeof *p);
    uint32_t *copy = malloc(((size_t)count + 1) * sizeof *copy);
    *out = NULL;
    if (p == NULL || copy == NULL) {
        free(p);
        free(copy);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the places of the network");
    }
    if (count > 0)
        memcpy(copy, near, count * sizeof *copy);
    *p = *base;
    p->net = n;
    p->derived = true;
    p->near = copy;
    p->near_count = count;
    *out = p;
    return true;
}

void places_free(struct places *p)
{
    if (p == NULL)
        return;
    if (!p->derived) {
        free(p->of_node);
        free(p->id);
        place_keys_free(p->keys);
    }
    free(p->near);
    free(p);
}

/* Whether the name goes on with the query; case does not count. Most names are told apart by the last byte of
 * what would be the query: those of one script share the first. The call for the rest was half of a booking.
 */
static bool goes_on(const char *name, const char *query, size_t query_len)
{
    return place_fold(name[query_len - 1]) == place_fold(query[query_len - 1]) &&
           place_fold(name[0]) == place_fold(query[0]) && strncasecmp(name, query, query_len) == 0;
}

/* 3 equal, 2 begins, 1 contains, 0 none. The query is not empty. */
static int match(const char *name, size_t len, const char *query, size_t query_len)
{
    if (query_len > len)
        return 0;
    if (goes_on(name, query, query_len))
        return len == query_len ? 3 : 2;
    for (size_t i = 1; i + query_len <= len; i++)
        if (goes_on(name + i, query, query_len))
            return 1;
    return 0;
}

static int best_of_list(const char *list, const char *query, size_t query_len)
{
    int best = 0;
    for (const char *s = list; *s != '\0';) {
        size_t n = strcspn(s, ";");
        int m = match(s, n, query, query_len);
        best = m > best ? m : best;
        s += n + (s[n] == ';');
    }
    return best;
}

/* Codes are "KIND:VALUE"; the value alone or the whole must be equal. */
static int match_code(const char *codes, const char *query, size_t query_len)
{
    for (const char *s = codes; *s != '\0';) {
        size_t n = strcspn(s, ";"), k = strcspn(s, ":;");
        const char *value = s[k] == ':' ? s + k + 1 : s;
        size_t value_len = (size_t)(s + n - value);
        if (match(value, value_len, query, query_len) == 3 || match(s, n, query, query_len) == 3)
            return 3;
        s += n + (s[n] == ';');
    }
    return 0;
}

/* Higher is better; 0 is no match. A city of 大冶市 is also meant by 大冶. */
static uint64_t score(const struct network *n, const struct net_place *p, const char *query, size_t len)
{
    const net_str names[] = {p->name_zh, p->name_en, p->pinyin};
    int best = match_code(net_string(n, p->codes), query, len);
    for (size_t i = 0; i < 3 && best < 3; i++) {
        const char *name = net_string(n, names[i]);
        int m = match(name, strlen(name), query, len);
        best = m > best ? m : best;
    }
    int other = best < 3 ? best_of_list(net_string(n, p->names_alt), query, len) : 0;
    best = other > best ? other : best;
    const char *zh = net_string(n, p->name_zh);
    bool plain_city =
        strncmp(zh, query, len) == 0 && (strcmp(zh + len, "市") == 0 || strcmp(zh + len, "县") == 0);
    if (plain_city)
        best = 3;
    const char *kind = net_string(n, p->kind);
    bool junction = strcmp(kind, "junction") == 0 || strcmp(kind, "interchange") == 0;
    if (best == 0)
        return 0;
    return ((uint64_t)best << 40) + ((uint64_t)!junction << 36) + ((uint64_t)p->weight << 8) + 1;
}

uint32_t places_find(const struct places *p, const char *query, uint32_t max, uint32_t *nodes)
{
    uint64_t scores[PLACES_FIND_MAX];
    uint32_t count = 0;
    size_t len = strlen(query);
    if (len == 0 || max == 0)
        return 0;
    if (max > PLACES_FIND_MAX)
        max = PLACES_FIND_MAX;
    for (uint32_t i = 0; i < p->net->place_count; i++) {
        uint64_t s = score(p->net, &p->net->place[i], query, len);
        if (s == 0 || (count == max && s <= scores[count - 1]))
            continue;
        uint32_t at = count < max ? count++ : count - 1;
        for (; at > 0 && scores[at - 1] < s; at--) {
            scores[at] = scores[at - 1];
            nodes[at] = nodes[at - 1];
        }
        scores[at] = s;
        nodes[at] = p->net->place[i].node;
    }
    return count;
}

static bool parse_point(const char *s, struct net_point *at)
{
    char *end;
    double lat = strtod(s, &end);
    if (end == s || *end != ',')
        return false;
    s = end + 1;
    double lon = strtod(s, &end);
    if (end == s || *end != '\0' || !(fabs(lat) <= 90) || !(fabs(lon) <= 180))
        return false;
    *at = (struct net_point){(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)};
    return true;
}

/* The first of the places found equal that scores best; NET_NONE: there is none. */
static uint32_t find_equal(const struct places *p, const char *query, size_t len)
{
    uint32_t count, best = NET_NONE;
    const struct place_key *key = place_keys_find(p->keys, query, len, &count);
    uint64_t most = (UINT64_C(3) << 40) - 1;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t s = score(p->net, &p->net->place[key[i].place], query, len);
        if (s > most) {
            most = s;
            best = key[i].place;
        }
    }
    return best;
}

bool places_resolve(const struct places *p, const char *query, uint32_t *node, struct err *e)
{
    struct net_point at;
    uint32_t found[SUGGESTIONS];
    size_t len = strlen(query);
    if (parse_point(query, &at))
        return places_nearest(p, at, node, NULL, e);
    uint32_t place = len > 0 ? find_equal(p, query, len) : NET_NONE;
    if (place != NET_NONE) {
        *node = p->net->place[place].node;
        return true;
    }
    uint32_t count = places_find(p, query, SUGGESTIONS, found);
    char hint[256] = "";
    for (uint32_t i = 0; i < count; i++) {
        size_t used = strlen(hint);
        snprintf(hint + used, sizeof hint - used, "%s%s", i == 0 ? "; did you mean " : ", ",
                 net_string(p->net, p->net->place[p->of_node[found[i]]].name_zh));
    }
    return fail(e, ERR_NOT_FOUND, "place \"%.80s\" is not in network %.8s%s", query, p->net->version, hint);
}

/* The first node of a cell or after it. */
static uint32_t cell_begin(const struct places *p, int32_t x, int32_t y)
{
    uint32_t lo = 0, hi = p->net->cell_count;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        const struct net_cell *c = &p->net->cell[mid];
        if (c->x < x || (c->x == x && c->y < y))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void look_at(const struct places *p, uint32_t v, struct net_point at, double *best, uint32_t *node)
{
    double d = geo_distance_m(at, p->net->node_point[v]);
    if (d < *best) {
        *best = d;
        *node = v;
    }
}

static void look_into(const struct places *p, int32_t x, int32_t y, struct net_point at, double *best,
                      uint32_t *node)
{
    for (uint32_t i = cell_begin(p, x, y);
         i < p->net->cell_count && p->net->cell[i].x == x && p->net->cell[i].y == y; i++)
        look_at(p, p->net->cell[i].node, at, best, node);
}

/* Rings of cells around the point until no farther ring can hold a nearer node. */
bool places_nearest(const struct places *p, struct net_point at, uint32_t *node, double *distance_m,
                    struct err *e)
{
    int32_t x = cell_of(at.lon_e7), y = cell_of(at.lat_e7);
    double best = nearest_max_m;
    double cell_m = CELL_E7 / 1e7 * 111195 * cos(at.lat_e7 / 1e7 * 3.14159265358979323846 / 180);
    for (uint32_t i = 0; i < p->near_count; i++)
        look_at(p, p->near[i], at, &best, node);
    bool found = best < nearest_max_m;
    for (int32_t r = 0; r <= NEAREST_RINGS * 8 && (r - 1) * cell_m <= best; r++) {
        uint32_t before = *node;
        double was = best;
        for (int32_t dx = -r; dx <= r; dx++)
            for (int32_t dy = -r; dy <= r; dy += dx == -r || dx == r || r == 0 ? 1 : 2 * r)
                look_into(p, x + dx, y + dy, at, &best, node);
        found = found || best < was || *node != before;
    }
    if (!found)
        return fail(e, ERR_NOT_FOUND, "no open road within %.0f km of %.5f,%.5f", nearest_max_m / 1000,
                    at.lat_e7 / 1e7, at.lon_e7 / 1e7);
    if (distance_m != NULL)
        *distance_m = best;
    return true;
}

bool places_node_by_id(const struct places *p, int64_t id, uint32_t *node)
{
    struct id_node key = {.id = id};
    const struct network *n = p->net;
    const struct id_node *found = p->known > 0 ? bsearch(&key, p->id, p->known, sizeof key, by_id) : NULL;
    if (found != NULL)
        *node = found->node;
    for (uint32_t v = net_graph_nodes(n); found == NULL && v < net_node_count(n); v++)
        if (n->node_id[v] == id) {
            *node = v;
            return true;
        }
    return found != NULL;
}

const struct net_place *places_of_node(const struct places *p, uint32_t node)
{
    uint32_t i = node < p->known ? p->of_node[node] : NET_NONE;
    return i != NET_NONE ? &p->net->place[i] : NULL;
}
