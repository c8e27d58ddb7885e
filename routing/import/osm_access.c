/* Who may drive: ways and barriers. */
#include "import/osm_inside.h"

#include <stdio.h>
#include <string.h>

enum { CLOSED, DESTINATION, OPEN };

static int meaning(const char *s, int unknown)
{
    if (osm_word_in(
            s, "no private agricultural forestry military emergency psv bus foot bicycle permit residents "
               "agricultural;forestry forestry;agricultural use_sidepath dismount"))
        return CLOSED;
    if (osm_word_in(s, "destination delivery customers"))
        return DESTINATION;
    return osm_word_in(s, "yes permissive designated official public discouraged") ? OPEN : unknown;
}

static const char *directed(const struct osm_tags *t, const char *key, const char *dir)
{
    char name[64];
    const char *s = NULL;
    if (dir[0] != '\0') {
        snprintf(name, sizeof name, "%s%s", key, dir);
        s = osm_tag(t, name);
    }
    return s != NULL ? s : osm_tag(t, key);
}

struct osm_access osm_access(const struct osm_tags *t, const char *dir, int fallback)
{
    static const char *const keys[] = {"access", "vehicle", "motor_vehicle"};
    const char *s;
    int motor = fallback;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if ((s = directed(t, keys[i], dir)) != NULL)
            motor = meaning(s, OPEN);
    s = directed(t, "hgv", dir);
    return (struct osm_access){.motor = motor, .hgv = s != NULL ? meaning(s, OPEN) : motor};
}

bool osm_node_blocked(const struct osm_tags *t)
{
    static const char shut[] =
        "bollard block cycle_barrier jersey_barrier debris log chain stile horse_stile "
        "turnstile full-height_turnstile kissing_gate hampshire_gate motorcycle_barrier "
        "planter concrete_block bus_trap sump_buster fence wall hedge guard_rail rope "
        "bar tree ditch boulder rock yes";
    const char *s = osm_tag(t, "barrier");
    if (s == NULL || strcmp(s, "no") == 0)
        return false;
    struct osm_access a = osm_access(t, "", osm_word_in(s, shut) ? CLOSED : OPEN);
    return a.hgv == CLOSED && a.motor == CLOSED;
}
