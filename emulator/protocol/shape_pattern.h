/*
 * The regular expressions of the models, which AWS runs in Java, over PCRE2. Unlike those of base/pattern.h
 * they come from us, are matched on nearly every request and live as long as the process: each is compiled
 * once, when first needed, to machine code where PCRE2 can do that.
 */
#ifndef STACKRIG_SHAPE_PATTERN_H
#define STACKRIG_SHAPE_PATTERN_H

#include "emulator/base/strbuf.h"

/* True when the pattern, a constant of the model tables, matches the whole subject, as String.matches() does.
 * A pattern that does not compile accepts everything (a unit test compiles all of them). */
bool shape_pattern_matches(const char *pattern, struct text subject);
/* For tests: false when it does not compile. */
bool shape_pattern_compiles(const char *pattern);
/* The pattern in PCRE2's dialect: \uXXXX escapes and Java's names of character classes differ. */
void shape_pattern_translate(struct strbuf *buffer, const char *pattern);

#endif
