#include "emulator/protocol/xml_reader.h"

#include <CUnit/CUnit.h>

#include "emulator/base/strbuf.h"
#include "harness/unit_tests.h"

static void test_entities(void) {
    struct arena *arena = arena_open();
    const char *message = NULL;
    CU_ASSERT_PTR_NULL(xml_parse(
        arena, TEXT("<!DOCTYPE a [<!ENTITY x \"yyyy\"><!ENTITY z \"&x;&x;\">]><a>&z;</a>"), &message));
    CU_ASSERT_PTR_NULL(xml_parse(arena, TEXT("<a>&z;</a>"), &message));
    const struct xml_element *root = xml_parse(arena, TEXT("<a>&lt;&#x41;&#66;&amp;</a>"), &message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    CU_ASSERT(text_equals(root->text, "<AB&"));
    arena_close(arena);
}

/* <a><b/><b/>...</a> with so many nodes; those of an element or those of attributes. */
static const char *verdict(int nodes, const char *node, const char *before, const char *after) {
    struct arena *arena = arena_open();
    struct strbuf source = STRBUF_INIT;
    strbuf_append_string(&source, before);
    for (int i = 1; i < nodes; i++) {
        strbuf_append_string(&source, node);
    }
    strbuf_append_string(&source, after);
    const char *message = NULL;
    const char *found = xml_parse(arena, strbuf_text(&source), &message) ? "good" : message;
    strbuf_release(&source);
    arena_close(arena);
    return found;
}

static void test_many_nodes(void) {
    CU_ASSERT_STRING_EQUAL(verdict(XML_MAXIMUM_NODES, "<b/>", "<a>", "</a>"), "good");
    CU_ASSERT_STRING_EQUAL(verdict(XML_MAXIMUM_NODES + 1, "<b/>", "<a>", "</a>"), "too many elements");
    CU_ASSERT_STRING_EQUAL(verdict(XML_MAXIMUM_NODES + 1, " c=''", "<a", "/>"), "too many elements");
}

void xml_reader_test(void) {
    unit_test("entities of a document's own are refused", test_entities);
    unit_test("more elements and attributes than memory should hold are refused", test_many_nodes);
}
