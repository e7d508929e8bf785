#include "services/sqs/sqs_index.h"

#include <CUnit/CUnit.h>

#include "emulator/base/ids.h"
#include "harness/unit_tests.h"

static struct sqs_index *queue;

static struct sqs_message *add(int64_t id, const char *group, int64_t due_ms) {
    struct sqs_message facts = {.id = id, .sequence = id, .sent_ms = id, .due_ms = due_ms};
    return sqs_index_add(queue, &facts, text_of(group), 0);
}

/* Receives up to `maximum` messages for `hidden_ms` and returns their ids as digits: "123". */
static const char *receive(int maximum, int64_t now_ms, int64_t hidden_ms) {
    static char ids[64];
    struct sqs_message *taken[64];
    struct sqs_cursor cursor;
    struct sqs_message *message;
    int count = 0;
    sqs_index_advance(queue, now_ms);
    sqs_cursor_init(&cursor, queue);
    while (count < maximum && (message = sqs_cursor_next(&cursor))) {
        ids[count] = (char)('0' + message->id);
        taken[count++] = message;
        message->receive_count++;
        sqs_index_hide(queue, message, now_ms + 1, now_ms);
    }
    for (int i = 0; i < count; i++) {
        sqs_index_hide(queue, taken[i], now_ms + hidden_ms, now_ms);
    }
    ids[count] = '\0';
    return ids;
}

static void standard_messages_come_in_order_and_are_hidden(void) {
    queue = sqs_index_open(false);
    add(1, NULL, 0);
    add(2, NULL, 50);
    add(3, NULL, 0);
    CU_ASSERT_EQUAL(sqs_index_count_visible(queue), 2);
    CU_ASSERT_EQUAL(sqs_index_count_delayed(queue), 1);
    CU_ASSERT_STRING_EQUAL(receive(10, 0, 100), "13");
    CU_ASSERT_EQUAL(sqs_index_count_in_flight(queue), 2);
    CU_ASSERT_STRING_EQUAL(receive(10, 49, 100), "");
    CU_ASSERT_STRING_EQUAL(receive(10, 50, 100), "2");
    CU_ASSERT_STRING_EQUAL(receive(10, 100, 100), "13");
    sqs_index_close(queue);
}

/* Source: LocalStack's test_inflight_message_requeue, validated against AWS. */
static void a_message_that_returns_comes_before_younger_ones(void) {
    queue = sqs_index_open(false);
    add(1, NULL, 0);
    CU_ASSERT_STRING_EQUAL(receive(1, 0, 30), "1");
    add(2, NULL, 0);
    add(3, NULL, 0);
    sqs_index_advance(queue, 30);
    CU_ASSERT_STRING_EQUAL(receive(2, 30, 30), "12");
    CU_ASSERT_STRING_EQUAL(receive(10, 60, 30), "123");
    sqs_index_close(queue);
}

static void a_timeout_of_zero_gives_each_message_once_a_call(void) {
    queue = sqs_index_open(false);
    add(1, NULL, 0);
    add(2, NULL, 0);
    CU_ASSERT_STRING_EQUAL(receive(10, 0, 0), "12");
    CU_ASSERT_STRING_EQUAL(receive(1, 0, 0), "1");
    CU_ASSERT_EQUAL(sqs_index_count_visible(queue), 2);
    sqs_index_close(queue);
}

/* Source: recorded, test_fifo_group_visibility_extends_with_change_message_visibility. */
static void a_group_is_blocked_from_its_first_hidden_message_on(void) {
    queue = sqs_index_open(true);
    for (int64_t id = 1; id <= 3; id++) {
        add(id, "g", 0);
    }
    CU_ASSERT_STRING_EQUAL(receive(10, 0, 100), "123");
    sqs_index_hide(queue, sqs_index_find(queue, 2), 500, 0);
    CU_ASSERT_STRING_EQUAL(receive(10, 100, 100), "1");
    sqs_index_hide(queue, sqs_index_find(queue, 1), 100, 100);
    CU_ASSERT_STRING_EQUAL(receive(10, 150, 100), "1");
    sqs_index_remove(queue, sqs_index_find(queue, 1));
    CU_ASSERT_STRING_EQUAL(receive(10, 200, 100), "");
    sqs_index_remove(queue, sqs_index_find(queue, 2));
    CU_ASSERT_STRING_EQUAL(receive(10, 200, 100), "3");
    sqs_index_close(queue);
}

static void served_groups_go_behind_the_others(void) {
    queue = sqs_index_open(true);
    add(1, "a", 0);
    add(2, "b", 0);
    add(3, "c", 0);
    add(4, "a", 0);
    CU_ASSERT_STRING_EQUAL(receive(3, 0, 0), "142");
    CU_ASSERT_STRING_EQUAL(receive(1, 0, 0), "3");
    CU_ASSERT_STRING_EQUAL(receive(1, 0, 100), "1");
    CU_ASSERT_STRING_EQUAL(receive(10, 0, 100), "23");
    sqs_index_close(queue);
}

static void blocked_messages_count_as_visible(void) {
    queue = sqs_index_open(true);
    add(1, "a", 0);
    add(2, "a", 0);
    CU_ASSERT_STRING_EQUAL(receive(1, 0, 100), "1");
    CU_ASSERT_FALSE(sqs_index_has_deliverable(queue));
    CU_ASSERT_EQUAL(sqs_index_count_visible(queue), 1);
    CU_ASSERT_EQUAL(sqs_index_count_in_flight(queue), 1);
    sqs_index_close(queue);
}

static void the_oldest_are_found_wherever_they_came_from(void) {
    queue = sqs_index_open(false);
    add(5, NULL, 0);
    add(7, NULL, 0);
    add(3, NULL, 0); /* from another queue, sent before */
    CU_ASSERT_PTR_NULL(sqs_index_expired(queue, 2));
    CU_ASSERT_PTR_EQUAL(sqs_index_expired(queue, 3), sqs_index_find(queue, 3));
    sqs_index_remove(queue, sqs_index_find(queue, 3));
    CU_ASSERT_PTR_NULL(sqs_index_expired(queue, 4));
    CU_ASSERT_PTR_EQUAL(sqs_index_expired(queue, 9), sqs_index_find(queue, 5));
    sqs_index_close(queue);
}

/* ---- against a slow and obvious queue ---- */

#define MESSAGES 60
#define GROUPS 4

struct plain {
    bool exists;
    int group;
    int64_t due_ms;
};

/* May this message be delivered now? In a FIFO queue nobody before it in its group may be hidden. */
static bool plain_visible(const struct plain *plain, int id, bool fifo, int64_t now_ms) {
    for (int other = 0; fifo && other < id; other++) {
        if (plain[other].exists && plain[other].group == plain[id].group && plain[other].due_ms > now_ms) {
            return false;
        }
    }
    return plain[id].exists && plain[id].due_ms <= now_ms;
}

static void check_receive(struct plain *plain, bool fifo, int64_t now_ms, int64_t hidden_ms) {
    struct sqs_cursor cursor;
    struct sqs_message *message;
    struct sqs_message *taken[MESSAGES];
    int count = 0;
    bool may[MESSAGES];
    int last_of_group[GROUPS] = {-1, -1, -1, -1};
    int last = -1;
    for (int id = 0; id < MESSAGES; id++) {
        may[id] = plain_visible(plain, id, fifo, now_ms);
    }
    sqs_cursor_init(&cursor, queue);
    while ((message = sqs_cursor_next(&cursor))) {
        int id = (int)message->id;
        CU_ASSERT_FATAL(may[id]);
        may[id] = false;
        if (fifo) {
            CU_ASSERT(last_of_group[plain[id].group] < id);
            last_of_group[plain[id].group] = id;
        } else {
            CU_ASSERT(last < id);
            last = id;
        }
        message->receive_count++;
        taken[count++] = message;
        sqs_index_hide(queue, message, now_ms + 1, now_ms);
    }
    for (int i = 0; i < count; i++) {
        plain[taken[i]->id].due_ms = now_ms + hidden_ms;
        sqs_index_hide(queue, taken[i], now_ms + hidden_ms, now_ms);
    }
    for (int id = 0; id < MESSAGES; id++) {
        CU_ASSERT_FALSE(may[id]); /* everything deliverable was delivered */
    }
}

static void check_counts(const struct plain *plain, int64_t now_ms) {
    int64_t visible = 0, hidden = 0;
    for (int id = 0; id < MESSAGES; id++) {
        visible += plain[id].exists && plain[id].due_ms <= now_ms;
        hidden += plain[id].exists && plain[id].due_ms > now_ms;
    }
    CU_ASSERT_EQUAL(sqs_index_count_visible(queue), visible);
    CU_ASSERT_EQUAL(sqs_index_count_delayed(queue) + sqs_index_count_in_flight(queue), hidden);
    CU_ASSERT_EQUAL(sqs_index_count(queue), visible + hidden);
}

static void random_walk(bool fifo, uint64_t seed) {
    static const char *const names[GROUPS] = {"a", "b", "c", "d"};
    struct ids *ids = ids_open(seed);
    struct plain plain[MESSAGES] = {{0}};
    int next = 0;
    queue = sqs_index_open(fifo);
    for (int64_t now_ms = 1; now_ms < 400; now_ms += (int64_t)ids_random_below(ids, 4)) {
        sqs_index_advance(queue, now_ms);
        int id = (int)ids_random_below(ids, MESSAGES);
        int64_t later_ms = now_ms + (int64_t)ids_random_below(ids, 30);
        switch (ids_random_below(ids, 4)) {
        case 0:
            if (next < MESSAGES) {
                plain[next] = (struct plain){true, (int)ids_random_below(ids, GROUPS), later_ms};
                struct sqs_message facts = {
                    .id = next, .sequence = next + 1, .sent_ms = now_ms, .due_ms = later_ms};
                sqs_index_add(queue, &facts, text_of(names[plain[next].group]), now_ms);
                next++;
            }
            break;
        case 1:
            check_receive(plain, fifo, now_ms, (int64_t)ids_random_below(ids, 20));
            break;
        case 2:
            if (plain[id].exists) {
                plain[id].exists = false;
                sqs_index_remove(queue, sqs_index_find(queue, id));
            }
            CU_ASSERT_PTR_NULL(sqs_index_find(queue, id < next ? id : MESSAGES));
            break;
        default:
            if (plain[id].exists) {
                plain[id].due_ms = later_ms;
                sqs_index_hide(queue, sqs_index_find(queue, id), later_ms, now_ms);
            }
        }
        check_counts(plain, now_ms);
    }
    sqs_index_close(queue);
    ids_close(ids);
}

static void standard_queues_agree_with_a_plain_one(void) {
    for (uint64_t seed = 1; seed <= 100; seed++) {
        random_walk(false, seed);
    }
}

static void fifo_queues_agree_with_a_plain_one(void) {
    for (uint64_t seed = 1; seed <= 100; seed++) {
        random_walk(true, seed);
    }
}

void sqs_index_test(void) {
    unit_test("standard messages come in order and are hidden until their moment",
              standard_messages_come_in_order_and_are_hidden);
    unit_test("a message that returns comes before younger ones",
              a_message_that_returns_comes_before_younger_ones);
    unit_test("a visibility timeout of zero gives each message once a call",
              a_timeout_of_zero_gives_each_message_once_a_call);
    unit_test("a group is blocked from its first hidden message on",
              a_group_is_blocked_from_its_first_hidden_message_on);
    unit_test("groups just served go behind the others", served_groups_go_behind_the_others);
    unit_test("messages blocked behind others count as visible", blocked_messages_count_as_visible);
    unit_test("the oldest messages are found wherever they came from",
              the_oldest_are_found_wherever_they_came_from);
    unit_test("standard queues agree with a plain one over random walks",
              standard_queues_agree_with_a_plain_one);
    unit_test("FIFO queues agree with a plain one over random walks", fifo_queues_agree_with_a_plain_one);
}
