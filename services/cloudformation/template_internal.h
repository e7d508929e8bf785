/* Shared by template.c, template_check.c and template_sections.c; nobody else includes this. */
#ifndef STACKRIG_CLOUDFORMATION_TEMPLATE_INTERNAL_H
#define STACKRIG_CLOUDFORMATION_TEMPLATE_INTERNAL_H

#include "services/cloudformation/template.h"

struct template_reader {
    struct arena *arena;
    struct template *template;
    bool processed;    /* AWS::LanguageExtensions may have left some of its functions */
    const char *error; /* the first one */
};

/* Keeps the first error; always false. */
bool template_fail(struct template_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- template_head.c ---- */
/* What can be read before a transform has run. */
bool template_read_parameters(struct template_reader *reader);
/* NULL: no such member, or no string. */
const char *template_text_member(const json_t *object, const char *key);
bool template_is_alphanumeric(const char *name);
/* names ends with NULL. */
bool template_is_one_of(const char *name, const char *const *names);
/* The members that are not allowed, as "A, B"; NULL: none. */
const char *template_unknown_members(struct template_reader *reader, const json_t *object,
                                     const char *const *allowed);
bool template_check_count(struct template_reader *reader, const char *what, size_t count, size_t maximum);
/* *section: NULL when the template has none. */
bool template_section_is_map(struct template_reader *reader, const char *name, json_t **section);

/* ---- template_sections.c ---- */
bool template_read_sections(struct template_reader *reader);

/* ---- template_check.c: functions, their arity and their references ---- */
bool template_check_functions(struct template_reader *reader);

/* An object with one member whose key is a function's name: that key, else NULL. */
const char *template_function(const json_t *value, json_t **argument);

#endif
