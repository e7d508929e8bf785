/*
 * What an invocation leaves behind: the platform's log lines and the payloads of errors that the runtime did
 * not report itself. Texts are AWS's. Source: lambda.md sections 4 and 7.
 */
#ifndef STACKRIG_INVOCATION_REPORT_H
#define STACKRIG_INVOCATION_REPORT_H

#include "services/lambda/execution_environment.h"

/* ---- error payloads, appended ---- */

/* reason: "exit status 1", "signal: killed"; NULL: none is known. */
void report_exit_payload(struct strbuf *buffer, const char *request_id, const char *reason);
void report_timeout_payload(struct strbuf *buffer, const char *request_id, int64_t timeout_s);
void report_entrypoint_payload(struct strbuf *buffer, const char *request_id, const char *message);
void report_too_large_payload(struct strbuf *buffer, size_t size);

/* ---- log lines ---- */

void report_init_start(struct execution_environment *environment);
void report_init_timeout(struct execution_environment *environment);
void report_init_error(struct execution_environment *environment, const char *error_type);
void report_start(struct execution_environment *environment, const struct invocation *invocation);
void report_exit_line(struct execution_environment *environment, const struct invocation *invocation,
                      const char *reason);
void report_timeout_line(struct execution_environment *environment, const struct invocation *invocation);
/* END and REPORT. */
void report_end(struct execution_environment *environment, const struct invocation *invocation);

#endif
