/*
 * A directory for the files of one run, that is not left behind: removed at the end, or, when the process was
 * killed, by the next one that makes such a directory. A lock on a file in it says that its process lives.
 */
#ifndef STACKRIG_RUN_DIRECTORY_H
#define STACKRIG_RUN_DIRECTORY_H

#include <stdbool.h>

struct run_directory {
    char *path; /* NULL: none */
    int lock; /* descriptor; ends with the process, and with the children that it forked and that do not exec
               */
};

#define RUN_DIRECTORY_NONE                                                                                   \
    (struct run_directory) {                                                                                 \
        NULL, -1                                                                                             \
    }

/* TMPDIR, else /tmp; also instead of a TMPDIR with a blank or colon, which LD_PRELOAD cannot name. Borrowed.
 */
const char *run_directory_parent(void);
/* Makes PARENT/stackrig-XXXXXX, for this user alone, and removes those of this user's dead processes. False:
 * errno. */
bool run_directory_make(struct run_directory *directory, const char *parent);
/* With everything in it, whatever rights its files have. */
void run_directory_remove(struct run_directory *directory);

#endif
