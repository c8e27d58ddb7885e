/* fuzz.h - what the fuzz targets share. A target is a file fuzz_NAME.c with LLVMFuzzerTestOneInput, and a
 * folder corpus/NAME of small inputs, among them every input that once broke something.
 *
 *   make fuzz FUZZ_SECONDS=60   every target for so long; clang's libFuzzer where clang is, else main.c
 *   make check                  every target for a few thousand inputs of main.c (tests/e2e/test_fuzz.sh)
 *
 * To add one (the boundary of an OpenStreetMap reader, say): write fuzz_osm.c that hands the bytes over by
 * fuzz_file when the code wants a path, and put a few small files into corpus/osm. The Makefile and the
 * scripts find both. A target says that something is wrong by abort(): a sanitizer finds only what crashes,
 * so let it check a promise, too, such as "what was imported can be opened" (fuzz_freeze).
 */
#ifndef ZH_FUZZ_H
#define ZH_FUZZ_H

#include "network/builder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* This process's own folder, empty at the start. */
const char *fuzz_folder(void);
/* Writes folder/name; the path is valid until the next call with the same slot, 0 to 3. */
const char *fuzz_file(int slot, const char *name, const uint8_t *data, size_t len);
void fuzz_remove(const char *name);

/* Freezes and opens what an import accepted, looks at all of it and aborts when it cannot be opened. */
void fuzz_freeze(struct network_builder *b);
/* Reads a network as the daemon and the command line do. */
void fuzz_use(const struct network *n);

#endif
