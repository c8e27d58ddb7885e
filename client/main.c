/* zongheng: the command line. One command, one file, one row of the table below. */
#include "cmd.h"
#include "cmd_network.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
    const char *about;
} commands[] = {
    {"network", cmd_network, "build, check or describe a network file"},
    {"road", cmd_road, "shortest roads on a network file, without a daemon"},
    {"assign", cmd_assign, "freight traffic at user equilibrium; or of a TNTP network, without a daemon"},
    {"compare", cmd_compare, "what a scenario changes: times, flows, winners and losers, accessibility"},
    {"appraise", cmd_appraise, "what a scenario is worth; --html writes the report"},
    {"critical", cmd_critical, "roads ranked by what closing each costs"},
    {"access", cmd_access, "how near townships are to the expressway, the airport, the port"},
    {"job", cmd_job, "the planner's long work: list, result, stop"},
    {"place", cmd_place, "which places a name can mean"},
    {"route", cmd_route, "ways to ship a cargo, with times, costs and CO2e"},
    {"cost", cmd_cost, "price and time of one family"},
    {"departures", cmd_departures, "all useful departures of a week"},
    {"costs", cmd_costs, "what each load of a list costs"},
    {"families", cmd_families, "a table by family: cheapest and fastest for every pair of places"},
    {"matrix", cmd_matrix, "a table by truck: every origin to every destination"},
    {"reach", cmd_reach, "how far a truck comes within a time, a price or a distance"},
    {"book", cmd_book, "book an option of route's answer"},
    {"settle", cmd_settle, "what became of a booking without an answer"},
    {"track", cmd_track, "a shipment and its events"},
    {"list", cmd_list, "the firm's shipments"},
    {"event", cmd_event, "record what happened to a shipment"},
    {"cancel", cmd_cancel, "give up a shipment that has not begun"},
    {"watch", cmd_watch, "the firm's changes as they happen"},
    {"affected", cmd_affected, "which shipments a disruption hits, and other ways for them"},
    {"scenario", cmd_scenario, "put, list, show or delete what a network might become"},
    {"demand", cmd_demand, "put, list, show or delete what planners put on the roads"},
    {"status", cmd_status, "what the daemon says of itself"},
    {"tariff", cmd_tariff, "put, list or drop what the firm agreed with its carriers"},
    {"firm", cmd_firm, "operator: make or list firms"},
    {"user", cmd_user, "operator: make or list a firm's users"},
    {"token", cmd_token, "operator: make, list or revoke tokens"},
};

static void usage(FILE *out)
{
    fputs("usage: zongheng COMMAND [options]; zongheng COMMAND --help says more\n\n", out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].about);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error of writing, seen at the end */
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
        usage(stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; argc >= 2 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (argc >= 2)
        fprintf(stderr, "zongheng: there is no command \"%s\"\n", argv[1]);
    usage(stderr);
    return EXIT_USAGE;
}
