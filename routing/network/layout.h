/* layout.h - the bytes of a network file, shared by builder.c and file.c only.
 */
#ifndef ZH_NETWORK_LAYOUT_H
#define ZH_NETWORK_LAYOUT_H

#include "network/network.h"

#define LAYOUT_MAGIC "ZHNET\r\n\032"
enum { LAYOUT_VERSION = 6, LAYOUT_ORDER = 0x01020304, LAYOUT_ALIGN = 64 };

enum layout_section {
#define X(name, type) SECTION_##name,
    NET_SECTIONS(X)
#undef X
        SECTION_COUNT
};

struct layout_entry {
    uint64_t offset, count, checksum;
    uint32_t element_size, reserved;
};

struct layout_header {
    char magic[8];
    uint32_t format_version, byte_order;
    uint64_t file_len;
    uint32_t section_count;
    int32_t utc_offset_min;
    net_str name, source, attribution;
    uint32_t reserved;
    char version[40], tariff_version[24], timetable_version[24]; /* NUL-terminated hex */
    struct layout_entry entry[SECTION_COUNT];
    uint64_t checksum; /* XXH3 of the header before this field */
};

static inline uint64_t layout_align(uint64_t at)
{
    return (at + LAYOUT_ALIGN - 1) & ~(uint64_t)(LAYOUT_ALIGN - 1);
}

#endif
