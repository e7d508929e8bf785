/* Archives: events kept for replays. Source: EventBridge API reference, recorded answers. */
#include "emulator/base/arn.h"
#include "emulator/base/event_pattern.h"
#include "services/events/events.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static const char *archive_arn(struct call *call, const char *name) {
    return arn_build(call->arena, "events", call->identity.region, call->identity.account,
                     arena_printf(call->arena, "archive/%s", name));
}

bool events_archive_named(struct arena *arena, const char *arn, struct events_owner *owner,
                          const char **name) {
    struct arn parts;
    if (!arn_parse(text_of(arn), &parts) || !text_starts_with(parts.resource, "archive/")) {
        return false;
    }
    owner->account = arena_text_string(arena, parts.account);
    owner->region = arena_text_string(arena, parts.region);
    *name = arena_text_string(arena, text_slice(parts.resource, strlen("archive/"), SIZE_MAX));
    return true;
}

void events_archive(struct emulator *emulator, struct arena *arena, const struct events_bus_name *bus,
                    const struct events_event *event) {
    struct store *store = emulator_store(emulator);
    const char *bus_arn = events_bus_arn(arena, bus);
    struct events_archive archive;
    const char *message;
    if (json_find(event->value, "replay-name")) {
        return;
    }
    for (const char *after = ""; events_store_next_archive(store, bus->owner, after, arena, &archive);
         after = archive.name) {
        const struct event_pattern *pattern =
            archive.pattern ? event_pattern_read(arena, text_of(archive.pattern), &message) : NULL;
        if (strcmp(archive.bus_arn, bus_arn) == 0 &&
            (!archive.pattern || (pattern && event_pattern_matches(pattern, event->value)))) {
            events_store_archive_event(store, bus->owner, archive.name, event->time_ms, event->json);
        }
    }
}

/* Without what its retention has ended for. */
static bool find_archive(struct call *call, const char *name, struct events_archive *archive,
                         struct result *refusal) {
    struct events_owner owner = events_owner_of(call);
    if (!events_store_archive(call->store, owner, name, call->arena, archive)) {
        *refusal =
            call_error(call, &events_error_ResourceNotFoundException, "Archive %s does not exist.", name);
        return false;
    }
    if (archive->retention_days > 0) {
        events_store_expire_archive(call->store, owner, name,
                                    call->now_ms - archive->retention_days * DAY_MS);
        return events_store_archive(call->store, owner, name, call->arena, archive);
    }
    return true;
}

/*
 * The rule that AWS shows for an archive. Events reach the archive without it (events_archive()).
 * Source: recorded answers.
 */
static void put_archive_rule(struct call *call, const struct events_archive *archive) {
    struct events_bus_name bus = events_bus_named(call, archive->bus_arn);
    struct strbuf pattern = STRBUF_INIT;
    const struct json_value *own =
        archive->pattern ? json_parse(call->arena, text_of(archive->pattern), NULL) : NULL;
    strbuf_append_char(&pattern, '{');
    for (const struct json_value *part = own ? own->child : NULL; part; part = part->next) {
        json_write_string(&pattern, part->key);
        strbuf_append_char(&pattern, ':');
        json_write(&pattern, part);
        strbuf_append_char(&pattern, ',');
    }
    strbuf_append_string(&pattern, "\"replay-name\":[{\"exists\":false}]}");
    struct events_rule rule = {
        .owner = bus.owner,
        .bus = bus.name,
        .name = arena_printf(call->arena, "Events-Archive-%s", archive->name),
        .pattern = arena_strdup(call->arena, pattern.data),
        .state = "ENABLED",
        .managed_by = "prod.vhs.events.aws.internal",
        .created_ms = archive->created_ms,
        .next_ms = -1,
    };
    strbuf_release(&pattern);
    events_store_put_rule(call->store, &rule);
    events_store_rule(call->store, rule.owner, rule.bus, rule.name, call->arena, &rule);
    const char *arn = arena_printf(call->arena, "arn:aws:events:%s:::", call->identity.region);
    events_store_put_target(
        call->store, rule.id, rule.name, arn,
        text_of(arena_printf(call->arena,
                             "{\"Id\":\"%s\",\"Arn\":\"%s\",\"InputTransformer\":{\"InputPathsMap\":{},"
                             "\"InputTemplate\":\"{\\\"archive-arn\\\": \\\"%s\\\", \\\"event\\\": "
                             "<aws.events.event.json>, \\\"ingestion-time\\\": "
                             "<aws.events.event.ingestion-time>}\"}}",
                             rule.name, arn, archive_arn(call, archive->name))));
}

static struct result write_changed(struct call *call, const struct events_archive *archive) {
    output_string(call_output(call), "ArchiveArn", archive_arn(call, archive->name));
    output_string(call_output(call), "State", "ENABLED");
    output_timestamp(call_output(call), "CreationTime", archive->created_ms);
    return result_output();
}

struct result events_create_archive(struct call *call, struct input input) {
    struct events_bus_name bus;
    struct events_archive archive;
    struct result refusal;
    const char *name = input_string(input, "ArchiveName");
    if (!events_check_pattern(call, input_text(input, "EventPattern"), &refusal) ||
        !events_existing_bus(call, input, "EventSourceArn", &bus, &refusal)) {
        return refusal;
    }
    if (events_store_archive(call->store, events_owner_of(call), name, call->arena, &archive)) {
        return call_error(call, &events_error_ResourceAlreadyExistsException, "Archive %s already exists.",
                          name);
    }
    archive = (struct events_archive){
        .owner = events_owner_of(call),
        .name = name,
        .bus_arn = input_string(input, "EventSourceArn"),
        .description = input_string(input, "Description"),
        .pattern = input_string(input, "EventPattern"),
        .kms_key = input_string(input, "KmsKeyIdentifier"),
        .retention_days = input_integer(input, "RetentionDays", 0),
        .created_ms = call->now_ms,
    };
    events_store_put_archive(call->store, &archive);
    put_archive_rule(call, &archive);
    return write_changed(call, &archive);
}

struct result events_update_archive(struct call *call, struct input input) {
    struct events_archive archive;
    struct result refusal;
    if (!find_archive(call, input_string(input, "ArchiveName"), &archive, &refusal) ||
        !events_check_pattern(call, input_text(input, "EventPattern"), &refusal)) {
        return refusal;
    }
    if (input_has(input, "Description")) {
        archive.description = input_string(input, "Description");
    }
    if (input_has(input, "EventPattern")) {
        archive.pattern = input_string(input, "EventPattern");
    }
    if (input_has(input, "KmsKeyIdentifier")) {
        const char *key = input_string(input, "KmsKeyIdentifier");
        archive.kms_key = *key ? key : NULL;
    }
    archive.retention_days = input_integer(input, "RetentionDays", archive.retention_days);
    events_store_put_archive(call->store, &archive);
    put_archive_rule(call, &archive);
    return write_changed(call, &archive);
}

static void write_archive(struct call *call, const struct events_archive *archive) {
    struct output *out = call_output(call);
    output_string(out, "ArchiveName", archive->name);
    output_string(out, "EventSourceArn", archive->bus_arn);
    output_string(out, "State", "ENABLED");
    output_integer(out, "RetentionDays", archive->retention_days);
    output_integer(out, "SizeBytes", archive->size_bytes);
    output_integer(out, "EventCount", archive->event_count);
    output_timestamp(out, "CreationTime", archive->created_ms);
}

struct result events_describe_archive(struct call *call, struct input input) {
    struct events_archive archive;
    struct result refusal;
    if (!find_archive(call, input_string(input, "ArchiveName"), &archive, &refusal)) {
        return refusal;
    }
    output_string(call_output(call), "ArchiveArn", archive_arn(call, archive.name));
    output_string(call_output(call), "Description", archive.description);
    output_string(call_output(call), "EventPattern", archive.pattern);
    output_string(call_output(call), "KmsKeyIdentifier", archive.kms_key);
    write_archive(call, &archive);
    return result_output();
}

static bool is_wanted(struct input input, const struct events_archive *archive) {
    const char *prefix = input_string(input, "NamePrefix");
    const char *source = input_string(input, "EventSourceArn");
    const char *state = input_string(input, "State");
    return (!prefix || strncmp(archive->name, prefix, strlen(prefix)) == 0) &&
           (!source || strcmp(archive->bus_arn, source) == 0) && (!state || strcmp(state, "ENABLED") == 0);
}

struct result events_list_archives(struct call *call, struct input input) {
    struct events_page page;
    struct events_archive archive;
    struct events_bus_name bus;
    struct result refusal;
    if (input_has(input, "NamePrefix") + input_has(input, "EventSourceArn") + input_has(input, "State") > 1) {
        return events_invalid(call, "At most one filter is allowed for ListArchives. Use either : State, "
                                    "EventSourceArn, or NamePrefix.");
    }
    if ((input_has(input, "EventSourceArn") &&
         !events_existing_bus(call, input, "EventSourceArn", &bus, &refusal)) ||
        !events_page_open(call, input, &page, &refusal)) {
        return refusal;
    }
    output_begin_list(call_output(call), "Archives");
    const char *last = page.after;
    for (const char *after = page.after;
         events_store_next_archive(call->store, events_owner_of(call), after, call->arena, &archive);
         after = archive.name) {
        if (!is_wanted(input, &archive)) {
            continue;
        }
        if (!events_page_take(call, &page, last)) {
            return result_output();
        }
        output_begin_structure(call_output(call), NULL);
        write_archive(call, &archive);
        output_end(call_output(call));
        last = archive.name;
    }
    output_end(call_output(call));
    return result_output();
}

struct result events_delete_archive(struct call *call, struct input input) {
    struct events_archive archive;
    struct result refusal;
    if (!find_archive(call, input_string(input, "ArchiveName"), &archive, &refusal)) {
        return refusal;
    }
    struct events_bus_name bus = events_bus_named(call, archive.bus_arn);
    struct events_rule rule;
    if (events_store_rule(call->store, bus.owner, bus.name,
                          arena_printf(call->arena, "Events-Archive-%s", archive.name), call->arena, &rule)) {
        events_store_delete_rule(call->store, rule.id);
    }
    events_store_delete_archive(call->store, archive.owner, archive.name);
    return result_output();
}
