"""SQS as boto3 sees it, held against what AWS answered when it was recorded (LocalStack's snapshots and tests
against AWS). Run with an old boto3 it speaks the query protocol, with a new one JSON.

    sqs_recorded.py [ENDPOINT]      or AWS_ENDPOINT_URL

Time is moved by the control API alone, so nothing sleeps. Prints one line a case, and the reason of a failed one
on standard error; exit status 1 when one failed.
"""
import hashlib
import json
import os
import sys
import traceback
import urllib.error
import urllib.request
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1] if len(sys.argv) > 1 else os.environ["AWS_ENDPOINT_URL"]
CASES = []


def client(account="000000000000", region="us-east-1"):
    return boto3.client("sqs", endpoint_url=ENDPOINT, region_name=region, aws_access_key_id=account,
                        aws_secret_access_key="test", config=Config(retries={"max_attempts": 0}))


sqs = client()


def case(function):
    CASES.append(function)
    return function


def control_clock(**wanted):
    body = json.dumps(wanted).encode()
    urllib.request.urlopen(urllib.request.Request(ENDPOINT + "/_stackrig/clock", data=body)).read()


def advance(seconds):
    control_clock(advance_ms=int(seconds * 1000))


def settings(**on_or_off):
    body = json.dumps(on_or_off).encode()
    urllib.request.urlopen(urllib.request.Request(ENDPOINT + "/_stackrig/sqs/settings", data=body)).read()


def equal(found, expected):
    if found != expected:
        raise AssertionError(f"expected {expected!r}, found {found!r}")


def refused(code, message, status, function, **arguments):
    """The call must fail with exactly this."""
    try:
        answer = function(**arguments)
    except ClientError as error:
        found = error.response
        equal(found["Error"]["Code"], code)
        if message is not None:
            equal(found["Error"]["Message"], message)
        equal(found["ResponseMetadata"]["HTTPStatusCode"], status)
        return found
    raise AssertionError(f"expected {code}, found the answer {answer}")


def name(fifo=False):
    return "q-" + uuid.uuid4().hex[:12] + (".fifo" if fifo else "")


def queue(fifo=False, **attributes):
    if fifo:
        attributes = {"FifoQueue": "true", **attributes}
    return sqs.create_queue(QueueName=name(fifo), Attributes=attributes)["QueueUrl"]


def arn(url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def receive(url, count=10, **arguments):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=count, **arguments).get("Messages", [])


def bodies(url, count=10, **arguments):
    return [message["Body"] for message in receive(url, count, **arguments)]


def counts(url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
             "ApproximateNumberOfMessagesDelayed"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return [int(attributes[each]) for each in names]


def invalid_value(value, parameter, reason):
    return f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"


# ---- queues and their attributes ----

@case
def unknown_queue_is_refused_in_every_operation():
    gone = ENDPOINT + "/000000000000/" + name()
    for function, arguments in ((sqs.send_message, {"MessageBody": "x"}), (sqs.receive_message, {}),
                                (sqs.get_queue_attributes, {}), (sqs.delete_queue, {}), (sqs.purge_queue, {}),
                                (sqs.list_queue_tags, {})):
        found = refused("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", 400,
                        function, QueueUrl=gone, **arguments)
        if "QueryErrorCode" in found["Error"]:
            equal(found["Error"]["QueryErrorCode"], "QueueDoesNotExist")
            equal(found["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"], "com.amazonaws.sqs#QueueDoesNotExist")


@case
def defaults_of_a_standard_queue():
    found = sqs.get_queue_attributes(QueueUrl=queue(), AttributeNames=["All"])["Attributes"]
    for varying in ("CreatedTimestamp", "LastModifiedTimestamp", "QueueArn"):
        found.pop(varying)
    equal(found, {"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesDelayed": "0",
                  "ApproximateNumberOfMessagesNotVisible": "0", "DelaySeconds": "0",
                  "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600",
                  "ReceiveMessageWaitTimeSeconds": "0", "SqsManagedSseEnabled": "true", "VisibilityTimeout": "30"})


@case
def defaults_of_a_fifo_queue():
    found = sqs.get_queue_attributes(QueueUrl=queue(fifo=True), AttributeNames=["All"])["Attributes"]
    equal({key: found[key] for key in ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope",
                                       "FifoThroughputLimit")},
          {"FifoQueue": "true", "ContentBasedDeduplication": "false", "DeduplicationScope": "queue",
           "FifoThroughputLimit": "perQueue"})


@case
def a_kms_key_turns_managed_encryption_off_for_good():
    url = queue()
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "testKeyId",
                                                       "KmsDataKeyReusePeriodSeconds": "6000"})
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    equal((found["KmsMasterKeyId"], found["KmsDataKeyReusePeriodSeconds"], found["SqsManagedSseEnabled"]),
          ("testKeyId", "6000", "false"))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "", "KmsDataKeyReusePeriodSeconds": ""})
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    equal(found["SqsManagedSseEnabled"], "false")
    equal("KmsMasterKeyId" in found or "KmsDataKeyReusePeriodSeconds" in found, False)


@case
def attributes_of_fifo_queues_are_unknown_to_standard_queues():
    url = queue()
    for function, arguments in ((sqs.set_queue_attributes, {"QueueUrl": url}),
                                (sqs.create_queue, {"QueueName": name()})):
        for key, value, message in (
                ("FifoQueue", "false", "Unknown Attribute FifoQueue."),
                ("ContentBasedDeduplication", "false", "Unknown Attribute ContentBasedDeduplication."),
                ("DeduplicationScope", "queue",
                 "You can specify the DeduplicationScope only when FifoQueue is set to true."),
                ("FifoThroughputLimit", "perQueue",
                 "You can specify the FifoThroughputLimit only when FifoQueue is set to true.")):
            refused("InvalidAttributeName", message, 400, function, Attributes={key: value}, **arguments)


@case
def creating_again_compares_what_is_given():
    url = queue(fifo=True, ContentBasedDeduplication="true")
    again = url.rsplit("/", 1)[1]
    equal(sqs.create_queue(QueueName=again, Attributes={"FifoQueue": "true"})["QueueUrl"], url)
    refused("QueueAlreadyExists", "A queue already exists with the same name and a different value for attribute "
            "ContentBasedDeduplication", 400, sqs.create_queue, QueueName=again,
            Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "false"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"ContentBasedDeduplication": "false"})
    equal(sqs.create_queue(QueueName=again, Attributes={"FifoQueue": "True", "ContentBasedDeduplication": "False"})
          ["QueueUrl"], url)


@case
def names_must_fit_the_type():
    for bad, attributes in (("bad name", {}), ("x" * 81, {}), ("plain", {"FifoQueue": "true"}), ("x.fifo", {})):
        refused("InvalidParameterValue", None, 400, sqs.create_queue, QueueName=bad, Attributes=attributes)


@case
def a_deleted_name_is_taken_for_a_minute():
    settings(recreate_wait=True)
    url = queue()
    sqs.delete_queue(QueueUrl=url)
    again = url.rsplit("/", 1)[1]
    refused("AWS.SimpleQueueService.QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
            400, sqs.create_queue, QueueName=again)
    advance(60)
    sqs.create_queue(QueueName=again)
    settings(recreate_wait=False)


@case
def queues_are_listed_in_pages():
    prefix = "list-" + uuid.uuid4().hex[:8]
    urls = [sqs.create_queue(QueueName=f"{prefix}-{number}")["QueueUrl"] for number in range(5)]
    equal(sqs.list_queues(QueueNamePrefix=prefix)["QueueUrls"], urls)
    page = sqs.list_queues(QueueNamePrefix=prefix, MaxResults=2)
    equal(page["QueueUrls"], urls[:2])
    rest = sqs.list_queues(QueueNamePrefix=prefix, MaxResults=10, NextToken=page["NextToken"])
    equal((rest["QueueUrls"], "NextToken" in rest), (urls[2:], False))
    equal("QueueUrls" in sqs.list_queues(QueueNamePrefix="no-such-prefix"), False)


@case
def regions_and_accounts_have_queues_of_their_own():
    shared = name()
    sqs.create_queue(QueueName=shared)
    for other in (client(region="eu-west-1"), client(account="111111111111")):
        refused("AWS.SimpleQueueService.NonExistentQueue", None, 400, other.get_queue_url, QueueName=shared)
    url = client(account="111111111111").get_queue_url(QueueName=shared, QueueOwnerAWSAccountId="000000000000")
    equal("/000000000000/" in url["QueueUrl"], True)


@case
def redrive_policies_are_checked():
    target = arn(queue())
    bad = ({"deadLetterTargetArn": target}, {"maxReceiveCount": 1},
           {"deadLetterTargetArn": target, "maxReceiveCount": "invalid"},
           {"deadLetterTargetArn": target + "-gone", "maxReceiveCount": 1},
           {"deadLetterTargetArn": arn(queue(fifo=True)), "maxReceiveCount": 1})
    for policy in bad:
        refused("InvalidParameterValue", None, 400, sqs.create_queue, QueueName=name(),
                Attributes={"RedrivePolicy": json.dumps(policy)})
    policy = json.dumps({"deadLetterTargetArn": "dummy", "maxReceiveCount": 42})
    refused("InvalidParameterValue",
            f"Value {policy} for parameter RedrivePolicy is invalid. Reason: Invalid value for deadLetterTargetArn.",
            400, sqs.create_queue, QueueName=name(), Attributes={"RedrivePolicy": policy})
    url = queue(RedrivePolicy=json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": "3"}))
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    equal(json.loads(found["RedrivePolicy"]), {"deadLetterTargetArn": target, "maxReceiveCount": 3})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    equal("Attributes" in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"]), False)


@case
def tags_come_and_go():
    url = sqs.create_queue(QueueName=name(), tags={"tag1": "value1"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"tag2": "value2", "tag3": ""})
    equal(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"tag1": "value1", "tag2": "value2", "tag3": ""})
    sqs.untag_queue(QueueUrl=url, TagKeys=["tag1", "tag3", "unknown"])
    equal(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"tag2": "value2"})
    refused("InvalidParameterValue", f"Too many tags added for queue {url.rsplit('/', 1)[1]}.", 400, sqs.tag_queue,
            QueueUrl=url, Tags={f"tag{number}": "" for number in range(60)})
    sqs.untag_queue(QueueUrl=url, TagKeys=["tag2"])
    equal("Tags" in sqs.list_queue_tags(QueueUrl=url), False)


@case
def permissions_are_statements_of_the_policy():
    url = queue()
    resource = arn(url)
    sqs.add_permission(QueueUrl=url, Label="both", AWSAccountIds=["668614515564", "000000000000"],
                       Actions=["ReceiveMessage"])
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    equal(json.loads(found),
          {"Version": "2008-10-17", "Id": resource + "/SQSDefaultPolicy",
           "Statement": [{"Sid": "both", "Effect": "Allow",
                          "Principal": {"AWS": ["arn:aws:iam::668614515564:root", "arn:aws:iam::000000000000:root"]},
                          "Action": "SQS:ReceiveMessage", "Resource": resource}]})
    refused("InvalidParameterValue", invalid_value("both", "Label", "Already exists."), 400, sqs.add_permission,
            QueueUrl=url, Label="both", AWSAccountIds=["000000000000"], Actions=["ReceiveMessage"])
    for code, message, status, wrong in (
            ("OverLimit", "8 Actions were found, maximum allowed is 7.", 403, {"Actions": ["SendMessage"] * 8}),
            ("InvalidParameterValue", "Value SQS:RemovePermission for parameter ActionName is invalid. Reason: Only "
             "the queue owner is allowed to invoke this action.", 400, {"Actions": ["RemovePermission"]}),
            ("MissingParameter", "The request must contain the parameter Actions.", 400, {"Actions": []}),
            ("InvalidParameterValue", "Value [] for parameter PrincipalId is invalid. Reason: Unable to verify.", 400,
             {"AWSAccountIds": []})):
        if [] in wrong.values() and sqs.meta.service_model.metadata["protocol"] == "query":
            continue  # a form cannot tell an empty list from none
        refused(code, message, status, sqs.add_permission,
                **{"QueueUrl": url, "Label": "bad", "AWSAccountIds": ["000000000000"], "Actions": ["SendMessage"],
                   **wrong})
    sqs.remove_permission(QueueUrl=url, Label="both")
    equal("Attributes" in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]), False)
    refused("InvalidParameterValue", invalid_value("both", "Label", "can't find label."), 400,
            sqs.remove_permission, QueueUrl=url, Label="both")


@case
def a_second_purge_within_a_minute_is_refused():
    url = queue()
    sqs.send_message(QueueUrl=url, MessageBody="in flight")
    receive(url)
    sqs.send_message(QueueUrl=url, MessageBody="delayed", DelaySeconds=100)
    sqs.send_message(QueueUrl=url, MessageBody="visible")
    sqs.purge_queue(QueueUrl=url)
    equal(counts(url), [0, 0, 0])
    refused("AWS.SimpleQueueService.PurgeQueueInProgress",
            f"Only one PurgeQueue operation on {url.rsplit('/', 1)[1]} is allowed every 60 seconds.", 403,
            sqs.purge_queue, QueueUrl=url)
    advance(60)
    sqs.purge_queue(QueueUrl=url)


# ---- sending ----

@case
def sent_messages_are_answered_with_digests():
    url = queue()
    found = sqs.send_message(QueueUrl=url, MessageBody="msg", MessageAttributes={
        key: {"DataType": "String", "StringValue": value}
        for key, value in (("Help.Me", "Me"), ("Hello", "There"), ("General", "Kenobi"))})
    equal((found["MD5OfMessageBody"], found["MD5OfMessageAttributes"]),
          ("6e2baaf3b97dbeef01c0043275f9a0e7", "4c360f3fdafd970e05fae2f149d997f5"))
    for names, wanted, digest in (([], None, None), (["All"], 3, "4c360f3fdafd970e05fae2f149d997f5"),
                                  ([".*"], 3, "4c360f3fdafd970e05fae2f149d997f5"),
                                  (["Hello", "General"], 2, "fca026605781cb4126a1e9044df24232"),
                                  (["Hello", "Foo"], 1, "a311262e065454b75da111d535b8dacd"),
                                  (["Hel.*"], 2, "83fee93c1bcd8b9a5a923ffacdc636c7"),
                                  (["AWS."], None, None), (["Foo"], None, None)):
        message = receive(url, VisibilityTimeout=0, MessageAttributeNames=names)[0]
        equal(message.get("MD5OfMessageAttributes"), digest)
        equal(len(message["MessageAttributes"]) if wanted else "MessageAttributes" in message, wanted or False)


@case
def a_trace_header_is_a_system_attribute():
    url = queue()
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    found = sqs.send_message(QueueUrl=url, MessageBody="x", MessageSystemAttributes={
        "AWSTraceHeader": {"DataType": "String", "StringValue": header}})
    equal(found["MD5OfMessageSystemAttributes"], "5ae4d5d7636402d80f4eb6d213245a88")
    equal(receive(url, AttributeNames=["AWSTraceHeader"])[0]["Attributes"], {"AWSTraceHeader": header})


@case
def odd_characters_survive():
    url = queue()
    for body in ('"quoted" & <tagged>', "line\r\nline\rline", "tab\there", "héllo 🎉", " blank "):
        sqs.send_message(QueueUrl=url, MessageBody=body)
        message = receive(url)[0]
        equal((message["Body"], message["MD5OfBody"]), (body, hashlib.md5(body.encode()).hexdigest()))
    refused("InvalidMessageContents", None, 400, sqs.send_message, QueueUrl=url, MessageBody="a\x0fb")


@case
def an_empty_body_is_a_missing_one():
    refused("MissingParameter", "The request must contain the parameter MessageBody.", 400, sqs.send_message,
            QueueUrl=queue(), MessageBody="")


@case
def size_counts_bytes_of_body_and_attributes():
    url = queue(MaximumMessageSize="1024")
    attribute = {"k": {"DataType": "String", "StringValue": "x"}}  # 8 bytes
    sqs.send_message(QueueUrl=url, MessageBody="a" * 1016, MessageAttributes=attribute)
    for body in ("a" * 1017, "é" * 509):
        refused("InvalidParameterValue",
                "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.", 400,
                sqs.send_message, QueueUrl=url, MessageBody=body, MessageAttributes=attribute)
    sqs.send_message(QueueUrl=queue(), MessageBody="a" * 1048576)


@case
def attribute_values_and_types_are_checked():
    url = queue()
    refused("InvalidParameterValue",
            "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.", 400,
            sqs.send_message, QueueUrl=url, MessageBody="x",
            MessageAttributes={"ErrorDetails": {"DataType": "String", "StringValue": ""}})
    for key, value in (("AWS.x", {"DataType": "String", "StringValue": "a"}),
                       ("x", {"DataType": "Text", "StringValue": "a"}),
                       ("x", {"DataType": "Number", "StringValue": "a"}),
                       ("x", {"DataType": "", "StringValue": "a"}),
                       (".x", {"DataType": "String", "StringValue": "a"})):
        refused("InvalidParameterValue", None, 400, sqs.send_message, QueueUrl=url, MessageBody="x",
                MessageAttributes={key: value})


@case
def groups_and_deduplication_ids_are_checked():
    url = queue()
    for group in ("", "group 123"):
        refused("InvalidParameterValue", invalid_value(
            group, "MessageGroupId", "MessageGroupId can only include alphanumeric and punctuation characters. "
            "1 to 128 in length."), 400, sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId=group)
    fifo = queue(fifo=True)
    for identity in ("", "group 123", "a" * 129):
        refused("InvalidParameterValue", invalid_value(
            identity, "MessageDeduplicationId", "MessageDeduplicationId can only include alphanumeric and "
            "punctuation characters. 1 to 128 in length."), 400, sqs.send_message, QueueUrl=fifo, MessageBody="x",
            MessageGroupId="g", MessageDeduplicationId=identity)
    refused("InvalidParameterValue", "The queue should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly", 400, sqs.send_message, QueueUrl=fifo, MessageBody="x",
            MessageGroupId="g")
    refused("MissingParameter", "The request must contain the parameter MessageGroupId.", 400, sqs.send_message,
            QueueUrl=fifo, MessageBody="x", MessageDeduplicationId="d")
    refused("InvalidParameterValue", invalid_value(
        "2", "DelaySeconds", "The request include parameter that is not valid for this queue type."), 400,
        sqs.send_message, QueueUrl=fifo, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d",
        DelaySeconds=2)


@case
def standard_queues_keep_groups():
    url = queue()
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="tenant-1")
    equal(receive(url, AttributeNames=["MessageGroupId"])[0]["Attributes"], {"MessageGroupId": "tenant-1"})


@case
def batches_are_checked_as_a_whole():
    url = queue()
    entry = {"Id": "1", "MessageBody": "x"}
    prefix = "AWS.SimpleQueueService."
    for code, message, entries in (
            ("EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request.", []),
            ("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent 20.",
             [{"Id": str(number), "MessageBody": "x"} for number in range(20)]),
            ("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and "
             "underscores. It can be at most 80 letters long.", [{"Id": "in:valid", "MessageBody": "x"}]),
            ("BatchEntryIdsNotDistinct", "Id 1 repeated.", [entry, entry]),
            ("BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 "
             "bytes.", [{"Id": "1", "MessageBody": "a" * 1048576}, {"Id": "2", "MessageBody": "a"}])):
        refused(prefix + code, message, 400, sqs.send_message_batch, QueueUrl=url, Entries=entries)
    refused(prefix + "TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent "
            "20.", 400, sqs.delete_message_batch, QueueUrl=url,
            Entries=[{"Id": str(number), "ReceiptHandle": "x"} for number in range(20)])
    refused(prefix + "InvalidBatchEntryId", None, 400, sqs.delete_message_batch, QueueUrl=url,
            Entries=[{"Id": "", "ReceiptHandle": "x"}])
    equal(counts(url), [0, 0, 0])


@case
def the_queue_limit_is_not_for_the_sum_of_a_batch():
    url = queue(MaximumMessageSize="1024")
    attribute = {"k": {"DataType": "String", "StringValue": "x"}}
    found = sqs.send_message_batch(QueueUrl=url, Entries=[
        {"Id": "1", "MessageBody": "a" * 1016, "MessageAttributes": attribute}, {"Id": "2", "MessageBody": "a"}])
    equal([each["Id"] for each in found["Successful"]], ["1", "2"])
    equal("Failed" in found, False)
    found = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "a" * 1025},
                                                          {"Id": "2", "MessageBody": "a"}])
    equal([each["Id"] for each in found["Successful"]], ["2"])
    failed = found["Failed"][0]
    equal((failed["Id"], failed["Code"], failed["SenderFault"]), ("1", "InvalidParameterValue", True))


@case
def a_batch_for_a_fifo_queue_needs_groups_and_ids():
    url = queue(fifo=True)
    refused("InvalidParameterValue", "The request must contain the parameter MessageGroupId.", 400,
            sqs.send_message_batch, QueueUrl=url,
            Entries=[{"Id": "1", "MessageBody": "x", "MessageDeduplicationId": "d"}])
    refused("InvalidParameterValue", "The queue should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly", 400, sqs.send_message_batch, QueueUrl=url,
            Entries=[{"Id": "1", "MessageBody": "x", "MessageGroupId": "g"}])


# ---- receiving ----

@case
def numbers_of_a_receive_have_limits():
    url = queue()
    refused("InvalidParameterValue", invalid_value("11", "MaxNumberOfMessages", "Must be between 1 and 10, if "
                                                   "provided."), 400, sqs.receive_message, QueueUrl=url,
            MaxNumberOfMessages=11)
    for wait in (21, -1):
        refused("InvalidParameterValue", invalid_value(wait, "WaitTimeSeconds", "Must be >= 0 and <= 20, if "
                                                       "provided."), 400, sqs.receive_message, QueueUrl=url,
                WaitTimeSeconds=wait)


@case
def an_empty_answer_has_no_messages():
    equal("Messages" in sqs.receive_message(QueueUrl=queue()), False)


@case
def system_attributes_are_given_on_demand():
    url = queue()
    sqs.send_message(QueueUrl=url, MessageBody="msg")
    equal("Attributes" in receive(url, VisibilityTimeout=0)[0], False)
    found = receive(url, VisibilityTimeout=0, AttributeNames=["All"])[0]["Attributes"]
    equal((sorted(found), found["ApproximateReceiveCount"]),
          (["ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "SenderId", "SentTimestamp"], "2"))
    equal(list(receive(url, AttributeNames=["SenderId"])[0]["Attributes"]), ["SenderId"])


@case
def messages_vanish_after_their_retention():
    url = queue(MessageRetentionPeriod="60")
    sqs.send_message(QueueUrl=url, MessageBody="seen")
    handle = receive(url)[0]["ReceiptHandle"]
    sqs.send_message(QueueUrl=url, MessageBody="unseen")
    advance(61)
    equal((counts(url), bodies(url)), ([0, 0, 0], []))
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)


@case
def delayed_messages_come_when_they_are_due():
    url = queue(DelaySeconds="5")
    sqs.send_message(QueueUrl=url, MessageBody="queue")
    sqs.send_message(QueueUrl=url, MessageBody="now", DelaySeconds=0)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=10)
    equal((counts(url), bodies(url)), ([1, 0, 2], ["now"]))
    advance(5)
    equal(bodies(url), ["queue"])
    advance(5)
    equal(bodies(url), ["later"])


# ---- receipts ----

@case
def old_receipts_of_standard_messages_still_delete():
    url = queue(VisibilityTimeout="1")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    first = receive(url)[0]["ReceiptHandle"]
    advance(1)
    equal(len(receive(url)), 1)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first)
    advance(1)
    equal((bodies(url), counts(url)), ([], [0, 0, 0]))


@case
def expired_receipts_of_fifo_messages_do_not():
    url = queue(fifo=True, ContentBasedDeduplication="true", VisibilityTimeout="1")
    sqs.send_message(QueueUrl=url, MessageBody="foobar", MessageGroupId="g")
    handle = receive(url)[0]["ReceiptHandle"]
    advance(1)
    refused("InvalidParameterValue", invalid_value(handle, "ReceiptHandle", "The receipt handle has expired."), 400,
            sqs.delete_message, QueueUrl=url, ReceiptHandle=handle)
    equal(bodies(url), ["foobar"])


@case
def garbage_is_no_receipt():
    url = queue()
    message = 'The input receipt handle "garbage" is not a valid receipt handle.'
    refused("ReceiptHandleIsInvalid", message, 400, sqs.delete_message, QueueUrl=url, ReceiptHandle="garbage")
    refused("ReceiptHandleIsInvalid", message, 400, sqs.change_message_visibility, QueueUrl=url,
            ReceiptHandle="garbage", VisibilityTimeout=1)
    found = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": "garbage"}])
    equal(found["Failed"][0]["Code"], "ReceiptHandleIsInvalid")


@case
def visibility_of_a_deleted_message_cannot_change():
    url = queue()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    handle = receive(url)[0]["ReceiptHandle"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    refused("InvalidParameterValue", invalid_value(
        handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change."), 400,
        sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=5)


@case
def twelve_hours_are_the_end_of_visibility():
    url = queue()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    handle = receive(url)[0]["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43200)
    advance(10)
    refused("InvalidParameterValue", None, 400, sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle,
            VisibilityTimeout=43195)


# ---- FIFO ----

def send_fifo(url, *pairs):
    for number, (group, body) in enumerate(pairs):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group,
                         MessageDeduplicationId=uuid.uuid4().hex)


@case
def groups_are_served_in_turn_and_locked():
    url = queue(fifo=True)
    send_fifo(url, ("g1", "g1-m1"), ("g1", "g1-m2"), ("g2", "g2-m1"), ("g1", "g1-m3"))
    equal(bodies(url, 10, VisibilityTimeout=0), ["g1-m1", "g1-m2", "g1-m3", "g2-m1"])
    first = receive(url, 1)[0]
    equal(bodies(url), ["g2-m1"])
    equal(bodies(url), [])
    equal(counts(url), [2, 2, 0])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    equal(bodies(url), ["g1-m2", "g1-m3"])


@case
def a_group_is_blocked_from_its_first_hidden_message_on():
    url = queue(fifo=True)
    send_fifo(url, ("g", "foo"), ("g", "bar"), ("g", "baz"))
    messages = receive(url, VisibilityTimeout=2)
    equal([message["Body"] for message in messages], ["foo", "bar", "baz"])
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=messages[1]["ReceiptHandle"], VisibilityTimeout=30)
    advance(2)
    equal(bodies(url), ["foo"])


@case
def duplicates_are_answered_and_not_stored():
    url = queue(fifo=True, ContentBasedDeduplication="true")
    first = sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId="g")
    again = sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId="other")
    equal((again["MessageId"], again["SequenceNumber"]), (first["MessageId"], first["SequenceNumber"]))
    equal((len(first["SequenceNumber"]), first["SequenceNumber"].isdigit()), (20, True))
    message = receive(url, AttributeNames=["MessageDeduplicationId"])
    equal([each["Attributes"]["MessageDeduplicationId"] for each in message], [hashlib.sha256(b"same").hexdigest()])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message[0]["ReceiptHandle"])
    sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId="g")
    equal(counts(url), [0, 0, 0])
    advance(300)
    sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId="g")
    equal(counts(url), [1, 0, 0])
    sqs.purge_queue(QueueUrl=url)
    sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId="g")
    equal(counts(url), [1, 0, 0])


@case
def the_scope_of_deduplication_may_be_the_group():
    url = queue(fifo=True, DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    for group in ("1", "2", "2"):
        sqs.send_message(QueueUrl=url, MessageBody="Test", MessageGroupId=group, MessageDeduplicationId="1")
    equal(counts(url), [2, 0, 0])
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DeduplicationScope": "queue",
                                                       "FifoThroughputLimit": "perQueue"})
    sqs.send_message(QueueUrl=url, MessageBody="Test3", MessageGroupId="3", MessageDeduplicationId="1")
    equal(counts(url), [3, 0, 0])


@case
def a_delay_of_zero_leaves_that_of_a_fifo_queue():
    url = queue(fifo=True, DelaySeconds="2", ContentBasedDeduplication="true")
    sqs.send_message(QueueUrl=url, MessageBody="message-1", MessageGroupId="1", DelaySeconds=0)
    equal(bodies(url), [])
    advance(2)
    equal(bodies(url), ["message-1"])


@case
def an_attempt_is_repeated_by_its_id():
    url = queue(fifo=True)
    send_fifo(url, ("g", "a"), ("g", "b"))
    first = receive(url, ReceiveRequestAttemptId="attempt")
    again = receive(url, ReceiveRequestAttemptId="attempt")
    equal([each["ReceiptHandle"] for each in again], [each["ReceiptHandle"] for each in first])
    equal(receive(url, ReceiveRequestAttemptId="another"), [])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
    equal(receive(url, ReceiveRequestAttemptId="attempt"), [])


# ---- dead-letter queues ----

def with_dead_letter_queue(maximum=1, **attributes):
    fifo = attributes.get("FifoQueue") == "true"
    target = queue(fifo=fifo, **{key: value for key, value in attributes.items() if key != "VisibilityTimeout"})
    policy = json.dumps({"deadLetterTargetArn": arn(target), "maxReceiveCount": maximum})
    return queue(fifo=fifo, RedrivePolicy=policy, **attributes), target


@case
def messages_received_too_often_go_to_the_dead_letter_queue():
    url, target = with_dead_letter_queue(VisibilityTimeout="1")
    sent = sqs.send_message(QueueUrl=url, MessageBody="message-1", MessageAttributes={
        "MyAttribute": {"DataType": "String", "StringValue": "foobar"}})
    before = receive(url, AttributeNames=["All"])[0]
    advance(1)
    equal(bodies(url), [])
    found = receive(target, AttributeNames=["All"], MessageAttributeNames=["All"])[0]
    equal(found["MessageId"], sent["MessageId"])
    equal(found["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
    attributes = found["Attributes"]
    equal((attributes["ApproximateReceiveCount"], attributes["DeadLetterQueueSourceArn"]), ("2", arn(url)))
    for kept in ("SentTimestamp", "ApproximateFirstReceiveTimestamp"):
        equal(attributes[kept], before["Attributes"][kept])
    equal(sqs.list_dead_letter_source_queues(QueueUrl=target)["queueUrls"], [url])


@case
def fifo_messages_keep_their_group_in_the_dead_letter_queue():
    url, target = with_dead_letter_queue(FifoQueue="true", VisibilityTimeout="1")
    send_fifo(url, ("g", "bad"), ("g", "good"))
    equal(bodies(url, 1), ["bad"])
    advance(1)
    equal(bodies(url), ["good"])
    found = receive(target, AttributeNames=["All"])[0]
    equal((found["Body"], found["Attributes"]["MessageGroupId"]), ("bad", "g"))


@case
def move_tasks_bring_messages_back():
    url, target = with_dead_letter_queue(VisibilityTimeout="0")
    for number in range(10):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    receive(url)
    equal((bodies(url), counts(target)[0]), ([], 10))
    sqs.start_message_move_task(SourceArn=arn(target))
    advance(1)
    found = sqs.list_message_move_tasks(SourceArn=arn(target))["Results"][0]
    equal((found["Status"], found["ApproximateNumberOfMessagesMoved"], found["ApproximateNumberOfMessagesToMove"],
           "TaskHandle" in found), ("COMPLETED", 10, 10, False))
    equal((counts(target)[0], counts(url)[0]), (0, 10))


def slow_move(messages=10):
    url, target = with_dead_letter_queue(VisibilityTimeout="0")
    destination = queue()
    for number in range(messages):
        sqs.send_message(QueueUrl=target, MessageBody=str(number))
    handle = sqs.start_message_move_task(SourceArn=arn(target), DestinationArn=arn(destination),
                                         MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    return target, destination, handle


@case
def move_tasks_keep_their_rate_and_can_be_cancelled():
    target, destination, handle = slow_move()
    advance(2.5)
    equal(counts(destination)[0], 3)
    found = sqs.list_message_move_tasks(SourceArn=arn(target))["Results"][0]
    equal((found["Status"], found["TaskHandle"], found["MaxNumberOfMessagesPerSecond"]), ("RUNNING", handle, 1))
    equal(sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"], 3)
    advance(5)
    equal(sqs.list_message_move_tasks(SourceArn=arn(target))["Results"][0]["Status"], "CANCELLED")
    equal(counts(destination)[0], 3)
    refused("ResourceNotFoundException", "Task does not exist.", 404, sqs.cancel_message_move_task,
            TaskHandle=handle)


@case
def move_tasks_fail_when_their_destination_goes():
    target, destination, _ = slow_move()
    advance(2.5)
    sqs.delete_queue(QueueUrl=destination)
    advance(1)
    found = sqs.list_message_move_tasks(SourceArn=arn(target))["Results"][0]
    equal((found["Status"], found["FailureReason"], found["ApproximateNumberOfMessagesMoved"],
           found["ApproximateNumberOfMessagesToMove"]),
          ("FAILED", "AWS.SimpleQueueService.NonExistentQueue", 3, 10))


@case
def bad_task_handles_are_refused():
    import base64
    refused("InvalidParameterValue", "Value for parameter TaskHandle is invalid.", 400,
            sqs.cancel_message_move_task, TaskHandle="foobared")

    def handle(source):
        return base64.b64encode(json.dumps({"taskId": str(uuid.uuid4()), "sourceArn": source}).encode()).decode()
    refused("ResourceNotFoundException", "The resource that you specified for the SourceArn parameter doesn't exist.",
            404, sqs.cancel_message_move_task, TaskHandle=handle("arn:aws:sqs:us-east-1:000000000000:no-such-queue"))
    refused("ResourceNotFoundException", "Task does not exist.", 404, sqs.cancel_message_move_task,
            TaskHandle=handle(arn(queue())))


# ---- paths and hosts ----

def get(path, **headers):
    try:
        answer = urllib.request.urlopen(urllib.request.Request(ENDPOINT + path, headers=headers))
        return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@case
def a_queue_url_takes_query_calls():
    url = queue()
    path = url[len(ENDPOINT):]
    status, body = get(path + "?Action=SendMessage&MessageBody=hello%2Fworld")
    equal((status, "c6be4e95a26409675447367b3e79f663" in body), (200, True))
    status, body = get(path + "?Action=ReceiveMessage&Version=2012-11-05")
    equal((status, "<Body>hello/world</Body>" in body), (200, True))
    status, body = get(path + "?Action=FooBar")
    equal((status, "InvalidAction" in body and "The action FooBar is not valid for this endpoint." in body),
          (400, True))
    status, body = get(path + "?Action=GetQueueUrl&QueueName=" + url.rsplit("/", 1)[1])
    equal((status, f"<QueueUrl>{url}</QueueUrl>" in body), (200, True))
    status, body = get(path + "-gone?Action=GetQueueAttributes")
    equal((status, "The specified queue does not exist for this wsdl version." in body), (400, True))
    status, body = get(path)
    equal((status, "<UnknownOperationException/>" in body), (404, True))
    status, body = get(path + "?Action=GetQueueAttributes&AttributeName.1=All", Accept="application/json")
    attributes = json.loads(body)["GetQueueAttributesResponse"]["GetQueueAttributesResult"]["Attributes"]
    equal((status, {"Name": "VisibilityTimeout", "Value": "30"} in attributes), (200, True))
    sqs.send_message(QueueUrl=url, MessageBody="x",
                     MessageAttributes={"a": {"DataType": "Binary", "BinaryValue": b"1"},
                                        "b": {"DataType": "String", "StringValue": "2"}})
    status, body = get(path + "?Action=ReceiveMessage&MessageAttributeName.1=All&AttributeName.1=SenderId",
                       Accept="application/json")
    (message,) = json.loads(body)["ReceiveMessageResponse"]["ReceiveMessageResult"]["messages"]
    equal(message["MessageAttributes"], [{"Name": "a", "Value": {"DataType": "Binary", "BinaryValue": "MQ=="}},
                                         {"Name": "b", "Value": {"DataType": "String", "StringValue": "2"}}])
    equal([each["Name"] for each in message["Attributes"]], ["SenderId"])


@case
def queue_urls_have_the_host_the_client_used():
    queue_name = queue().rsplit("/", 1)[1]
    for region, expected in (("us-east-1", 200), ("us-east-2", 400)):
        status, _ = get(f"/_aws/sqs/messages/{region}/000000000000/{queue_name}")
        equal(status, expected)
    for host in ("sqs.us-east-1.amazonaws.com", "us-east-1.queue.amazonaws.com", "queue.amazonaws.com",
                 "sqs.us-east-1.localhost.localstack.cloud:4566"):
        shared = name()
        status, body = get(f"/?Action=CreateQueue&Version=2012-11-05&QueueName={shared}", Host=host)
        equal((status, f"<QueueUrl>http://{host}/000000000000/{shared}</QueueUrl>" in body), (200, True))
        sqs.send_message(QueueUrl=f"http://{host}/000000000000/{shared}", MessageBody="x")
        equal(bodies(shared), ["x"])


@case
def queues_can_be_looked_into():
    url = queue()
    for delay in (0, 0, 60):
        sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=delay,
                         MessageAttributes={"a": {"DataType": "Number", "StringValue": "1"}})
    receive(url, 1)
    _, body = get("/_stackrig/sqs/messages?QueueUrl=" + url)
    messages = json.loads(body)["Messages"]
    equal(sorted(each["State"] for each in messages), ["delayed", "in flight", "visible"])
    equal(messages[0]["MessageAttributes"]["a"], {"DataType": "Number", "StringValue": "1"})
    _, body = get("/_aws/sqs/messages?QueueUrl=" + url, Accept="application/json")
    equal(json.loads(body)["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"]["Body"], "x")
    equal(len(json.loads(body)["Messages"]), 1)
    _, body = get("/_aws/sqs/messages?ShowInvisible=true&ShowDelayed=true&QueueUrl=" + url)
    equal(body.count("<Message>"), 3)
    _, body = get("/_aws/sqs/messages/us-east-1" + url[len(ENDPOINT):])
    equal(body.count("<Message>"), 1)
    equal(counts(url), [1, 1, 1])


def main():
    try:
        control_clock(jump_when_idle=False)
    except urllib.error.HTTPError:
        pass  # a real clock never jumps
    failed = 0
    for each in CASES:
        title = each.__name__.replace("_", " ")
        try:
            each()
        except AttributeError as error:
            if "object has no attribute" not in str(error):
                raise
            print(f"skip {title}: boto3 {boto3.__version__} does not know the operation")
        except Exception:
            failed += 1
            print(f"FAIL {title}")
            traceback.print_exc()
        else:
            print(f"ok {title}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
