/* The vehicle classes of a network that brings none: those of the bundled data/vehicle_class.csv and
 * emission.csv, all of them estimates. */
#include "import/osm_inside.h"

static const struct {
    const char *zh, *en, *emission;
    uint32_t gross_kg, payload_kg, volume_dm3, axle_kg;
    uint16_t height_cm, width_cm, length_cm, km10;
    int32_t myuan_per_km, myuan_per_h, fixed_myuan;
    uint16_t empty_permille;
    uint8_t axles, teu;
    uint32_t ttw_mg, wtw_mg;
} classes[] = {
    {"2轴轻型货车", "2-axle light truck (<6 m, <4.5 t)", "road_1", 4500, 2500, 15000, 3000, 300, 210, 600,
     900, 900, 45000, 60000, 300, 2, 0, 280000, 336000},
    {"2轴货车", "2-axle truck (>=6 m or >=4.5 t)", "road_2", 18000, 10000, 45000, 11500, 400, 255, 900, 800,
     1900, 70000, 100000, 300, 2, 0, 179000, 214800},
    {"3轴货车", "3-axle truck", "road_3", 25000, 15000, 60000, 11500, 400, 255, 1200, 800, 2300, 85000,
     150000, 300, 3, 0, 162000, 194400},
    {"4轴货车", "4-axle truck", "road_4", 31000, 20000, 70000, 11500, 400, 255, 1200, 800, 2700, 95000,
     180000, 200, 4, 1, 129000, 154800},
    {"5轴铰接列车", "5-axle artic", "road_5", 43000, 28000, 85000, 11500, 400, 255, 1710, 800, 3000, 105000,
     250000, 200, 5, 2, 78000, 93600},
    {"6轴铰接列车", "6-axle artic 49 t", "road_6", 49000, 32000, 90000, 11500, 400, 255, 1710, 800, 3200,
     110000, 300000, 200, 6, 2, 57000, 68400},
};

bool osm_add_vehicles(struct network_builder *b)
{
    net_str source = network_intern(b, "default vehicle classes; sizes after GB 1589, costs estimated");
    for (uint8_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        struct net_emission e = {.variant = network_intern(b, classes[i].emission),
                                 .source = source,
                                 .ttw_mg_per_tkm = classes[i].ttw_mg,
                                 .wtw_mg_per_tkm = classes[i].wtw_mg,
                                 .mode = MODE_ROAD,
                                 .confidence = CONF_ESTIMATED};
        struct net_vehicle v = {.name_zh = network_intern(b, classes[i].zh),
                                .name_en = network_intern(b, classes[i].en),
                                .source = source,
                                .gross_kg = classes[i].gross_kg,
                                .payload_kg = classes[i].payload_kg,
                                .volume_dm3 = classes[i].volume_dm3,
                                .axle_kg = classes[i].axle_kg,
                                .height_cm = classes[i].height_cm,
                                .width_cm = classes[i].width_cm,
                                .length_cm = classes[i].length_cm,
                                .max_speed_km10 = classes[i].km10,
                                .empty_return_permille = classes[i].empty_permille,
                                .myuan_per_km = classes[i].myuan_per_km,
                                .myuan_per_h = classes[i].myuan_per_h,
                                .fixed_myuan = classes[i].fixed_myuan,
                                .emission = network_add_emission(b, &e),
                                .vehicle_class = (uint8_t)(i + 1),
                                .axles = classes[i].axles,
                                .teu = classes[i].teu,
                                .confidence = CONF_ESTIMATED};
        if (v.emission == NET_NONE || network_add_vehicle(b, &v) == NET_NONE)
            return false;
    }
    return true;
}
