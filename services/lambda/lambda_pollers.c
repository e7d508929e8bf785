/* Which mappings are polled for, and what pollers of every kind of source share. */
#include "emulator/base/die.h"
#include "emulator/base/event_pattern.h"
#include "services/lambda/event_source_mapping.h"
#include "services/lambda/lambda_invoke.h"

struct poller {
    struct poller *next;
    char id[UUID_SIZE];
    enum mapping_source source;
    void *worker; /* of queue_poller.c or stream_poller.c */
};

static void close_poller(struct poller *poller, bool calls_are_dead) {
    if (poller->source == MAPPING_QUEUE) {
        queue_poller_close(poller->worker, calls_are_dead);
    } else {
        stream_poller_close(poller->worker, calls_are_dead);
    }
    free(poller);
}

static struct poller *find(struct lambda *lambda, const char *id) {
    struct poller *poller = lambda->pollers;
    while (poller && strcmp(poller->id, id) != 0) {
        poller = poller->next;
    }
    return poller;
}

static void stop(struct lambda *lambda, const char *id) {
    for (struct poller **link = &lambda->pollers; *link; link = &(*link)->next) {
        if (strcmp((*link)->id, id) == 0) {
            struct poller *poller = *link;
            *link = poller->next;
            close_poller(poller, false);
            return;
        }
    }
}

void lambda_pollers_sync(struct lambda *lambda, const char *id) {
    struct arena *arena = arena_open();
    struct mapping mapping;
    struct poller *present = find(lambda, id);
    bool wanted = mapping_read(emulator_store(lambda->emulator), arena, id, &mapping) && mapping.enabled;
    if (!wanted) {
        stop(lambda, id);
    } else if (present && present->source == MAPPING_QUEUE) {
        queue_poller_poke(present->worker); /* reads the mapping anew for every batch */
    } else if (!present) {
        struct poller *poller = xcalloc(1, sizeof *poller);
        memcpy(poller->id, id, strnlen(id, UUID_SIZE - 1));
        poller->source = mapping.source;
        poller->next = lambda->pollers;
        lambda->pollers = poller;
        poller->worker =
            mapping.source == MAPPING_QUEUE ? queue_poller_open(lambda, id) : stream_poller_open(lambda, id);
    }
    arena_close(arena);
}

void lambda_pollers_close(struct lambda *lambda) {
    queue_pollers_forget_leaving(lambda);
    while (lambda->pollers) {
        struct poller *poller = lambda->pollers;
        lambda->pollers = poller->next;
        close_poller(poller, true);
    }
}

void lambda_pollers_resume(struct lambda *lambda) {
    lambda_pollers_close(lambda);
    struct arena *arena = arena_open();
    struct store *store = emulator_store(lambda->emulator);
    struct lambda_document *rows;
    size_t count = lambda_store_list_documents(store, LAMBDA_DOCUMENT_MAPPING, NULL, arena, &rows);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].state, "Deleting") == 0) {
            lambda_store_delete_document(store, LAMBDA_DOCUMENT_MAPPING, rows[i].id);
        } else {
            lambda_pollers_sync(lambda, rows[i].id);
        }
    }
    arena_close(arena);
}

/* ---- shared work ---- */

bool mapping_lets_through(struct arena *arena, const char *filters, const struct json_value *record) {
    if (!filters) {
        return true;
    }
    const struct json_value *list = json_parse(arena, text_of(filters), NULL);
    for (const struct json_value *filter = list->child; filter; filter = filter->next) {
        const char *message;
        const struct event_pattern *pattern =
            event_pattern_read(arena, json_find_text(filter, "Pattern"), &message);
        if (pattern && event_pattern_matches(pattern, record)) {
            return true;
        }
    }
    return false;
}

enum batch_verdict batch_verdict_of(struct arena *arena, const struct invocation_outcome *outcome,
                                    bool reports_items,
                                    bool (*is_known)(const void *argument, struct text id),
                                    const void *argument, const struct json_value **failures) {
    *failures = NULL;
    if (outcome->failed || outcome->lost) {
        return BATCH_FAILED;
    }
    if (!reports_items) {
        return BATCH_DONE;
    }
    const struct json_value *answer = json_parse(arena, outcome->payload, NULL);
    if (!answer) {
        return BATCH_FAILED;
    }
    const struct json_value *list = json_find(answer, "batchItemFailures");
    if (!list) {
        return BATCH_DONE;
    }
    if (list->type != JSON_VALUE_ARRAY) {
        return BATCH_FAILED;
    }
    for (const struct json_value *item = list->child; item; item = item->next) {
        struct text id = json_find_text(item, "itemIdentifier");
        if (id.size == 0 || !is_known(argument, id)) {
            return BATCH_FAILED;
        }
    }
    *failures = list;
    return list->count ? BATCH_PARTLY : BATCH_DONE;
}

bool mapping_invoke(struct lambda *lambda, const struct mapping *mapping, struct text payload,
                    invocation_done_fn *done, void *argument, char request_id[UUID_SIZE]) {
    struct invocation *invocation = invocation_open(lambda);
    struct arena *arena = invocation->arena;
    invocation->owner.account = arena_strdup(arena, mapping->owner.account);
    invocation->owner.region = arena_strdup(arena, mapping->owner.region);
    if (!lambda_resolve_invocation(lambda->emulator, invocation->owner, mapping->function, mapping->qualifier,
                                   arena, &invocation->version, &invocation->invoked_arn) ||
        lambda_find_room(lambda, invocation->owner, mapping->function) != LAMBDA_ROOM) {
        invocation_discard(invocation);
        return false;
    }
    ids_uuid(emulator_ids(lambda->emulator), request_id);
    invocation->request_id = arena_strdup(arena, request_id);
    invocation->payload = arena_text(arena, payload);
    invocation->invocation_type = "RequestResponse";
    invocation->notes = lambda_invocation_notes(arena, invocation);
    invocation->done = done;
    invocation->argument = argument;
    invocation_start(invocation);
    return true;
}
