/* Answers of many cells, loads, departures or roads, each good, then with one planted fault: the check must
 * name it. */
#include "check_faults.h"

TEST(a_table_has_the_cells_that_were_asked)
{
    Zongheng__V1__GetMatrixReply *m = NEW(Zongheng__V1__GetMatrixReply, get_matrix_reply);
    int32_t weight[] = {5, 6, 7, -1}, drive[] = {5, 6, 7, -1}, duration[] = {5, 6, 9, -1};
    int64_t metres[] = {1, 2, 3, -1}, toll[] = {0, 1, 2, -1}, cost[] = {9, 9, 9, -1};
    reset();
    m->row_count = m->rows = m->columns = 2;
    m->weight = weight, m->drive_s = drive, m->duration_s = duration;
    m->distance_m = metres, m->toll_fen = toll, m->cost_fen = cost;
    m->n_weight = m->n_drive_s = m->n_duration_s = m->n_distance_m = m->n_toll_fen = m->n_cost_fen = 4;
    FAULT(KIND_MATRIX, m, m->rows, 3, "asked were 2");
    FAULT(KIND_MATRIX, m, m->columns, 1, "asked were 2");
    FAULT(KIND_MATRIX, m, m->first_row, 1, "begins with row");
    FAULT(KIND_MATRIX, m, m->row_count, 1, "ends after 1");
    FAULT(KIND_MATRIX, m, m->n_toll_fen, 3, "cells");
    FAULT(KIND_MATRIX, m, weight[3], 4, "none by another");
    FAULT(KIND_MATRIX, m, duration[2], 6, "less time");
    FAULT(KIND_MATRIX, m, cost[2], 1, "less than its toll");
    FAULT(KIND_MATRIX, m, in.more, true, "more blocks");
    FAULT(KIND_MATRIX, m, in.table, 1, "asked were 1");
    in.parts_rows = 1; /* the second block of two */
    m->first_row = m->row_count = 1;
    m->n_weight = m->n_drive_s = m->n_duration_s = m->n_distance_m = m->n_toll_fen = m->n_cost_fen = 2;
    FAULT(KIND_MATRIX, m, in.parts_rows, 0, "begins with row");
    free(m);
}

TEST(families_have_a_cheapest_and_a_fastest)
{
    enum { CELLS = KIND_TABLE_SIDE * KIND_TABLE_SIDE };
    Zongheng__V1__GetFamilyMatrixReply *m = NEW(Zongheng__V1__GetFamilyMatrixReply, get_family_matrix_reply);
    Zongheng__V1__FamilyTable *t = NEW(Zongheng__V1__FamilyTable, family_table), *list[] = {t, t};
    int64_t numbers[6][CELLS];
    reset();
    for (unsigned i = 0; i < CELLS; i++)
        for (unsigned k = 0; k < 6; k++)
            numbers[k][i] = i == 5 ? -1 : k == 0 || k == 3 ? 100 : 200;
    t->family = ZONGHENG__V1__FAMILY__RAIL_ROAD;
    t->cheapest_fen = numbers[0], t->cheapest_s = numbers[1], t->cheapest_co2_g = numbers[2];
    t->fastest_s = numbers[3], t->fastest_fen = numbers[4], t->fastest_co2_g = numbers[5];
    t->n_cheapest_fen = t->n_cheapest_s = t->n_cheapest_co2_g = CELLS;
    t->n_fastest_s = t->n_fastest_fen = t->n_fastest_co2_g = CELLS;
    m->row_count = m->rows = m->columns = KIND_TABLE_SIDE;
    m->tables = list;
    m->n_tables = 1;
    FAULT(KIND_FAMILIES, m, m->rows, 2, "asked were 6");
    FAULT(KIND_FAMILIES, m, m->n_tables, 2, "tables of 2 families");
    FAULT(KIND_FAMILIES, m, t->family, ZONGHENG__V1__FAMILY__ROAD, "not asked");
    FAULT(KIND_FAMILIES, m, t->n_fastest_co2_g, 35, "holds");
    FAULT(KIND_FAMILIES, m, numbers[0][5], 1, "none by another");
    FAULT(KIND_FAMILIES, m, numbers[0][4], 201, "dearer than the fastest");
    FAULT(KIND_FAMILIES, m, numbers[3][4], 201, "dearer than the fastest");
    free(t);
    free(m);
}

TEST(each_load_has_its_own_price)
{
    Zongheng__V1__GetCostsReply *m = NEW(Zongheng__V1__GetCostsReply, get_costs_reply);
    Zongheng__V1__CostAnswer answers[KIND_LOADS], *list[KIND_LOADS];
    Zongheng__V1__GetCostReply *cost = NEW(Zongheng__V1__GetCostReply, get_cost_reply);
    Zongheng__V1__CostLine *line = NEW(Zongheng__V1__CostLine, cost_line);
    reset();
    line->amount_fen = cost->total_fen = 70;
    cost->lines = &line;
    cost->n_lines = 1;
    for (unsigned i = 0; i < KIND_LOADS; i++) {
        zongheng__v1__cost_answer__init(&answers[i]);
        answers[i].index = i;
        answers[i].cost = i == 2 ? NULL : cost;
        list[i] = &answers[i];
    }
    answers[2].code = ERR_NOT_FOUND; /* its family has none */
    answers[2].field = (char[]){"family"};
    m->answers = list;
    m->n_answers = KIND_LOADS;
    FAULT(KIND_COSTS, m, m->n_answers, 15, "15 answers");
    FAULT(KIND_COSTS, m, answers[3].index, 2, "stands where");
    FAULT(KIND_COSTS, m, answers[2].code, ERR_INVALID_ARGUMENT, "load 2");
    FAULT(KIND_COSTS, m, answers[2].field, (char[]){"cargo"}, "load 2");
    FAULT(KIND_COSTS, m, answers[2].cost, cost, "a price and an error");
    FAULT(KIND_COSTS, m, answers[4].cost, NULL, "or neither");
    FAULT(KIND_COSTS, m, cost->total_fen, 71, "add up");
    FAULT(KIND_COSTS, m, cost->duration_s, -1, "negative");
    FAULT(KIND_COSTS, m, in.more, true, "answers to");
    free(line);
    free(cost);
    free(m);
}

TEST(departures_stand_in_their_order_and_none_is_beaten)
{
    Zongheng__V1__FindDeparturesReply *m = NEW(Zongheng__V1__FindDeparturesReply, find_departures_reply);
    Zongheng__V1__DeparturePoint of[3], *list[3];
    reset();
    for (unsigned i = 0; i < 3; i++) {
        zongheng__v1__departure_point__init(&of[i]);
        of[i].family = ZONGHENG__V1__FAMILY__RAIL_ROAD;
        of[i].depart_at = 1000100 + i * 1000;
        of[i].arrive_at = 1090100 + i * 1000;
        of[i].money_fen = 5000;
        list[i] = &of[i];
    }
    m->departures = list;
    m->n_departures = 3;
    FAULT(KIND_DEPARTURES, m, of[0].depart_at, 1000059, "not in the window");
    FAULT(KIND_DEPARTURES, m, of[2].depart_at, 1000061 + KIND_WINDOW_S, "not in the window");
    FAULT(KIND_DEPARTURES, m, of[1].arrive_at, 1001100, "arrives before");
    FAULT(KIND_DEPARTURES, m, of[1].money_fen, 0, "costs nothing");
    FAULT(KIND_DEPARTURES, m, of[2].depart_at, 1001099, "behind a later one");
    FAULT(KIND_DEPARTURES, m, of[2].family, ZONGHENG__V1__FAMILY__ROAD, "behind a later one");
    of[1].arrive_at = of[2].arrive_at;
    FAULT(KIND_DEPARTURES, m, of[2].money_fen, 4999, "beaten");
    FAULT(KIND_DEPARTURES, m, m->more_from, 1000060, "goes on");
    FAULT(KIND_DEPARTURES, m, m->n_departures, KIND_POINTS + 1, "more than were asked");
    free(m);
}

TEST(a_map_has_roads_with_a_course_and_places_within)
{
    Zongheng__V1__GetNetworkReply *m = NEW(Zongheng__V1__GetNetworkReply, get_network_reply);
    Zongheng__V1__NetworkLink *link = NEW(Zongheng__V1__NetworkLink, network_link);
    Zongheng__V1__NetworkTerminal *terminal = NEW(Zongheng__V1__NetworkTerminal, network_terminal);
    Zongheng__V1__Place *place = NEW(Zongheng__V1__Place, place);
    Zongheng__V1__LatLon *point = NEW(Zongheng__V1__LatLon, lat_lon);
    Zongheng__V1__Box *box = NEW(Zongheng__V1__Box, box);
    reset();
    *box = (Zongheng__V1__Box){box->base, 1, 1, 3, 3};
    point->lat = point->lon = 2;
    place->point = point;
    link->geometry = (char[]){"course"};
    link->to_node_id = 1;
    m->extent = box;
    m->links = &link, m->places = &place, m->terminals = &terminal;
    m->n_links = m->n_places = m->n_terminals = 1;
    FAULT(KIND_NETWORK, m, m->extent, NULL, "no extent");
    FAULT(KIND_NETWORK, m, box->north, 0.5, "no extent");
    FAULT(KIND_NETWORK, m, box->east, 1.5, "outside");
    FAULT(KIND_NETWORK, m, m->n_links, 0, "links of at most");
    FAULT(KIND_NETWORK, m, m->n_links, KIND_LINKS + 1, "links of at most");
    FAULT(KIND_NETWORK, m, m->n_terminals, 0, "terminals");
    FAULT(KIND_NETWORK, m, link->geometry, (char[]){""}, "no course");
    FAULT(KIND_NETWORK, m, link->to_node_id, 0, "both ends");
    FAULT(KIND_NETWORK, m, point->lat, 3.5, "outside");
    FAULT(KIND_NETWORK, m, place->point, NULL, "outside");
    free(box);
    free(point);
    free(place);
    free(terminal);
    free(link);
    free(m);
}
