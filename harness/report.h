/* Reports over a finished run. They read the result tree and nothing else. One file each. */
#ifndef STACKRIG_REPORT_H
#define STACKRIG_REPORT_H

#include "emulator/base/strbuf.h"
#include "harness/run_result.h"

struct report_options {
    bool verbose; /* text: steps of passed scenarios as well */
    bool color;   /* text: for a terminal */
};

struct report_kind {
    const char *name;
    void (*write)(struct strbuf *buffer, const struct run_result *result,
                  const struct report_options *options);
};

void report_text(struct strbuf *buffer, const struct run_result *result,
                 const struct report_options *options);
void report_tap(struct strbuf *buffer, const struct run_result *result, const struct report_options *options);
void report_junit(struct strbuf *buffer, const struct run_result *result,
                  const struct report_options *options);

/* One scenario's part of the text report: printed as soon as it is done. */
void report_text_scenario(struct strbuf *buffer, const struct scenario_result *scenario,
                          const struct report_options *options);
/* The last line of the text report. */
void report_text_summary(struct strbuf *buffer, const struct run_result *result,
                         const struct report_options *options);

/* "1.2 s", "61 min 1 s" of emulated time. */
void report_duration(struct strbuf *buffer, int64_t milliseconds);

#endif
