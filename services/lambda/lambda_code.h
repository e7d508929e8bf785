/*
 * A function's code: from the request or from S3, checked, kept as a blob under its SHA-256, unpacked when a
 * runtime first needs it.
 */
#ifndef STACKRIG_LAMBDA_CODE_H
#define STACKRIG_LAMBDA_CODE_H

#include "services/lambda/lambda.h"

struct lambda_code {
    const char *key;    /* NULL: an image */
    const char *sha256; /* base64; of an image: hex */
    int64_t size;
    const char *image_uri; /* NULL: a zip */
};

typedef struct result lambda_code_fn(struct call *call, struct input input, const struct lambda_code *code);

/*
 * Takes the code that `source` names (ZipFile, S3Bucket and S3Key, ImageUri) into the store and goes on with
 * `next`, now or, when S3 had to be asked, in a later turn (then the result is pending). runtime decides the
 * file name of inline source, which CloudFormation hands over in the place of a zip; NULL: none is allowed.
 */
struct result lambda_code_take(struct call *call, struct input input, struct input source,
                               const char *runtime, lambda_code_fn *next);

/* Directory with the unpacked code, below the emulator's run directory. NULL: broken archive or disk. */
const char *lambda_code_directory(struct emulator *emulator, struct arena *arena, const char *key);
/* The same for a list of layers ([{"Arn"}]): /opt, later layers over earlier ones. */
const char *lambda_layers_directory(struct emulator *emulator, struct arena *arena, const char *layers);
/* A URL from which the zip can be fetched, shaped as AWS's presigned ones. */
const char *lambda_code_location(struct call *call, struct lambda_owner owner, const char *folder,
                                 const char *name, const char *key);
/* The endpoint behind it. */
bool lambda_code_match(struct emulator *emulator, const struct http_request *request);
struct result lambda_code_download(struct call *call);
/* mkdir -p. */
bool lambda_make_directory(const char *path);

#endif
