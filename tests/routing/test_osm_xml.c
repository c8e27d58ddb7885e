/* The boundary of the XML reader: what is refused, with which sentence. */
#include "test_osm_file.h"

TEST(absurd_files_are_refused_in_a_sentence)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"", "is empty"},
        {"\n", "no <osm>"},
        {"hello", "no OSM XML"},
        {"<osm/>", "no road"},
        {"<osm></osm>", "no road"},
        {"<osmChange></osmChange>", "not <osm>"},
        {"<osm>", "ends inside <osm>"},
        {"<osm></osm><osm></osm>", "second root"},
        {"<osm><node id='1' lat='0'/></osm>", "no latitude"},
        {"<osm><node id='x' lat='0' lon='0'/></osm>", "whole number"},
        {"<osm>\n<way id='1'><nd/></way></osm>", ":2: a nd without"},
        {"<osm><way id='1'><tag k='highway'/></way></osm>", "without k or v"},
        {"<osm><relation id='1'><member type='way' ref='1'/></relation></osm>", "member without"},
        {"<osm><node id='1' id='1' lat='0' lon='0'/></osm>", "stands twice"},
        {"<osm><node id='1' lat='0' lon='0' visible='false'/></osm>", "history"},
        {"<osm>\xff</osm>", "UTF-8"},
        {"<osm>&nothing;</osm>", "not known"},
        {"<osm>&#0;</osm>", "no character"},
        {"<!DOCTYPE osm [<!ENTITY a 'b'>]><osm></osm>", "document types"},
        {"<osm>]]></osm>", "CDATA"},
        {"<osm><a></b></osm>", "ends nothing"},
        {"<osm><note x='a<b'/></osm>", "inside a value"},
        {"<?xml version='1.0' encoding='UTF-16'?><osm></osm>", "UTF-8"},
        {"<osm><node id='1' lat='91' lon='0'/><node id='2' lat='0' lon='0'/><way id='1'><nd ref='1'/><nd "
         "ref='2'/><tag k='highway' v='primary'/></way></osm>",
         "no place on earth"},
        {"<osm><node id='1' lat='0' lon='-180.5'/><node id='2' lat='0' lon='0'/><way id='1'><nd ref='1'/><nd "
         "ref='2'/><tag k='highway' v='primary'/></way></osm>",
         "no place on earth"},
    };
    struct osm_net o;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_MSG(!osm_load_bytes(cases[i].text, strlen(cases[i].text), ".osm", &o), "case %zu was taken", i);
        CHECK_MSG(strstr(o.e.text, cases[i].said) != NULL, "case %zu: %s", i, o.e.text);
    }
    CHECK(!osm_load_bytes("<osm/>", 6, ".xml", &o) && strstr(o.e.text, "neither") != NULL);
    struct network_builder *b;
    CHECK(network_builder_new(&b, &o.e));
    CHECK(!network_import_osm("/nowhere/x.osm.pbf", b, &o.r, NULL, &o.e) && o.e.code == ERR_NOT_FOUND);
    network_builder_free(b);
}

/* Cut anywhere the file is refused, and only whole it is taken. */
TEST(xml_cut_at_every_byte)
{
    struct osm_net o;
    struct osm_text *t = osm_text();
    put_node(t, 1, 0, 0, "barrier=gate");
    put_node(t, 2, 1, 0, "");
    put_way(t, 1, "1 2", "highway=primary|name=a &amp; ü <x>|maxheight=4");
    put_turn(t, 1, "f1 n2 t1", "restriction=no_u_turn");
    put(t, "<!-- end --></osm>");
    for (size_t cut = 0; cut < t->len; cut++)
        CHECK_MSG(!osm_load_bytes(t->s, cut, ".osm", &o), "cut at %zu of %zu was taken", cut, t->len);
    CHECK_MSG(osm_load_bytes(t->s, t->len, ".osm", &o), "%s", o.e.text);
    osm_done(&o);
    free(t);
}
