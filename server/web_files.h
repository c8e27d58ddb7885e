/* web_files.h - the page's files: a table that is made at start from one folder and never changes. A
 * request's path is looked up in it as it stands; no path of a request reaches the file system.
 *
 * Taken are regular files (no links) of known types whose names are letters, digits, "-", "_" and ".",
 * without a dot in front, in at most WEB_DEPTH_MAX folders. NAME.gz beside NAME is its packed form; where it
 * is missing and the type is worth it, one is made. index.html is also "/". Files under /assets/ carry a hash
 * in their name (Vite) and may be kept for ever; of the others a browser asks again with their tag.
 */
#ifndef ZH_SERVER_WEB_FILES_H
#define ZH_SERVER_WEB_FILES_H

#include "base/err.h"
#include "bytes.h"

enum { WEB_FILES_MAX = 1000, WEB_DEPTH_MAX = 4, WEB_BYTES_MAX = 64 << 20 };

struct web_file {
    char *path;                 /* "/assets/index-1a2b.js" */
    const char *type;           /* "text/javascript; charset=utf-8" */
    struct bytes plain, packed; /* packed: len 0 where there is none */
    char tag[20];               /* of plain, with quotes */
    bool forever;
};

struct web_files {
    struct web_file *file; /* sorted by path */
    size_t count, bytes;
};

/* A folder that is not there gives an empty table; one with too much, or that cannot be read, an error. */
bool web_files_load(const char *folder, struct web_files *out, struct err *e);
void web_files_free(struct web_files *w);
/* NULL: there is none of this path. */
const struct web_file *web_files_find(const struct web_files *w, const char *path, size_t len);

#endif
