"""The main job with boto3, as old as Debian's or newer. Prints one line a check."""
import io
import json
import sys
import zipfile

import boto3
from botocore.exceptions import ClientError

failed = False


def check(name, holds, found=None):
    global failed
    if holds:
        print("ok", name)
    else:
        failed = True
        print("FAIL", name, "found:", repr(found))


def stacks():
    cloudformation = boto3.client("cloudformation")
    with open("fixtures/templates/sum.yaml") as template:
        body = template.read()
    cloudformation.create_stack(StackName="sum", TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
    cloudformation.get_waiter("stack_create_complete").wait(StackName="sum", WaiterConfig={"Delay": 1})
    stack = boto3.resource("cloudformation").Stack("sum")
    check("the stack's output", stack.outputs[0]["OutputValue"] == "7.1", stack.outputs)
    statuses = [event.resource_status for event in stack.events.all()]
    check("newest event first", statuses[0] == "CREATE_COMPLETE" and statuses[-1] == "CREATE_IN_PROGRESS", statuses)
    try:
        cloudformation.create_stack(StackName="sum", TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
        check("a second stack of that name", False)
    except cloudformation.exceptions.AlreadyExistsException as error:
        check("a second stack of that name", "Stack [sum] already exists" in str(error), str(error))
    stack.delete()
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="sum", WaiterConfig={"Delay": 1})
    try:
        cloudformation.describe_stacks(StackName="sum")
        check("the stack is gone", False)
    except ClientError as error:
        check("the stack is gone", error.response["Error"]["Code"] == "ValidationError", error.response)


def functions():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("index.py", "def handler(event, context):\n    print('seen', event)\n"
                                    "    if event.get('bad'):\n        raise ValueError('bad event')\n"
                                    "    return {'doubled': event['n'] * 2}\n")
    role = boto3.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                 "Principal": {"Service": "lambda.amazonaws.com"}}]}))
    client = boto3.client("lambda")
    client.create_function(FunctionName="double", Runtime="python3.11", Role=role["Role"]["Arn"],
                           Handler="index.handler", Code={"ZipFile": archive.getvalue()})
    client.get_waiter("function_active_v2").wait(FunctionName="double", WaiterConfig={"Delay": 1})
    reply = client.invoke(FunctionName="double", Payload=json.dumps({"n": 21}), LogType="Tail")
    check("invoke", json.load(reply["Payload"]) == {"doubled": 42}, reply)
    reply = client.invoke(FunctionName="double", Payload=json.dumps({"bad": 1}))
    payload = json.load(reply["Payload"])
    check("a function error", reply.get("FunctionError") == "Unhandled" and payload["errorType"] == "ValueError",
          payload)
    reply = client.invoke(FunctionName="double", InvocationType="Event", Payload=b"{}")
    check("an event", reply["StatusCode"] == 202, reply)


def messages():
    sqs = boto3.resource("sqs")
    queue = sqs.create_queue(QueueName="q")
    topic = boto3.resource("sns").create_topic(Name="t")
    topic.subscribe(Protocol="sqs", Endpoint=queue.attributes["QueueArn"])
    queue.send_message(MessageBody="direct", MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}})
    topic.publish(Message="by topic")
    bodies = []
    while len(bodies) < 2:
        received = queue.receive_messages(WaitTimeSeconds=1, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        if not received:
            break
        for message in received:
            bodies.append(message.body)
            message.delete()
    check("a message sent", "direct" in bodies, bodies)
    check("a message published", any('"by topic"' in body for body in bodies), bodies)


def data():
    table = boto3.resource("dynamodb").create_table(
        TableName="table", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
    table.wait_until_exists()
    table.put_item(Item={"k": "a", "n": 1, "tags": {"x", "y"}})
    table.update_item(Key={"k": "a"}, UpdateExpression="SET n = n + :one", ExpressionAttributeValues={":one": 1})
    item = table.get_item(Key={"k": "a"})["Item"]
    check("an item", item["n"] == 2 and item["tags"] == {"x", "y"}, item)
    bucket = boto3.resource("s3").create_bucket(Bucket="bucket")
    bucket.put_object(Key="a/b", Body=b"content")
    check("an object", bucket.Object("a/b").get()["Body"].read() == b"content")
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name="/a", Value="x", Type="SecureString")
    value = ssm.get_parameter(Name="/a", WithDecryption=True)["Parameter"]["Value"]
    check("a parameter", value == "x", value)
    other = boto3.client("ssm", aws_access_key_id="111111111111", aws_secret_access_key="x",
                         region_name="eu-west-1")
    try:
        other.get_parameter(Name="/a")
        check("another account sees nothing of it", False)
    except other.exceptions.ParameterNotFound:
        check("another account sees nothing of it", True)


for part in (stacks, functions, messages, data):
    try:
        part()
    except Exception as error:
        check(part.__name__, False, error)
sys.exit(failed)
