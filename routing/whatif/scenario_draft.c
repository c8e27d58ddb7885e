#include "whatif/scenario_draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t table_size[DRAFT_TABLE_COUNT] = {
    [DRAFT_TERMINAL] = sizeof(struct net_terminal),   [DRAFT_HANDLING] = sizeof(struct net_handling),
    [DRAFT_CUTOFF] = sizeof(struct net_cutoff),       [DRAFT_STORAGE] = sizeof(struct net_storage),
    [DRAFT_SERVICE] = sizeof(struct net_service),     [DRAFT_STOP] = sizeof(struct net_stop),
    [DRAFT_EXCEPTION] = sizeof(struct net_exception), [DRAFT_RULE] = sizeof(struct net_tariff_rule),
    [DRAFT_TOLL] = sizeof(struct net_toll),           [DRAFT_HOURS] = sizeof(struct net_hours),
};

bool draft_init(struct draft *d, const struct network *n, const struct places *places, struct arena *a)
{
    *d = (struct draft){.net = n, .places = places, .a = a, .first_node_id = -1, .first_link_id = -1};
    d->edit.size = sizeof(struct draft_edit);
    d->link.size = sizeof(struct draft_link);
    d->node.size = d->shape.size = sizeof(struct net_point);
    d->string.size = 1;
    d->limit.size = sizeof(struct net_limit);
    d->capacity.size = sizeof(struct scenario_capacity);
    d->error.size = sizeof(struct scenario_error);
    d->report.size = sizeof(struct scenario_report);
    for (int t = 0; t < DRAFT_TABLE_COUNT; t++)
        d->table[t].size = table_size[t];
    d->edit_of = calloc((size_t)n->link_count + 1, sizeof *d->edit_of);
    for (uint32_t v = 0; v < net_node_count(n); v++)
        if (n->node_id[v] <= d->first_node_id)
            d->first_node_id = n->node_id[v] - 1;
    for (uint32_t i = 0; i < n->link_count; i++)
        if (n->link[i].id <= d->first_link_id)
            d->first_link_id = n->link[i].id - 1;
    return d->edit_of != NULL;
}

void draft_release(struct draft *d)
{
    free(d->edit_of);
}

static bool reserve(struct draft *d, struct draft_rows *r, uint32_t more)
{
    if (r->room - r->count >= more)
        return true;
    size_t room = ((size_t)r->count + more) * 2 + 16;
    void *at = d->full || room > UINT32_MAX / 2 ? NULL : arena_alloc(d->a, room * r->size);
    if (at == NULL) {
        d->full = true;
        return false;
    }
    if (r->count > 0)
        memcpy(at, r->at, r->count * r->size);
    r->at = at;
    r->room = (uint32_t)room;
    return true;
}

void *draft_add(struct draft *d, struct draft_rows *r)
{
    if (!reserve(d, r, 1))
        return NULL;
    void *row = (char *)r->at + r->count++ * r->size;
    return memset(row, 0, r->size);
}

static const void *base_rows(const struct network *n, enum draft_table t, uint32_t *count)
{
    switch (t) {
#define TABLE(kind, name)         \
    case kind:                    \
        *count = n->name##_count; \
        return n->name
        TABLE(DRAFT_TERMINAL, terminal);
        TABLE(DRAFT_HANDLING, handling);
        TABLE(DRAFT_CUTOFF, cutoff);
        TABLE(DRAFT_STORAGE, storage);
        TABLE(DRAFT_SERVICE, service);
        TABLE(DRAFT_STOP, stop);
        TABLE(DRAFT_EXCEPTION, exception);
        TABLE(DRAFT_RULE, tariff_rule);
        TABLE(DRAFT_TOLL, toll);
        TABLE(DRAFT_HOURS, hours);
#undef TABLE
    default:
        *count = 0;
        return NULL;
    }
}

void *draft_take(struct draft *d, enum draft_table t)
{
    struct draft_rows *r = &d->table[t];
    uint32_t count;
    const void *rows = base_rows(d->net, t, &count);
    if (!r->taken) {
        if (!reserve(d, r, count))
            return NULL;
        if (count > 0)
            memcpy(r->at, rows, count * r->size);
        r->count = count;
        r->taken = true;
    }
    return r->at;
}

const void *draft_look(const struct draft *d, enum draft_table t, uint32_t *count)
{
    const struct draft_rows *r = &d->table[t];
    if (!r->taken)
        return base_rows(d->net, t, count);
    *count = r->count;
    return r->at;
}

uint32_t draft_link_count(const struct draft *d)
{
    return d->net->link_count + d->link.count;
}

struct draft_link *draft_added(const struct draft *d, uint32_t link)
{
    return link < d->net->link_count ? NULL : (struct draft_link *)d->link.at + (link - d->net->link_count);
}

const struct net_link *draft_link(const struct draft *d, uint32_t link)
{
    const struct draft_link *added = draft_added(d, link);
    if (added != NULL)
        return &added->row;
    uint32_t edit = d->edit_of[link];
    return edit != 0 ? &((const struct draft_edit *)d->edit.at)[edit - 1].row : &d->net->link[link];
}

struct net_link *draft_link_edit(struct draft *d, uint32_t link)
{
    struct draft_link *added = draft_added(d, link);
    if (added != NULL)
        return &added->row;
    if (d->edit_of[link] == 0) {
        struct draft_edit *e = draft_add(d, &d->edit);
        if (e == NULL)
            return NULL;
        e->link = link;
        e->row = d->net->link[link];
        d->edit_of[link] = d->edit.count;
    }
    return &((struct draft_edit *)d->edit.at)[d->edit_of[link] - 1].row;
}

bool draft_was_split(const struct draft *d, uint32_t link)
{
    return link < d->net->link_count && d->edit_of[link] != 0 &&
           ((const struct draft_edit *)d->edit.at)[d->edit_of[link] - 1].split;
}

bool draft_is_open(const struct draft *d, uint32_t link)
{
    const struct net_link *l = draft_link(d, link);
    return l->mode == MODE_ROAD && l->status == STATUS_OPEN &&
           (l->flags & (LINK_FORWARD | LINK_BACKWARD)) != 0;
}

uint32_t draft_node_count(const struct draft *d)
{
    return net_node_count(d->net) + d->node.count;
}

struct net_point draft_point(const struct draft *d, uint32_t node)
{
    uint32_t base = net_node_count(d->net);
    return node < base ? d->net->node_point[node] : ((const struct net_point *)d->node.at)[node - base];
}

uint32_t draft_add_node(struct draft *d, struct net_point at)
{
    struct net_point *p = draft_add(d, &d->node);
    if (p == NULL)
        return NET_NONE;
    *p = at;
    return draft_node_count(d) - 1;
}

const char *draft_string(const struct draft *d, net_str s)
{
    return s < d->net->string_count ? net_string(d->net, s)
                                    : (const char *)d->string.at + (s - d->net->string_count);
}

net_str draft_intern(struct draft *d, const char *s)
{
    uint32_t length = (uint32_t)strlen(s);
    if (length == 0 || !reserve(d, &d->string, length + 1))
        return 0;
    uint32_t at = d->string.count;
    memcpy((char *)d->string.at + at, s, (size_t)length + 1);
    d->string.count += length + 1;
    return d->net->string_count + at;
}

const struct net_limit *draft_limit(const struct draft *d, uint32_t limit)
{
    uint32_t base = d->net->limit_count;
    return limit < base ? &d->net->limit[limit] : &((const struct net_limit *)d->limit.at)[limit - base];
}

const struct net_point *draft_line(struct draft *d, uint32_t link, uint32_t *count)
{
    const struct net_link *l = draft_link(d, link);
    struct net_point *p = arena_alloc(d->a, ((size_t)l->shape_count + 2) * sizeof *p);
    if (p == NULL) {
        d->full = true;
        return NULL;
    }
    uint32_t base = d->net->shape_count;
    p[0] = draft_point(d, l->from);
    for (uint32_t i = 0; i < l->shape_count; i++) {
        uint32_t at = l->shape_first + i;
        p[i + 1] = at < base ? d->net->shape[at] : ((const struct net_point *)d->shape.at)[at - base];
    }
    p[l->shape_count + 1] = draft_point(d, l->to);
    *count = l->shape_count + 2;
    return p;
}

struct net_point *draft_add_shape(struct draft *d, uint32_t count, uint32_t *first)
{
    if (!reserve(d, &d->shape, count + 1)) /* never NULL for none */
        return NULL;
    struct net_point *p = (struct net_point *)d->shape.at + d->shape.count;
    *first = count > 0 ? d->net->shape_count + d->shape.count : 0;
    d->shape.count += count;
    return p;
}

static const char *print(struct draft *d, const char *fmt, va_list args)
{
    char text[512];
    vsnprintf(text, sizeof text, fmt, args);
    const char *copy = arena_strdup(d->a, text);
    d->full = d->full || copy == NULL;
    return copy != NULL ? copy : "";
}

void draft_error(struct draft *d, const char *field, const char *fmt, ...)
{
    va_list args;
    if (d->error.count >= SCENARIO_ERRORS_MAX)
        return;
    va_start(args, fmt);
    const char *text = print(d, fmt, args);
    va_end(args);
    struct scenario_error *x = draft_add(d, &d->error);
    if (x != NULL)
        *x = (struct scenario_error){.index = d->index, .field = field, .message = text};
}

void draft_warn(struct draft *d, const char *fmt, ...)
{
    va_list args;
    if (d->now->warning_count == SCENARIO_WARNINGS_MAX)
        return;
    va_start(args, fmt);
    d->now->warning[d->now->warning_count++] = print(d, fmt, args);
    va_end(args);
}

bool draft_failed(const struct draft *d)
{
    return d->full || d->error.count > 0;
}

const char *draft_link_name(const struct draft *d, const struct net_link *l)
{
    return draft_string(d, l->name != 0 ? l->name : l->ref);
}
