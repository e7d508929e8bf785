#include "emulator/io/run_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "emulator/base/strbuf.h"

#define PREFIX "stackrig-"
#define CHANCE_LETTERS 6
#define OWNER_FILE "owner"
#define OPEN_DIRECTORIES 16

const char *run_directory_parent(void) {
    const char *parent = getenv("TMPDIR");
    return parent && *parent && !strpbrk(parent, " :") ? parent : "/tmp";
}

static char *join(const char *directory, const char *name) {
    struct strbuf path = STRBUF_INIT;
    strbuf_printf(&path, "%s/%s", directory, name);
    return strbuf_detach(&path);
}

/* ---- removing ---- */

/* A handler may leave a directory without write permission for its owner. */
static int open_up(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)walk;
    if ((type == FTW_D || type == FTW_DNR) && (status->st_mode & 0700) != 0700) {
        chmod(path, 0700);
    }
    return 0;
}

/* All but the owner file: while it is there, a removal that was cut short can be taken up again. */
static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)status;
    (void)type;
    if (walk->level > 1 || (walk->level == 1 && strcmp(path + walk->base, OWNER_FILE) != 0)) {
        remove(path);
    }
    return 0;
}

static void remove_tree(const char *path) {
    char *owner = join(path, OWNER_FILE);
    nftw(path, open_up, OPEN_DIRECTORIES, FTW_PHYS);
    nftw(path, remove_entry, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS);
    unlink(owner);
    rmdir(path);
    free(owner);
}

void run_directory_remove(struct run_directory *directory) {
    if (directory->path) {
        remove_tree(directory->path);
        close(directory->lock);
        free(directory->path);
    }
    *directory = RUN_DIRECTORY_NONE;
}

/* ---- what dead processes have left ---- */

static bool is_named_as_ours(const char *name) {
    return strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0 &&
           strlen(name) == sizeof(PREFIX) - 1 + CHANCE_LETTERS;
}

/* A directory of this user's (no link to one) whose owner file nobody has locked. */
static void remove_if_dead(const char *path) {
    struct stat status;
    if (lstat(path, &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != geteuid()) {
        return;
    }
    char *owner = join(path, OWNER_FILE);
    int lock = open(owner, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    free(owner);
    if (lock < 0) {
        return; /* being made just now, or not ours at all */
    }
    /* Somebody else may have removed it meanwhile: then its owner file has no name any more. */
    if (flock(lock, LOCK_EX | LOCK_NB) == 0 && fstat(lock, &status) == 0 && status.st_nlink > 0) {
        remove_tree(path);
    }
    close(lock);
}

static void remove_dead(const char *parent) {
    DIR *entries = opendir(parent);
    struct dirent *entry;
    while (entries && (entry = readdir(entries))) {
        if (is_named_as_ours(entry->d_name)) {
            char *path = join(parent, entry->d_name);
            remove_if_dead(path);
            free(path);
        }
    }
    if (entries) {
        closedir(entries);
    }
}

/* ---- making ---- */

/* The owner file gets its name when it is locked, so that nobody finds it without a lock. */
static int lock_as_owner(const char *path) {
    char *unnamed = join(path, OWNER_FILE ".new");
    char *owner = join(path, OWNER_FILE);
    int lock = open(unnamed, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (lock >= 0 && (flock(lock, LOCK_EX) != 0 || rename(unnamed, owner) != 0)) {
        close(lock);
        lock = -1;
    }
    free(unnamed);
    free(owner);
    return lock;
}

bool run_directory_make(struct run_directory *directory, const char *parent) {
    remove_dead(parent);
    char *path = join(parent, PREFIX "XXXXXX");
    if (mkdtemp(path)) {
        int lock = lock_as_owner(path);
        if (lock >= 0) {
            *directory = (struct run_directory){path, lock};
            return true;
        }
        int saved = errno;
        remove_tree(path);
        errno = saved;
    }
    free(path);
    return false;
}
