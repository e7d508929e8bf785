#include "emulator/base/transitions.h"

#include <CUnit/CUnit.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/unit_tests.h"

enum lamp { LAMP_OFF, LAMP_ON, LAMP_BROKEN };

static const char *const lamp_names[] = {"OFF", "ON", "BROKEN"};
static const struct transition lamp_rows[] = {
    {LAMP_OFF, LAMP_ON}, {LAMP_ON, LAMP_OFF}, {LAMP_ON, LAMP_BROKEN}};
static const struct transition_table lamp = {"lamp", lamp_names, lamp_rows, 3};

static void only_rows_are_allowed(void) {
    CU_ASSERT(transition_allowed(&lamp, LAMP_OFF, LAMP_ON));
    CU_ASSERT(transition_allowed(&lamp, LAMP_ON, LAMP_BROKEN));
    CU_ASSERT_FALSE(transition_allowed(&lamp, LAMP_OFF, LAMP_BROKEN));
    CU_ASSERT_FALSE(transition_allowed(&lamp, LAMP_OFF, LAMP_OFF));
    transition_check(&lamp, LAMP_ON, LAMP_OFF);
}

static void a_wrong_move_dies_with_its_names(void) {
    int ends[2];
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        transition_check(&lamp, LAMP_BROKEN, LAMP_ON);
        _exit(0);
    }
    close(ends[1]);
    char text[256] = "";
    size_t size = 0; /* standard error is not buffered: the line may come in pieces */
    for (ssize_t got = 1; got > 0 && size < sizeof(text) - 1; size += (size_t)(got > 0 ? got : 0)) {
        got = read(ends[0], text + size, sizeof(text) - 1 - size);
    }
    close(ends[0]);
    int status;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CU_ASSERT(size > 0);
    CU_ASSERT_STRING_EQUAL(text, "stackrig: lamp: no move from BROKEN to ON\n");
}

void transitions_test(void) {
    unit_test("only the moves of the table are allowed", only_rows_are_allowed);
    unit_test("another move ends the process and names machine and states", a_wrong_move_dies_with_its_names);
}
