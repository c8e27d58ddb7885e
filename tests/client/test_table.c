/* Tables: widths against the C library's own, and that columns stand under each other. */
#include "../../client/table.h"
#include "test.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

TEST(widths_agree_with_the_c_library)
{
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        SKIP("this machine has no locale C.UTF-8");
    /* Where the house's names lie: Latin, Greek, CJK, Hangul, full-width forms, the ideographic planes. */
    static const uint32_t blocks[][2] = {{0x20, 0x7e},       {0xa1, 0x2ff},      {0x370, 0x3ff},
                                         {0x2e80, 0x2fd5},   {0x3041, 0x30ff},   {0x3400, 0x9fff},
                                         {0xac00, 0xd7a3},   {0xf900, 0xfad9},   {0xff01, 0xffe6},
                                         {0x20000, 0x2a6df}, {0x30000, 0x31349}, {0x300, 0x36f}};
    unsigned compared = 0;
    for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++)
        for (uint32_t cp = blocks[b][0]; cp <= blocks[b][1]; cp++) {
            int w = wcwidth((wchar_t)cp);
            if (w < 0 || cp == 0xad)
                continue; /* unassigned, or the soft hyphen, which terminals do not agree on */
            CHECK_MSG((int)table_codepoint_width(cp) == w, "U+%04X is %u wide, wcwidth says %d", cp,
                      table_codepoint_width(cp), w);
            compared++;
        }
    CHECK(compared > 70000);
}

TEST(text_width)
{
    CHECK_I64(table_width("大冶 Daye"), 9);
    CHECK_I64(table_width("Lie\xcc\x80ge"), 5);
    CHECK_I64(table_width("\xff\xe5\xa4"), 3); /* broken bytes count one each */
    CHECK_I64(table_width(""), 0);
}

static char *print(const struct table *t, unsigned indent)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    CHECK(f != NULL);
    table_print(t, indent, f);
    fclose(f);
    return text;
}

TEST(columns_stand_under_each_other)
{
    static const struct table_column columns[] = {{"place", false}, {"kg", true}, {"note", false}};
    struct arena a;
    struct table t;
    arena_init(&a, 1 << 16);
    table_init(&t, &a, columns, 3);
    table_add(&t, (const char *[]){"大冶市", "1,000", "x"});
    table_add(&t, (const char *[]){"Ezhou", "7", NULL});
    char *text = print(&t, 1);
    CHECK_STR(text, " place      kg  note\n"
                    " 大冶市  1,000  x\n"
                    " Ezhou       7\n");
    free(text);
    arena_release(&a);
}

TEST(no_cell_moves_the_cursor)
{
    static const struct table_column columns[] = {{"c", false}};
    struct arena a;
    struct table t;
    arena_init(&a, 1 << 16);
    table_init(&t, &a, columns, 1);
    table_add(&t, (const char *[]){"a\x1b[2J\r\n\x7f\xc2\x9b\xe2\x80\xae"
                                   "b\xff"});
    char *text = print(&t, 0);
    CHECK_STR(text, "c\na?[2J?????b?\n");
    free(text);
    arena_release(&a);
}

TEST(a_full_arena_is_said)
{
    static const struct table_column columns[] = {{"c", false}};
    struct arena a;
    struct table t;
    arena_init(&a, 64);
    table_init(&t, &a, columns, 1);
    for (int i = 0; i < 10; i++)
        table_add(&t, (const char *[]){"x"});
    CHECK(t.full);
    char *text = print(&t, 0);
    CHECK(strstr(text, "cut") != NULL);
    free(text);
    arena_release(&a);
}

TEST(a_clipped_text_is_as_long_as_it_may_be_and_whole_characters)
{
    struct arena a;
    arena_init(&a, 1 << 16);
    CHECK_STR(table_clip(&a, "大冶 Daye", 9), "大冶 Daye");
    CHECK_STR(table_clip(&a, "大冶 Daye", 8), "大冶 ...");
    CHECK_STR(table_clip(&a, "大冶 Daye", 6), "大...");
    CHECK_STR(table_clip(&a, "大冶 Daye", 3), "...");
    for (unsigned w = 3; w < 20; w++)
        CHECK(table_width(table_clip(&a, "铁水联运 rail-water 公铁", w)) <= w);
    arena_release(&a);
}
