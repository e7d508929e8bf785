#include "services/sqs/sqs_queue_attributes.h"

#include <jansson.h>

enum kind { KIND_NUMBER, KIND_BOOLEAN, KIND_TEXT, KIND_DOCUMENT, KIND_CHOICE };

struct row {
    const char *name;
    enum kind kind;
    int64_t minimum, maximum, fallback; /* numbers */
    const char *choices[2];
    const char *standard; /* default in a standard queue; NULL: absent */
    const char *fifo;     /* default in a FIFO queue */
    bool fifo_only;
};

static const struct row rows[SQS_ATTRIBUTE_COUNT] = {
    [SQS_VISIBILITY_TIMEOUT] = {"VisibilityTimeout", KIND_NUMBER, 0, 43200, 30, .standard = "30",
                                .fifo = "30"},
    [SQS_RETENTION_PERIOD] = {"MessageRetentionPeriod", KIND_NUMBER, 60, 1209600, 345600,
                              .standard = "345600", .fifo = "345600"},
    [SQS_MAXIMUM_MESSAGE_SIZE] = {"MaximumMessageSize", KIND_NUMBER, 1024, 1048576, 1048576,
                                  .standard = "1048576", .fifo = "1048576"},
    [SQS_DELAY_SECONDS] = {"DelaySeconds", KIND_NUMBER, 0, 900, 0, .standard = "0", .fifo = "0"},
    [SQS_WAIT_TIME] = {"ReceiveMessageWaitTimeSeconds", KIND_NUMBER, 0, 20, 0, .standard = "0", .fifo = "0"},
    [SQS_MANAGED_SSE] = {"SqsManagedSseEnabled", KIND_BOOLEAN, .standard = "true", .fifo = "true"},
    [SQS_KMS_KEY] = {"KmsMasterKeyId", KIND_TEXT},
    [SQS_KMS_REUSE] = {"KmsDataKeyReusePeriodSeconds", KIND_NUMBER, 60, 86400, 300},
    [SQS_REDRIVE_POLICY] = {"RedrivePolicy", KIND_DOCUMENT},
    [SQS_REDRIVE_ALLOW_POLICY] = {"RedriveAllowPolicy", KIND_DOCUMENT},
    [SQS_POLICY] = {"Policy", KIND_DOCUMENT},
    [SQS_FIFO_QUEUE] = {"FifoQueue", KIND_BOOLEAN, .fifo = "true", .fifo_only = true},
    [SQS_CONTENT_DEDUPLICATION] = {"ContentBasedDeduplication", KIND_BOOLEAN, .fifo = "false",
                                   .fifo_only = true},
    [SQS_DEDUPLICATION_SCOPE] = {"DeduplicationScope", KIND_CHOICE, .choices = {"queue", "messageGroup"},
                                 .fifo = "queue", .fifo_only = true},
    [SQS_THROUGHPUT_LIMIT] = {"FifoThroughputLimit", KIND_CHOICE,
                              .choices = {"perQueue", "perMessageGroupId"}, .fifo = "perQueue",
                              .fifo_only = true},
};

const char *sqs_attribute_name(enum sqs_attribute attribute) {
    return rows[attribute].name;
}

int sqs_attribute_find(struct text name) {
    for (int i = 0; i < SQS_ATTRIBUTE_COUNT; i++) {
        if (text_equals(name, rows[i].name)) {
            return i;
        }
    }
    return -1;
}

bool sqs_attribute_is_read_only(struct text name) {
    static const char *const names[] = {
        "QueueArn",
        "CreatedTimestamp",
        "LastModifiedTimestamp",
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (text_equals(name, names[i])) {
            return true;
        }
    }
    return false;
}

const char *sqs_attribute_default(enum sqs_attribute attribute, bool fifo) {
    return fifo ? rows[attribute].fifo : rows[attribute].standard;
}

int64_t sqs_attribute_default_number(enum sqs_attribute attribute) {
    return rows[attribute].fallback;
}

bool sqs_attribute_is_number(enum sqs_attribute attribute) {
    return rows[attribute].kind == KIND_NUMBER;
}

bool sqs_attribute_is_fifo_only(enum sqs_attribute attribute) {
    return rows[attribute].fifo_only;
}

/* ---- values ---- */

static bool check_number(struct arena *arena, const struct row *row, struct text value, struct text *normal) {
    int64_t number;
    if (!text_to_int64(value, &number) || number < row->minimum || number > row->maximum) {
        return false;
    }
    *normal = text_of(arena_printf(arena, "%lld", (long long)number));
    return true;
}

static bool check_boolean(struct text value, struct text *normal) {
    bool yes = text_equals_ignore_case(value, "true");
    *normal = yes ? TEXT("true") : TEXT("false");
    return yes || text_equals_ignore_case(value, "false");
}

static bool check_choice(const struct row *row, struct text value) {
    return text_equals(value, row->choices[0]) || text_equals(value, row->choices[1]);
}

static bool check_document(struct text value) {
    json_t *document = json_loadb(value.data, value.size, 0, NULL);
    bool good = json_is_object(document);
    json_decref(document);
    return good;
}

const char *sqs_attribute_check(struct arena *arena, enum sqs_attribute attribute, struct text value,
                                struct text *normal) {
    const struct row *row = &rows[attribute];
    bool good = true;
    *normal = value;
    if (value.size == 0) {
        /* An empty text takes an optional attribute away and means nothing else. */
        good = row->kind == KIND_DOCUMENT || row->kind == KIND_TEXT || attribute == SQS_KMS_REUSE;
    } else if (row->kind == KIND_NUMBER) {
        good = check_number(arena, row, value, normal);
    } else if (row->kind == KIND_BOOLEAN) {
        good = check_boolean(value, normal);
    } else if (row->kind == KIND_CHOICE) {
        good = check_choice(row, value);
    } else if (row->kind == KIND_DOCUMENT) {
        good = check_document(value);
    }
    return good ? NULL : arena_printf(arena, "Invalid value for the parameter %s.", row->name);
}

bool sqs_attribute_same(enum sqs_attribute attribute, struct text a, struct text b) {
    if (text_same(a, b) || (a.size == 0 && b.size == 0)) {
        return true;
    }
    if (rows[attribute].kind != KIND_DOCUMENT || a.size == 0 || b.size == 0) {
        return false;
    }
    json_t *left = json_loadb(a.data, a.size, 0, NULL);
    json_t *right = json_loadb(b.data, b.size, 0, NULL);
    bool same = left && right && json_equal(left, right);
    json_decref(left);
    json_decref(right);
    return same;
}
