/*
 * Calls that do not compile here: each has a safe home of its own. Included by the build into every
 * translation unit (`-include`), so nobody can forget it. Only calls are refused: a library's header may
 * use such a word as a name.
 */
#ifndef STACKRIG_BANNED_H
#define STACKRIG_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef __clang__ /* clang-tidy reads these files too, and takes the attribute on first declarations alone */

#define BANNED(instead) __attribute__((error("banned: use " instead)))

int sprintf(char *, const char *, ...) BANNED("strbuf.h or arena_printf()");
int vsprintf(char *, const char *, va_list) BANNED("strbuf.h or arena_vprintf()");
char *strcat(char *, const char *) BANNED("strbuf.h");
char *strncat(char *, const char *, size_t) BANNED("strbuf.h");
char *strcpy(char *, const char *) BANNED("arena_strdup() or strbuf.h");
char *strncpy(char *, const char *, size_t) BANNED("arena_copy() or strbuf.h");
char *strtok(char *, const char *) BANNED("text_cut()");
int atoi(const char *) BANNED("text_to_int64()");
long atol(const char *) BANNED("text_to_int64()");
time_t time(time_t *) BANNED("call->now_ms or clock.h");
struct tm *gmtime(const time_t *) BANNED("clock_format()");
struct tm *localtime(const time_t *) BANNED("clock_format()");
int rand(void) BANNED("ids.h");
void srand(unsigned) BANNED("ids.h");
int system(const char *) BANNED("process.h");
FILE *popen(const char *, const char *) BANNED("process.h");

#undef BANNED

#endif

#endif
