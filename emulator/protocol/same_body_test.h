/* For tests: whether two bodies say the same to a client, however they are written. */
#ifndef STACKRIG_SAME_BODY_TEST_H
#define STACKRIG_SAME_BODY_TEST_H

#include <jansson.h>
#include <stdio.h>

#include "emulator/protocol/xml_reader.h"

/* Clients take what stands between '#' and ':'. */
static inline void shorten_type(json_t *body) {
    const char *type = json_string_value(json_object_get(body, "__type"));
    if (type) {
        const char *start = strchr(type, '#') ? strchr(type, '#') + 1 : type;
        json_object_set_new(body, "__type", json_stringn(start, strcspn(start, ":")));
    }
}

static inline bool same_json_bodies(struct text ours, const char *theirs) {
    if (!ours.size || !theirs[0]) {
        /* An empty object and no body say the same to every client. */
        return (ours.size == 0 || text_equals(ours, "{}")) && (!theirs[0] || strcmp(theirs, "{}") == 0);
    }
    json_t *left = json_loadb(ours.data, ours.size, JSON_DECODE_ANY, NULL);
    json_t *right = json_loads(theirs, JSON_DECODE_ANY, NULL);
    shorten_type(left);
    shorten_type(right);
    bool equal = left && right && json_equal(left, right);
    json_decref(left);
    json_decref(right);
    return equal;
}

static inline size_t count_of(const struct xml_element *parent, struct text name) {
    size_t count = 0;
    for (const struct xml_element *child = parent->child; child; child = child->next) {
        count += text_same(child->name, name);
    }
    return count;
}

/* The default namespace of the root is the service's, which the cases leave out. */
static inline bool same_attributes(const struct xml_element *a, const struct xml_element *b, bool root) {
    for (const struct xml_attribute *attribute = a->attributes; attribute; attribute = attribute->next) {
        char name[64];
        snprintf(name, sizeof(name), "%.*s", TEXT_ARGUMENTS(attribute->name));
        if (!(root && strcmp(name, "xmlns") == 0) && !text_same(xml_attribute(b, name), attribute->value)) {
            return false;
        }
    }
    return true;
}

/* Elements of one name keep their order; different ones may stand in another. */
static inline bool same_elements(const struct xml_element *a, const struct xml_element *b, bool root) {
    if (!text_same(xml_local_name(a), xml_local_name(b)) || !same_attributes(a, b, root) ||
        !same_attributes(b, a, root)) {
        return false;
    }
    if (!a->child && !b->child) {
        return text_same(text_trim(a->text), text_trim(b->text));
    }
    for (const struct xml_element *child = b->child; child; child = child->next) {
        if (count_of(a, child->name) != count_of(b, child->name)) {
            return false;
        }
    }
    for (const struct xml_element *child = a->child; child; child = child->next) {
        size_t wanted = 0;
        for (const struct xml_element *before = a->child; before != child; before = before->next) {
            wanted += text_same(before->name, child->name);
        }
        const struct xml_element *other = b->child;
        for (; other && (!text_same(other->name, child->name) || wanted); other = other->next) {
            wanted -= text_same(other->name, child->name);
        }
        if (!other || !same_elements(child, other, false)) {
            return false;
        }
    }
    return true;
}

/* Our own ids are not part of the cases. */
static inline void drop(struct xml_element *parent, const char *name) {
    for (struct xml_element **place = parent ? &parent->child : NULL; place && *place;) {
        if (text_equals((*place)->name, name)) {
            *place = (*place)->next;
        } else {
            place = &(*place)->next;
        }
    }
}

static inline bool same_xml_bodies(struct arena *arena, struct text ours, const char *theirs) {
    if (!ours.size || !theirs[0]) {
        struct xml_element *root = xml_parse(arena, ours, NULL);
        drop(root, "ResponseMetadata");
        return !theirs[0] && (ours.size == 0 || (root && (!root->child || !root->child->child)));
    }
    struct xml_element *left = xml_parse(arena, ours, NULL);
    struct xml_element *right = xml_parse(arena, text_of(theirs), NULL);
    drop(left, "ResponseMetadata");
    drop(left, "RequestId");
    drop(right, "RequestId");
    return left && right && same_elements(left, right, true);
}

#endif
