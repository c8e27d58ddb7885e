/* Errors name their field, nest, and are cut between characters. */
#include "base/err.h"
#include "test.h"

#include <string.h>

TEST(fields_nest)
{
    struct err e = {0};
    CHECK(!fail_field(&e, ERR_INVALID_ARGUMENT, "name", "wrong"));
    fail_within(&e, "origin");
    fail_within(&e, "request");
    CHECK_STR(e.field, "request.origin.name");
    CHECK(!fail(NULL, ERR_INTERNAL, "nobody asks"));
    CHECK_STR(err_code_name(ERR_UNAUTHENTICATED), "UNAUTHENTICATED");
    CHECK_I64(ERR_UNAUTHENTICATED, 16);
}

TEST(long_texts_are_cut_between_characters)
{
    for (size_t lead = 0; lead < 4; lead++) {
        char text[2 * ERR_TEXT_MAX] = "aaaa";
        size_t n = lead;
        while (n + 4 < sizeof text) {
            memcpy(text + n, "冶", 4);
            n += 3;
        }
        struct err e = {0};
        fail(&e, ERR_INTERNAL, "%s", text);
        size_t len = strlen(e.text);
        CHECK(len >= ERR_TEXT_MAX - 4 && len < ERR_TEXT_MAX);
        CHECK_I64((len - lead) % 3, 0);
    }
}
