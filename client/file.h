/* file.h - a file, or standard input ("-"), as bytes within a bound. */
#ifndef ZH_CLIENT_FILE_H
#define ZH_CLIENT_FILE_H

#include "base/err.h"
#include "bytes.h"

/* Adds to out, at most out->max bytes in all; what: in the sentence when it is larger. The caller frees. */
bool file_read(const char *path, const char *what, struct bytes *out, struct err *e);

#endif
