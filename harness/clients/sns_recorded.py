"""SNS as boto3 sees it, held against what AWS answered when it was recorded (LocalStack's snapshots against AWS).

    sns_recorded.py [ENDPOINT]      or AWS_ENDPOINT_URL

A real HTTP endpoint in this process takes notifications; signatures are verified with the served certificate where
the `cryptography` package is installed. Prints one line a case, and the reason of a failed one on standard error.
"""
import base64
import http.server
import json
import os
import queue
import sys
import threading
import traceback
import urllib.error
import urllib.request
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1] if len(sys.argv) > 1 else os.environ["AWS_ENDPOINT_URL"]
ACCOUNT = "000000000000"
CASES = []


class Skip(Exception):
    pass


def client(service="sns", account=ACCOUNT, region="us-east-1"):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name=region, aws_access_key_id=account,
                        aws_secret_access_key="test", config=Config(retries={"max_attempts": 0}))


sns = client()
sqs = client("sqs")


def case(function):
    CASES.append(function)
    return function


def equal(found, expected):
    if found != expected:
        raise AssertionError(f"expected {expected!r}, found {found!r}")


def refused(code, message, function, status=400, **arguments):
    try:
        answer = function(**arguments)
    except ClientError as error:
        found = error.response
        equal((found["Error"]["Code"], found["Error"]["Message"]), (code, message))
        equal(found["ResponseMetadata"]["HTTPStatusCode"], status)
        equal(found["Error"]["Type"], "Sender")
        return
    raise AssertionError(f"was not refused: {answer}")


def invalid(message, function, **arguments):
    refused("InvalidParameter", "Invalid parameter: " + message, function, **arguments)


def new_topic(fifo=False, **attributes):
    name = "t-" + uuid.uuid4().hex[:8]
    if fifo:
        attributes["FifoTopic"] = "true"
        name += ".fifo"
    return sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]


def new_queue(fifo=False, **attributes):
    name = "q-" + uuid.uuid4().hex[:8]
    if fifo:
        attributes["FifoQueue"] = "true"
        name += ".fifo"
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def listen(topic, queue_arn, **attributes):
    return sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes=attributes)["SubscriptionArn"]


def received(url, count=1):
    """Exactly so many, in order of arrival; each is taken away."""
    messages = []
    while len(messages) < count:
        batch = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2, AttributeNames=["All"],
                                    MessageAttributeNames=["All"]).get("Messages", [])
        if not batch:
            raise AssertionError(f"{len(messages)} messages instead of {count}")
        for message in batch:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        messages += batch
    equal(sqs.receive_message(QueueUrl=url).get("Messages"), None)
    return messages


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Hook:
    """An HTTP endpoint; arrived holds (headers, body)."""

    def __init__(self):
        self.arrived = queue.Queue()
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                hook.arrived.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/sns-endpoint"

    def next(self):
        return self.arrived.get(timeout=10)


# ---- topics ----

@case
def a_topic_shows_its_attributes():
    topic = new_topic(fifo=True, DisplayName="TestTopic", SignatureVersion="2")
    found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    policy = json.loads(found.pop("Policy"))
    delivery = json.loads(found.pop("EffectiveDeliveryPolicy"))
    equal(found, {"ContentBasedDeduplication": "false", "DisplayName": "TestTopic", "FifoTopic": "true",
                  "Owner": ACCOUNT, "SignatureVersion": "2", "SubscriptionsConfirmed": "0",
                  "SubscriptionsDeleted": "0", "SubscriptionsPending": "0", "TopicArn": topic})
    equal(policy["Statement"][0]["Condition"], {"StringEquals": {"AWS:SourceOwner": ACCOUNT}})
    equal(delivery["http"]["defaultHealthyRetryPolicy"]["numRetries"], 3)


@case
def unknown_and_wrong_topics():
    refused("NotFound", "Topic does not exist", sns.get_topic_attributes, 404,
            TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:not-there")
    invalid("TopicArn Reason: An ARN must have at least 6 elements, not 1", sns.get_topic_attributes, TopicArn="topic")
    topic = new_topic()
    invalid("TopicArn", client(region="eu-west-1").publish, TopicArn=topic, Message="x")
    invalid("TopicArn", client(region="eu-west-1").publish_batch, TopicArn=topic,
            PublishBatchRequestEntries=[{"Id": "1", "Message": "x"}])


@case
def tags():
    invalid("Duplicated keys are not allowed.", sns.create_topic, Name="dup",
            Tags=[{"Key": "k1", "Value": "v1"}, {"Key": "k1", "Value": "v2"}])
    topic = sns.create_topic(Name="tagged", Tags=[{"Key": "k1", "Value": "v1"}, {"Key": "k2", "Value": "v2"}])["TopicArn"]
    invalid("Tags Reason: Topic already exists with different tags", sns.create_topic, Name="tagged",
            Tags=[{"Key": "k3", "Value": "v3"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["k1"])
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "k2", "Value": "v2b"}])
    equal(sns.list_tags_for_resource(ResourceArn=topic)["Tags"], [{"Key": "k2", "Value": "v2b"}])
    sns.delete_topic(TopicArn=topic)
    sns.create_topic(Name="tagged")
    equal(sns.list_tags_for_resource(ResourceArn=topic)["Tags"], [])
    sns.delete_topic(TopicArn=topic)


@case
def permissions():
    topic = new_topic()
    sns.add_permission(TopicArn=topic, Label="test", AWSAccountId=[ACCOUNT], ActionName=["Publish"])
    statement = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])["Statement"][1]
    equal(statement, {"Action": "SNS:Publish", "Effect": "Allow", "Resource": topic, "Sid": "test",
                      "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}})
    invalid("Statement already exists", sns.add_permission, TopicArn=topic, Label="test", AWSAccountId=[ACCOUNT],
            ActionName=["Publish"])
    invalid("Policy statement action out of service scope!", sns.add_permission, TopicArn=topic, Label="two",
            AWSAccountId=[ACCOUNT], ActionName=["InvalidAction"])
    sns.remove_permission(TopicArn=topic, Label="test")
    equal(len(json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])["Statement"]), 1)


@case
def pages_of_a_hundred():
    other = client(account="111111111111")
    made = sorted(other.create_topic(Name=f"t{number:03}")["TopicArn"] for number in range(101))
    first = other.list_topics()
    equal(len(first["Topics"]), 100)
    rest = other.list_topics(NextToken=first["NextToken"])
    equal("NextToken" in rest, False)
    equal(sorted(topic["TopicArn"] for topic in first["Topics"] + rest["Topics"]), made)


# ---- publishing ----

@case
def what_publish_refuses():
    topic = new_topic()
    invalid("Empty message", sns.publish, TopicArn=topic, Message="")
    invalid("Subject", sns.publish, TopicArn=topic, Message="x", Subject="")
    invalid("Message too long", sns.publish, TopicArn=topic, Message="a" * 262145)
    refused("NotFound", "Topic does not exist", sns.publish, 404, TopicArn=topic + "x", Message="x")
    text = ("The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is "
            "Binary, Number, and String.")
    for wrong in ("Stringprefixed", "String."):
        refused("ParameterValueInvalid", text, sns.publish, TopicArn=topic, Message="x",
                MessageAttributes={"attr1": {"DataType": wrong, "StringValue": "x"}})
    for right in ("String.prefixed", "String.prefixed.twice"):
        sns.publish(TopicArn=topic, Message="x", MessageAttributes={"attr1": {"DataType": right, "StringValue": "x"}})
    for number in ("+1a234", "NAA+15551234567"):
        invalid(f"PhoneNumber Reason: {number} is not valid to publish to", sns.publish, PhoneNumber=number, Message="x")
    refused("InvalidParameter", "Invalid SMS endpoint: NAA+15551234567", sns.subscribe, TopicArn=topic, Protocol="sms",
            Endpoint="NAA+15551234567")


@case
def fifo_rules():
    topic, plain = new_topic(fifo=True), new_topic()
    _, fifo_queue = new_queue(fifo=True)
    _, queue_arn = new_queue()
    invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
            sns.subscribe, TopicArn=plain, Protocol="sqs", Endpoint=fifo_queue)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=fifo_queue)["SubscriptionArn"]
    invalid("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.",
            sns.set_subscription_attributes, SubscriptionArn=subscription, AttributeName="RedrivePolicy",
            AttributeValue=json.dumps({"deadLetterTargetArn": queue_arn}))
    invalid("The MessageGroupId parameter is required for FIFO topics", sns.publish, TopicArn=topic, Message="x")
    invalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            sns.publish, TopicArn=topic, Message="x", MessageGroupId="g")
    invalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for "
            "this topic type", sns.publish, TopicArn=plain, Message="x", MessageDeduplicationId="d")


@case
def batches():
    topic = new_topic()
    refused("NotFound", "Topic does not exist", sns.publish_batch, 404, TopicArn=topic + "x",
            PublishBatchRequestEntries=[{"Id": "1", "Message": "x"}])
    refused("BatchRequestTooLong", "The length of all the messages put together is more than the limit.",
            sns.publish_batch, TopicArn=topic,
            PublishBatchRequestEntries=[{"Id": "1", "Message": "a" * 200000}, {"Id": "2", "Message": "a" * 62145}])
    topic = new_topic(fifo=True, ContentBasedDeduplication="true")
    url, queue_arn = new_queue(fifo=True)
    listen(topic, queue_arn, RawMessageDelivery="true")
    entries = [{"Id": "1", "MessageGroupId": "complexMessageGroupId", "Message": "Test Message with two attributes",
                "MessageAttributes": {"attr1": {"DataType": "Number", "StringValue": "99.12"},
                                      "attr2": {"DataType": "Number", "StringValue": "109.12"}}},
               {"Id": "2", "MessageGroupId": "complexMessageGroupId", "Message": "Test Message with one attribute",
                "MessageAttributes": {"attr1": {"DataType": "Number", "StringValue": "19.12"}}},
               {"Id": "3", "MessageGroupId": "complexMessageGroupId", "Message": "Test Message without attribute"}]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    equal(answer["Failed"], [])
    equal([sorted(entry) for entry in answer["Successful"]], [["Id", "MessageId", "SequenceNumber"]] * 3)
    messages = received(url, 3)
    equal([message["Body"] for message in messages], [entry["Message"] for entry in entries])
    equal([message.get("MD5OfMessageAttributes") for message in messages],
          ["9b720b3af309c1c4b0d395c53b08c502", "1f07082409022a373fa2a2601f82b3cb", None])
    equal(messages[0]["Attributes"]["MessageDeduplicationId"],
          "47f6d7e2c477469ad670ae3bfee60ed3e79080bb0105fc01a2805a50f8b21358")
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    received(url, 0)


@case
def a_wrong_message_attribute_refuses_the_message_and_the_whole_batch():
    topic = new_topic()
    wrong = {
        "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'.":
            ("attr1", {"DataType": "String", "StringValue": ""}),
        "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'Binary'.":
            ("attr1", {"DataType": "Binary", "BinaryValue": b""}),
        "The message attribute 'attr1' with type 'String' must use field 'String'.":
            ("attr1", {"DataType": "String", "BinaryValue": b"x"}),
        "The message attribute 'attr1' with type 'Number' must use field 'String'.":
            ("attr1", {"DataType": "Number", "BinaryValue": b"1"}),
        "The message attribute 'attr1' with type 'Binary' must use field 'Binary'.":
            ("attr1", {"DataType": "Binary", "StringValue": "x"}),
        "Length of message attribute name must be less than 256 bytes.": ("a" * 257, None),
        "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric "
        "characters, hyphens, underscores, or dots.": ("attr^1", None),
        "Invalid non-alphanumeric character '#xE9' was found in the message attribute name. Can only include alphanumeric "
        "characters, hyphens, underscores, or dots.": ("attré", None),
        "Invalid message attribute name starting with character '.' was found.": (".attr", None),
        "Invalid message attribute name ending with character '.' was found.": ("attr.", None),
        "Message attribute name can not have successive '.' character.": ("at..tr", None),
    }
    for message, (name, value) in wrong.items():
        attributes = {name: value or {"DataType": "String", "StringValue": "x"}}
        refused("ParameterValueInvalid", message, sns.publish, TopicArn=topic, Message="m", MessageAttributes=attributes)
        refused("ParameterValueInvalid", message, sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[
            {"Id": "0", "Message": "good"}, {"Id": "1", "Message": "m", "MessageAttributes": attributes}])


@case
def one_entry_refuses_the_whole_batch():
    topic, fifo = new_topic(), new_topic(fifo=True)
    invalid("The MessageGroupId parameter is required for FIFO topics", sns.publish_batch, TopicArn=fifo,
            PublishBatchRequestEntries=[{"Id": "1", "Message": "m"}])
    invalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            sns.publish_batch, TopicArn=fifo,
            PublishBatchRequestEntries=[{"Id": "1", "Message": "m", "MessageGroupId": "g"}])
    invalid("Message Structure - No default entry in JSON message body", sns.publish_batch, TopicArn=topic,
            PublishBatchRequestEntries=[{"Id": "1", "Message": '{"sqs": "m"}', "MessageStructure": "json"}])
    refused("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.",
            sns.publish_batch, TopicArn=topic,
            PublishBatchRequestEntries=[{"Id": str(number), "Message": "m"} for number in range(11)])


# ---- subscriptions ----

@case
def subscribing_again_with_defaults_is_the_same_subscription():
    topic = new_topic()
    _, queue_arn = new_queue()
    again = lambda **attributes: listen(topic, queue_arn, **attributes)
    arn = again(RawMessageDelivery="True")
    equal(again(RawMessageDelivery="true"), arn)
    equal(again(RawMessageDelivery="true", FilterPolicyScope="MessageAttributes"), arn)
    equal(again(), arn)
    equal(again(FilterPolicyScope="MessageAttributes"), arn)
    invalid("Attributes Reason: Subscription already exists with different attributes", again,
            RawMessageDelivery="false", FilterPolicyScope="MessageBody")


@case
def a_delivery_policy_is_shown_as_it_was_given():
    topic = new_topic()
    put = lambda value: sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=value)
    put(json.dumps({"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 5, "maxDelayTarget": 6, "numRetries": 1}}}))
    shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    equal(json.loads(shown["DeliveryPolicy"]),
          {"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 5, "maxDelayTarget": 6, "numRetries": 1},
                    "disableSubscriptionOverrides": False}})
    equal(json.loads(shown["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"],
          {"minDelayTarget": 5, "maxDelayTarget": 6, "numRetries": 1, "numMaxDelayRetries": 0, "numNoDelayRetries": 0,
           "numMinDelayRetries": 0, "backoffFunction": "linear"})
    put(json.dumps({"http": {"defaultHealthyRetryPolicy": None}}))
    equal(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DeliveryPolicy"],
          '{"http":{"disableSubscriptionOverrides":false}}')
    put("")
    equal("DeliveryPolicy" in sns.get_topic_attributes(TopicArn=topic)["Attributes"], False)


@case
def policies_that_are_no_json():
    topic = new_topic()
    _, queue_arn = new_queue()
    arn = listen(topic, queue_arn)
    for name in ("RedrivePolicy", "FilterPolicy"):
        invalid(name + ": failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to "
                "start field name\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); "
                "line: 1, column: 2]",
                sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName=name, AttributeValue="{invalidjson}")


@case
def what_localstack_users_look_at():
    topic = new_topic()
    arn = sns.create_platform_application(Name="app-" + uuid.uuid4().hex[:8], Platform="GCM",
                                          Attributes={"PlatformCredential": "x"})["PlatformApplicationArn"]
    refused("NotFound", "PlatformApplication does not exist", client(region="us-west-2").get_platform_application_attributes,
            404, PlatformApplicationArn=arn)
    one, two = (sns.create_platform_endpoint(PlatformApplicationArn=arn, Token=token)["EndpointArn"] for token in "ab")
    sns.subscribe(TopicArn=topic, Protocol="application", Endpoint=one)
    attributes = {"AWS.SNS.MOBILE.APNS.PRIORITY": {"DataType": "String", "StringValue": "5"}}
    sns.publish(TopicArn=topic, Message="to all", MessageAttributes=attributes)
    sns.publish(TargetArn=two, Message="to one")
    look = lambda query="": json.loads(get(f"{ENDPOINT}/_aws/sns/platform-endpoint-messages{query}")[1])
    pushes = look()["platform_endpoint_messages"]
    equal((pushes[one][0]["Message"], pushes[one][0]["MessageAttributes"], pushes[two][0]["TopicArn"]),
          ("to all", attributes, ""))
    forget = urllib.request.Request(f"{ENDPOINT}/_aws/sns/platform-endpoint-messages?endpointArn={one}", method="DELETE")
    equal(urllib.request.urlopen(forget).status, 204)
    equal(look(f"?endpointArn={one}")["platform_endpoint_messages"], {one: []})
    equal(len(look()["platform_endpoint_messages"][two]), 1)


@case
def what_subscribe_refuses():
    topic = new_topic()
    url, _ = new_queue()
    invalid("SQS endpoint ARN", sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=url)
    invalid("Amazon SNS does not support this protocol string: test-protocol", sns.subscribe, TopicArn=topic,
            Protocol="test-protocol", Endpoint="x")
    invalid("Lambda endpoint ARN", sns.subscribe, TopicArn=topic, Protocol="lambda",
            Endpoint=f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:x")
    refused("NotFound", "Subscription does not exist", sns.get_subscription_attributes, 404,
            SubscriptionArn=f"{topic}:{uuid.uuid4()}")
    for arn, text in (("randomstring", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
                      ("arn:aws:sns:us-east-1:random", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 5"),
                      (f"arn:aws:sns:us-east-1:{ACCOUNT}:random", "SubscriptionId")):
        invalid(text, sns.unsubscribe, SubscriptionArn=arn)
        invalid(text, sns.get_subscription_attributes, SubscriptionArn=arn)
    equal("<Message>Invalid parameter: SubscriptionArn Reason: no value for required parameter</Message>" in
          get(f"{ENDPOINT}/?Action=Unsubscribe")[1], True)
    for number in ("+15--551234567", "NAA+15551234567", "+15551234567.", "/+15551234567"):
        refused("InvalidParameter", f"Invalid SMS endpoint: {number}", sns.subscribe, TopicArn=topic, Protocol="sms",
                Endpoint=number)
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+12/34-567.890")
    sns.unsubscribe(SubscriptionArn=f"{topic}:{uuid.uuid4()}")


@case
def attributes_of_a_subscription():
    topic = new_topic()
    _, queue_arn = new_queue()
    arn = listen(topic, queue_arn)
    plain = {"ConfirmationWasAuthenticated": "true", "Endpoint": queue_arn, "Owner": ACCOUNT,
             "PendingConfirmation": "false", "Protocol": "sqs", "RawMessageDelivery": "false", "SubscriptionArn": arn,
             "SubscriptionPrincipal": f"arn:aws:iam::{ACCOUNT}:root", "TopicArn": topic}
    equal(sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"], plain)
    put = lambda name, value: sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
    put("FilterPolicyScope", "MessageBody")
    equal(sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"], plain)
    put("FilterPolicy", '{"attr": ["match-this"]}')
    found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    equal(found, {**plain, "FilterPolicy": '{"attr": ["match-this"]}', "FilterPolicyScope": "MessageBody"})
    invalid("FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes",
            sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName="FilterPolicyScope",
            AttributeValue="RandomValue")
    invalid("AttributeName", sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName="Nonsense",
            AttributeValue="x")
    put("FilterPolicy", "{}")
    equal("FilterPolicy" in sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"], False)


@case
def an_http_endpoint_confirms_and_leaves_by_links():
    hook, topic = Hook(), new_topic()
    equal(sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=hook.url)["SubscriptionArn"], "pending confirmation")
    headers, body = hook.next()
    asked = json.loads(body)
    equal(list(asked), ["Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp",
                        "SignatureVersion", "Signature", "SigningCertURL"])
    equal(asked["Type"], "SubscriptionConfirmation")
    equal(asked["Message"], f"You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, visit the "
                            "SubscribeURL included in this message.")
    equal(headers["x-amz-sns-message-type"], "SubscriptionConfirmation")
    equal("x-amz-sns-subscription-arn" in headers, False)
    elsewhere = topic.replace("us-east-1", "eu-central-1")
    for right, wrong, text in ((topic, "not-an-arn", "Invalid parameter: Topic"),
                               (topic, elsewhere, "Invalid parameter: Topic"),
                               (asked["Token"], "abc123", "Invalid parameter: Token"),
                               (asked["Token"], "randomtoken", "Invalid token")):
        status, answer = get(asked["SubscribeURL"].replace(right, wrong))
        equal((status, f"<Message>{text}</Message>" in answer), (400, True))
    equal(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"], "PendingConfirmation")
    equal(get(asked["SubscribeURL"].replace(topic, topic + "x"))[0], 200)  # the topic's name does not matter
    equal(get(asked["SubscribeURL"])[0], 200)
    arn = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(
        {"http": {"defaultRequestPolicy": {"headerContentType": "application/json"}}}))
    sns.publish(TopicArn=topic, Message="test_external_http_endpoint")
    headers, body = hook.next()
    told = json.loads(body)
    equal((told["Type"], told["Message"]), ("Notification", "test_external_http_endpoint"))
    equal([headers[name] for name in ("x-amz-sns-message-type", "x-amz-sns-subscription-arn", "content-type",
                                      "user-agent", "x-amz-sns-message-id")],
          ["Notification", arn, "application/json", "Amazon Simple Notification Service Agent", told["MessageId"]])
    equal(get(told["UnsubscribeURL"])[0], 200)
    headers, body = hook.next()
    equal(headers["x-amz-sns-subscription-arn"], arn)
    farewell = json.loads(body)
    equal(farewell["Type"], "UnsubscribeConfirmation")
    equal(farewell["Token"] == asked["Token"], False)
    equal(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"], [])
    refused("NotFound", "Subscription does not exist", sns.get_subscription_attributes, 404, SubscriptionArn=arn)
    equal(get(farewell["SubscribeURL"])[0], 200)
    equal(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"], arn)


# ---- deliveries ----

@case
def the_envelope_in_aws_order():
    topic = new_topic()
    url, queue_arn = new_queue()
    arn = listen(topic, queue_arn)
    published = sns.publish(TopicArn=topic, Subject="s", Message="öß <&> \"x\"\n",
                            MessageAttributes={"attr2": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"}})
    body = received(url)[0]["Body"]
    found = json.loads(body)
    equal(list(found), ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion",
                        "Signature", "SigningCertURL", "UnsubscribeURL", "MessageAttributes"])
    equal(body.startswith('{\n  "Type" : "Notification",\n  "MessageId" : '), True)
    equal((found["MessageId"], found["Message"]), (published["MessageId"], "öß <&> \"x\"\n"))
    equal(found["MessageAttributes"], {"attr2": {"Type": "Binary", "Value": "AgME"}})
    equal(found["UnsubscribeURL"].endswith(f"/?Action=Unsubscribe&SubscriptionArn={arn}"), True)


@case
def signatures_verify():
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding
    except ImportError:
        raise Skip("the cryptography package is not installed")
    url, queue_arn = new_queue()
    for version, digest in (("1", hashes.SHA1()), ("2", hashes.SHA256())):
        topic = new_topic(SignatureVersion=version)
        listen(topic, queue_arn)
        sns.publish(TopicArn=topic, Message="test signature value with attributes", Subject="subject")
        found = json.loads(received(url)[0]["Body"])
        equal(found["SignatureVersion"], version)
        names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
        signed = "".join(f"{name}\n{found[name]}\n" for name in names)
        certificate = x509.load_pem_x509_certificate(get(found["SigningCertURL"])[1].encode())
        certificate.public_key().verify(base64.b64decode(found["Signature"]), signed.encode(), padding.PKCS1v15(), digest)


@case
def a_group_id_of_a_standard_topic_reaches_the_queue():
    topic = new_topic()
    url, queue_arn = new_queue()
    listen(topic, queue_arn)
    sns.publish(TopicArn=topic, Message="x", MessageGroupId="my-group-id-1")
    equal(received(url)[0]["Attributes"]["MessageGroupId"], "my-group-id-1")


@case
def a_trace_header_passes():
    topic = new_topic()
    url, queue_arn = new_queue()
    listen(topic, queue_arn)
    header = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
    traced = client()
    traced.meta.events.register("before-send.sns.Publish",
                                lambda request, **unused: request.headers.__setitem__("X-Amzn-Trace-Id", header))
    traced.publish(TopicArn=topic, Message="X-Ray propagation test msg")
    equal(received(url)[0]["Attributes"]["AWSTraceHeader"], header)


@case
def publishing_before_anybody_listens():
    topic = new_topic()
    sns.publish(TopicArn=topic, Message="test_message_before")
    url, queue_arn = new_queue()
    listen(topic, queue_arn)
    sns.publish(TargetArn=topic, Message="test_message_after")
    equal(json.loads(received(url)[0]["Body"])["Message"], "test_message_after")


# ---- mobile push, SMS ----

@case
def platform_applications():
    invalid("Platform Reason: AAA is not supported", sns.create_platform_application, Name="n", Platform="AAA",
            Attributes={"PlatformPrincipal": "p"})
    invalid("a" * 257 + " Reason: must be at most 256 characters long", sns.create_platform_application, Name="a" * 257,
            Platform="ADM", Attributes={"PlatformPrincipal": "p"})
    refused("ValidationError", "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: "
            "Member must not be null", sns.create_platform_application, Name="n", Platform="ADM", Attributes={})
    app = sns.create_platform_application(Name="app", Platform="ADM", Attributes={
        "PlatformPrincipal": "p", "PlatformCredential": "c"})["PlatformApplicationArn"]
    equal(app, f"arn:aws:sns:us-east-1:{ACCOUNT}:app/ADM/app")
    equal(sns.get_platform_application_attributes(PlatformApplicationArn=app)["Attributes"], {"Enabled": "true"})
    invalid("PlatformApplicationArn Reason: An ARN must have at least 6 elements, not 1",
            sns.set_platform_application_attributes, PlatformApplicationArn="x", Attributes={"PlatformPrincipal": "p"})
    refused("NotFound", "PlatformApplication does not exist", sns.set_platform_application_attributes, 404,
            PlatformApplicationArn=app + "x", Attributes={"PlatformPrincipal": "p"})
    endpoint = sns.create_platform_endpoint(PlatformApplicationArn=app, Token="token_1", CustomUserData="foo",
                                            Attributes={"CustomUserData": "bar"})["EndpointArn"]
    equal(sns.get_endpoint_attributes(EndpointArn=endpoint)["Attributes"],
          {"CustomUserData": "foo", "Enabled": "true", "Token": "token_1"})
    invalid("EndpointArn Reason: Wrong number of slashes in relative portion of the ARN.", sns.set_endpoint_attributes,
            EndpointArn=app, Attributes={"CustomUserData": "x"})
    refused("NotFound", "Endpoint does not exist", sns.set_endpoint_attributes, 404, EndpointArn=endpoint + "x",
            Attributes={"CustomUserData": "x"})
    invalid("Attributes Reason: Invalid attribute name: InvalidKey", sns.create_platform_endpoint,
            PlatformApplicationArn=app, Token="t", Attributes={"InvalidKey": "x"})
    invalid("Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 "
            "encoding", sns.set_endpoint_attributes, EndpointArn=endpoint, Attributes={"CustomUserData": "a" * 2049})
    sns.delete_platform_application(PlatformApplicationArn=app)
    refused("NotFound", "PlatformApplication does not exist", sns.list_endpoints_by_platform_application, 404,
            PlatformApplicationArn=app)


@case
def sms_settings():
    refused("InvalidParameter", "InvalidAttribute is not a valid attribute", sns.set_sms_attributes,
            attributes={"InvalidAttribute": "x"})
    refused("InvalidParameter", "DefaultSMSType is invalid", sns.set_sms_attributes, attributes={"DefaultSMSType": "x"})
    equal(sns.list_phone_numbers_opted_out()["phoneNumbers"], [])
    equal(sns.check_if_phone_number_is_opted_out(phoneNumber="+33777777777")["isOptedOut"], False)
    sns.opt_in_phone_number(phoneNumber="+33777777777")


def main():
    failed = 0
    for each in CASES:
        title = each.__name__.replace("_", " ")
        try:
            each()
        except Skip as reason:
            print(f"skip {title}: {reason}")
        except Exception:
            failed += 1
            print(f"FAIL {title}")
            traceback.print_exc()
        else:
            print(f"ok {title}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
