/* use_group.csv, and allowed_uses of link.csv: who may drive where */
#include "import/gmns_tables.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { USE_NAME_MAX = 40, USE_GROUPS_MAX = 256 };

struct use_group {
    char name[USE_NAME_MAX];
    uint8_t mask;
};

/* The uses of GMNS's own examples and what others write for the same. */
static const struct use_group known[] = {{"all", USE_TRUCK | USE_MOTOR},
                                         {"any", USE_TRUCK | USE_MOTOR},
                                         {"motor_vehicle", USE_TRUCK | USE_MOTOR},
                                         {"vehicle", USE_TRUCK | USE_MOTOR},
                                         {"truck", USE_TRUCK},
                                         {"trucks", USE_TRUCK},
                                         {"hgv", USE_TRUCK},
                                         {"lorry", USE_TRUCK},
                                         {"freight", USE_TRUCK},
                                         {"goods", USE_TRUCK},
                                         {"auto", USE_MOTOR},
                                         {"autos", USE_MOTOR},
                                         {"car", USE_MOTOR},
                                         {"cars", USE_MOTOR},
                                         {"sov", USE_MOTOR},
                                         {"hov", USE_MOTOR},
                                         {"hov2", USE_MOTOR},
                                         {"hov2+", USE_MOTOR},
                                         {"hov3", USE_MOTOR},
                                         {"hov3+", USE_MOTOR},
                                         {"taxi", USE_MOTOR},
                                         {"motorcycle", USE_MOTOR},
                                         {"bus", USE_NOTHING},
                                         {"transit", USE_NOTHING},
                                         {"emergency", USE_NOTHING},
                                         {"rail", USE_NOTHING},
                                         {"walk", USE_NOTHING},
                                         {"ped", USE_NOTHING},
                                         {"pedestrian", USE_NOTHING},
                                         {"pedestrians", USE_NOTHING},
                                         {"foot", USE_NOTHING},
                                         {"bike", USE_NOTHING},
                                         {"bikes", USE_NOTHING},
                                         {"bicycle", USE_NOTHING},
                                         {"bicycles", USE_NOTHING},
                                         {"cycle", USE_NOTHING},
                                         {"shoulder", USE_NOTHING},
                                         {"parking", USE_NOTHING},
                                         {"none", USE_NOTHING},
                                         {"closed", USE_NOTHING}};

static uint8_t mask_of(const struct use_group *groups, size_t count, const char *s, size_t n)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(groups[i].name) == n && strncasecmp(groups[i].name, s, n) == 0)
            return groups[i].mask;
    return 0;
}

/* ';' and ',' both join. A group of the tables comes before a word of ours. */
uint8_t gmns_uses(struct gmns *g, struct csv *t, const char *column)
{
    uint8_t mask = 0;
    for (const char *s = csv_text(t, column, CSV_OPTIONAL); *s != '\0';) {
        s += strspn(s, " ;,");
        size_t n = strcspn(s, ";,"), next = n;
        while (n > 0 && s[n - 1] == ' ')
            n--;
        uint8_t one = mask_of(g->use_group, g->use_groups, s, n);
        if (one == 0)
            one = mask_of(known, sizeof known / sizeof *known, s, n);
        if (one == 0 && n > 0)
            csv_fault(t, column,
                      "\"%.*s\" is no use known here; put it into use_group.csv with the uses it stands for, "
                      "such as truck, auto or bike",
                      (int)(n < USE_NAME_MAX ? n : USE_NAME_MAX), s);
        mask |= one;
        s += next;
    }
    return mask;
}

static void read_group(struct gmns *g, struct csv *t)
{
    struct use_group fresh = {.name = ""};
    const char *name = csv_text(t, "use_group", CSV_REQUIRED);
    size_t n = strlen(name);
    csv_text(t, "uses", CSV_REQUIRED);
    fresh.mask = gmns_uses(g, t, "uses");
    if (n >= USE_NAME_MAX || g->use_groups == USE_GROUPS_MAX) {
        csv_fault(t, "use_group", "there may be %d groups with names of %d bytes", USE_GROUPS_MAX,
                  USE_NAME_MAX - 1);
        return;
    }
    if (n == 0 || fresh.mask == 0)
        return;
    memcpy(fresh.name, name, n);
    struct use_group *more = realloc(g->use_group, (g->use_groups + 1) * sizeof *more);
    if (more == NULL) {
        g->out_of_memory = true;
        return;
    }
    g->use_group = more;
    more[g->use_groups++] = fresh;
}

bool gmns_read_use_groups(struct gmns *g, struct err *e)
{
    return gmns_read_table(g, "use_group.csv", read_group, NULL, e);
}
