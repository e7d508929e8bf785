/*
 * Which program runs a runtime on this machine: the exact python3.N if it is installed, else the nearest
 * python3; node; python2.7 only if it is real. Version managers put scripts (shims) first in PATH that cost
 * more than the handler: they are passed over for what stands behind them.
 */
#ifndef STACKRIG_INTERPRETER_H
#define STACKRIG_INTERPRETER_H

#include "emulator/base/arena.h"

/*
 * runtime: "python3.13", "nodejs20.x", ... path: PATH; home: HOME, where pyenv keeps its versions (NULL: not
 * looked at). The program's absolute path in the arena; NULL: none is installed.
 */
char *interpreter_find(struct arena *arena, const char *runtime, const char *path, const char *home);
/* The second number of "python3.N"; -1: another runtime. */
int interpreter_python_minor(const char *runtime);

#endif
