#include "cmd_network.h"

#include "graph/graph.h"
#include "import.h"
#include "network/builder.h"
#include "network/check.h"
#include "network/file.h"
#include "order.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int usage(void)
{
    fputs("usage: zongheng network build --gmns DIR | --dimacs FILE.gr[.gz] [--coord FILE.co[.gz]] |\n"
          "                              --tntp NET.tntp | --osm FILE.osm[.pbf] [--services DIR]\n"
          "                              [--gtfs DIR [--gtfs-tariff ID[;ID]] [--gtfs-emission ID[;ID]]\n"
          "                              [--gtfs-unit m|km|mi]] -o FILE.net\n"
          "       --services lays the terminals and timetables of a folder over a map that is not --gmns;\n"
          "       --gtfs adds the services of a GTFS folder between the terminals of --gmns or --services\n"
          "       zongheng network check FILE.net\n"
          "       zongheng network info FILE.net [--json]\n",
          stderr);
    return 2;
}

static int failed(const struct err *e)
{
    fprintf(stderr, "zongheng: %s\n", e->text);
    return 1;
}

static int build_from(const struct import_sources *s)
{
    struct err e = {0};
    struct network_builder *b = NULL;
    uint8_t *bytes = NULL;
    size_t len = 0;
    bool ok = network_builder_new(&b, &e) && import_source(s, b, &e) &&
              network_builder_freeze(b, &bytes, &len, &e) && order_network(b, &bytes, &len, &e) &&
              network_write(s->out, bytes, len, &e);
    if (ok)
        printf("%s: %zu bytes\n", s->out, len);
    if (b != NULL)
        network_builder_free(b);
    free(bytes);
    return ok ? 0 : failed(&e);
}

static int build(int argc, char **argv)
{
    struct import_sources s = {0};
    struct {
        const char *flag, **value;
    } flags[] = {{"--gmns", &s.gmns},
                 {"--dimacs", &s.dimacs},
                 {"--coord", &s.coord},
                 {"--tntp", &s.tntp},
                 {"--osm", &s.osm},
                 {"--services", &s.services},
                 {"--gtfs", &s.gtfs},
                 {"--gtfs-tariff", &s.gtfs_tariff},
                 {"--gtfs-emission", &s.gtfs_emission},
                 {"--gtfs-unit", &s.gtfs_unit},
                 {"-o", &s.out}};
    for (int i = 0; i < argc; i += 2) {
        size_t k = 0;
        while (k < sizeof flags / sizeof *flags && strcmp(argv[i], flags[k].flag) != 0)
            k++;
        if (k == sizeof flags / sizeof *flags || i + 1 == argc)
            return usage();
        *flags[k].value = argv[i + 1];
    }
    bool one_source = (s.gmns != NULL) + (s.dimacs != NULL) + (s.tntp != NULL) + (s.osm != NULL) == 1;
    bool gtfs_alone =
        s.gtfs == NULL && (s.gtfs_tariff != NULL || s.gtfs_emission != NULL || s.gtfs_unit != NULL);
    bool fits = (s.coord == NULL || s.dimacs != NULL) && (s.services == NULL || s.gmns == NULL) &&
                (s.gtfs == NULL || s.gmns != NULL || s.services != NULL) && !gtfs_alone;
    return s.out != NULL && one_source && fits ? build_from(&s) : usage();
}

/* Components by igraph, then everything network/check.h judges. */
static bool check_all(const struct network *n, struct arena *a, struct network_findings *f, struct err *e)
{
    struct road_graph g;
    if (!road_graph_plain(n, a, &g, e))
        return false;
    struct network_components parts = {0};
    uint32_t *weak = arena_calloc(a, (size_t)g.node_count + 1, sizeof *weak);
    uint32_t *strong = arena_calloc(a, (size_t)g.node_count + 1, sizeof *strong);
    if (weak == NULL || strong == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the check");
    parts.weak = weak;
    parts.strong = strong;
    int32_t today = (int32_t)((time(NULL) + n->utc_offset_min * 60) / 86400);
    return graph_components(&g, NULL, GRAPH_WEAK, weak, &parts.weak_count, e) &&
           graph_components(&g, NULL, GRAPH_STRONG, strong, &parts.strong_count, e) &&
           network_check(n, &parts, today, a, f, e);
}

static int check(const char *path)
{
    struct err e = {0};
    const struct network *n;
    struct arena a;
    struct network_findings f;
    if (!network_open(path, &n, &e))
        return failed(&e);
    arena_init(&a, (size_t)2 << 30);
    bool ok = check_all(n, &a, &f, &e);
    for (uint32_t i = 0; ok && i < f.count && i < NETWORK_FINDINGS_MAX; i++)
        printf("%s: %s\n", f.finding[i].fatal ? "error" : "warning", f.finding[i].text);
    if (ok)
        printf("%s: %u errors, %u warnings, %s\n", path, f.errors, f.count - f.errors,
               f.errors == 0 ? "fit to serve" : "unfit");
    arena_release(&a);
    network_release(n);
    return !ok ? failed(&e) : f.errors > 0;
}

static int info_json(const char *path, const struct network *n)
{
    json_t *o =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "file", path, "name",
                  net_string(n, n->name), "version", n->version, "tariffVersion", n->tariff_version,
                  "timetableVersion", n->timetable_version, "attribution", net_string(n, n->attribution),
                  "bytes", (json_int_t)network_file_bytes(n), "nodes", (json_int_t)net_node_count(n), "arcs",
                  (json_int_t)net_arc_count(n), "utcOffsetMin", (json_int_t)n->utc_offset_min);
    if (o == NULL)
        return 1;
#define X(section, type) json_object_set_new(o, #section "Count", json_integer(n->section##_count));
    NET_SECTIONS(X)
#undef X
    json_dumpf(o, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(o);
    return 0;
}

static int info(const char *path, bool json)
{
    struct err e = {0};
    const struct network *n;
    if (!network_open(path, &n, &e))
        return failed(&e);
    int status = 0;
    if (json) {
        status = info_json(path, n);
    } else {
        printf("%s\nversion %s, tariffs %s, timetable %s\n%zu bytes\n%s\n\n", net_string(n, n->name),
               n->version, n->tariff_version, n->timetable_version, network_file_bytes(n),
               net_string(n, n->attribution));
        printf("%-16s %10u\n%-16s %10u\n", "nodes", net_node_count(n), "arcs", net_arc_count(n));
#define X(section, type)        \
    if (n->section##_count > 0) \
        printf("%-16s %10u\n", #section, n->section##_count);
        NET_SECTIONS(X)
#undef X
    }
    network_release(n);
    return status;
}

int cmd_network(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "build") == 0)
        return build(argc - 2, argv + 2);
    if (argc == 3 && strcmp(argv[1], "check") == 0)
        return check(argv[2]);
    if (argc >= 3 && strcmp(argv[1], "info") == 0 &&
        (argc == 3 || (argc == 4 && strcmp(argv[3], "--json") == 0)))
        return info(argv[2], argc == 4);
    return usage();
}
