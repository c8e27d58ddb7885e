#include "web_files.h"

#include "gzip.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { PACK_FROM = 1024, PACK_LEVEL = 9, NAME_MAX_BYTES = 100, PATH_MAX_BYTES = 420 };

static const struct {
    const char *suffix, *type;
    bool packs;
} types[] = {
    {".html", "text/html; charset=utf-8", true},
    {".js", "text/javascript; charset=utf-8", true},
    {".mjs", "text/javascript; charset=utf-8", true},
    {".css", "text/css; charset=utf-8", true},
    {".json", "application/json", true},
    {".webmanifest", "application/manifest+json", true},
    {".svg", "image/svg+xml", true},
    {".txt", "text/plain; charset=utf-8", true},
    {".png", "image/png", false},
    {".jpg", "image/jpeg", false},
    {".webp", "image/webp", false},
    {".ico", "image/x-icon", false},
    {".woff2", "font/woff2", false},
    {".wasm", "application/wasm", true},
    {".pbf", "application/x-protobuf", false}, /* MapLibre's glyphs */
};
enum { TYPE_COUNT = sizeof types / sizeof types[0] };

static int type_of(const char *name)
{
    size_t n = strlen(name);
    for (int i = 0; i < TYPE_COUNT; i++) {
        size_t k = strlen(types[i].suffix);
        if (n > k && strcmp(name + n - k, types[i].suffix) == 0)
            return i;
    }
    return -1;
}

static bool is_plain_name(const char *name)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    size_t n = strlen(name);
    return n > 0 && n <= NAME_MAX_BYTES && name[0] != '.' && strspn(name, good) == n;
}

/* The bytes of a regular file; false: it is none, or cannot be read. */
static bool read_file(int folder, const char *name, struct bytes *out)
{
    struct stat st;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0 && (size_t)st.st_size <= out->max;
    while (ok && out->len < (size_t)st.st_size) {
        char *at = bytes_room(out, (size_t)st.st_size - out->len);
        ssize_t n = at != NULL ? read(fd, at, (size_t)st.st_size - out->len) : -1;
        ok = n > 0 || (at != NULL && n < 0 && errno == EINTR);
        out->len += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    return ok;
}

static void add_packed(int folder, const char *name, bool packs, struct web_file *f)
{
    char packed[NAME_MAX_BYTES + 4];
    snprintf(packed, sizeof packed, "%s.gz", name);
    f->packed.max = WEB_BYTES_MAX;
    if (read_file(folder, packed, &f->packed))
        return;
    bytes_free(&f->packed);
    if (packs && f->plain.len >= PACK_FROM && !gzip_pack(f->plain.at, f->plain.len, PACK_LEVEL, &f->packed))
        bytes_free(&f->packed);
}

static bool add_file(struct web_files *w, int folder, const char *prefix, const char *name, struct err *e)
{
    int type = type_of(name);
    if (type < 0)
        return true;
    struct web_file f = {.type = types[type].type, .plain.max = WEB_BYTES_MAX};
    char path[PATH_MAX_BYTES];
    snprintf(path, sizeof path, "%s%s", prefix, name);
    if (!read_file(folder, name, &f.plain)) { /* a link, a pipe, gone meanwhile */
        bytes_free(&f.plain);
        return true;
    }
    add_packed(folder, name, types[type].packs, &f);
    f.path = strdup(path);
    f.forever = strncmp(path, "/assets/", 8) == 0;
    snprintf(f.tag, sizeof f.tag, "\"%016llx\"", (unsigned long long)XXH3_64bits(f.plain.at, f.plain.len));
    w->bytes += f.plain.len + f.packed.len;
    w->file[w->count++] = f;
    if (f.path == NULL)
        return fail_field(e, ERR_RESOURCE_EXHAUSTED, "web", "out of memory for the page's files");
    return w->bytes <= WEB_BYTES_MAX || fail_field(e, ERR_INVALID_ARGUMENT, "web",
                                                   "the page's files take more than %d bytes", WEB_BYTES_MAX);
}

static bool add_folder(struct web_files *w, int folder, const char *prefix, int depth, struct err *e);

static bool add_entry(struct web_files *w, int folder, const char *prefix, const char *name, int depth,
                      struct err *e)
{
    char inner[PATH_MAX_BYTES];
    struct stat st;
    if (!is_plain_name(name) || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return true;
    if (S_ISREG(st.st_mode)) {
        if (w->count == WEB_FILES_MAX)
            return fail_field(e, ERR_INVALID_ARGUMENT, "web", "the page has more than %d files",
                              WEB_FILES_MAX);
        return add_file(w, folder, prefix, name, e);
    }
    if (!S_ISDIR(st.st_mode) || depth == WEB_DEPTH_MAX)
        return true;
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    snprintf(inner, sizeof inner, "%s%s/", prefix, name);
    return fd < 0 || add_folder(w, fd, inner, depth + 1, e);
}

/* Takes the descriptor. */
static bool add_folder(struct web_files *w, int folder, const char *prefix, int depth, struct err *e)
{
    DIR *dir = fdopendir(folder);
    bool ok = true;
    if (dir == NULL) {
        close(folder);
        return fail_field(e, ERR_UNAVAILABLE, "web", "%s: %s", prefix, strerror(errno));
    }
    for (struct dirent *entry; ok && (entry = readdir(dir)) != NULL;)
        ok = add_entry(w, folder, prefix, entry->d_name, depth, e);
    closedir(dir);
    return ok;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct web_file *)a)->path, ((const struct web_file *)b)->path);
}

bool web_files_load(const char *folder, struct web_files *out, struct err *e)
{
    *out = (struct web_files){0};
    int fd = folder[0] != '\0' ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0)
        return folder[0] == '\0' || errno == ENOENT ||
               fail_field(e, ERR_INVALID_ARGUMENT, "web", "folder \"%s\": %s", folder, strerror(errno));
    out->file = calloc(WEB_FILES_MAX, sizeof *out->file);
    if (out->file == NULL) {
        close(fd);
        return fail_field(e, ERR_RESOURCE_EXHAUSTED, "web", "out of memory for the page's files");
    }
    if (!add_folder(out, fd, "/", 0, e)) {
        web_files_free(out);
        return false;
    }
    qsort(out->file, out->count, sizeof *out->file, by_path);
    return true;
}

void web_files_free(struct web_files *w)
{
    for (size_t i = 0; i < w->count; i++) {
        free(w->file[i].path);
        bytes_free(&w->file[i].plain);
        bytes_free(&w->file[i].packed);
    }
    free(w->file);
    *w = (struct web_files){0};
}

const struct web_file *web_files_find(const struct web_files *w, const char *path, size_t len)
{
    static const char index[] = "/index.html";
    char key[PATH_MAX_BYTES];
    if (len == 1 && path[0] == '/') {
        path = index;
        len = sizeof index - 1;
    }
    if (len >= sizeof key || w->count == 0)
        return NULL;
    memcpy(key, path, len);
    key[len] = '\0';
    return bsearch(&(struct web_file){.path = key}, w->file, w->count, sizeof *w->file, by_path);
}
