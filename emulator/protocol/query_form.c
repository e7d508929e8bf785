#include "emulator/protocol/query_form.h"

#include "emulator/protocol/codec_support.h"

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

/* The part of the name from `offset` up to the next dot. */
static struct text part_at(struct text name, size_t offset) {
    struct text rest = text_slice(name, offset, name.size);
    const char *dot = rest.size ? memchr(rest.data, '.', rest.size) : NULL;
    return dot ? (struct text){rest.data, (size_t)(dot - rest.data)} : rest;
}

static bool is_number(struct text part) {
    for (size_t index = 0; index < part.size; index++) {
        if (!is_digit(part.data[index])) {
            return false;
        }
    }
    return part.size > 0;
}

static struct text without_zeros(struct text number) {
    while (number.size > 1 && number.data[0] == '0') {
        number = (struct text){number.data + 1, number.size - 1};
    }
    return number;
}

/* Numbers by value and before words; "1" and "01" are two elements beside each other. */
static int compare_parts(struct text a, struct text b) {
    bool a_number = is_number(a);
    bool b_number = is_number(b);
    if (a_number != b_number) {
        return a_number ? -1 : 1;
    }
    if (a_number) {
        struct text a_value = without_zeros(a);
        struct text b_value = without_zeros(b);
        int order = a_value.size != b_value.size ? (a_value.size < b_value.size ? -1 : 1)
                                                 : text_compare(a_value, b_value);
        return order ? order : a.size == b.size ? 0 : a.size < b.size ? -1 : 1;
    }
    return text_compare(a, b);
}

/* Part by part; a name stands before those that go on below it. */
static int compare_names(struct text a, struct text b) {
    size_t at_a = 0;
    size_t at_b = 0;
    for (;;) {
        bool a_done = at_a > a.size;
        bool b_done = at_b > b.size;
        if (a_done || b_done) {
            return a_done && b_done ? 0 : a_done ? -1 : 1;
        }
        struct text part_a = part_at(a, at_a);
        struct text part_b = part_at(b, at_b);
        int order = compare_parts(part_a, part_b);
        if (order) {
            return order;
        }
        at_a += part_a.size + 1;
        at_b += part_b.size + 1;
    }
}

static size_t count_pairs(struct text source) {
    size_t count = 1;
    while (source.data) {
        text_cut(&source, '&');
        count++;
    }
    return count;
}

/* Merges runs of `width`; stable, which qsort() is not. */
static void merge(const struct form_pair *from, struct form_pair *to, size_t start, size_t middle,
                  size_t end) {
    size_t left = start;
    size_t right = middle;
    for (size_t at = start; at < end; at++) {
        if (left < middle && (right >= end || compare_names(from[left].name, from[right].name) <= 0)) {
            to[at] = from[left++];
        } else {
            to[at] = from[right++];
        }
    }
}

static struct form_pair *sort_pairs(struct arena *arena, struct form_pair *pairs, size_t count) {
    struct form_pair *other = arena_alloc(arena, count * sizeof(*other));
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = start + 2 * width < count ? start + 2 * width : count;
            merge(pairs, other, start, middle, end);
        }
        struct form_pair *swap = pairs;
        pairs = other;
        other = swap;
    }
    return pairs;
}

struct form_node form_parse(struct arena *arena, const struct text *sources, size_t count) {
    size_t capacity = 0;
    for (size_t index = 0; index < count; index++) {
        capacity += sources[index].data ? count_pairs(sources[index]) : 0;
    }
    struct form_pair *pairs = arena_alloc(arena, (capacity + 1) * sizeof(*pairs));
    size_t used = 0;
    for (size_t index = 0; index < count; index++) {
        struct text rest = sources[index];
        while (rest.data) {
            struct text value = text_cut(&rest, '&');
            struct text name = text_cut(&value, '=');
            if (name.size) {
                pairs[used++] = (struct form_pair){
                    codec_unpercent(arena, name, true),
                    value.data ? codec_unpercent(arena, value, true) : TEXT(""),
                };
            }
        }
    }
    pairs = sort_pairs(arena, pairs, used);
    size_t kept = 0;
    for (size_t index = 0; index < used; index++) {
        if (index + 1 == used || compare_names(pairs[index].name, pairs[index + 1].name) != 0) {
            pairs[kept++] = pairs[index];
        }
    }
    return (struct form_node){.pairs = pairs, .end = kept};
}

/* First pair of the node whose next part is not below `part`, or (after) above it. */
static size_t bound(struct form_node node, struct text part, bool after) {
    size_t low = node.first;
    size_t high = node.end;
    while (low < high) {
        size_t middle = (low + high) / 2;
        struct text name = node.pairs[middle].name;
        bool ended = node.offset > name.size; /* the node's own value */
        int order = ended ? -1 : compare_parts(part_at(name, node.offset), part);
        if (order < 0 || (after && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct form_node form_child(struct form_node node, struct text part) {
    for (struct text rest = part; rest.data;) {
        struct text piece = text_cut(&rest, '.');
        size_t first = bound(node, piece, false);
        size_t end = bound(node, piece, true);
        size_t offset = first < end ? node.offset + part_at(node.pairs[first].name, node.offset).size + 1 : 0;
        node = (struct form_node){node.pairs, first, end, offset};
    }
    return node;
}

struct text form_value(struct form_node node) {
    if (node.first < node.end && node.offset > node.pairs[node.first].name.size) {
        return node.pairs[node.first].value;
    }
    return TEXT_NONE;
}

bool form_next_number(struct form_node *rest, struct form_node *child) {
    while (rest->first < rest->end) {
        struct text name = rest->pairs[rest->first].name;
        if (rest->offset > name.size) {
            rest->first++; /* the node's own value */
            continue;
        }
        struct text part = part_at(name, rest->offset);
        if (!is_number(part)) {
            return false; /* numbers stand before words */
        }
        size_t end = bound(*rest, part, true);
        *child = (struct form_node){rest->pairs, rest->first, end, rest->offset + part.size + 1};
        rest->first = end;
        return true;
    }
    return false;
}
