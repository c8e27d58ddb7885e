/* The published example of the encoding, and its signs. */
#include "polyline.h"
#include "test.h"

TEST(the_published_example)
{
    struct arena a;
    arena_init(&a, 1 << 16);
    struct net_point p[] = {{385000000, -1202000000}, {407000000, -1209500000}, {432520000, -1264530000}};
    CHECK_STR(polyline_encode(&a, p, 3), "_p~iF~ps|U_ulLnnqC_mqNvxq`@");
    CHECK_STR(polyline_encode(&a, p, 0), "");
    arena_release(&a);
}
