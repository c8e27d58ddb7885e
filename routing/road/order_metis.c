#include "road/order.h"

#include <metis.h>
#include <stdlib.h>

/* Neighbours in both directions, each once, in METIS's arrays. */
struct undirected {
    idx_t *first, *head;
};

static void sort_list(idx_t *list, idx_t count)
{
    for (idx_t i = 1; i < count; i++)
        for (idx_t k = i; k > 0 && list[k - 1] > list[k]; k--) {
            idx_t t = list[k];
            list[k] = list[k - 1];
            list[k - 1] = t;
        }
}

static int by_number(const void *a, const void *b)
{
    const idx_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool make_undirected(uint32_t n, const uint32_t *first_out, const uint32_t *head, struct undirected *u)
{
    u->first = calloc((size_t)n + 2, sizeof *u->first);
    u->head = malloc(((size_t)first_out[n] * 2 + 1) * sizeof *u->head);
    if (u->first == NULL || u->head == NULL)
        return false;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t v = 0; v < n; v++)
            for (uint32_t a = first_out[v]; a < first_out[v + 1]; a++) {
                uint32_t w = head[a];
                if (v == w)
                    continue;
                if (pass == 0) {
                    u->first[v + 2]++;
                    u->first[w + 2]++;
                } else {
                    u->head[u->first[v + 1]++] = (idx_t)w;
                    u->head[u->first[w + 1]++] = (idx_t)v;
                }
            }
        for (uint32_t v = 0; pass == 0 && v + 1 <= n; v++)
            u->first[v + 1] += u->first[v];
    }
    return true;
}

/* Sorts each list and drops repeats, closing the gaps. */
static void drop_repeats(uint32_t n, struct undirected *u)
{
    idx_t kept = 0, from = 0;
    for (uint32_t v = 0; v < n; v++) {
        idx_t end = u->first[v + 1], start = kept;
        if (end - from < 16)
            sort_list(u->head + from, end - from);
        else
            qsort(u->head + from, (size_t)(end - from), sizeof *u->head, by_number);
        for (idx_t i = from; i < end; i++)
            if (kept == start || u->head[kept - 1] != u->head[i])
                u->head[kept++] = u->head[i];
        from = end;
        u->first[v + 1] = kept;
    }
}

bool road_order_metis(uint32_t node_count, const uint32_t *first_out, const uint32_t *head, uint32_t *order,
                      struct err *e)
{
    if (node_count == 0)
        return true;
    if (first_out[node_count] > INT32_MAX / 2)
        return fail(e, ERR_OUT_OF_RANGE, "METIS orders graphs of up to %d arcs only", INT32_MAX / 2);
    struct undirected u = {0};
    idx_t n = (idx_t)node_count, options[METIS_NOPTIONS];
    idx_t *perm = malloc((size_t)node_count * sizeof *perm),
          *rank = malloc((size_t)node_count * sizeof *rank);
    bool ok = perm != NULL && rank != NULL && make_undirected(node_count, first_out, head, &u);
    int status = METIS_ERROR_MEMORY;
    if (ok) {
        drop_repeats(node_count, &u);
        METIS_SetDefaultOptions(options);
        options[METIS_OPTION_NSEPS] = 8;
        options[METIS_OPTION_NITER] = 20;
        options[METIS_OPTION_SEED] = 1;
        status = METIS_NodeND(&n, u.first, u.head, NULL, options, perm, rank);
    }
    for (uint32_t v = 0; status == METIS_OK && v < node_count; v++)
        order[rank[v]] = v;
    free(perm);
    free(rank);
    free(u.first);
    free(u.head);
    return status == METIS_OK ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "METIS found no order for %u nodes", node_count);
}
