"""DynamoDB: PutItem, GetItem, UpdateItem, Query of 10 items, growth, memory, batch and scan throughput."""
import json
import time

from bench import HEADER, compare, dynalite, hello, json_request, moto, present, run_wrk, send, stackrig, stop

ITEMS = 1000
PARTITION_ITEMS = 10 # what Query reads
PAYLOAD = "x" * 960 # with its names and keys an item of about 1 KiB
TABLE = "bench"


def call(operation, **body):
    return json_request("dynamodb", "DynamoDB_20120810." + operation, "1.0", body)


def key(number):
    return {"p": {"S": f"partition-{number // PARTITION_ITEMS:07}"}, "r": {"N": str(number % PARTITION_ITEMS)}}


def item(number):
    return {**key(number), "payload": {"S": PAYLOAD}, "n": {"N": str(number)}, "flag": {"BOOL": True}}


def create(server):
    send(server, call("CreateTable", TableName=TABLE, BillingMode="PAY_PER_REQUEST",
                      KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
                      AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"},
                                            {"AttributeName": "r", "AttributeType": "N"}]))
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if json.loads(send(server, call("DescribeTable", TableName=TABLE)))["Table"]["TableStatus"] == "ACTIVE":
            return
        time.sleep(0.05)


def fill(server, first, end):
    for start in range(first, end, 25):
        puts = [{"PutRequest": {"Item": item(number)}} for number in range(start, min(start + 25, end))]
        send(server, call("BatchWriteItem", RequestItems={TABLE: puts}))


def gets(count):
    return [call("GetItem", TableName=TABLE, Key=key(number * 7919 % count)) for number in range(500)]


def queries(count):
    return [call("Query", TableName=TABLE, KeyConditionExpression="p = :p", Limit=10,
                 ExpressionAttributeValues={":p": key(number * 7919 % count)["p"]}) for number in range(500)]


def group_dynamodb():
    print("\n## DynamoDB, 1 KiB items\n\n" + HEADER)
    servers = present(hello(), stackrig(), dynalite(), moto())
    for server in servers[1:]:
        create(server)
        fill(server, 0, ITEMS)
    compare("PutItem", servers, lambda server: [call("PutItem", TableName=TABLE, Item=item(n)) for n in range(ITEMS)])
    compare("GetItem", servers, lambda server: gets(ITEMS))
    update = [call("UpdateItem", TableName=TABLE, Key=key(n), UpdateExpression="SET n = n + :one",
                   ExpressionAttributeValues={":one": {"N": "1"}}) for n in range(ITEMS)]
    compare("UpdateItem", servers, lambda server: update)
    compare("Query of 10", servers, lambda server: queries(ITEMS))
    stop(servers)


def group_dynamodb_growth():
    """From 1,000 to 1,000,000 items: time per request, memory, throughput of BatchWriteItem and Scan."""
    print("\n## DynamoDB, growth\n")
    with stackrig() as server:
        create(server)
        before, filled = server.resident_mib(), 0
        for count in (1000, 100000, 1000000):
            started = time.monotonic()
            ticks = server.cpu_ticks()
            fill(server, filled, count)
            mib = (count - filled) / 1024
            busy = (server.cpu_ticks() - ticks) / 100
            _, get50, _, get_cpu, _ = run_wrk(server, gets(count), 1)
            _, query50, _, query_cpu, _ = run_wrk(server, queries(count), 1)
            print(f"- {count:,} items: GetItem p50 {get50:.3f} ms, {get_cpu:.1f} µs CPU; Query p50 {query50:.3f} ms, "
                  f"{query_cpu:.1f} µs CPU; memory {(server.resident_mib() - before) / (count / 1024):.2f} times the "
                  f"item bytes; BatchWriteItem {mib / max(busy, 0.01):.0f} MiB per second of its CPU "
                  f"({time.monotonic() - started:.0f} s with the client)", flush=True)
            filled = count
        read, start, ticks = 0, None, server.cpu_ticks()
        while read < 200 * 1024 * 1024:
            more = {"ExclusiveStartKey": start} if start else {}
            page = send(server, call("Scan", TableName=TABLE, **more))
            read += len(page)
            start = json.loads(page).get("LastEvaluatedKey")
            if not start:
                break
        busy = (server.cpu_ticks() - ticks) / 100
        print(f"- Scan: {read / 1024 / 1024 / max(busy, 0.01):.0f} MiB per second of its CPU", flush=True)


GROUPS = {"dynamodb": group_dynamodb, "dynamodb-growth": group_dynamodb_growth}
