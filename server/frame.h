/* frame.h - the frame: a 4-byte big-endian length, then that many bytes. Pure. */
#ifndef ZH_SERVER_FRAME_H
#define ZH_SERVER_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum { FRAME_HEAD = 4 };

enum frame_state {
    FRAME_PARTIAL, /* more bytes are needed */
    FRAME_WHOLE,   /* *payload_len is the length behind the head */
    FRAME_BROKEN,  /* empty or longer than allowed: nothing after it can be trusted */
};

/* Judges the head when 4 bytes are there; `have` counts all bytes that have come. */
enum frame_state frame_judge(const uint8_t head[FRAME_HEAD], size_t have, size_t frame_max,
                             size_t *payload_len);

void frame_put_head(uint8_t head[FRAME_HEAD], uint32_t payload_len);

#endif
