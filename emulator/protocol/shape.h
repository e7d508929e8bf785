/*
 * AWS's API as constant data: services, operations and shapes, generated at build time by
 * model_compiler.c from services/NAME/model.json. Routing, decoding, validation, encoding and the coverage
 * page derive from these tables; nothing else knows a member's name, type, limit or place.
 */
#ifndef STACKRIG_SHAPE_H
#define STACKRIG_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "emulator/base/arena.h"
#include "emulator/base/json_value.h"
#include "emulator/protocol/error_shape.h"

enum shape_type {
    SHAPE_STRING,
    SHAPE_INTEGER,
    SHAPE_LONG,
    SHAPE_FLOAT,
    SHAPE_DOUBLE,
    SHAPE_BOOLEAN,
    SHAPE_BLOB,
    SHAPE_TIMESTAMP,
    SHAPE_STRUCTURE,
    SHAPE_LIST,
    SHAPE_MAP,
};

enum shape_location {
    LOCATION_BODY,
    LOCATION_URI,
    LOCATION_QUERY,
    LOCATION_HEADER,
    LOCATION_HEADERS, /* a map spread over headers with a prefix */
    LOCATION_STATUS,
};

enum timestamp_format { TIMESTAMP_DEFAULT, TIMESTAMP_ISO8601, TIMESTAMP_UNIX, TIMESTAMP_RFC822 };

struct shape;

struct shape_member {
    const char *name;      /* as handlers call it */
    const char *wire_name; /* locationName; equals name when the model gives none */
    const struct shape *shape;
    const char *xml_namespace; /* of this element; NULL: the shape's */
    const char *xml_prefix;    /* of that namespace; NULL: default */
    uint16_t name_size;
    uint16_t wire_size;
    uint8_t location;         /* enum shape_location */
    uint8_t timestamp_format; /* enum timestamp_format; DEFAULT: the shape's, then the protocol's */
    bool required;
    bool flattened;
    bool xml_attribute;
    bool idempotency_token;
    bool has_wire_name; /* the model gave a locationName (query lists and maps treat it differently) */
    bool event_payload; /* of an event: the whole body of its message */
    bool event_header;  /* of an event: a header of its message */
    bool json_text;     /* a header that holds base64 of JSON text */
};

enum {
    SHAPE_HAS_MINIMUM = 1,
    SHAPE_HAS_MAXIMUM = 2,
    SHAPE_SENSITIVE = 4,
    SHAPE_FLATTENED = 8,
    SHAPE_STREAMING = 16,
    SHAPE_DOCUMENT = 32, /* any JSON value; the type is SHAPE_STRUCTURE without members */
    SHAPE_UNION = 64,
    SHAPE_EVENT_STREAM = 128,
    SHAPE_EVENT = 256,
    SHAPE_PATTERN_FIRST = 1024, /* its pattern is reported before its length (EventBridge) */
    SHAPE_OR_ARN = 2048,        /* limits and pattern are those of a name; an ARN is free of them (DynamoDB) */
    SHAPE_HIDDEN = 512,         /* texts of validation errors show neither value nor enumeration (IAM) */
};

struct shape {
    const char *name;
    uint8_t type; /* enum shape_type */
    uint8_t timestamp_format;
    uint16_t flags; /* SHAPE_* */
    uint16_t member_count;
    uint16_t enum_count;
    int64_t minimum; /* length, number of elements, or value */
    int64_t maximum;
    const char *pattern; /* AWS's text; NULL: none */
    const char *const *enums;
    const struct shape_member *members; /* structure: members in model order; list: [0] the element;
                                           map: [0] key, [1] value. wire_name is the XML name. */
    const char *payload;                /* structure: the member that is the whole HTTP body; NULL: none */
    const char *xml_name;               /* of a structure as the root of a body; NULL: the shape's name */
    const char *xml_namespace;
    const char *xml_prefix; /* of the namespace; NULL: default */
};

struct operation_model {
    const char *name;
    const char *http_method;
    const char *uri;            /* "/2015-03-31/functions/{FunctionName}?x=y"; "/" for RPC protocols */
    int http_status;            /* of success; 200 when the model gives none */
    const struct shape *input;  /* NULL: none */
    const struct shape *output; /* NULL: none */
    const char *result_wrapper; /* query; NULL: none */
    const char *input_xml_name; /* rest-xml: element of the request body; NULL: none */
    const char *input_xml_namespace;
    const char *payload_type;    /* Content-Type of a payload of bytes; NULL: by its shape */
    const char *output_xml_name; /* rest-xml: root element of the answer; NULL: the output shape's name */
    bool bare_output;            /* rest-xml: the root element holds the text of the only body member */
    const struct error_shape *const *errors; /* NULL-terminated */
};

enum protocol { PROTOCOL_JSON, PROTOCOL_QUERY, PROTOCOL_REST_JSON, PROTOCOL_REST_XML };

struct service_model {
    const char *name;            /* folder and internal name: "ssm" */
    const char *service_id;      /* "SSM" */
    const char *signing_name;    /* of the credential scope */
    const char *endpoint_prefix; /* first label of the host name */
    const char *api_version;
    const char *target_prefix; /* JSON; NULL */
    const char *json_version;  /* "1.0", "1.1"; NULL */
    const char *xml_namespace; /* query and rest-xml; NULL */
    enum protocol protocol;
    bool also_query;                          /* SQS: JSON and query with the same handlers */
    const struct operation_model *operations; /* sorted by name */
    int operation_count;
    /* Prefix of __type in JSON errors, "" for a bare name: "com.amazonaws.dynamodb.v20120810#". A service
     * of bare names sends those of the front end bare too. */
    const char *error_prefix;
    /* Query: this member may also be given by the path of the URL (SQS QueueUrl); NULL: none. */
    const char *path_member;
    bool body_crc32;   /* JSON: x-amz-crc32 on every answer (DynamoDB) */
    bool error_detail; /* query: an empty <Detail/> in errors (SQS) */
    bool plain_errors; /* XML: <Error> is the root, with RequestId and HostId inside (S3) */
    const struct error_shape *const *errors; /* every modelled error, sorted by name, NULL-terminated */
};

const struct operation_model *service_model_operation(const struct service_model *model, struct text name);
const struct shape_member *shape_member(const struct shape *structure, struct text name);

/*
 * Checks a decoded value against the declared required members, limits, patterns and enumerations.
 * True: good. False: *message is AWS's text, "N validation error(s) detected: Value '..' at '..' failed
 * to satisfy constraint: ...", up to ten in all. Source: protocols.md section 4.
 */
bool shape_validate(const struct shape *shape, const struct json_value *value, struct strbuf *message);

/*
 * Checks JSON types against the shape (a string where a structure is wanted ...), turning values where AWS
 * is lenient. False: *message is AWS's SerializationException text.
 */
bool shape_check_types(const struct shape *shape, struct json_value *value, struct arena *arena,
                       struct strbuf *message);

#endif
