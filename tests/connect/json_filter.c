/* The JSON mapping as a filter, so that another language can be asked what it thinks
 * (tests/e2e/test_json_peer.py). A line "json MESSAGE HEX" gives the JSON of wire bytes, "wire MESSAGE HEX"
 * the wire bytes of JSON, as "ok HEX" or "no CODE". Only messages that a method takes or gives are
 * known. */
#include "dispatch.h"
#include "json.h"
#include "wire_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1 << 22 };

static const ProtobufCMessageDescriptor *find(const char *name)
{
    for (uint32_t i = 0; i < methods_count(); i++) {
        const struct method *m = methods_row(i);
        if (strcmp(m->input->short_name, name) == 0)
            return m->input;
        if (strcmp(m->output->short_name, name) == 0)
            return m->output;
    }
    return NULL;
}

static size_t from_hex(const char *hex, char *out)
{
    size_t n = 0;
    for (unsigned v; strlen(hex) >= 2; hex += 2) {
        char two[3] = {hex[0], hex[1], '\0'}, *end;
        v = (unsigned)strtoul(two, &end, 16);
        if (*end != '\0')
            break;
        out[n++] = (char)v;
    }
    return n;
}

static bool convert(const char *way, const ProtobufCMessageDescriptor *d, const char *in, size_t n,
                    struct bytes *out, struct err *e)
{
    if (strcmp(way, "wire") == 0)
        return json_read_message(d, in, n, out, e) && wire_scan(d, (const uint8_t *)out->at, out->len, e);
    ProtobufCMessage *m = protobuf_c_message_unpack(d, NULL, n, (const uint8_t *)in);
    bool ok = m != NULL ? json_write_message(m, 0, out, e) : fail(e, ERR_INVALID_ARGUMENT, "not unpacked");
    if (m != NULL)
        protobuf_c_message_free_unpacked(m, NULL);
    return ok;
}

int main(void)
{
    static char line[LINE_MAX_BYTES], in[LINE_MAX_BYTES / 2];
    if (!methods_init(NULL))
        return 1;
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *save = NULL, *way = strtok_r(line, " ", &save), *name = strtok_r(NULL, " ", &save),
             *hex = strtok_r(NULL, " ", &save);
        const ProtobufCMessageDescriptor *d = name != NULL ? find(name) : NULL;
        struct bytes out = {.max = LINE_MAX_BYTES};
        struct err e = {0};
        if (d == NULL)
            return 2;
        size_t n = hex != NULL ? from_hex(hex, in) : 0;
        if (convert(way, d, in, n, &out, &e)) {
            fputs("ok ", stdout);
            for (size_t i = 0; i < out.len; i++)
                printf("%02x", (unsigned char)out.at[i]);
            putchar('\n');
        } else {
            printf("no %s\n", err_code_name(e.code));
        }
        bytes_free(&out);
        fflush(stdout);
    }
    return 0;
}
