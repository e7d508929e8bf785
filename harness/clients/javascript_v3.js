// The main job with the AWS SDK for JavaScript v3. Prints one line a check.
const path = require("path");
const fs = require("fs");
const sdk = (name) => require(path.join(process.env.NODE_MODULES, "@aws-sdk", "client-" + name));

let failed = false;
function check(name, holds, found) {
  failed = failed || !holds;
  console.log(holds ? `ok ${name}` : `FAIL ${name} found: ${JSON.stringify(found)}`);
}
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return { name: "success" };
}

async function stacks() {
  const { CloudFormation, waitUntilStackCreateComplete, waitUntilStackDeleteComplete } = sdk("cloudformation");
  const client = new CloudFormation({});
  const body = fs.readFileSync("fixtures/templates/node-https.yaml", "utf8");
  await client.createStack({ StackName: "product", TemplateBody: body, Capabilities: ["CAPABILITY_IAM"] });
  await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName: "product" });
  const { Stacks } = await client.describeStacks({ StackName: "product" });
  check("the stack's output", Stacks[0].Outputs[0].OutputValue === "42", Stacks);
  const again = await refusal(client.createStack({ StackName: "product", TemplateBody: body }));
  check("a second stack of that name", again.name === "InsufficientCapabilitiesException" ||
    again.name === "AlreadyExistsException", again);
  await client.deleteStack({ StackName: "product" });
  await waitUntilStackDeleteComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName: "product" });
  const gone = await refusal(client.describeStacks({ StackName: "product" }));
  check("the stack is gone", gone.name === "ValidationError", gone);
}

async function messages() {
  const { SQS } = sdk("sqs");
  const { SNS } = sdk("sns");
  const sqs = new SQS({});
  const { QueueUrl } = await sqs.createQueue({ QueueName: "q" });
  await sqs.sendMessage({ QueueUrl, MessageBody: "hello", MessageAttributes: { a: { DataType: "Number", StringValue: "1" } } });
  const { Messages } = await sqs.receiveMessage({ QueueUrl, MessageAttributeNames: ["All"], WaitTimeSeconds: 1 });
  check("a message", Messages[0].Body === "hello" && Messages[0].MessageAttributes.a.StringValue === "1", Messages);
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: Messages[0].ReceiptHandle });
  const missing = await refusal(sqs.getQueueUrl({ QueueName: "none" }));
  check("a queue that is not there", missing.name === "QueueDoesNotExist", missing);
  const { TopicArn } = await new SNS({}).createTopic({ Name: "t" });
  check("a topic", TopicArn.endsWith(":t"), TopicArn);
}

async function data() {
  const { DynamoDB } = sdk("dynamodb");
  const dynamodb = new DynamoDB({});
  await dynamodb.createTable({
    TableName: "table",
    KeySchema: [{ AttributeName: "k", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "k", AttributeType: "S" }],
    BillingMode: "PAY_PER_REQUEST",
  });
  await dynamodb.putItem({ TableName: "table", Item: { k: { S: "a" }, n: { N: "1" } } });
  const { Item } = await dynamodb.getItem({ TableName: "table", Key: { k: { S: "a" } } });
  check("an item", Item.n.N === "1", Item);
  const { S3 } = sdk("s3");
  const s3 = new S3({ forcePathStyle: true });
  await s3.createBucket({ Bucket: "bucket" });
  await s3.putObject({ Bucket: "bucket", Key: "a/b", Body: "content" });
  const object = await s3.getObject({ Bucket: "bucket", Key: "a/b" });
  check("an object", (await object.Body.transformToString()) === "content");
  const { SSM } = sdk("ssm");
  const ssm = new SSM({});
  await ssm.putParameter({ Name: "/a", Value: "x", Type: "String" });
  const { Parameter } = await ssm.getParameter({ Name: "/a" });
  check("a parameter", Parameter.Value === "x" && Parameter.LastModifiedDate instanceof Date, Parameter);
  const missing = await refusal(ssm.getParameter({ Name: "/b" }));
  check("a parameter that is not there", missing.name === "ParameterNotFound", missing);
  const { STS } = sdk("sts");
  const caller = await new STS({}).getCallerIdentity({});
  check("who am I", caller.Account === "000000000000", caller);
}

(async () => {
  for (const part of [stacks, messages, data]) {
    try {
      await part();
    } catch (error) {
      check(part.name, false, String(error && error.stack));
    }
  }
  process.exitCode = failed ? 1 : 0;
})();
