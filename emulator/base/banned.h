/*
 * Calls that do not compile here: each has a safe home of its own. Included by the build into every
 * translation unit (`-include`), so nobody can forget it.
 *
 *   text            strbuf.h, arena_printf()
 *   numbers         text_to_int64()
 *   time            clock.h (only clock.c and loop.c ask the system)
 *   chance          ids.h
 *   processes       process.h
 */
#ifndef STACKRIG_BANNED_H
#define STACKRIG_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef STACKRIG_ALLOW_BANNED
#pragma GCC poison sprintf vsprintf strcat strcpy strncpy strncat strtok atoi atol gmtime localtime
#pragma GCC poison rand srand system popen gets
#endif

#endif
