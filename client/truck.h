/* truck.h - the truck of a command line and the roads that it avoids: what questions, tables and reach share.
 *
 * A struct truck is the first member of a command's arguments (of a struct question as well); TRUCK_OPTIONS
 * are its rows of the option table. Checked here for form only.
 */
#ifndef ZH_CLIENT_TRUCK_H
#define ZH_CLIENT_TRUCK_H

#include "cmd.h"
#include "zongheng/v1/routing.pb-c.h"

enum { TRUCK_AVOID_LINKS_MAX = 1000, TRUCK_AVOID_BOXES_MAX = 16 };

struct truck {
    Zongheng__V1__Vehicle vehicle;
    Zongheng__V1__Avoid avoid;
    Zongheng__V1__Box boxes[TRUCK_AVOID_BOXES_MAX];
    Zongheng__V1__Box *box_list[TRUCK_AVOID_BOXES_MAX];
    int64_t links[TRUCK_AVOID_LINKS_MAX];
    bool has_vehicle;
};

void truck_init(struct truck *t);
/* For the request; NULL when nothing was said. They point into t. */
Zongheng__V1__Vehicle *truck_vehicle(struct truck *t);
Zongheng__V1__Avoid *truck_avoid(struct truck *t);

/* A place as the command line names it. */
bool truck_place_ref(Zongheng__V1__PlaceRef *p, const char *name, char *value, struct err *e);

cmd_set_fn truck_set_class, truck_set_gross, truck_set_axle, truck_set_height, truck_set_width,
    truck_set_length, truck_set_second_driver, truck_set_avoid;

#define TRUCK_OPTIONS                                                                                       \
    {"--class", "1..6", "truck class (a question may leave it to the load)", truck_set_class},              \
        {"--gross", "MASS", "a truck's gross mass: 49t", truck_set_gross},                                  \
        {"--axle", "MASS", "its heaviest axle: 11.5t", truck_set_axle},                                     \
        {"--height", "LENGTH", "4.2m or 420cm", truck_set_height},                                          \
        {"--width", "LENGTH", "2.55m", truck_set_width}, {"--length", "LENGTH", "17.1m", truck_set_length}, \
    {                                                                                                       \
        "--avoid", "ROADS", "link ids 12,34 or box:SOUTH,WEST,NORTH,EAST; may repeat", truck_set_avoid      \
    }

#endif
