#include "key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

void key_make(int64_t unix_ms, const uint8_t random[10], uint8_t out[KEY_BYTES])
{
    for (unsigned i = 0; i < 6; i++)
        out[i] = (uint8_t)((uint64_t)unix_ms >> (40 - 8 * i));
    memcpy(out + 6, random, 10);
    out[6] = (uint8_t)((out[6] & 0x0f) | 0x70);
    out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
}

bool key_new(uint8_t out[KEY_BYTES], struct err *e)
{
    struct timespec t;
    uint8_t random[10];
    clock_gettime(CLOCK_REALTIME, &t);
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return fail(e, ERR_INTERNAL, "the machine gives no random numbers: %s", strerror(errno));
    key_make((int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000, random, out);
    return true;
}

static bool dash_before(unsigned byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void key_to_text(const uint8_t key[KEY_BYTES], char out[KEY_TEXT])
{
    static const char hex[] = "0123456789abcdef";
    unsigned k = 0;
    for (unsigned i = 0; i < KEY_BYTES; i++) {
        if (dash_before(i))
            out[k++] = '-';
        out[k++] = hex[key[i] >> 4];
        out[k++] = hex[key[i] & 15];
    }
    out[k] = '\0';
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool key_of_text(const char *text, uint8_t out[KEY_BYTES])
{
    for (unsigned i = 0; i < KEY_BYTES; i++) {
        if (dash_before(i) && *text++ != '-')
            return false;
        int high = hex_value(text[0]), low = high < 0 ? -1 : hex_value(text[1]);
        if (low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return *text == '\0';
}

/* The folder's entry must be on disk too, or a power cut forgets the file. */
static bool flush_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    if (n >= sizeof folder)
        return false;
    memcpy(folder, slash == NULL ? "." : path, n);
    folder[n] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool make_file(const char *path, int fd, uint8_t key[KEY_BYTES], struct err *e)
{
    char line[KEY_TEXT + 1];
    bool ok = key_new(key, e);
    if (!ok) {
        close(fd);
        unlink(path);
        return false;
    }
    key_to_text(key, line);
    line[KEY_TEXT - 1] = '\n';
    ok = write(fd, line, KEY_TEXT) == KEY_TEXT && fsync(fd) == 0;
    int why = errno;
    ok = close(fd) == 0 && ok && flush_folder(path);
    if (ok)
        return true;
    unlink(path); /* nothing was sent with this key */
    return fail_field(e, ERR_UNAVAILABLE, "--key-file", "the key cannot be kept in %s: %s; nothing was sent",
                      path, strerror(why));
}

bool key_file(const char *path, bool create, uint8_t out[KEY_BYTES], struct err *e)
{
    char text[64];
    if (create) {
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0)
            return make_file(path, fd, out, e);
        if (errno != EEXIST)
            return fail_field(e, ERR_INVALID_ARGUMENT, "--key-file", "%s cannot be made: %s", path,
                              strerror(errno));
    }
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return fail_field(e, ERR_INVALID_ARGUMENT, "--key-file", "%s cannot be read: %s", path,
                          strerror(errno));
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    if (n > 0 && text[n - 1] == '\n')
        text[n - 1] = '\0';
    return key_of_text(text, out) ||
           fail_field(e, ERR_INVALID_ARGUMENT, "--key-file",
                      "%s does not hold a key (one UUID in lower case); name another file", path);
}
