/*
 * The tables of SSM: parameters, their versions, labels and tags. A parameter is known by its path, which
 * always begins with a slash: "p" and "/p" are one parameter on AWS; `name` keeps what its creator wrote.
 */
#ifndef STACKRIG_SSM_STORE_H
#define STACKRIG_SSM_STORE_H

#include "emulator/io/store.h"

extern const struct store_module ssm_store_module;

/* Whose parameters. Borrowed from the call's identity. */
struct ssm_scope {
    const char *account;
    const char *region;
};

/* One version of one parameter. */
struct ssm_parameter {
    int64_t id; /* of the parameter, the same for all its versions */
    struct text path;
    struct text name;
    int64_t version;
    struct text type;
    struct text value;      /* in clear */
    struct text ciphertext; /* what is shown instead of a SecureString's value; absent for other types */
    struct text data_type;
    int64_t modified_ms;
    /* The rest only where the reading is a full one. */
    struct text modified_user;
    struct text tier;
    struct text key_id;          /* SecureString; absent otherwise */
    struct text description;     /* absent: none */
    struct text allowed_pattern; /* absent: none */
    struct text policies;        /* JSON text as given; absent: none */
};

/* A reading of parameters. The texts of `row` are borrowed until the next ssm_rows_next() or ssm_rows_end();
 * only one reading of each kind at a time. */
struct ssm_rows {
    struct statement *statement;
    bool full;
    struct ssm_parameter row;
};

bool ssm_rows_next(struct ssm_rows *rows);
/* Needed when the reading stops before ssm_rows_next() returned false. */
void ssm_rows_end(struct ssm_rows *rows);

/* The newest version: at most one row. */
struct ssm_rows ssm_store_newest(struct store *store, struct ssm_scope scope, struct text path);
struct ssm_rows ssm_store_newest_full(struct store *store, struct ssm_scope scope, struct text path);
struct ssm_rows ssm_store_version(struct store *store, struct ssm_scope scope, struct text path,
                                  int64_t version);
struct ssm_rows ssm_store_labelled(struct store *store, struct ssm_scope scope, struct text path,
                                   struct text label);
/* Full: newest versions of all parameters whose path begins with `prefix` (it ends with a slash) and comes
 * after `after`, in the order of their paths. The arena has to outlive the reading. */
struct ssm_rows ssm_store_below(struct store *store, struct ssm_scope scope, struct text prefix,
                                struct text after, struct arena *arena);
/* Full: versions newer than `after_version`, oldest first. */
struct ssm_rows ssm_store_history(struct store *store, struct ssm_scope scope, struct text path,
                                  int64_t after_version);

/* Adds a version; the first one (version 1) creates the parameter. Fills parameter->id. */
void ssm_store_put(struct store *store, struct ssm_scope scope, struct ssm_parameter *parameter);
/* With all versions, labels and tags. False: there is none. */
bool ssm_store_delete(struct store *store, struct ssm_scope scope, struct text path);
void ssm_store_delete_version(struct store *store, int64_t id, int64_t version);
int64_t ssm_store_version_count(struct store *store, int64_t id);
int64_t ssm_store_oldest_version(struct store *store, int64_t id);

/* Labels, in order of the alphabet; finish the reading before the next one. */
struct statement *ssm_store_labels(struct store *store, int64_t id, int64_t version);
int64_t ssm_store_label_count(struct store *store, int64_t id, int64_t version);
/* Moves the label when another version has it. */
void ssm_store_put_label(struct store *store, int64_t id, int64_t version, struct text label);
/* False: this version has no such label. */
bool ssm_store_delete_label(struct store *store, int64_t id, int64_t version, struct text label);
bool ssm_store_has_label(struct store *store, int64_t id, int64_t version, struct text label);

/* Rows of key and value, in order of the keys. */
struct statement *ssm_store_tags(struct store *store, int64_t id);
/* Absent: no such tag. Borrowed until the next call. */
struct text ssm_store_tag(struct store *store, int64_t id, struct text key);
int64_t ssm_store_tag_count(struct store *store, int64_t id);
void ssm_store_put_tag(struct store *store, int64_t id, struct text key, struct text value);
void ssm_store_delete_tag(struct store *store, int64_t id, struct text key);

#endif
