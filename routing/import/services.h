/* services.h - lays the freight tables of a folder (docs/data.md: config, node, toll and all of terminals,
 * tariffs and services) over a network that a builder already holds from another source, OpenStreetMap,
 * DIMACS or TNTP.
 *
 * Not read: link.csv, geometry.csv, restriction.csv, use_group.csv, corridor.csv, project.csv; the roads are
 * the map's. Every node of node.csv is put upon a node of the map:
 *   - upon the one of its own id when that lies within 500 m and lorries reach and leave it; else
 *   - when its admin_zh says 境外 (abroad): upon such a node at most 2 km away, else upon one of its own
 * without roads, for no truck goes there; else
 *   - upon the nearest node that lorries reach and leave, at most 20 km away; else
 *   - it is a fault that tells the distance.
 *
 * Lorries reach and leave the nodes of the largest strongly connected part of the open roads that a lorry of
 * 18 t (2.55 x 4 x 9 m, axles of 11.5 t) may enter; turns are not looked at. Each named node makes a place.
 *
 * Name and local time of the network become the folder's, its attribution joins the map's. Rows of
 * vehicle_class.csv and emission.csv replace those of the same class and id that the map brought. Links of
 * the map pay toll by the first region of toll.csv. Roads without a speed (DIMACS, TNTP) get 50 km/h.
 *
 * Cost: one pass over the links, sorting the nodes by latitude; 600 nodes upon 1.5 million take below 1 s.
 */
#ifndef ZH_IMPORT_SERVICES_H
#define ZH_IMPORT_SERVICES_H

#include "base/err.h"
#include "import/csv.h"
#include "network/builder.h"

enum {
    SERVICES_SAME_ID_M = 500,
    SERVICES_NEAR_M = 20000,
    SERVICES_ABROAD_M = 2000,
    SERVICES_SPEED_KM10 = 500
};

struct network_services_report {
    uint32_t nodes, by_id, by_nearness, abroad; /* of node.csv; abroad: upon nodes of their own */
    uint32_t farthest_m;                        /* of those by nearness */
    int64_t farthest_id;
    uint32_t terminals, services;
    uint32_t links_without_speed; /* got SERVICES_SPEED_KM10 */
};

/* map_attribution: what people must be told about the map, NULL or "" for nothing. Faults of the tables are
 * in `report`, with file and line. FAILED_PRECONDITION: the network has terminals or services already, or no
 * road for lorries. After a failure the builder holds half a network: free it. */
bool network_import_services(const char *dir, struct network_builder *b, const char *map_attribution,
                             struct network_services_report *out, struct csv_report *report, struct err *e);

#endif
