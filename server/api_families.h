/* api_families.h - Routing/GetFamilyMatrix: the cheapest and the fastest of each family for every pair of
 * places, on a worker part by part, sent in blocks of whole rows. */
#ifndef ZH_SERVER_API_FAMILIES_H
#define ZH_SERVER_API_FAMILIES_H

#include "handler.h"

handler_fn api_families_get;

#endif
