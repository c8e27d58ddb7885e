/* check_tables.c - what must be true of answers of many cells, loads, departures or roads. */
#include "check_inside.h"

#include <inttypes.h>
#include <string.h>

/* Blocks follow each other without a gap, and with the last one the table is as large as was asked. */
static bool check_block(const struct kind_input *in, uint32_t side, const uint32_t of[4], char why[CHECK_WHY])
{
    uint32_t first = of[0], count = of[1], rows = of[2], columns = of[3];
    if (rows != side || columns != side)
        return check_wrong(why, "a table of %u rows and %u columns, asked were %u of each", rows, columns,
                           side);
    if (first != in->parts_rows || count == 0)
        return check_wrong(why, "a block of %u rows begins with row %u, %u were there before", count, first,
                           in->parts_rows);
    return in->more ? first + count < rows || check_wrong(why, "more blocks than rows")
                    : first + count == rows ||
                          check_wrong(why, "the table ends after %u of %u rows", first + count, rows);
}

bool check_matrix(const struct kind_input *in, const Zongheng__V1__GetMatrixReply *m, char why[CHECK_WHY])
{
    size_t cells = (size_t)m->row_count * m->columns;
    if (!check_block(in, in->table, (const uint32_t[]){m->first_row, m->row_count, m->rows, m->columns}, why))
        return false;
    if (m->n_weight != cells || m->n_drive_s != cells || m->n_duration_s != cells ||
        m->n_distance_m != cells || m->n_toll_fen != cells || m->n_cost_fen != cells)
        return check_wrong(why, "a block of %u rows and %u columns holds %zu cells", m->row_count, m->columns,
                           m->n_weight);
    for (size_t i = 0; i < cells; i++) {
        if ((m->weight[i] < 0) != (m->drive_s[i] < 0) || (m->weight[i] < 0) != (m->cost_fen[i] < 0))
            return check_wrong(why, "cell %zu has a way by one column and none by another", i);
        if (m->weight[i] >= 0 && m->duration_s[i] < m->drive_s[i])
            return check_wrong(why, "cell %zu takes less time than its driving", i);
        if (m->weight[i] >= 0 && m->cost_fen[i] < m->toll_fen[i])
            return check_wrong(why, "cell %zu costs less than its toll", i);
    }
    return true;
}

/* The cheapest is not dearer than the fastest, and that not later. */
static bool check_family(const Zongheng__V1__FamilyTable *t, size_t cells, char why[CHECK_WHY])
{
    if (t->n_cheapest_fen != cells || t->n_cheapest_s != cells || t->n_cheapest_co2_g != cells ||
        t->n_fastest_s != cells || t->n_fastest_fen != cells || t->n_fastest_co2_g != cells)
        return check_wrong(why, "the table of family %d holds %zu cells of %zu", (int)t->family,
                           t->n_cheapest_fen, cells);
    for (size_t i = 0; i < cells; i++) {
        bool none = t->cheapest_fen[i] < 0;
        if (none != (t->cheapest_s[i] < 0) || none != (t->fastest_s[i] < 0) ||
            none != (t->fastest_fen[i] < 0))
            return check_wrong(why, "cell %zu of family %d has an option by one column and none by another",
                               i, (int)t->family);
        if (t->cheapest_fen[i] > t->fastest_fen[i] || t->fastest_s[i] > t->cheapest_s[i])
            return check_wrong(why,
                               "cell %zu of family %d: the cheapest is dearer than the fastest, or "
                               "that is later",
                               i, (int)t->family);
    }
    return true;
}

bool check_families(const struct kind_input *in, const Zongheng__V1__GetFamilyMatrixReply *m,
                    char why[CHECK_WHY])
{
    const struct demand_row *asked = &in->demand->rows[in->row];
    if (!check_block(in, KIND_TABLE_SIDE, (const uint32_t[]){m->first_row, m->row_count, m->rows, m->columns},
                     why))
        return false;
    if (m->n_tables != asked->family_count)
        return check_wrong(why, "tables of %zu families, asked were %u", m->n_tables, asked->family_count);
    for (size_t i = 0; i < m->n_tables; i++) {
        bool wanted = false;
        for (uint32_t k = 0; k < asked->family_count; k++)
            wanted = wanted || asked->families[k] == m->tables[i]->family;
        for (size_t k = 0; k < i; k++)
            wanted = wanted && m->tables[k]->family != m->tables[i]->family;
        if (!wanted)
            return check_wrong(why, "a table of family %d, which was not asked or has one already",
                               (int)m->tables[i]->family);
        if (!check_family(m->tables[i], (size_t)m->row_count * m->columns, why))
            return false;
    }
    return true;
}

/* Each load has its own answer: a price, or that its family has none. */
bool check_costs(const struct kind_input *in, const Zongheng__V1__GetCostsReply *m, char why[CHECK_WHY])
{
    for (size_t i = 0; i < m->n_answers; i++) {
        const Zongheng__V1__CostAnswer *a = m->answers[i];
        if (a->index != in->parts_rows + i)
            return check_wrong(why, "the answer to load %u stands where load %zu's should", a->index,
                               in->parts_rows + i);
        if (a->code != 0 && (a->code != ERR_NOT_FOUND || strcmp(a->field, "family") != 0))
            return check_wrong(why, "load %u: %s: %.90s", a->index, a->field, a->message);
        if ((a->code == 0) != (a->cost != NULL))
            return check_wrong(why, "load %u has a price and an error, or neither", a->index);
        if (a->cost != NULL && !check_cost(a->cost, why))
            return false;
    }
    size_t had = in->parts_rows + m->n_answers;
    return (in->more ? had < KIND_LOADS : had == KIND_LOADS) ||
           check_wrong(why, "%zu answers to %d loads", had, KIND_LOADS);
}

/* Whole fen hide which of two is cheaper by less: only what is dearer by one at least is beaten. */
static bool is_beaten(const Zongheng__V1__DeparturePoint *p, const Zongheng__V1__DeparturePoint *by)
{
    return by->depart_at >= p->depart_at && by->arrive_at <= p->arrive_at && by->money_fen < p->money_fen &&
           by->co2_wtw_g <= p->co2_wtw_g;
}

bool check_departures(const struct kind_input *in, const Zongheng__V1__FindDeparturesReply *m,
                      char why[CHECK_WHY])
{
    int64_t from = in->start_s + 60 * in->demand->rows[in->row].release_min;
    if (m->n_departures > KIND_POINTS)
        return check_wrong(why, "%zu departures, more than were asked", m->n_departures);
    if (m->more_from != 0 && (m->more_from <= from || m->more_from > from + KIND_WINDOW_S))
        return check_wrong(why, "the window goes on at %" PRId64 ", which is not within it", m->more_from);
    for (size_t i = 0; i < m->n_departures; i++) {
        const Zongheng__V1__DeparturePoint *p = m->departures[i],
                                           *before = i > 0 ? m->departures[i - 1] : NULL;
        if (p->depart_at < from || p->depart_at > from + KIND_WINDOW_S)
            return check_wrong(why, "departure %zu is not in the window", i + 1);
        if (p->arrive_at <= p->depart_at || p->money_fen <= 0)
            return check_wrong(why, "departure %zu arrives before it departs, or costs nothing", i + 1);
        if (before != NULL &&
            (p->family < before->family || (p->family == before->family && p->depart_at < before->depart_at)))
            return check_wrong(why, "departure %zu stands behind a later one", i + 1);
        for (size_t k = 0; k < m->n_departures; k++)
            if (m->departures[k]->family == p->family && is_beaten(p, m->departures[k]))
                return check_wrong(why, "departure %zu is beaten by departure %zu", i + 1, k + 1);
    }
    return true;
}

bool check_network(const Zongheng__V1__GetNetworkReply *m, char why[CHECK_WHY])
{
    if (m->extent == NULL || m->extent->south > m->extent->north || m->extent->west > m->extent->east)
        return check_wrong(why, "the network has no extent");
    if (m->n_links == 0 || m->n_links > KIND_LINKS || m->n_places == 0 || m->n_terminals == 0)
        return check_wrong(why, "%zu links of at most %d, %zu places, %zu terminals", m->n_links, KIND_LINKS,
                           m->n_places, m->n_terminals);
    for (size_t i = 0; i < m->n_links; i++) {
        const Zongheng__V1__NetworkLink *l = m->links[i];
        if (l->geometry[0] == '\0' || l->from_node_id == l->to_node_id)
            return check_wrong(why, "link %" PRId64 " has no course, or both ends at one node", l->link_id);
    }
    for (size_t i = 0; i < m->n_places; i++) {
        const Zongheng__V1__LatLon *p = m->places[i]->point;
        if (p == NULL || p->lat < m->extent->south || p->lat > m->extent->north || p->lon < m->extent->west ||
            p->lon > m->extent->east)
            return check_wrong(why, "the place of node %" PRId64 " is outside the extent",
                               m->places[i]->node_id);
    }
    return true;
}
