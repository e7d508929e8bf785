/*
 * What a *_test.c needs. Each exports one function named as the file (arena_test.c: `void arena_test(void)`)
 * that registers its tests; a test's name is a sentence about behaviour.
 */
#ifndef STACKRIG_UNIT_TESTS_H
#define STACKRIG_UNIT_TESTS_H

void unit_test(const char *sentence, void (*function)(void));

#endif
