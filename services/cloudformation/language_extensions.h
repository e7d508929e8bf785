/*
 * The transform AWS::LanguageExtensions: Fn::ForEach, Fn::Length, Fn::ToJsonString, Fn::FindInMap with
 * functions and DefaultValue, and policies that are a Ref. Pure.
 *
 * A template that names it is provisional (template.h). When its parameters are bound and checked:
 *   processed = language_extensions_expand(&environment, body, &error)
 *   template = template_read_processed(arena, text_of(processed), &error)
 * The parameters stay bound; conditions, capabilities and plan come from the processed template.
 */
#ifndef STACKRIG_CLOUDFORMATION_LANGUAGE_EXTENSIONS_H
#define STACKRIG_CLOUDFORMATION_LANGUAGE_EXTENSIONS_H

#include "services/cloudformation/intrinsics.h"

/*
 * The processed template as JSON text in the environment's arena, as GetTemplate's stage Processed shows it;
 * body is the submitted one. NULL and *error ("Transform AWS::LanguageExtensions failed with: ...").
 */
const char *language_extensions_expand(const struct environment *environment, struct text body,
                                       const char **error);

#endif
