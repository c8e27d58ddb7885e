#include "frame.h"

enum frame_state frame_judge(const uint8_t head[FRAME_HEAD], size_t have, size_t frame_max,
                             size_t *payload_len)
{
    if (have < FRAME_HEAD)
        return FRAME_PARTIAL;
    uint32_t n = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
    if (n == 0 || n > frame_max)
        return FRAME_BROKEN;
    *payload_len = n;
    return have - FRAME_HEAD >= n ? FRAME_WHOLE : FRAME_PARTIAL;
}

void frame_put_head(uint8_t head[FRAME_HEAD], uint32_t payload_len)
{
    head[0] = (uint8_t)(payload_len >> 24);
    head[1] = (uint8_t)(payload_len >> 16);
    head[2] = (uint8_t)(payload_len >> 8);
    head[3] = (uint8_t)payload_len;
}
