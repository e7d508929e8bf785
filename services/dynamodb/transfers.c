#include "services/dynamodb/transfers.h"

#include "emulator/base/die.h"

/* ---- JSON ---- */

static void append_name(struct strbuf *json, const char *name) {
    char last = json->size > 0 ? json->data[json->size - 1] : '{';
    strbuf_append_string(json, last == '{' ? "\"" : ",\"");
    strbuf_append_string(json, name);
    strbuf_append_string(json, "\":");
}

void append_text_member(struct strbuf *json, const char *name, struct text text) {
    if (text.data) {
        append_name(json, name);
        json_write_string(json, text);
    }
}

void append_number_member(struct strbuf *json, const char *name, int64_t number) {
    append_name(json, name);
    strbuf_append_int64(json, number);
}

void append_time_member(struct strbuf *json, const char *name, int64_t time_ms) {
    append_name(json, name);
    strbuf_printf(json, "%lld.%03lld", (long long)(time_ms / 1000), (long long)(time_ms % 1000));
}

/* ---- the life of a job ---- */

void *transfer_open(struct call *call, size_t size) {
    struct arena *arena = arena_open();
    struct transfer *transfer = arena_zalloc(arena, size);
    transfer->arena = arena;
    transfer->state = dynamodb_state_of(call);
    transfer->caller =
        identity_of_service("dynamodb.amazonaws.com", call->identity.account, call->identity.region);
    return transfer;
}

void transfer_keep(struct call *call, struct transfer *transfer, struct job_row *job) {
    job->started_ms = call->now_ms;
    job->status = TEXT("IN_PROGRESS");
    transfer->id = job->id =
        dynamodb_store_add_job(call->store, call->identity.account, call->identity.region, job);
    transfer->next = transfer->state->transfers;
    transfer->state->transfers = transfer;
}

static void discard(struct transfer *transfer) {
    struct transfer **place = &transfer->state->transfers;
    while (*place != transfer) {
        place = &(*place)->next;
    }
    *place = transfer->next;
    arena_close(transfer->arena);
}

void transfer_finish(struct transfer *transfer, const char *status, struct text result) {
    dynamodb_store_finish_job(emulator_store(transfer->state->emulator), transfer->id, status, result);
    discard(transfer);
}

void transfer_fail(struct transfer *transfer, const char *code, const char *message) {
    struct strbuf result = STRBUF_INIT;
    append_time_member(&result, "EndTime", emulator_now_ms(transfer->state->emulator));
    append_text_member(&result, "FailureCode", text_of(code));
    append_text_member(&result, "FailureMessage", text_of(message));
    transfer_finish(transfer, "FAILED", strbuf_text(&result));
    strbuf_release(&result);
}

void transfer_call(struct transfer *transfer, const char *service, const char *operation, struct text input,
                   call_done_fn *done) {
    struct call_request request = {.service = service,
                                   .operation = operation,
                                   .input = input,
                                   .caller = transfer->caller,
                                   .origin = "dynamodb"};
    call_start(transfer->state->emulator, &request, done, transfer);
}

void transfers_forget(struct dynamodb_state *state, struct store *store) {
    while (state->transfers) {
        discard(state->transfers);
    }
    if (store) {
        dynamodb_store_fail_jobs(store, TEXT("\"FailureCode\":\"UNKNOWN\",\"FailureMessage\":\"stackrig was "
                                             "restarted\""));
    }
}

void transfer_write(struct call *call, const char *member, const struct job_row *job) {
    struct strbuf json = STRBUF_INIT;
    strbuf_append_char(&json, '{');
    strbuf_append_text(&json, job->description);
    append_text_member(&json, job->kind == JOB_EXPORT ? "ExportStatus" : "ImportStatus", job->status);
    if (job->result.size > 0) {
        strbuf_append_char(&json, ',');
        strbuf_append_text(&json, job->result);
    }
    strbuf_append_char(&json, '}');
    output_json(call_output(call), member, strbuf_text(&json));
    strbuf_release(&json);
}
