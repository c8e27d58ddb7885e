#include "answers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { LINE_MAX_BYTES = 512 };

static bool room_for(struct answers *s, size_t more)
{
    if (s->count + more <= s->room)
        return true;
    size_t room = s->room != 0 ? s->room : 4096;
    while (room < s->count + more)
        room *= 2;
    struct answer *list = room <= ANSWERS_MAX ? realloc(s->list, room * sizeof list[0]) : NULL;
    if (list == NULL)
        return false;
    s->list = list;
    s->room = room;
    return true;
}

bool answers_add(struct answers *s, const struct answer *a)
{
    uint64_t parts[3] = {a->number, (uint64_t)a->kind << 32 | a->code, a->print.answer};
    s->digest += XXH3_64bits(parts, sizeof parts);
    s->digested++;
    if (!s->keep)
        return true;
    if (!room_for(s, 1))
        return false;
    s->list[s->count++] = *a;
    return true;
}

bool answers_merge(struct answers *s, const struct answers *from)
{
    s->digest += from->digest;
    s->digested += from->digested;
    if (from->count == 0)
        return true;
    if (!room_for(s, from->count))
        return false;
    memcpy(s->list + s->count, from->list, from->count * sizeof s->list[0]);
    s->count += from->count;
    return true;
}

void answers_release(struct answers *s)
{
    free(s->list);
    *s = (struct answers){0};
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const struct answer *)a)->number, y = ((const struct answer *)b)->number;
    return (x > y) - (x < y);
}

bool answers_write(struct answers *s, const char *asked, const char *path, struct err *e)
{
    FILE *f = fopen(path, "we");
    if (f == NULL)
        return fail_field(e, ERR_UNKNOWN, "--answers", "%s: %s", path, strerror(errno));
    if (s->count > 0)
        qsort(s->list, s->count, sizeof s->list[0], by_number);
    fprintf(f, "# asked: %s\nnumber,kind,row,status,answer,options,total_fen,arrive_at\n", asked);
    for (size_t i = 0; i < s->count; i++) {
        const struct answer *a = &s->list[i];
        fprintf(f, "%" PRIu64 ",%s,%u,%s,%016" PRIx64 ",%u,%" PRId64 ",%" PRId64 "\n", a->number,
                kind_of((enum kind_id)a->kind)->name, a->row, err_code_name((enum err_code)a->code),
                a->print.answer, a->print.options, a->print.total_fen, a->print.arrive_at);
    }
    bool ok = ferror(f) == 0;
    return (fclose(f) == 0 && ok) || fail_field(e, ERR_UNKNOWN, "--answers", "%s cannot be written", path);
}

/* --- comparing ---------------------------------------------------------------------------------------- */

struct list_file {
    const char *path;
    FILE *f;
    char asked[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
    uint64_t number; /* of line; UINT64_MAX: at the end */
};

static bool next_line(struct list_file *l, struct err *e)
{
    char *end;
    uint64_t before = l->number;
    if (fgets(l->line, sizeof l->line, l->f) == NULL) {
        l->number = UINT64_MAX;
        return ferror(l->f) == 0 || fail(e, ERR_UNKNOWN, "%s: %s", l->path, strerror(errno));
    }
    l->line[strcspn(l->line, "\n")] = '\0';
    l->number = strtoull(l->line, &end, 10);
    if (end == l->line || *end != ',' || l->number == UINT64_MAX ||
        (before != UINT64_MAX && l->number <= before))
        return fail(e, ERR_INVALID_ARGUMENT, "%s: \"%.80s\" is no line of a list made by --answers", l->path,
                    l->line);
    return true;
}

static bool open_list(struct list_file *l, const char *path, struct err *e)
{
    char head[LINE_MAX_BYTES];
    l->path = path;
    l->number = UINT64_MAX;
    l->f = fopen(path, "re");
    if (l->f == NULL)
        return fail(e, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    if (fgets(l->asked, sizeof l->asked, l->f) == NULL || strncmp(l->asked, "# asked: ", 9) != 0 ||
        fgets(head, sizeof head, l->f) == NULL || strncmp(head, "number,", 7) != 0)
        return fail(e, ERR_INVALID_ARGUMENT, "%s is no list made by --answers", path);
    return next_line(l, e);
}

static bool compare_lists(struct list_file *a, struct list_file *b, FILE *out, uint64_t *differences,
                          struct err *e)
{
    while (a->number != UINT64_MAX || b->number != UINT64_MAX) {
        bool has_a = a->number <= b->number, has_b = b->number <= a->number;
        if (!has_a || !has_b || strcmp(a->line, b->line) != 0) {
            ++*differences;
            if (has_a)
                fprintf(out, "- %s\n", a->line);
            if (has_b)
                fprintf(out, "+ %s\n", b->line);
        }
        if ((has_a && !next_line(a, e)) || (has_b && !next_line(b, e)))
            return false;
    }
    return true;
}

bool answers_compare(const char *one, const char *other, FILE *out, uint64_t *differences, struct err *e)
{
    struct list_file a = {0}, b = {0};
    *differences = 0;
    bool ok =
        open_list(&a, one, e) && open_list(&b, other, e) &&
        (strcmp(a.asked, b.asked) == 0 ||
         fail(e, ERR_FAILED_PRECONDITION, "the two lists answer different questions: %s is of %s%s is of %s",
              one, a.asked + 2, other, b.asked + 2)) &&
        compare_lists(&a, &b, out, differences, e);
    if (a.f != NULL)
        fclose(a.f);
    if (b.f != NULL)
        fclose(b.f);
    return ok;
}
