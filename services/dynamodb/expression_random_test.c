/*
 * Random conditions against a second evaluator that is slow and obvious (three-letter worlds, plain
 * integers), and damaged expressions against the parsers. Seeded: a failure comes back.
 */
#include <CUnit/CUnit.h>

#include "emulator/base/ids.h"
#include "harness/unit_tests.h"
#include "services/dynamodb/expression.h"

#define ROUNDS 4000
#define ATTRIBUTES 4

/* The obvious world: a value is missing, a string, a small number, or a set of small numbers. */
struct plain {
    enum { MISSING, STRING, NUMBER, SET } type;
    const char *string;
    int number;
    unsigned set; /* bit per member 0..3 */
};

struct world {
    struct ids *ids;
    struct plain attributes[ATTRIBUTES];
    struct strbuf source;
    struct strbuf values;
    int value_count;
};

static int roll(struct world *world, int bound) {
    return (int)ids_random_below(world->ids, (uint64_t)bound);
}

static struct plain random_value(struct world *world, bool may_miss) {
    static const char *const strings[] = {"", "a", "ab", "b", "ba"};
    struct plain value = {.string = strings[roll(world, 5)], .number = roll(world, 5) - 2};
    value.set = (unsigned)roll(world, 15) + 1;
    value.type = may_miss ? roll(world, 4) : 1 + roll(world, 3);
    return value;
}

static void append_json(struct strbuf *out, const struct plain *value) {
    if (value->type == STRING) {
        strbuf_printf(out, "{\"S\":\"%s\"}", value->string);
    } else if (value->type == NUMBER) {
        strbuf_printf(out, "{\"N\":\"%d.0\"}", value->number);
    } else {
        strbuf_append_string(out, "{\"NS\":[");
        for (int i = 0, count = 0; i < 4; i++) {
            if (value->set & (1U << i)) {
                strbuf_printf(out, "%s\"%d\"", count++ ? "," : "", i);
            }
        }
        strbuf_append_string(out, "]}");
    }
}

/* Writes an operand and says what it is worth. */
static struct plain random_operand(struct world *world, int *attribute) {
    *attribute = roll(world, 2) ? roll(world, ATTRIBUTES) : -1;
    if (*attribute >= 0) {
        strbuf_printf(&world->source, "a%d", *attribute);
        return world->attributes[*attribute];
    }
    struct plain value = random_value(world, false);
    strbuf_printf(&world->source, ":v%d", world->value_count);
    strbuf_printf(&world->values, "%s\":v%d\":", world->value_count ? "," : "", world->value_count);
    append_json(&world->values, &value);
    world->value_count++;
    return value;
}

static bool plain_equal(const struct plain *a, const struct plain *b) {
    if (a->type != b->type || a->type == MISSING) {
        return false;
    }
    return a->type == STRING   ? strcmp(a->string, b->string) == 0
           : a->type == NUMBER ? a->number == b->number
                               : a->set == b->set;
}

/* -1, 0, 1; 2: cannot be compared. */
static int plain_order(const struct plain *a, const struct plain *b) {
    if (a->type != b->type || a->type == MISSING || a->type == SET) {
        return 2;
    }
    int order = a->type == STRING ? strcmp(a->string, b->string) : a->number - b->number;
    return (order > 0) - (order < 0);
}

static bool plain_compare(int which, const struct plain *a, const struct plain *b) {
    int order = plain_order(a, b);
    switch (which) {
    case 0:
        return plain_equal(a, b);
    case 1:
        return !plain_equal(a, b);
    case 2:
        return order == -1;
    case 3:
        return order == -1 || order == 0;
    case 4:
        return order == 1;
    default:
        return order == 1 || order == 0;
    }
}

/* A comparison; conditions that the parser refuses by rule (a set under "<", a = a) are made again. */
static bool random_leaf(struct world *world, bool *legal) {
    static const char *const operators[] = {" = ", " <> ", " < ", " <= ", " > ", " >= "};
    int left_attribute, right_attribute, which = roll(world, 8);
    if (which == 6) {
        int attribute = roll(world, ATTRIBUTES);
        strbuf_printf(&world->source, "attribute_exists(a%d)", attribute);
        return world->attributes[attribute].type != MISSING;
    }
    if (which == 7) {
        strbuf_append_string(&world->source, "contains(");
        int attribute = roll(world, ATTRIBUTES);
        strbuf_printf(&world->source, "a%d, ", attribute);
        struct plain part = random_operand(world, &right_attribute);
        strbuf_append_char(&world->source, ')');
        const struct plain *whole = &world->attributes[attribute];
        *legal = *legal && attribute != right_attribute;
        return (whole->type == STRING && part.type == STRING && strstr(whole->string, part.string)) ||
               (whole->type == SET && part.type == NUMBER && part.number >= 0 &&
                (whole->set & (1U << part.number)));
    }
    struct plain left = random_operand(world, &left_attribute);
    strbuf_append_string(&world->source, operators[which]);
    struct plain right = random_operand(world, &right_attribute);
    bool constant_set =
        (left_attribute < 0 && left.type == SET) || (right_attribute < 0 && right.type == SET);
    *legal =
        *legal && !(which > 1 && constant_set) && !(left_attribute >= 0 && left_attribute == right_attribute);
    return plain_compare(which, &left, &right);
}

static bool random_condition(struct world *world, int depth, bool *legal) {
    int kind = depth > 0 ? roll(world, 4) : 3;
    if (kind == 3) {
        return random_leaf(world, legal);
    }
    if (kind == 2) {
        strbuf_append_string(&world->source, "NOT (");
        bool value = !random_condition(world, 0, legal);
        strbuf_append_char(&world->source, ')');
        return value;
    }
    strbuf_append_string(&world->source, "(");
    bool left = random_condition(world, 0, legal);
    strbuf_append_string(&world->source, kind == 0 ? " AND " : " OR ");
    bool right = random_leaf(world, legal);
    strbuf_append_string(&world->source, ")");
    return kind == 0 ? left && right : left || right;
}

static void check_one(struct world *world, struct arena *arena, int depth) {
    struct strbuf item = STRBUF_INIT;
    bool legal = true, any = false;
    strbuf_append_char(&item, '{');
    for (int i = 0; i < ATTRIBUTES; i++) {
        world->attributes[i] = random_value(world, true);
        if (world->attributes[i].type != MISSING) {
            strbuf_printf(&item, "%s\"a%d\":", any ? "," : "", i);
            append_json(&item, &world->attributes[i]);
            any = true;
        }
    }
    strbuf_append_char(&item, '}');
    strbuf_append_char(&world->values, '{');
    bool expected = random_condition(world, depth, &legal);
    strbuf_append_string(&world->source, " OR ");
    expected = random_leaf(world, &legal) || expected;
    strbuf_append_char(&world->values, '}');
    const char *message = NULL;
    struct placeholders placeholders;
    struct json_value *values =
        world->value_count ? json_parse(arena, strbuf_text(&world->values), NULL) : NULL;
    CU_ASSERT_PTR_NULL_FATAL(placeholders_read(&placeholders, arena, WORDING_OLDER, NULL, values));
    struct node *condition =
        condition_parse(&placeholders, ROLE_FILTER, strbuf_text(&world->source), &message);
    CU_ASSERT_EQUAL(condition != NULL, legal);
    const struct attribute *read =
        attribute_read_item(arena, WORDING_OLDER, json_parse(arena, strbuf_text(&item), NULL), &message);
    if (condition && read) {
        bool found = expression_holds(arena, condition, read);
        if (found != expected) {
            printf("\n%s\non %s with %s\n", world->source.data, item.data, world->values.data);
        }
        CU_ASSERT_EQUAL(found, expected);
    }
    strbuf_release(&item);
}

static void test_differential(void) {
    struct world world = {.ids = ids_open(7)};
    struct arena *arena = arena_open();
    for (int i = 0; i < ROUNDS; i++) {
        world.value_count = 0;
        strbuf_clear(&world.source);
        strbuf_clear(&world.values);
        check_one(&world, arena, 1);
        arena_clear(arena);
    }
    strbuf_release(&world.source);
    strbuf_release(&world.values);
    arena_close(arena);
    ids_close(world.ids);
}

/* Takes away, doubles or changes bytes. */
static void damage(struct ids *ids, struct strbuf *text, const char *seed) {
    static const char alphabet[] = "ab.#:()[]=<>,+-0 19ANDORNOTsizeIN\n\x80\xFF";
    strbuf_clear(text);
    for (const char *byte = seed; *byte; byte++) {
        uint64_t what = ids_random_below(ids, 24);
        if (what == 0) {
            continue;
        }
        strbuf_append_char(text, what == 1 ? alphabet[ids_random_below(ids, sizeof(alphabet) - 1)] : *byte);
        if (what == 2) {
            strbuf_append(text, byte, 1 + ids_random_below(ids, strlen(byte)));
        }
    }
}

static void test_damaged(void) {
    static const char *const seeds[] = {
        "NOT (a.b[1] = :v AND #n <> :v) OR size(c) BETWEEN :v AND :v",
        "attribute_type(a, :v) or contains(b[0].#n, :v) AND c IN (:v, d, :v)",
        "SET a = if_not_exists(b, :v) + :v, c[2].d = list_append(e, :v) REMOVE f[1] ADD g :v DELETE h :v",
        "a, b.c, #n[3][4].d",
    };
    struct ids *ids = ids_open(11);
    struct arena *arena = arena_open();
    struct strbuf text = STRBUF_INIT;
    for (int i = 0; i < ROUNDS; i++) {
        struct placeholders placeholders;
        const char *message = NULL;
        (void)placeholders_read(&placeholders, arena, WORDING_OLDER,
                                json_parse(arena, TEXT("{\"#n\":\"n\"}"), NULL),
                                json_parse(arena, TEXT("{\":v\":{\"N\":\"1\"}}"), NULL));
        damage(ids, &text, seeds[i % 4]);
        const void *condition = condition_parse(&placeholders, ROLE_CONDITION, strbuf_text(&text), &message);
        CU_ASSERT((condition == NULL) == (message != NULL));
        const void *update = update_parse(&placeholders, strbuf_text(&text), &message);
        CU_ASSERT((update == NULL) == (message != NULL));
        const void *projection = projection_parse(&placeholders, strbuf_text(&text), &message);
        CU_ASSERT((projection == NULL) == (message != NULL));
        arena_clear(arena);
    }
    strbuf_release(&text);
    arena_close(arena);
    ids_close(ids);
}

void expression_random_test(void) {
    unit_test("random conditions hold as a second, obvious evaluator says", test_differential);
    unit_test("damaged expressions are parsed or refused with a text", test_damaged);
}
