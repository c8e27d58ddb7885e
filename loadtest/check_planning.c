/* check_planning.c - what must be true of lists of what is kept, of a scenario that is put, and of a
 * comparison of two states. */
#include "check_inside.h"

#include <string.h>

enum { VERSION_TEXT = 32 }; /* hex digits of a content hash */

static bool check_page(size_t n, char why[CHECK_WHY])
{
    return n <= KIND_PAGE || check_wrong(why, "a page of more than it was asked for");
}

/* Both "" at the end of the list. */
static bool check_token(const char *token, const char *last, char why[CHECK_WHY])
{
    return token[0] == '\0' || strcmp(token, last) == 0 ||
           check_wrong(why, "the next page begins elsewhere than this one ends");
}

bool check_tariffs(const Zongheng__V1__ListAgreedTariffsReply *m, char why[CHECK_WHY])
{
    for (size_t i = 0; i < m->n_rules; i++) {
        const Zongheng__V1__AgreedRule *r = m->rules[i];
        if (r->contract[0] == '\0' || r->tariff_id[0] == '\0' || r->charge[0] == '\0')
            return check_wrong(why, "rule %zu has no contract, tariff or charge", i + 1);
        if (strcmp(r->valid_to, r->valid_from) < 0)
            return check_wrong(why, "rule %zu ends before it begins", i + 1);
        for (size_t k = 0; k + 1 < i; k++) /* a contract stands in one piece */
            if (strcmp(m->rules[k]->contract, r->contract) == 0 &&
                strcmp(m->rules[i - 1]->contract, r->contract) != 0)
                return check_wrong(why, "contract \"%.80s\" stands in two places", r->contract);
    }
    return true;
}

bool check_scenarios(const Zongheng__V1__ListScenariosReply *m, char why[CHECK_WHY])
{
    for (size_t i = 0; i < m->n_scenarios; i++) {
        const Zongheng__V1__Scenario *s = m->scenarios[i];
        if (s->n_modifications != 0)
            return check_wrong(why, "scenario %.64s is listed with its modifications", s->scenario_id);
        if (i > 0 && strcmp(s->scenario_id, m->scenarios[i - 1]->scenario_id) <= 0)
            return check_wrong(why, "scenario %.64s is out of order", s->scenario_id);
    }
    return check_page(m->n_scenarios, why) &&
           check_token(m->next_page_token,
                       m->n_scenarios > 0 ? m->scenarios[m->n_scenarios - 1]->scenario_id : "", why);
}

/* As it applies to the network in force: a report on each modification. */
bool check_scenario(const struct kind_input *in, const Zongheng__V1__GetScenarioReply *m, char why[CHECK_WHY])
{
    if (m->scenario == NULL || strcmp(m->scenario->scenario_id, kind_scenario_asked(in)) != 0)
        return check_wrong(why, "another scenario than the one asked");
    if (m->n_errors > 0)
        return check_wrong(why, "it applies no more: %.40s: %.90s", m->errors[0]->field,
                           m->errors[0]->message);
    return (m->n_reports == m->scenario->n_modifications && strlen(m->scenario_version) == VERSION_TEXT) ||
           check_wrong(why, "%zu reports on %zu modifications, or no version", m->n_reports,
                       m->scenario->n_modifications);
}

bool check_jobs(const Zongheng__V1__ListJobsReply *m, char why[CHECK_WHY])
{
    for (size_t i = 0; i < m->n_jobs; i++) {
        const Zongheng__V1__Job *j = m->jobs[i];
        if (j->job_id[0] == '\0' || j->state == ZONGHENG__V1__JOB_STATE__JOB_STATE_UNSPECIFIED)
            return check_wrong(why, "job %zu has no id or state", i + 1);
        if (i > 0 && j->created_at > m->jobs[i - 1]->created_at)
            return check_wrong(why, "job %.40s stands behind an older one", j->job_id);
        if (j->ended_at != 0 && j->ended_at < j->started_at)
            return check_wrong(why, "job %.40s ended before it started", j->job_id);
    }
    return check_page(m->n_jobs, why);
}

bool check_demands(const Zongheng__V1__ListDemandsReply *m, char why[CHECK_WHY])
{
    for (size_t i = 0; i < m->n_demands; i++) {
        const Zongheng__V1__Demand *d = m->demands[i];
        if (d->version == 0 || d->demand_version[0] == '\0')
            return check_wrong(why, "demand %.64s has no version", d->name);
        if (i > 0 && strcmp(d->name, m->demands[i - 1]->name) <= 0)
            return check_wrong(why, "demand %.64s is out of order", d->name);
    }
    return check_page(m->n_demands, why) &&
           check_token(m->next_page_token, m->n_demands > 0 ? m->demands[m->n_demands - 1]->name : "", why);
}

/* --- a new road ---------------------------------------------------------------------------------------- */

static bool check_road(const Zongheng__V1__ModificationReport *r, char why[CHECK_WHY])
{
    if (r->index != 0 || r->n_link_ids != 1 || !(r->length_km > 0) || r->geometry[0] == '\0')
        return check_wrong(why, "one new road was asked; reported are %zu of %.3f km", r->n_link_ids,
                           r->length_km);
    for (size_t i = 0; i < r->n_crossed; i++)
        if (r->crossed[i]->joined)
            return check_wrong(why, "a crossing was made a junction, which was not asked");
    return true;
}

bool check_put(const struct kind_input *in, bool draft, const Zongheng__V1__PutScenarioReply *m,
               char why[CHECK_WHY])
{
    char id[KIND_SCENARIO_ID] = "load-draft";
    if (!draft)
        kind_scenario_id(in->key, id);
    if (m->n_errors > 0)
        return check_wrong(why, "the new road is refused: %.40s: %.90s", m->errors[0]->field,
                           m->errors[0]->message);
    if (m->scenario == NULL || strcmp(m->scenario->scenario_id, id) != 0)
        return check_wrong(why, "another scenario than the one that was put");
    if ((m->scenario->version == 0) != draft || (m->bytes == 0) != draft)
        return check_wrong(why, "version %u, %llu bytes: %s", m->scenario->version,
                           (unsigned long long)m->bytes,
                           draft ? "it was only to be checked" : "it was to be put");
    if (strlen(m->scenario_version) != VERSION_TEXT)
        return check_wrong(why, "the scenario has no version");
    return m->n_reports == 1 ? check_road(m->reports[0], why)
                             : check_wrong(why, "%zu reports on one modification", m->n_reports);
}

/* --- a comparison -------------------------------------------------------------------------------------- */

static bool within(double minutes, uint32_t limit)
{
    return minutes >= 0 && minutes <= limit;
}

/* The counts are those of the rows. */
static bool check_summary(const Zongheng__V1__GetAccessibilityReply *m, const Zongheng__V1__AccessSummary *s,
                          char why[CHECK_WHY])
{
    uint32_t towns = 0, before = 0, after = 0;
    for (size_t i = 0; i < m->n_rows; i++) {
        if (strcmp(m->rows[i]->target, s->target) != 0)
            continue;
        towns++;
        before += within(m->rows[i]->before_min, s->minutes);
        after += within(m->rows[i]->after_min, s->minutes);
    }
    return (towns == s->townships && before == s->before && after == s->after) ||
           check_wrong(why, "%.20s within %u minutes: %u, then %u of %u townships, the rows have %u, %u, %u",
                       s->target, s->minutes, s->before, s->after, s->townships, before, after, towns);
}

/* A road more makes no way longer. */
static bool check_nearer(const Zongheng__V1__AccessRow *r, char why[CHECK_WHY])
{
    bool longer = r->before_min >= 0 && (r->after_min < 0 || r->after_min > r->before_min);
    return !longer || check_wrong(why,
                                  "with a new road node %lld comes to the %.20s in %.3f minutes, in %.3f "
                                  "without",
                                  (long long)r->node_id, r->target, r->after_min, r->before_min);
}

/* On the network that it was put on; after a reload it has another version. */
static bool check_same_version(const char *put, const Zongheng__V1__GetAccessibilityReply *m,
                               char why[CHECK_WHY])
{
    size_t n = strcspn(put, "@");
    bool same_network = put[n] == '@' && strcmp(put + n + 1, m->network_version) == 0;
    return !same_network || (strlen(m->scenario_version) == n && strncmp(m->scenario_version, put, n) == 0) ||
           check_wrong(why, "asked in another version than the one that was put");
}

bool check_access(const struct kind_input *in, bool whatif, const Zongheng__V1__GetAccessibilityReply *m,
                  char why[CHECK_WHY])
{
    bool same = !whatif && in->scenario[0] == '\0';
    if (m->n_rows == 0 || m->n_summary == 0)
        return check_wrong(why, "no township, or no limit of time");
    if ((m->scenario_version[0] == '\0') != same)
        return check_wrong(why, "the version of the scenario is missing, or there is none");
    if (whatif && !check_same_version(in->plan_ref, m, why))
        return false;
    for (size_t i = 0; i < m->n_rows; i++) {
        const Zongheng__V1__AccessRow *r = m->rows[i];
        if (same && (r->before_min < r->after_min || r->before_min > r->after_min))
            return check_wrong(why, "nothing was changed, and node %lld comes to the %.20s in another time",
                               (long long)r->node_id, r->target);
        if (whatif && !check_nearer(r, why))
            return false;
    }
    for (size_t i = 0; i < m->n_summary; i++)
        if (!check_summary(m, m->summary[i], why))
            return false;
    return true;
}
