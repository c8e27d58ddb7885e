#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool file_read(const char *path, const char *what, struct bytes *out, struct err *e)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    char part[65536];
    size_t n;
    if (f == NULL)
        return fail(e, ERR_INVALID_ARGUMENT, "%s: %s", path, strerror(errno));
    bool fits = true;
    while (fits && (n = fread(part, 1, sizeof part, f)) > 0)
        fits = bytes_add(out, part, n);
    bool broken = ferror(f) != 0;
    if (f != stdin)
        fclose(f);
    return (fits && !broken) ||
           fail(e, ERR_INVALID_ARGUMENT, "%s: %s", path, broken ? "it cannot be read" : what);
}
