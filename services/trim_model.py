#!/usr/bin/env python3
"""Makes services/NAME/model.json from AWS's published API model of that service.

A developer's tool: the build never runs it. Needed when AWS publishes a new model or when a fact in the
tables below turns out to be wrong.

    services/trim_model.py MODELS_FOLDER NAME...      MODELS_FOLDER holds NAME.json as botocore publishes
                                                      them (service-2.json, Apache License 2.0)

Only facts are kept: names, types, required members, limits, patterns, enumerations, errors and places on
the wire. What the published model does not say (wire names of the SQS query protocol, error prefixes, root
elements of S3 answers) is data in this file.

The layout of model.json (read by emulator/protocol/model_compiler.c):

    service     one object: id, signing, host, version, protocol, and what differs between services
    operations  NAME: {in, out, http: "METHOD URI STATUS", wrapper, errors, ...}
    errors      NAME: {status, code, query_code, message, receiver, prefix, shape}
    shapes      NAME: {type, min, max, pattern, enum, ...}; members of a structure under `has`,
                the element of a list under `of`, a map's two parts under `keys` and `values`.
                A member is "Shape", "Shape!" when required, or an object {is, as, in, ...}.
"""

import json
import pathlib
import re
import sys

S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

# Facts about whole services that the published models leave out.
SERVICE_FACTS = {
    "dynamodb": {"error_prefix": "com.amazonaws.dynamodb.v20120810#", "crc32": True},
    "dynamodbstreams": {"error_prefix": "com.amazonaws.dynamodb.v20120810#", "crc32": True},
    "sqs": {
        "error_prefix": "com.amazonaws.sqs#",
        "also_query": True,
        "error_detail": True,
        "path_member": "QueueUrl",
        "namespace": "http://queue.amazonaws.com/doc/2012-11-05/",
    },
    # Which texts of validation errors differ. Source: recorded answers of 2025.
    "iam": {"hide_values": True},
    "events": {"pattern_first": True},
    "s3": {"namespace": S3_NAMESPACE, "plain_errors": True},
}

# SQS speaks the query protocol too, but its published model knows only JSON since 2023. The names on the
# query wire: flattened lists and maps carry the name of one element.
SQS_ELEMENT_NAMES = {
    "AWSAccountIdList": "AWSAccountId",
    "ActionNameList": "ActionName",
    "AttributeNameList": "AttributeName",
    "BatchResultErrorEntryList": "BatchResultErrorEntry",
    "BinaryList": "BinaryListValue",
    "ChangeMessageVisibilityBatchRequestEntryList": "ChangeMessageVisibilityBatchRequestEntry",
    "ChangeMessageVisibilityBatchResultEntryList": "ChangeMessageVisibilityBatchResultEntry",
    "DeleteMessageBatchRequestEntryList": "DeleteMessageBatchRequestEntry",
    "DeleteMessageBatchResultEntryList": "DeleteMessageBatchResultEntry",
    "ListMessageMoveTasksResultEntryList": "ListMessageMoveTasksResultEntry",
    "MessageAttributeNameList": "MessageAttributeName",
    "MessageList": "Message",
    "MessageSystemAttributeList": "MessageSystemAttributeName",
    "QueueUrlList": "QueueUrl",
    "SendMessageBatchRequestEntryList": "SendMessageBatchRequestEntry",
    "SendMessageBatchResultEntryList": "SendMessageBatchResultEntry",
    "StringList": "StringListValue",
    "TagKeyList": "TagKey",
}
SQS_MAP_NAMES = {
    "MessageBodyAttributeMap": ("Name", "Value"),
    "MessageBodySystemAttributeMap": ("Name", "Value"),
    "MessageSystemAttributeMap": ("Name", "Value"),
    "QueueAttributeMap": ("Name", "Value"),
    "TagMap": ("Key", "Value"),
}
SQS_MEMBER_NAMES = {
    "Attributes": "Attribute",
    "MessageAttributes": "MessageAttribute",
    "MessageSystemAttributes": "MessageSystemAttribute",
    "Tags": "Tag",
    "tags": "Tag",
}
SQS_QUERY_PREFIX = "AWS.SimpleQueueService."
SQS_PREFIXED_ERRORS = (
    "BatchEntryIdsNotDistinct BatchRequestTooLong EmptyBatchRequest InvalidBatchEntryId MessageNotInflight "
    "PurgeQueueInProgress QueueDeletedRecently TooManyEntriesInBatchRequest UnsupportedOperation"
).split()
SQS_QUERY_CODES = {"QueueDoesNotExist": SQS_QUERY_PREFIX + "NonExistentQueue", "QueueNameExists": "QueueAlreadyExists"}
SQS_STATUSES = {"PurgeQueueInProgress": 403, "OverLimit": 403, "ResourceNotFoundException": 404}

# Statuses that the published models do not give.
ERROR_STATUSES = {"sqs": SQS_STATUSES}

# Root elements of S3 answers: operation to element. Payload members name their own element.
S3_ROOTS = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CreateSession": "CreateSessionResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycle": "LifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLocation": "LocationConstraint",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotification": "NotificationConfiguration",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectLegalHold": "LegalHold",
    "GetObjectRetention": "Retention",
    "GetObjectTagging": "Tagging",
    "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
    "ListBucketIntelligentTieringConfigurations": "ListBucketIntelligentTieringConfigurationsResult",
    "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectAnnotations": "ListObjectAnnotationsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
    "PutObjectAnnotation": "PutObjectAnnotationResult",
}
# The root element holds the member's text itself.
S3_BARE_OUTPUTS = ["GetBucketLocation"]

# Content types of payloads of bytes, where clients see another one than application/octet-stream.
PAYLOAD_TYPES = {"lambda": {"Invoke": "application/json"}, "s3": {"GetBucketPolicy": "application/json"}}

# What the service enforces where its published model says something else. Seen in recorded answers: the size
# of CloudFormation's templates, Lambda's function names (patterns and limits of its validation texts) and runtimes (checked by the service itself,
# with a text of its own).
LAMBDA_REGION = r"(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}"
SHAPE_FACTS = {
    # ReceiveMessage takes names of message attributes here too; SQS words its own refusal.
    "sqs": {"AttributeNameList": {"of": {"is": "String", "as": "AttributeName"}}},
    "cloudformation": {"TemplateBody": {"max": 51200}},
    "lambda": {
        "NamespacedFunctionName": {
            "max": 170,
            "pattern": r"(arn:(aws[a-zA-Z-]*)?:lambda:)?(" + LAMBDA_REGION + r":)?(\d{12}:)?(function:)?"
                       r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
        },
        "Runtime": {"enum": None},
    },
}

LOCATIONS = {"uri": "uri", "querystring": "query", "header": "header", "headers": "headers", "statusCode": "status"}
TIMES = {"iso8601": "iso8601", "unixTimestamp": "unix", "rfc822": "rfc822"}


def member(reference, required, name, element_name=None):
    """A reference to a shape: a string where that says all."""
    facts = {"is": reference["shape"]}
    wire = element_name or reference.get("locationName")
    if wire is not None and (wire != name or "location" not in reference):
        facts["as"] = wire
    if "location" in reference:
        facts["in"] = LOCATIONS[reference["location"]]
    for theirs, ours in (
        ("flattened", "flat"), ("xmlAttribute", "attribute"), ("idempotencyToken", "token"),
        ("streaming", "streaming"), ("eventpayload", "event_payload"), ("eventheader", "event_header"),
        ("jsonvalue", "json_text"), ("hostLabel", "host_label"),
    ):
        if reference.get(theirs):
            facts[ours] = True
    if "timestampFormat" in reference:
        facts["time"] = TIMES[reference["timestampFormat"]]
    if "xmlNamespace" in reference:
        namespace = reference["xmlNamespace"]
        facts["namespace"] = namespace if isinstance(namespace, str) else namespace["uri"]
        if isinstance(namespace, dict) and "prefix" in namespace:
            facts["namespace_prefix"] = namespace["prefix"]
    if required:
        facts["required"] = True
    if set(facts) == {"is"}:
        return facts["is"]
    if set(facts) == {"is", "required"}:
        return facts["is"] + "!"
    return facts


def flattened_name(reference, shapes, query_names):
    """Elements of a flattened list are called as the list's member; old models write that at the element."""
    target = shapes.get(reference["shape"], {})
    if target.get("type") != "list" or not (target.get("flattened") or reference.get("flattened")):
        return None
    if query_names:
        return query_names["elements"].get(reference["shape"])
    return target["member"].get("locationName") if "locationName" not in reference and target.get("flattened") else None


def trimmed_shape(name, shape, query_names, shapes):
    facts = {"type": "document" if shape.get("document") else shape["type"]}
    for key in ("min", "max"):
        if key in shape:
            facts[key] = int(shape[key])
    for key in ("pattern", "enum", "payload"):
        if key in shape:
            facts[key] = shape[key]
    for theirs, ours in (("sensitive", "sensitive"), ("flattened", "flat"), ("streaming", "streaming"),
                         ("union", "union"), ("eventstream", "event_stream"), ("event", "event")):
        if shape.get(theirs):
            facts[ours] = True
    if "timestampFormat" in shape:
        facts["time"] = TIMES[shape["timestampFormat"]]
    if "locationName" in shape:
        facts["as"] = shape["locationName"]
    if "xmlNamespace" in shape:
        namespace = shape["xmlNamespace"]
        facts["namespace"] = namespace if isinstance(namespace, str) else namespace["uri"]
        if isinstance(namespace, dict) and "prefix" in namespace:
            facts["namespace_prefix"] = namespace["prefix"]
    if shape["type"] == "structure":
        required = shape.get("required", [])
        facts["has"] = {
            key: member(value, key in required, key,
                        (query_names and query_names["members"].get(key))
                        or flattened_name(value, shapes, query_names))
            for key, value in shape["members"].items()
        }
    elif shape["type"] == "list":
        facts["of"] = member(shape["member"], False, None, query_names and query_names["elements"].get(name))
    elif shape["type"] == "map":
        key_name, value_name = query_names["maps"].get(name, (None, None)) if query_names else (None, None)
        facts["keys"] = member(shape["key"], False, None, key_name)
        facts["values"] = member(shape["value"], False, None, value_name)
    return facts


def corrected(service, name, facts):
    """The facts with those of SHAPE_FACTS in their place."""
    for fact, value in SHAPE_FACTS.get(service, {}).get(name, {}).items():
        if value is None:
            facts.pop(fact, None)
        else:
            facts[fact] = value
    return facts


def trimmed_error(service, name, shape):
    published = shape.get("error", {})
    receiver = bool(shape.get("fault")) or published.get("httpStatusCode", 400) >= 500
    status = ERROR_STATUSES.get(service, {}).get(name) or published.get("httpStatusCode")
    facts = {"status": status or (500 if receiver else 400)}
    if receiver:
        facts["receiver"] = True
    if published.get("code", name) != name:
        facts["code"] = published["code"]
    if service == "sqs":
        code = SQS_QUERY_CODES.get(name) or (SQS_QUERY_PREFIX + name if name in SQS_PREFIXED_ERRORS else None)
        if code:
            facts["query_code"] = code
    messages = [key for key in shape["members"] if key in ("Message", "errorMessage", "ErrorMessage")]
    if messages and "message" not in shape["members"]:
        facts["message"] = messages[0]
    if any(key.lower() != "message" for key in shape["members"]):
        facts["shape"] = name
    return facts


def reachable(shapes, roots):
    wanted, queue = set(), list(roots)
    while queue:
        name = queue.pop()
        if name in wanted:
            continue
        wanted.add(name)
        shape = shapes[name]
        queue += [value["shape"] for value in shape.get("members", {}).values()]
        queue += [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]
    return wanted


def trimmed_operation(service, name, operation, rest):
    facts = {}
    http = operation["http"]
    if rest or http["method"] != "POST" or http["requestUri"] != "/":
        facts["http"] = f'{http["method"]} {http["requestUri"]} {http.get("responseCode", 200)}'
    if "input" in operation:
        facts["in"] = operation["input"]["shape"]
        if "locationName" in operation["input"]:
            facts["in_xml"] = operation["input"]["locationName"]
        if "xmlNamespace" in operation["input"]:
            facts["in_namespace"] = operation["input"]["xmlNamespace"]["uri"]
    if "output" in operation:
        facts["out"] = operation["output"]["shape"]
        if "resultWrapper" in operation["output"]:
            facts["wrapper"] = operation["output"]["resultWrapper"]
    if service == "sqs" and "output" in operation:
        facts["wrapper"] = name + "Result"
    if service == "s3" and name in S3_ROOTS:
        facts["out_xml"] = S3_ROOTS[name]
    if service == "s3" and name in S3_BARE_OUTPUTS:
        facts["out_bare"] = True
    if name in PAYLOAD_TYPES.get(service, {}):
        facts["out_type"] = PAYLOAD_TYPES[service][name]
    errors = [error["shape"] for error in operation.get("errors", [])]
    if errors:
        facts["errors"] = errors
    return facts


def trim(service, model):
    metadata, shapes = model["metadata"], model["shapes"]
    protocol = metadata["protocol"]
    facts = {
        "id": metadata["serviceId"],
        "signing": metadata.get("signingName", metadata["endpointPrefix"]),
        "host": metadata["endpointPrefix"],
        "version": metadata["apiVersion"],
        "protocol": protocol,
    }
    if protocol == "json":
        facts["json"] = metadata["jsonVersion"]
        facts["target"] = metadata["targetPrefix"]
    if "xmlNamespace" in metadata:
        namespace = metadata["xmlNamespace"]
        facts["namespace"] = namespace if isinstance(namespace, str) else namespace["uri"]
    facts.update(SERVICE_FACTS.get(service, {}))
    query_names = None
    if service == "sqs":
        query_names = {"elements": SQS_ELEMENT_NAMES, "maps": SQS_MAP_NAMES, "members": SQS_MEMBER_NAMES}
    errors = {name: trimmed_error(service, name, shape)
              for name, shape in sorted(shapes.items()) if shape.get("exception")}
    roots = [operation[side]["shape"] for operation in model["operations"].values()
             for side in ("input", "output") if side in operation]
    roots += [name for name, error in errors.items() if "shape" in error]
    wanted = reachable(shapes, roots)
    rest = protocol.startswith("rest")
    return {
        "service": facts,
        "operations": {name: trimmed_operation(service, name, operation, rest)
                       for name, operation in sorted(model["operations"].items())},
        "errors": errors,
        "shapes": {name: corrected(service, name, trimmed_shape(name, shapes[name], query_names, shapes))
                   for name in sorted(wanted)},
    }


def one_line_per_fact(trimmed):
    """JSON with one line for each operation, error and shape, so that changes read well."""
    sections = []
    for section, content in trimmed.items():
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in content.items())
        sections.append(f'{json.dumps(section)}: {{\n{lines}\n}}' if lines else f"{json.dumps(section)}: {{}}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def main():
    if len(sys.argv) < 3:
        sys.exit(re.sub(r"\n\n.*", "", __doc__, flags=re.S) + "\nusage: trim_model.py MODELS_FOLDER NAME...")
    here = pathlib.Path(__file__).resolve().parent
    for name in sys.argv[2:]:
        model = json.loads((pathlib.Path(sys.argv[1]) / f"{name}.json").read_text())
        target = here / name / "model.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(one_line_per_fact(trim(name, model)))


if __name__ == "__main__":
    main()
