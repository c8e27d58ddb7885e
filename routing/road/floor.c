#include "road/floor.h"

#include "road/metric.h"

/* The largest ratio at which the short links lack little together; of a network that has none, the last. */
struct road_floor road_floor_of(const struct road_metric *m)
{
    enum { RATIOS = 4 };
    static const double ratio[RATIOS] = {0.999, 0.99, 0.97, 0.9}, little_myuan = 1000;
    double lacks[RATIOS] = {0};
    for (uint32_t a = 0; a < m->arc_room; a++) {
        if (m->weight[a] >= ROAD_INF)
            continue;
        const struct net_link *l = &m->net->link[net_arc_link(m->net, a)];
        double money = (double)l->length_m * (double)m->truck.myuan_per_km / 1e3 +
                       (double)m->time_ms[a] * (double)m->truck.myuan_per_h / 3.6e6 + m->toll_myuan[a];
        for (int i = 0; i < RATIOS; i++) {
            double lack = ratio[i] * m->weight[a] - money;
            lacks[i] += lack > 0 ? lack : 0;
        }
    }
    int best = 0;
    while (best < RATIOS - 1 && lacks[best] > little_myuan)
        best++;
    return (struct road_floor){.ratio = ratio[best] * (1 - 1e-9), .extra_myuan = lacks[best] + 1};
}
