/* Keys: their form, that they differ, and that a key file is made once and then always the same. */
#include "../../client/key.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(the_example_of_rfc_9562)
{
    /* Appendix A.6: 2022-02-22 19:22:22 UTC; its random bits. */
    static const uint8_t random[10] = {0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
    uint8_t key[KEY_BYTES], back[KEY_BYTES];
    char text[KEY_TEXT];
    key_make(INT64_C(1645557742000), random, key);
    key_to_text(key, text);
    CHECK_STR(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    CHECK(key_of_text(text, back) && memcmp(key, back, sizeof key) == 0);
}

TEST(every_changed_byte_of_a_text_is_judged)
{
    const char good[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
    uint8_t key[KEY_BYTES];
    for (size_t i = 0; i < sizeof good - 1; i++) {
        char text[sizeof good + 1];
        memcpy(text, good, sizeof good);
        text[i] = 'F';
        CHECK_MSG(!key_of_text(text, key), "%s was taken", text);
        text[i] = '\0';
        CHECK_MSG(!key_of_text(text, key), "%s was taken", text);
    }
    CHECK(!key_of_text("017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", key));
}

TEST(keys_differ)
{
    uint8_t a[KEY_BYTES], b[KEY_BYTES];
    CHECK(key_new(a, NULL));
    for (int i = 0; i < 1000; i++) {
        CHECK(key_new(b, NULL));
        CHECK(memcmp(a, b, sizeof a) != 0);
        CHECK((b[6] & 0xf0) == 0x70 && (b[8] & 0xc0) == 0x80);
        memcpy(a, b, sizeof a);
    }
}

TEST(a_key_file_is_made_once)
{
    char dir[] = "/tmp/zh-key-XXXXXX", path[64];
    uint8_t a[KEY_BYTES], b[KEY_BYTES];
    struct err e = {0};
    struct stat st;
    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/key", dir);
    CHECK(!key_file(path, false, a, &e) && e.code == ERR_INVALID_ARGUMENT);
    CHECK_MSG(key_file(path, true, a, &e), "%s", e.text);
    CHECK(key_file(path, true, b, &e) && memcmp(a, b, sizeof a) == 0);
    CHECK(key_file(path, false, b, &e) && memcmp(a, b, sizeof a) == 0);
    CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    FILE *f = fopen(path, "w"); /* half a key, as after a full disk, is no key */
    fputs("017f22e2-79b0\n", f);
    fclose(f);
    CHECK(!key_file(path, true, b, &e));
    unlink(path);
    rmdir(dir);
    CHECK(!key_file(path, true, b, &e));
}
