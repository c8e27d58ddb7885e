/* The frame's head: every length with every number of bytes behind it. */
#include "frame.h"
#include "test.h"

TEST(a_head_is_awaited_whole)
{
    uint8_t head[FRAME_HEAD] = {0, 0, 0, 5};
    size_t len = 0;
    for (size_t have = 0; have < FRAME_HEAD; have++)
        CHECK_I64(frame_judge(head, have, 100, &len), FRAME_PARTIAL);
}

TEST(lengths_out_of_bounds_are_broken_at_four_bytes)
{
    const uint32_t bad[] = {0, 101, 0x7fffffff, 0x80000000u, 0xffffffffu, 0xfffffffcu};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (size_t behind = 0; behind <= 8; behind++) {
            uint8_t head[FRAME_HEAD];
            size_t len = 0;
            frame_put_head(head, bad[i]);
            CHECK_I64(frame_judge(head, FRAME_HEAD + behind, 100, &len), FRAME_BROKEN);
        }
}

TEST(a_frame_is_whole_exactly_when_its_bytes_are_there)
{
    for (uint32_t n = 1; n <= 100; n++) {
        uint8_t head[FRAME_HEAD];
        size_t len = 0;
        frame_put_head(head, n);
        CHECK_I64(frame_judge(head, FRAME_HEAD + n - 1, 100, &len), FRAME_PARTIAL);
        CHECK_I64(frame_judge(head, FRAME_HEAD + n, 100, &len), FRAME_WHOLE);
        CHECK_I64(len, n);
    }
}
