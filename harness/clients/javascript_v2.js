// The main job with the AWS SDK for JavaScript v2, which knows no AWS_ENDPOINT_URL: it calls AWS's own names, and
// the preloaded library leads them to the emulator. Prints one line a check.
const path = require("path");
const fs = require("fs");
const AWS = require(path.join(process.env.NODE_MODULES, "aws-sdk"));
AWS.config.update({ region: process.env.AWS_REGION });

let failed = false;
function check(name, holds, found) {
  failed = failed || !holds;
  console.log(holds ? `ok ${name}` : `FAIL ${name} found: ${JSON.stringify(found)}`);
}
async function refusal(request) {
  try {
    await request.promise();
  } catch (error) {
    return error;
  }
  return { code: "success" };
}

async function stacks() {
  const client = new AWS.CloudFormation();
  const body = fs.readFileSync("fixtures/templates/python-cfnresponse.yaml", "utf8");
  await client.createStack({ StackName: "world", TemplateBody: body, Capabilities: ["CAPABILITY_IAM"] }).promise();
  const waiter = { StackName: "world", $waiter: { delay: 1 } };
  const { Stacks } = await client.waitFor("stackCreateComplete", waiter).promise();
  check("the stack's output", Stacks[0].Outputs[0].OutputValue === "Hello, world", Stacks);
  await client.deleteStack({ StackName: "world" }).promise();
  await client.waitFor("stackDeleteComplete", waiter).promise();
  const gone = await refusal(client.describeStacks({ StackName: "world" }));
  check("the stack is gone", gone.code === "ValidationError", gone);
}

async function messages() {
  const sqs = new AWS.SQS();
  const { QueueUrl } = await sqs.createQueue({ QueueName: "q" }).promise();
  await sqs.sendMessage({ QueueUrl, MessageBody: "hello" }).promise();
  const { Messages } = await sqs.receiveMessage({ QueueUrl }).promise();
  check("a message", Messages[0].Body === "hello", Messages);
  const { TopicArn } = await new AWS.SNS().createTopic({ Name: "t" }).promise();
  check("a topic", TopicArn.endsWith(":t"), TopicArn);
}

async function data() {
  const documents = new AWS.DynamoDB.DocumentClient();
  await new AWS.DynamoDB().createTable({
    TableName: "table",
    KeySchema: [{ AttributeName: "k", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "k", AttributeType: "S" }],
    BillingMode: "PAY_PER_REQUEST",
  }).promise();
  await documents.put({ TableName: "table", Item: { k: "a", n: 1 } }).promise();
  const { Item } = await documents.get({ TableName: "table", Key: { k: "a" } }).promise();
  check("an item", Item.n === 1, Item);
  const s3 = new AWS.S3();
  await s3.createBucket({ Bucket: "bucket" }).promise();
  await s3.putObject({ Bucket: "bucket", Key: "a/b", Body: "content" }).promise();
  const object = await s3.getObject({ Bucket: "bucket", Key: "a/b" }).promise();
  check("an object", object.Body.toString() === "content", object);
  const missing = await refusal(s3.getObject({ Bucket: "bucket", Key: "none" }));
  check("an object that is not there", missing.code === "NoSuchKey", missing);
  const ssm = new AWS.SSM();
  await ssm.putParameter({ Name: "/a", Value: "x", Type: "String" }).promise();
  const { Parameter } = await ssm.getParameter({ Name: "/a" }).promise();
  check("a parameter", Parameter.Value === "x", Parameter);
  const caller = await new AWS.STS().getCallerIdentity({}).promise();
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
