// DynamoDB as JavaScript's document clients see it: lib-dynamodb of v3 and DocumentClient of v2 do the same. Prints
// one line a check.
const path = require("path");
const load = (name) => require(path.join(process.env.NODE_MODULES, name));
const endpoint = process.env.AWS_ENDPOINT_URL;

let failed = false;
let version = "";
function check(name, holds, found) {
  failed = failed || !holds;
  console.log(holds ? `ok ${version} ${name}` : `FAIL ${version} ${name} found: ${JSON.stringify(found)}`);
}
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return { name: "success" };
}
async function control(what, body) {
  const answer = await fetch(`${endpoint}/_stackrig/${what}`, { method: "POST", body: JSON.stringify(body) });
  check(`control ${what}`, answer.ok, answer.status);
}

// Both clients behind one face: call(operation, input), in documents and in typed values (low).
function version3() {
  const lib = load("@aws-sdk/lib-dynamodb");
  const { DynamoDB } = load("@aws-sdk/client-dynamodb");
  const { DynamoDBStreams } = load("@aws-sdk/client-dynamodb-streams");
  const low = new DynamoDB({ endpoint });
  const documents = lib.DynamoDBDocumentClient.from(low, { marshallOptions: { removeUndefinedValues: true } });
  const commands = {
    put: lib.PutCommand, get: lib.GetCommand, update: lib.UpdateCommand, delete: lib.DeleteCommand,
    query: lib.QueryCommand, scan: lib.ScanCommand, batchGet: lib.BatchGetCommand, batchWrite: lib.BatchWriteCommand,
    transactGet: lib.TransactGetCommand, transactWrite: lib.TransactWriteCommand,
  };
  const streams = new DynamoDBStreams({ endpoint });
  return {
    name: "v3",
    call: (operation, input) => documents.send(new commands[operation](input)),
    low: (operation, input) => low[operation](input),
    streams: (operation, input) => streams[operation](input),
    set: (values) => new Set(values),
    values: (set) => [...set],
    code: (error) => error.name,
    documents,
    lib,
  };
}

function version2() {
  const AWS = load("aws-sdk");
  const options = { endpoint, region: process.env.AWS_REGION };
  const documents = new AWS.DynamoDB.DocumentClient(options);
  const low = new AWS.DynamoDB(options);
  const streams = new AWS.DynamoDBStreams(options);
  return {
    name: "v2",
    call: (operation, input) => documents[operation](input).promise(),
    low: (operation, input) => low[operation](input).promise(),
    streams: (operation, input) => streams[operation](input).promise(),
    set: (values) => documents.createSet(values),
    values: (set) => set.values,
    code: (error) => error.code,
  };
}

async function makeTable(client, TableName) {
  const { TableDescription } = await client.low("createTable", {
    TableName,
    KeySchema: [{ AttributeName: "p", KeyType: "HASH" }, { AttributeName: "r", KeyType: "RANGE" }],
    AttributeDefinitions: ["p", "g"].map((name) => ({ AttributeName: name, AttributeType: "S" }))
      .concat([{ AttributeName: "r", AttributeType: "N" }]),
    BillingMode: "PAY_PER_REQUEST",
    GlobalSecondaryIndexes: [{
      IndexName: "by-g",
      KeySchema: [{ AttributeName: "g", KeyType: "HASH" }, { AttributeName: "r", KeyType: "RANGE" }],
      Projection: { ProjectionType: "KEYS_ONLY" },
    }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  });
  return TableDescription.LatestStreamArn;
}

async function everyType(client, TableName) {
  const Item = {
    p: "types", r: -1.5, text: "Grüße \u{1f600}", empty: "", yes: true, no: false, nothing: null,
    list: [1, "two", [], { three: 3 }], map: { a: { b: { c: [null] } }, "with.dot": 1 },
    bytes: Buffer.from([0, 255, 10]), words: client.set(["a", "b"]), numbers: client.set([1, 2.5, -3]),
  };
  await client.call("put", { TableName, Item });
  const got = (await client.call("get", { TableName, Key: { p: "types", r: -1.5 }, ConsistentRead: true })).Item;
  for (const name of ["text", "empty", "yes", "no", "nothing", "list"]) {
    check(`${name} comes back`, same(got[name], Item[name]), got[name]);
  }
  check("a map comes back", got.map["with.dot"] === 1 && same(got.map.a, Item.map.a), got.map);
  check("bytes come back", Buffer.from(got.bytes).equals(Item.bytes), got.bytes);
  check("a set of words", same(client.values(got.words).sort(), ["a", "b"]), got.words);
  check("a set of numbers", same(client.values(got.numbers).sort((a, b) => a - b), [-3, 1, 2.5]), got.numbers);
  check("no attribute more", Object.keys(got).length === Object.keys(Item).length, Object.keys(got));
}

async function updates(client, TableName) {
  const Key = { p: "updates", r: 0 };
  await client.call("put", { TableName, Item: { ...Key, entries: [1], map: { x: 1 }, words: client.set(["a", "b"]) } });
  const { Attributes } = await client.call("update", {
    TableName, Key, ReturnValues: "ALL_NEW",
    UpdateExpression: "SET #m.y = :y, entries = list_append(entries, :more), made = if_not_exists(made, :y) - :one " +
      "REMOVE #m.x ADD hits :one DELETE words :gone",
    ExpressionAttributeNames: { "#m": "map" },
    ExpressionAttributeValues: { ":y": 7, ":more": ["two"], ":one": 1, ":gone": client.set(["a"]) },
  });
  check("an update of all kinds", same(Attributes.entries, [1, "two"]) && same(Attributes.map, { y: 7 }) &&
    Attributes.made === 6 && Attributes.hits === 1 && same(client.values(Attributes.words), ["b"]), Attributes);
  const part = await client.call("update", {
    TableName, Key, ReturnValues: "UPDATED_OLD", UpdateExpression: "SET #m.y = :y",
    ExpressionAttributeNames: { "#m": "map" }, ExpressionAttributeValues: { ":y": 8 },
  });
  check("only what was touched", same(part.Attributes, { map: { y: 7 } }), part.Attributes);
  const refused = await refusal(client.call("update", {
    TableName, Key, UpdateExpression: "SET done = :t", ConditionExpression: "attribute_exists(nowhere)",
    ExpressionAttributeValues: { ":t": true },
  }));
  check("a condition that does not hold", client.code(refused) === "ConditionalCheckFailedException", refused);
  const deleted = await client.call("delete", { TableName, Key, ReturnValues: "ALL_OLD" });
  check("what was deleted", deleted.Attributes.hits === 1, deleted);
}

async function pages(client, TableName) {
  const Items = Array.from({ length: 23 }, (_, r) => ({ p: "pages", r, g: r % 2 ? "odd" : "even", half: r / 2 }));
  let requests = Items.map((Item) => ({ PutRequest: { Item } }));
  await control("faults", { on: "dynamodb:BatchWriteItem", fault: "partial", times: 2 });
  let rounds = 0;
  while (requests.length > 0) {
    const { UnprocessedItems } = await client.call("batchWrite", { RequestItems: { [TableName]: requests } });
    requests = UnprocessedItems[TableName] || [];
    rounds++;
  }
  check("what a batch left was asked for again", rounds === 3, rounds);
  const input = {
    TableName, Limit: 5, ScanIndexForward: false, KeyConditionExpression: "p = :p AND r BETWEEN :from AND :to",
    FilterExpression: "half <> :six", ExpressionAttributeValues: { ":p": "pages", ":from": 1, ":to": 20, ":six": 6 },
  };
  const found = [];
  let count = 0;
  let page = {};
  do {
    page = await client.call("query", { ...input, ExclusiveStartKey: page.LastEvaluatedKey });
    found.push(...page.Items.map((item) => item.r));
    count++;
  } while (page.LastEvaluatedKey);
  const expected = Array.from({ length: 20 }, (_, i) => 20 - i).filter((r) => r !== 12);
  check("a query in pages", same(found, expected) && count === 5, { found, count });
  if (client.lib) {
    const again = [];
    for await (const part of client.lib.paginateQuery({ client: client.documents, pageSize: 4 }, { ...input, Limit: undefined })) {
      again.push(...part.Items.map((item) => item.r));
    }
    check("the SDK's own pages", same(again, expected), again);
  }
  const odd = await client.call("query", {
    TableName, IndexName: "by-g", KeyConditionExpression: "g = :g", ExpressionAttributeValues: { ":g": "odd" },
  });
  check("an index of keys", odd.Count === 11 && same(Object.keys(odd.Items[0]).sort(), ["g", "p", "r"]), odd.Items[0]);
  const Keys = [3, 4, 99].map((r) => ({ p: "pages", r }));
  await control("faults", { on: "dynamodb:BatchGetItem", fault: "partial" });
  let wanted = { [TableName]: { Keys, ProjectionExpression: "half" } };
  const halves = [];
  while (wanted[TableName]) {
    const answer = await client.call("batchGet", { RequestItems: wanted });
    halves.push(...answer.Responses[TableName].map((item) => item.half));
    wanted = answer.UnprocessedKeys;
  }
  check("a batch of reads, in parts", same(halves.sort(), [1.5, 2]), halves);
  const all = await client.call("scan", { TableName, FilterExpression: "begins_with(p, :p)", Select: "COUNT",
    ExpressionAttributeValues: { ":p": "pag" } });
  check("a scan that counts", all.Count === 23 && !all.Items, all);
}

async function transactions(client, TableName) {
  await client.call("transactWrite", {
    TransactItems: [
      { Put: { TableName, Item: { p: "bank", r: 1, balance: 100 } } },
      { Put: { TableName, Item: { p: "bank", r: 2, balance: 0 } } },
    ],
  });
  const transfer = (amount) => client.call("transactWrite", {
    TransactItems: [
      { Update: { TableName, Key: { p: "bank", r: 2 }, UpdateExpression: "ADD balance :a",
        ExpressionAttributeValues: { ":a": amount } } },
      { Update: { TableName, Key: { p: "bank", r: 1 }, UpdateExpression: "SET balance = balance - :a",
        ConditionExpression: "balance >= :a", ExpressionAttributeValues: { ":a": amount },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD" } },
    ],
  });
  await transfer(60);
  const refused = await refusal(transfer(60));
  check("a transaction that cannot be", client.code(refused) === "TransactionCanceledException" &&
    refused.message.endsWith("[None, ConditionalCheckFailed]"), refused);
  if (client.lib) {
    const [first, second] = refused.CancellationReasons;
    check("its reasons", first.Code === "None" && second.Code === "ConditionalCheckFailed", refused.CancellationReasons);
  }
  const { Responses } = await client.call("transactGet", {
    TransactItems: [1, 2, 3].map((r) => ({ Get: { TableName, Key: { p: "bank", r } } })),
  });
  check("both or none", Responses[0].Item.balance === 40 && Responses[1].Item.balance === 60 && !Responses[2].Item,
    Responses);
}

async function retries(client, TableName) {
  await control("faults", { on: "dynamodb:GetItem", fault: "error", error: "ProvisionedThroughputExceededException",
    message: "The level of configured provisioned throughput for the table was exceeded.", times: 2 });
  const { Item } = await client.call("get", { TableName, Key: { p: "bank", r: 1 } });
  check("a throttled read is tried again", Item.balance === 40, Item);
}

async function changes(client, StreamArn) {
  const { StreamDescription } = await client.streams("describeStream", { StreamArn });
  const { ShardIterator } = await client.streams("getShardIterator", {
    StreamArn, ShardId: StreamDescription.Shards[0].ShardId, ShardIteratorType: "TRIM_HORIZON",
  });
  const { Records } = await client.streams("getRecords", { ShardIterator });
  const seen = Records.filter(({ dynamodb }) => dynamodb.Keys.p.S === "updates").map(({ eventName }) => eventName);
  check("changes in their order", same(seen, ["INSERT", "MODIFY", "MODIFY", "REMOVE"]), seen);
  const { dynamodb } = Records.find((record) => record.eventName === "REMOVE");
  check("what was there before", dynamodb.OldImage.map.M.y.N === "8" && !dynamodb.NewImage &&
    dynamodb.ApproximateCreationDateTime instanceof Date, dynamodb);
  const bytes = Records.find(({ dynamodb: { Keys } }) => Keys.p.S === "types").dynamodb.NewImage.bytes.B;
  check("bytes of a record", Buffer.from(bytes).equals(Buffer.from([0, 255, 10])), bytes);
}

async function statements(client, TableName) {
  if (!client.lib) {
    return;
  }
  const run = (Statement, Parameters) =>
    client.documents.send(new client.lib.ExecuteStatementCommand({ Statement, Parameters }));
  await run(`INSERT INTO "${TableName}" VALUE {'p': ?, 'r': ?, 'tags': ?}`, ["partiql", 1, ["a", { b: 1 }]]);
  const { Items } = await run(`SELECT tags FROM "${TableName}" WHERE p = ? AND r = ?`, ["partiql", 1]);
  check("a statement with values", same(Items, [{ tags: ["a", { b: 1 }] }]), Items);
  const { Responses } = await client.documents.send(new client.lib.BatchExecuteStatementCommand({
    Statements: [1, 2].map((r) => ({ Statement: `SELECT * FROM "${TableName}" WHERE p='partiql' AND r=?`, Parameters: [r] })),
  }));
  check("statements in a batch", Responses[0].Item.r === 1 && !Responses[1].Item, Responses);
}

(async () => {
  for (const client of [version3(), version2()]) {
    version = client.name;
    const table = "documents-" + version;
    try {
      const stream = await makeTable(client, table);
      for (const part of [everyType, updates, pages, transactions, retries, statements]) {
        await part(client, table);
      }
      await changes(client, stream);
    } catch (error) {
      check("the whole", false, error.stack);
    }
  }
  process.exit(failed ? 1 : 0);
})();
