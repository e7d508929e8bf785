// SNS with the AWS SDK for JavaScript v2 or v3 (`javascript_sns.js v2|v3`): queues and an HTTP endpoint that
// subscribe, filters, batches, FIFO topics, and signatures as the npm package sns-validator sees them.
// Prints one line a check.
const assert = require("assert");
const http = require("http");
const path = require("path");
const module_of = (name) => require(path.join(process.env.NODE_MODULES, name));

const version = process.argv[2];
const ACCOUNT = "000000000000";
const CERTIFICATE_HOST = "https://sns.us-east-1.amazonaws.com";

// Version 2 answers promises only when asked to.
function client(name) {
  if (version === "v3") return new (module_of(`@aws-sdk/client-${name.toLowerCase()}`)[name])({});
  const service = new (module_of("aws-sdk")[name])();
  return new Proxy(service, { get: (target, operation) => (input) => target[operation](input).promise() });
}
const sns = client("SNS");
const sqs = client("SQS");
const Validator = module_of("sns-validator");

let names = 0;
async function newTopic(attributes = {}) {
  const fifo = attributes.FifoTopic === "true";
  return (await sns.createTopic({ Name: `t${names++}${fifo ? ".fifo" : ""}`, Attributes: attributes })).TopicArn;
}

async function newQueue(fifo = false) {
  const name = `q${names++}${fifo ? ".fifo" : ""}`;
  const attributes = fifo ? { FifoQueue: "true" } : {};
  const { QueueUrl } = await sqs.createQueue({ QueueName: name, Attributes: attributes });
  return { QueueUrl, arn: `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}` };
}

async function listen(topic, queue, attributes = {}) {
  const input = { TopicArn: topic, Protocol: "sqs", Endpoint: queue.arn, Attributes: attributes };
  return (await sns.subscribe(input)).SubscriptionArn;
}

async function received(queue) {
  const { Messages } = await sqs.receiveMessage({
    QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"], AttributeNames: ["All"],
  });
  return Messages || [];
}

// The validator wants AWS's host. What is signed does not hold the certificate's address, so it may be put there;
// the preloaded library leads the host to the emulator.
function validated(envelope) {
  const message = { ...envelope };
  message.SigningCertURL = CERTIFICATE_HOST + new URL(envelope.SigningCertURL).pathname;
  return new Promise((good, bad) => new Validator().validate(message, (error, same) => (error ? bad(error) : good(same))));
}

class Hook {
  async open() {
    this.arrived = [];
    this.waiting = [];
    this.server = http.createServer((request, response) => {
      let body = "";
      request.on("data", (piece) => (body += piece));
      request.on("end", () => {
        response.end();
        const post = { headers: request.headers, body };
        if (this.waiting.length) this.waiting.shift()(post);
        else this.arrived.push(post);
      });
    });
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${this.server.address().port}/hook`;
    return this;
  }
  next() {
    return this.arrived.length ? Promise.resolve(this.arrived.shift()) : new Promise((done) => this.waiting.push(done));
  }
}

function get(url) {
  return new Promise((done, bad) =>
    http.get(url, (response) => response.resume().on("end", () => done(response.statusCode))).on("error", bad));
}

async function refusal(promise) {
  const error = await promise.then(() => ({ name: "success" }), (found) => found);
  return version === "v3" ? error.name : error.code;
}

const cases = {
  async "a queue gets an envelope whose signature verifies, version 1 and 2"() {
    for (const signature of ["1", "2"]) {
      const topic = await newTopic({ SignatureVersion: signature });
      const queue = await newQueue();
      await listen(topic, queue);
      const { MessageId } = await sns.publish({
        TopicArn: topic, Subject: "subject", Message: "öß \"<&>\n",
        MessageAttributes: { a: { DataType: "Binary", BinaryValue: Buffer.from([2, 3, 4]) } },
      });
      const envelope = JSON.parse((await received(queue))[0].Body);
      assert.equal(envelope.MessageId, MessageId);
      assert.equal(envelope.SignatureVersion, signature);
      assert.deepEqual(envelope.MessageAttributes, { a: { Type: "Binary", Value: "AgME" } });
      await validated(envelope);
      await assert.rejects(validated({ ...envelope, Message: "another" }));
    }
  },

  async "an http endpoint confirms, is told, and leaves"() {
    const hook = await new Hook().open();
    const topic = await newTopic({ DeliveryPolicy: '{"http":{"defaultRequestPolicy":{"headerContentType":"application/json"}}}' });
    const pending = await sns.subscribe({ TopicArn: topic, Protocol: "http", Endpoint: hook.url });
    assert.equal(pending.SubscriptionArn, "pending confirmation");
    const asked = await hook.next();
    assert.equal(asked.headers["x-amz-sns-message-type"], "SubscriptionConfirmation");
    assert.equal(asked.headers["content-type"], "text/plain; charset=UTF-8");
    const confirmation = await validated(JSON.parse(asked.body));
    assert.equal(await get(confirmation.SubscribeURL), 200);
    const [{ SubscriptionArn }] = (await sns.listSubscriptionsByTopic({ TopicArn: topic })).Subscriptions;
    await sns.publish({ TopicArn: topic, Message: "hello" });
    const told = await hook.next();
    assert.equal(told.headers["x-amz-sns-subscription-arn"], SubscriptionArn);
    assert.equal(told.headers["content-type"], "application/json");
    assert.equal((await validated(JSON.parse(told.body))).Message, "hello");
    await sns.setSubscriptionAttributes({ SubscriptionArn, AttributeName: "RawMessageDelivery", AttributeValue: "true" });
    await sns.publish({ TopicArn: topic, Message: "bare" });
    const bare = await hook.next();
    assert.deepEqual([bare.body, bare.headers["x-amz-sns-rawdelivery"]], ["bare", "true"]);
    await sns.unsubscribe({ SubscriptionArn });
    assert.equal((await hook.next()).headers["x-amz-sns-message-type"], "UnsubscribeConfirmation");
    hook.server.close();
  },

  async "filters look at attributes or at the body"() {
    const topic = await newTopic();
    const [byAttribute, byBody] = [await newQueue(), await newQueue()];
    await listen(topic, byAttribute, {
      RawMessageDelivery: "true",
      FilterPolicy: '{"price": [{"numeric": [">=", 100, "<", 200]}], "shop": [{"anything-but": ["closed"]}]}',
    });
    const arn = await listen(topic, byBody, {
      RawMessageDelivery: "true", FilterPolicyScope: "MessageBody",
      FilterPolicy: '{"items": {"name": [{"prefix": "b"}]}}',
    });
    const shown = (await sns.getSubscriptionAttributes({ SubscriptionArn: arn })).Attributes;
    assert.equal(shown.FilterPolicyScope, "MessageBody");
    const publish = (message, price, shop) => sns.publish({
      TopicArn: topic, Message: JSON.stringify(message),
      MessageAttributes: { price: { DataType: "Number", StringValue: price }, shop: { DataType: "String", StringValue: shop } },
    });
    await publish({ items: [{ name: "apple" }] }, "150", "open");
    await publish({ items: [{ name: "apple" }, { name: "bread" }] }, "150", "closed");
    await publish({ items: [] }, "200", "open");
    const bodies = async (queue) => (await received(queue)).map((message) => JSON.parse(message.Body).items.length);
    assert.deepEqual(await bodies(byAttribute), [1]);
    assert.deepEqual(await bodies(byBody), [2]);
    assert.equal(await refusal(sns.setSubscriptionAttributes({
      SubscriptionArn: arn, AttributeName: "FilterPolicy", AttributeValue: '{"a": "b"}',
    })), version === "v3" ? "InvalidParameterException" : "InvalidParameter");
  },

  async "a batch is published or refused as a whole"() {
    const topic = await newTopic();
    const queue = await newQueue();
    await listen(topic, queue, { RawMessageDelivery: "true" });
    const entries = ["a", "b", "c"].map((Id) => ({
      Id, Message: `message ${Id}`, MessageAttributes: { id: { DataType: "String", StringValue: Id } },
    }));
    const { Successful, Failed } = await sns.publishBatch({ TopicArn: topic, PublishBatchRequestEntries: entries });
    assert.deepEqual([Successful.map((entry) => entry.Id), Failed], [["a", "b", "c"], []]);
    const messages = await received(queue);
    assert.deepEqual(messages.map((message) => message.MessageAttributes.id.StringValue).sort(), ["a", "b", "c"]);
    entries[1].Id = "a";
    assert.equal(await refusal(sns.publishBatch({ TopicArn: topic, PublishBatchRequestEntries: entries })),
      version === "v3" ? "BatchEntryIdsNotDistinctException" : "BatchEntryIdsNotDistinct");
  },

  async "a FIFO topic keeps order and drops what it has seen"() {
    const topic = await newTopic({ FifoTopic: "true", ContentBasedDeduplication: "true" });
    const queue = await newQueue(true);
    await listen(topic, queue, { RawMessageDelivery: "true" });
    const numbers = [];
    for (const Message of ["one", "two", "three", "one"]) {
      numbers.push((await sns.publish({ TopicArn: topic, MessageGroupId: "g", Message })).SequenceNumber);
    }
    assert.equal(numbers[3], numbers[0]);
    assert.deepEqual((await received(queue)).map((message) => message.Body), ["one", "two", "three"]);
  },

  async "what is not there has a name"() {
    const missing = `arn:aws:sns:us-east-1:${ACCOUNT}:none`;
    assert.equal(await refusal(sns.publish({ TopicArn: missing, Message: "m" })),
      version === "v3" ? "NotFoundException" : "NotFound");
    await sns.deleteTopic({ TopicArn: missing });
    const topic = await newTopic();
    await sns.tagResource({ ResourceArn: topic, Tags: [{ Key: "k", Value: "v" }] });
    assert.deepEqual((await sns.listTagsForResource({ ResourceArn: topic })).Tags, [{ Key: "k", Value: "v" }]);
  },
};

(async () => {
  let failed = false;
  for (const [name, run] of Object.entries(cases)) {
    try {
      await run();
      console.log(`ok ${name}`);
    } catch (error) {
      failed = true;
      console.log(`FAIL ${name}: ${String(error && error.stack).split("\n").slice(0, 12).join(" | ")}`);
    }
  }
  process.exit(failed ? 1 : 0);
})();
