/* Every request message of the method table: what the scan lets through must unpack in the memory of one
 * request, pack again, and pass the scan again. The first two bytes choose the method. */
#include "base/arena.h"
#include "dispatch.h"
#include "fuzz.h"
#include "wire_scan.h"

#include <stdlib.h>

enum { ARENA = 64 * 1024 * 1024 };

static void *take(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void keep(void *arena, void *p)
{
    (void)arena;
    (void)p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct arena a;
    struct err e = {0};
    if (methods_count() == 0) {
        arena_init(&a, ARENA);
        if (!methods_init(&e))
            abort();
    }
    if (len < 2)
        return 0;
    const struct method *m = methods_row((uint32_t)(data[0] << 8 | data[1]) % methods_count());
    arena_reset(&a);
    if (!wire_scan(m->input, data + 2, len - 2, &e)) {
        if (e.code == ERR_OK || e.text[0] == '\0')
            abort(); /* a refusal says why */
        return 0;
    }
    ProtobufCAllocator allocator = {.alloc = take, .free = keep, .allocator_data = &a};
    ProtobufCMessage *message = protobuf_c_message_unpack(m->input, &allocator, len - 2, data + 2);
    if (message == NULL)
        abort();
    size_t n = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = arena_alloc(&a, n + 1);
    if (bytes == NULL || protobuf_c_message_pack(message, bytes) != n)
        abort();
    if (!wire_scan(m->input, bytes, n, &e))
        abort();
    return 0;
}
