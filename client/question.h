/* question.h - the freight question of the command line: the options that route, cost and book share.
 *
 * A struct question is the first member of a command's arguments; QUESTION_OPTIONS are its rows of the option
 * table. The messages point into the struct and into argv: both must outlive the request. All its parts are
 * checked here for form only; whether they make sense is the daemon's to say.
 */
#ifndef ZH_CLIENT_QUESTION_H
#define ZH_CLIENT_QUESTION_H

#include "cmd.h"
#include "truck.h"
#include "zongheng/v1/routing.pb-c.h"

enum { QUESTION_BOXES_MAX = 16, QUESTION_FAMILIES_MAX = 6, QUESTION_VIA_MAX = 8 };

struct question {
    struct truck truck;                      /* first */
    Zongheng__V1__FindRoutesRequest request; /* made by question_finish */
    Zongheng__V1__PlaceRef from, to;
    Zongheng__V1__Cargo cargo;
    Zongheng__V1__TemperatureRange temperature;
    Zongheng__V1__Piece piece;
    Zongheng__V1__Tolerance tolerance;
    Zongheng__V1__PlaceRef via[QUESTION_VIA_MAX];
    Zongheng__V1__PlaceRef *via_list[QUESTION_VIA_MAX];
    Zongheng__V1__Containers boxes[QUESTION_BOXES_MAX];
    Zongheng__V1__Containers *box_list[QUESTION_BOXES_MAX];
    char box_types[QUESTION_BOXES_MAX][5];
    Zongheng__V1__Family families[QUESTION_FAMILIES_MAX];
    bool has_from, has_to, has_temperature;
};

void question_init(struct question *q);

/* Checks that what every question needs was given and joins the parts in q->request. */
bool question_finish(struct question *q, struct err *e);

/* A family by its name on the wire, in any case: "RAIL_WATER", "rail-water", or in Chinese: "铁水". */
bool question_family(const char *text, Zongheng__V1__Family *out);

/* "公铁 RAIL_ROAD". */
const char *question_family_label(Zongheng__V1__Family family);

cmd_set_fn question_set_from, question_set_to, question_set_mass, question_set_volume, question_set_commodity,
    question_set_ready, question_set_deliver_by, question_set_family, question_set_teu,
    question_set_container, question_set_piece, question_set_temperature, question_set_dangerous,
    question_set_value, question_set_bulk, question_set_max_options, question_set_best,
    question_set_time_value, question_set_co2_price, question_set_via, question_set_alternatives,
    question_set_latest_pickup, question_set_tolerance, question_set_drayage, question_set_scenario;

#define QUESTION_OPTIONS                                                                             \
    {"--from", "PLACE", "name (大冶, Daye), code, lat,lon, or node:ID", question_set_from},          \
        {"--to", "PLACE", "where to, likewise", question_set_to},                                    \
        {"--mass", "MASS", "260t or 900kg", question_set_mass},                                      \
        {"--volume", "VOLUME", "12.5m3 or 800l", question_set_volume},                               \
        {"--commodity", "NAME", "copper_cathode, general, ...", question_set_commodity},             \
        {"--ready", "TIME", "2026-12-01T08:00, China time", question_set_ready},                     \
        {"--family", "FAMILY", "may repeat: ROAD RAIL_ROAD AIR_ROAD RAIL_WATER ROAD_WATER ANY",      \
         question_set_family},                                                                       \
        {"--container", "TYPExN", "boxes by ISO type: 22G1x10; may repeat", question_set_container}, \
        {"--teu", "N", "short for --container 22G1xN", question_set_teu},                            \
        {"--piece", "LxWxH", "the largest piece in m: 6.4x3.1x2.8:24t", question_set_piece},         \
        {"--chilled", "LOW..HIGH", "degrees Celsius to be kept: 0..4", question_set_temperature},    \
        {"--dangerous", "CLASS", "UN class: 3, 4.1, ...", question_set_dangerous},                   \
        {"--value", "YUAN", "worth of the goods, whole yuan", question_set_value},                   \
        {"--bulk", NULL, "loose, not packed", question_set_bulk}, TRUCK_OPTIONS,                     \
        {"--second-driver", NULL, "two drivers take turns", truck_set_second_driver},                \
        {"--scenario", "ID", "in this scenario (zongheng scenario list)", question_set_scenario},    \
    {                                                                                                \
        "--via", "PLACE", "a direct truck passes it (family ROAD alone); may repeat, in order",      \
            question_set_via                                                                         \
    }

#endif
