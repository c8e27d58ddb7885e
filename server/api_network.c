#include "api_network.h"

#include "api_network_parts.h"
#include "loop.h"
#include "network/derive.h"
#include "polyline.h"

#include <math.h>

enum {
    LINKS_DEFAULT = 20000,
    LINKS_MAX = 100000,
    SCRATCH_BASE = 64 * 1024 * 1024, /* bytes of a worker's scratch, and for each node and link */
    SCRATCH_PER_NODE = 64,
    SCRATCH_PER_LINK = 96,
    PACKED_FIELDS = 160,   /* bytes of a packed link beside its texts, at most */
    LINK_ROOM_PERCENT = 70 /* of the memory of a request */
};

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* protobuf-c's messages are not const; packing only reads */
}

bool network_no_memory(struct network_answer *x)
{
    return fail(&x->h.err, ERR_RESOURCE_EXHAUSTED,
                "the answer does not fit the memory of one request (arena_max): ask for a smaller box or "
                "fewer parts");
}

void *network_list(struct network_answer *x, size_t count, size_t size, void *pointers)
{
    struct arena *a = &x->h.call->arena;
    char *list = arena_calloc(a, count + 1, size);
    void **at = arena_calloc(a, count + 1, sizeof *at);
    if (list == NULL || at == NULL) {
        network_no_memory(x);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        at[i] = list + i * size;
    *(void ***)pointers = at;
    return list;
}

char *network_polyline(struct network_answer *x, struct net_point *points, uint32_t count)
{
    char *line = NULL;
    if (generalize_line(points, &count, x->zoom, x->scratch))
        line = polyline_encode(x->scratch, points, count); /* its room is larger than its text */
    return line != NULL ? arena_strdup(&x->h.call->arena, line) : NULL;
}

Zongheng__V1__Mode network_mode(uint8_t mode)
{
    static const Zongheng__V1__Mode modes[MODE_COUNT] = {[MODE_ROAD] = ZONGHENG__V1__MODE__TRUCK,
                                                         [MODE_RAIL] = ZONGHENG__V1__MODE__TRAIN,
                                                         [MODE_WATER] = ZONGHENG__V1__MODE__VESSEL,
                                                         [MODE_AIR] = ZONGHENG__V1__MODE__FLIGHT};
    return modes[mode < MODE_COUNT ? mode : MODE_ROAD];
}

const char *network_status(uint8_t status)
{
    static const char *const words[STATUS_COUNT] = {[STATUS_OPEN] = "open",
                                                    [STATUS_UNDER_CONSTRUCTION] = "under_construction",
                                                    [STATUS_PLANNED] = "planned",
                                                    [STATUS_CLOSED] = "closed"};
    return status < STATUS_COUNT ? words[status] : "";
}

/* --- links --- */

static const char *class_of(const struct net_link *l)
{
    static const char *const words[ROAD_CLASS_COUNT] = {
        "motorway",     "trunk",       "primary", "secondary", "tertiary",
        "unclassified", "residential", "service", "ferry",     ""};
    return l->mode == MODE_ROAD && l->road_class < ROAD_CLASS_COUNT ? words[l->road_class] : "";
}

static const char *confidence_of(uint8_t c)
{
    static const char *const words[CONF_COUNT] = {"measured", "published", "estimated"};
    return c < CONF_COUNT ? words[c] : "";
}

/* Of a scenario: added, or opened by it. */
static bool is_new(const struct network *n, const struct net_link *l)
{
    const struct network *base = network_base(n);
    uint32_t i = (uint32_t)(l - n->link);
    return i >= base->link_count || (base->link[i].status != STATUS_OPEN && l->status == STATUS_OPEN);
}

static bool put_link(struct network_answer *x, const struct net_link *l, struct net_point *room,
                     Zongheng__V1__NetworkLink *m)
{
    const struct network *n = x->h.call->snapshot->net;
    zongheng__v1__network_link__init(m);
    m->link_id = l->id;
    m->from_node_id = n->node_id[l->from];
    m->to_node_id = n->node_id[l->to];
    m->mode = network_mode(l->mode);
    m->road_class = text(class_of(l));
    m->name_zh = text(net_string(n, l->name));
    m->ref = text(net_string(n, l->ref));
    m->status = text(network_status(l->status));
    m->speed_kmh = l->speed_km10 / 10.0;
    m->lanes = l->lanes;
    m->toll = (l->flags & LINK_TOLL) != 0;
    m->directed = (l->flags & (LINK_FORWARD | LINK_BACKWARD)) != (LINK_FORWARD | LINK_BACKWARD);
    m->bridge = (l->flags & LINK_BRIDGE) != 0;
    m->tunnel = (l->flags & LINK_TUNNEL) != 0;
    m->length_m = l->length_m;
    m->project_id = text(net_string(n, l->project));
    m->confidence = text(confidence_of(l->confidence));
    m->new_link = network_base(n) != NULL && is_new(n, l);
    m->geometry = network_polyline(x, room, generalize_course(n, l, room));
    return m->geometry != NULL;
}

static uint32_t longest_course(const struct network *n, const struct generalize_links *s)
{
    uint32_t points = 0;
    for (uint32_t i = 0; i < s->count; i++)
        points = n->link[s->link[i]].shape_count > points ? n->link[s->link[i]].shape_count : points;
    return points + 2;
}

/* As many links as fit: each lies in the arena as a message and twice more, packed, in the reply and its
 * frame. */
static uint32_t links_that_fit(const struct network_answer *x)
{
    const struct arena *a = &x->h.call->arena;
    size_t room = a->limit > a->held ? a->limit - a->held : 0;
    size_t each = sizeof(Zongheng__V1__NetworkLink) + sizeof(void *) + 3 * PACKED_FIELDS;
    return (uint32_t)(room / 100 * LINK_ROOM_PERCENT / each);
}

bool network_put_links(struct network_answer *x)
{
    const struct network *n = x->h.call->snapshot->net;
    uint32_t max = x->message->max_links != 0 ? x->message->max_links : LINKS_DEFAULT,
             fit = links_that_fit(x);
    struct generalize_links s;
    if (!generalize_select(n, x->has_box ? &x->box : NULL, x->zoom, max < fit ? max : fit, x->scratch, &s,
                           &x->h.err))
        return false;
    Zongheng__V1__NetworkLink *list = network_list(x, s.count, sizeof *list, &x->out.links);
    struct net_point *room = arena_alloc(x->scratch, longest_course(n, &s) * sizeof *room);
    if (list == NULL || room == NULL)
        return network_no_memory(x);
    x->out.left_out = s.left_out;
    for (uint32_t i = 0; i < s.count; i++) {
        if (!put_link(x, &n->link[s.link[i]], room, &list[i]))
            return network_no_memory(x);
        x->out.n_links = i + 1;
    }
    return true;
}

/* --- the work --- */

static Zongheng__V1__Box *box_message(struct arena *a, const struct net_box *b)
{
    Zongheng__V1__Box *m = arena_alloc(a, sizeof *m);
    if (m == NULL)
        return NULL;
    zongheng__v1__box__init(m);
    m->south = b->south_e7 / 1e7;
    m->west = b->west_e7 / 1e7;
    m->north = b->north_e7 / 1e7;
    m->east = b->east_e7 / 1e7;
    return m;
}

static bool put_head(struct network_answer *x)
{
    const struct network *n = x->h.call->snapshot->net;
    struct net_box extent = generalize_extent(n);
    const struct snapshot *base = x->h.call->snapshot->base;
    x->out.network_version = text(base != NULL ? base->net->version : n->version);
    x->out.scenario_version = text(base != NULL ? n->version : "");
    x->out.attribution = text(net_string(n, n->attribution));
    x->out.extent = box_message(&x->h.call->arena, &extent);
    return x->out.extent != NULL || network_no_memory(x);
}

static bool put_parts(struct network_answer *x)
{
    const Zongheng__V1__GetNetworkRequest *m = x->message;
    return put_head(x) && (!m->with_places || network_put_places(x)) &&
           (!m->with_terminals || network_put_terminals(x)) &&
           (!m->with_services || network_put_services(x)) &&
           (!m->with_corridors || network_put_corridors(x)) &&
           (!m->with_projects || network_put_projects(x)) &&
           (!m->with_links || network_put_links(x)); /* last: as many as fit then */
}

/* On a worker. */
static void work(struct heavy *h)
{
    struct network_answer *x = (struct network_answer *)(void *)h;
    const struct network *n = h->call->snapshot->net;
    struct arena scratch;
    arena_init(&scratch, SCRATCH_BASE + (size_t)SCRATCH_PER_NODE * net_node_count(n) +
                             (size_t)SCRATCH_PER_LINK * n->link_count);
    x->scratch = &scratch;
    put_parts(x);
    arena_release(&scratch);
    heavy_encode(h, &x->out.base, false);
}

/* --- the question --- */

static bool set_box(struct network_answer *x, const Zongheng__V1__Box *b, struct err *e)
{
    if (b == NULL)
        return true;
    if (!(b->south >= -90 && b->south <= b->north && b->north <= 90))
        return fail_field(e, ERR_INVALID_ARGUMENT, "box.south",
                          "south and north are -90 to 90, south <= north");
    if (!(b->west >= -180 && b->west <= b->east && b->east <= 180))
        return fail_field(e, ERR_INVALID_ARGUMENT, "box.west", "west and east are -180 to 180, west <= east");
    x->has_box = true;
    x->box = (struct net_box){(int32_t)lround(b->south * 1e7), (int32_t)lround(b->west * 1e7),
                              (int32_t)lround(b->north * 1e7), (int32_t)lround(b->east * 1e7)};
    return true;
}

static bool check(struct network_answer *x, struct err *e)
{
    const Zongheng__V1__GetNetworkRequest *m = x->message;
    if (m->zoom > GENERALIZE_ZOOM_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "zoom", "zoom is 0 to %d", GENERALIZE_ZOOM_MAX);
    if (m->max_links > LINKS_MAX)
        return fail_field(e, ERR_INVALID_ARGUMENT, "max_links", "max_links is 1 to %d, or 0", LINKS_MAX);
    if (m->max_links != 0 && !m->with_links)
        return fail_field(e, ERR_INVALID_ARGUMENT, "max_links", "max_links goes with with_links only");
    x->zoom = m->zoom;
    return set_box(x, m->box, e);
}

void api_network_get(struct call *c, const ProtobufCMessage *message)
{
    struct network_answer *x = arena_calloc(&c->arena, 1, sizeof *x);
    struct err e = {0};
    if (x == NULL) {
        fail(&e, ERR_RESOURCE_EXHAUSTED, "the request does not fit the memory of one request");
        call_fail(c, &e, 0);
        return;
    }
    zongheng__v1__get_network_reply__init(&x->out);
    x->message = (const void *)message;
    if (!check(x, &e))
        call_fail(c, &e, 0);
    else if (heavy_begin(&x->h, c))
        heavy_run(&x->h, work, heavy_end);
}
