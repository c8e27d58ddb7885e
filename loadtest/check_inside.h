/* check_inside.h - the rules of check.c, by subject. Each: false with a sentence in why. */
#ifndef ZH_LOADTEST_CHECK_INSIDE_H
#define ZH_LOADTEST_CHECK_INSIDE_H

#include "check.h"

#include "zongheng/v1/operations.pb-c.h"
#include "zongheng/v1/planning.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"

/* Always false. */
bool check_wrong(char why[CHECK_WHY], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

bool check_bill(Zongheng__V1__CostLine *const *lines, size_t n, int64_t total_fen, char why[CHECK_WHY]);
bool check_routes(const struct kind_input *in, const Zongheng__V1__FindRoutesReply *r, char why[CHECK_WHY]);
bool check_cost(const Zongheng__V1__GetCostReply *c, char why[CHECK_WHY]);
bool check_shipment(const struct kind_input *in, const Zongheng__V1__GetShipmentReply *g,
                    char why[CHECK_WHY]);

bool check_matrix(const struct kind_input *in, const Zongheng__V1__GetMatrixReply *m, char why[CHECK_WHY]);
bool check_families(const struct kind_input *in, const Zongheng__V1__GetFamilyMatrixReply *m,
                    char why[CHECK_WHY]);
bool check_costs(const struct kind_input *in, const Zongheng__V1__GetCostsReply *m, char why[CHECK_WHY]);
bool check_departures(const struct kind_input *in, const Zongheng__V1__FindDeparturesReply *m,
                      char why[CHECK_WHY]);
bool check_network(const Zongheng__V1__GetNetworkReply *m, char why[CHECK_WHY]);

bool check_tariffs(const Zongheng__V1__ListAgreedTariffsReply *m, char why[CHECK_WHY]);
bool check_scenarios(const Zongheng__V1__ListScenariosReply *m, char why[CHECK_WHY]);
bool check_scenario(const struct kind_input *in, const Zongheng__V1__GetScenarioReply *m,
                    char why[CHECK_WHY]);
bool check_jobs(const Zongheng__V1__ListJobsReply *m, char why[CHECK_WHY]);
bool check_demands(const Zongheng__V1__ListDemandsReply *m, char why[CHECK_WHY]);

/* Of a new road between two nodes; of a draft nothing was put. */
bool check_put(const struct kind_input *in, bool draft, const Zongheng__V1__PutScenarioReply *m,
               char why[CHECK_WHY]);
bool check_access(const struct kind_input *in, bool whatif, const Zongheng__V1__GetAccessibilityReply *m,
                  char why[CHECK_WHY]);

#endif
