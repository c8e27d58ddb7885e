/* The method table: no method without a role, and each refuses every role that it does not name. */
#include "dispatch.h"
#include "test.h"

#include <string.h>

static void init(void)
{
    struct err e = {0};
    CHECK_MSG(methods_init(&e), "%s", e.text);
    CHECK(methods_count() >= 20);
}

TEST(every_method_has_a_role)
{
    init();
    for (uint32_t i = 0; i < methods_count(); i++) {
        const struct method *m = methods_row(i);
        CHECK_MSG(m->access != 0, "%s", m->name);
        CHECK_MSG((m->access == ACCESS_ANYONE) == (strcmp(m->name, "zongheng.v1.Session/Hello") == 0), "%s",
                  m->name);
        CHECK_MSG(m->access == ACCESS_ANYONE || ((unsigned)m->access & ~(unsigned)ACCESS_KNOWN) == 0, "%s",
                  m->name);
    }
}

TEST(every_method_refuses_every_other_role)
{
    init();
    for (uint32_t i = 0; i < methods_count(); i++)
        for (int role = ROLE_NONE; role <= ROLE_OPERATOR; role++) {
            const struct method *m = methods_row(i);
            struct identity who = {.known = true, .role = (enum role)role};
            struct err e = {0};
            bool named = m->access == ACCESS_ANYONE || ((unsigned)m->access & 1u << role) != 0;
            CHECK_MSG(methods_admit(m, &who, &e) == named, "%s, role %d", m->name, role);
            CHECK_MSG(named || e.code == (role == ROLE_NONE ? ERR_UNAUTHENTICATED : ERR_PERMISSION_DENIED),
                      "%s", m->name);
            who.known = false; /* before Hello the role means nothing */
            CHECK_MSG(methods_admit(m, &who, &e) == (m->access == ACCESS_ANYONE), "%s", m->name);
        }
}

/* What touches a firm's rows is never open to the anonymous; what the operator does is the operator's alone.
 */
TEST(services_have_their_least_role)
{
    init();
    for (uint32_t i = 0; i < methods_count(); i++) {
        const struct method *m = methods_row(i);
        if (strstr(m->name, ".Shipments/") != NULL)
            CHECK_MSG(((unsigned)m->access & 1u << ROLE_NONE) == 0, "%s", m->name);
        if (strstr(m->name, ".Identity/") != NULL)
            CHECK_MSG(m->access == ACCESS_OPERATOR, "%s", m->name);
    }
}
