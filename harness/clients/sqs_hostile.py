#!/usr/bin/env python3
"""Requests that no client would send: members of wrong types, names that are none, numbers beyond all limits,
bytes that are no UTF-8. SQS must answer each with an AWS error or with success, never with 5xx and never not at
all.

    sqs_hostile.py [ENDPOINT] [SEED]      or AWS_ENDPOINT_URL

Needs Python alone. Prints "ok ..." or "FAIL ..." lines.
"""
import http.client
import json
import os
import random
import sys
import urllib.parse

ENDPOINT = sys.argv[1] if len(sys.argv) > 1 else os.environ["AWS_ENDPOINT_URL"]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
REQUESTS = 2000
OPERATIONS = """AddPermission CancelMessageMoveTask ChangeMessageVisibility ChangeMessageVisibilityBatch CreateQueue
    DeleteMessage DeleteMessageBatch GetQueueAttributes GetQueueUrl ListDeadLetterSourceQueues
    ListMessageMoveTasks ListQueueTags ListQueues PurgeQueue ReceiveMessage RemovePermission SendMessage
    SendMessageBatch SetQueueAttributes StartMessageMoveTask TagQueue UntagQueue""".split()
MEMBERS = """AWSAccountIds Actions AttributeNames Attributes DelaySeconds DestinationArn Entries Label
    MaxNumberOfMessages MaxNumberOfMessagesPerSecond MaxResults MessageAttributeNames MessageAttributes MessageBody
    MessageDeduplicationId MessageGroupId MessageSystemAttributeNames MessageSystemAttributes NextToken QueueName
    QueueNamePrefix QueueOwnerAWSAccountId ReceiptHandle ReceiveRequestAttemptId SourceArn TagKeys Tags TaskHandle
    VisibilityTimeout tags""".split()
ARN = "arn:aws:sqs:us-east-1:000000000000:"
VALUES = [
    None, True, 0, -1, 1.5, 10 ** 30, "", "q", "q.fifo", "000000000000", "é\x01", "x" * 3000, "AQEB" * 36, "/", "All",
    "http://x/000000000000/q", "eyJ0YXNrSWQiOiJ4Iiwic291cmNlQXJuIjoieCJ9", ARN + "q", ARN + "dead", "arn:", [], {},
    [None], ["a"], [1], [[]], [{}], {"a": "b"}, {"a": None}, {"VisibilityTimeout": "1"}, {"FifoQueue": "true"},
    {"RedrivePolicy": "{}"}, {"RedrivePolicy": "[]"}, {"RedriveAllowPolicy": "{\"redrivePermission\": 1}"},
    {"RedrivePolicy": json.dumps({"deadLetterTargetArn": ARN + "q", "maxReceiveCount": 1})}, {"Policy": "x"},
    {"a": {"DataType": "String", "StringValue": "x"}}, {"a": {"DataType": "Binary", "BinaryValue": "!"}}, {"a": {}},
    {"a": {"DataType": "Number", "StringValue": "1e999"}}, {"a": {"DataType": "String", "StringListValues": ["x"]}},
    [{"Id": "a", "MessageBody": "x", "ReceiptHandle": "AQEB", "VisibilityTimeout": 1}], [{"Id": "a"}] * 2,
]


def random_input(chance):
    chosen = {name: chance.choice(VALUES) for name in chance.sample(MEMBERS, chance.randrange(7))}
    if chance.random() < 0.8:
        chosen["QueueUrl"] = chance.choice(["q", "q.fifo", "dead", ENDPOINT + "/000000000000/q", 7, None])
    return chosen


def random_request(chance):
    """(path, headers, body)"""
    operation = chance.choice(OPERATIONS)
    kind = chance.randrange(10)
    if kind < 7:
        body = json.dumps(random_input(chance), ensure_ascii=chance.random() < 0.5).encode()
        if kind == 6 and body:
            cut = bytearray(body)
            cut[chance.randrange(len(cut))] = chance.randrange(256)
            body = bytes(cut)
        return "/", {"X-Amz-Target": "AmazonSQS." + operation, "Content-Type": "application/x-amz-json-1.0"}, body
    names = ["QueueUrl", "QueueName", "Attribute.1.Name", "Attribute.1.Value", "MessageBody", "Tag.1.Key",
             "SendMessageBatchRequestEntry.1.Id", "SendMessageBatchRequestEntry.99999999.MessageBody", "Entries",
             "MessageAttribute.1.Value.DataType", "MaxNumberOfMessages", "AttributeName.0", "AttributeName.-1"]
    form = {"Action": operation, "Version": "2012-11-05"}
    for name in chance.sample(names, 4):
        form[name] = chance.choice(["", "q", "1", "%", "x" * 500, "é"])
    path = chance.choice(["/", "/000000000000/q", "/000000000000/%", "/1/2"])
    return path, {"Content-Type": "application/x-www-form-urlencoded"}, urllib.parse.urlencode(form).encode()


def main():
    chance = random.Random(SEED)
    address = ENDPOINT.split("//")[1]
    connection = http.client.HTTPConnection(address, timeout=60)

    def ask(path, headers, body):
        connection.request("POST", path, body, {"Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1"
                                                "/sqs/aws4_request, SignedHeaders=host, Signature=0", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read()
    failed = 0
    for name, attributes in (("q", {}), ("dead", {}), ("q.fifo", {"FifoQueue": "true"})):
        ask("/", {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0"},
            json.dumps({"QueueName": name, "Attributes": attributes}).encode())
    for number in range(REQUESTS):
        request = random_request(chance)
        try:
            status, answer = ask(*request)
        except (OSError, http.client.HTTPException) as error:
            print(f"FAIL sqs, hostile requests: seed {SEED}, request {number}: {error}: {request}")
            return 1
        if status >= 500:
            failed += 1
            print(f"FAIL sqs, hostile requests: seed {SEED}, request {number}: {status} {answer}: {request}")
    if not failed:
        print(f"ok sqs, {REQUESTS} hostile requests, seed {SEED}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
