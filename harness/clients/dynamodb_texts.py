"""DynamoDB over bare HTTP: what updates do to an item, which conditions hold, and the texts of refusals.

    dynamodb_texts.py [ENDPOINT]      or AWS_ENDPOINT_URL

Tables of cases, so that one more costs one line. Prints a line a table, and each case that differs on standard
error; exit status 1 when one differs. The texts are those of public test suites that were run against AWS.
"""
import json
import os
import sys
import urllib.error
import urllib.request
import zlib

ENDPOINT = sys.argv[1] if len(sys.argv) > 1 else os.environ["AWS_ENDPOINT_URL"]
HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, "
                     "SignedHeaders=host, Signature=0",
}
COUNTED = "1 validation error detected: "
INVALID = "One or more parameter values were invalid: "
wrong = 0


def send(operation, body):
    headers = dict(HEADERS, **{"X-Amz-Target": "DynamoDB_20120810." + operation})
    request = urllib.request.Request(ENDPOINT + "/", json.dumps(body).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, json.loads(reply.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def differs(case, expected, found):
    global wrong
    wrong += 1
    print(f"{case}\n    expected {expected}\n    found    {found}", file=sys.stderr)


def n(number):
    return {"N": str(number)}


def s(text):
    return {"S": text}


def l(*values):
    return {"L": list(values)}


KEY = {"TableName": "texts", "Key": {"a": s("k")}}
ITEM = {
    "a": s("k"), "n": n(5), "s": s("str"), "l": l(n(0), n(1), n(2)), "ss": {"SS": ["a", "b"]},
    "m": {"M": {"x": n(1), "y": l(s("p"), s("q"))}}, "ns": {"NS": ["1", "2"]},
}
ONE = {":v": n(1)}

# expression, values, attributes that change (None: gone), ReturnValues, Attributes
UPDATES = [
    ("SET n = n + :v", ONE, {"n": n(6)}, "UPDATED_NEW", {"n": n(6)}),
    ("SET n = :v - n", ONE, {"n": n(-4)}, "UPDATED_OLD", {"n": n(5)}),
    ("SET z = n", {}, {"z": n(5)}, "UPDATED_OLD", None),
    ("SET n = s, s = n", {}, {"n": s("str"), "s": n(5)}, "NONE", None),
    ("SET l[1] = :v REMOVE l[0]", ONE, {"l": l(n(1), n(2))}, "NONE", None),
    ("SET l[10] = :v, l[8] = s", ONE, {"l": l(n(0), n(1), n(2), s("str"), n(1))}, "NONE", None),
    ("REMOVE l[0], l[2]", {}, {"l": l(n(1))}, "NONE", None),
    ("REMOVE l[1]", {}, {"l": l(n(0), n(2))}, "UPDATED_NEW", {"l": l(n(2))}),
    ("REMOVE l[10]", {}, {}, "NONE", None),
    ("SET l[100] = :v", ONE, {"l": l(n(0), n(1), n(2), n(1))}, "UPDATED_NEW", None),
    ("SET m.y[1] = :v", ONE, {"m": {"M": {"x": n(1), "y": l(s("p"), n(1))}}}, "UPDATED_OLD",
     {"m": {"M": {"y": l(s("q"))}}}),
    ("SET n = if_not_exists(zz, if_not_exists(yy, :v)) + n", ONE, {"n": n(6)}, "NONE", None),
    ("SET l = list_append(l, if_not_exists(zz, l))", {}, {"l": l(*ITEM["l"]["L"] * 2)}, "NONE", None),
    ("ADD ns :v", {":v": {"NS": ["1.0", "3"]}}, {"ns": {"NS": ["1", "2", "3"]}}, "NONE", None),
    ("ADD m.q :v", ONE, {"m": {"M": dict(ITEM["m"]["M"], q=n(1))}}, "NONE", None),
    ("DELETE ss :v", {":v": {"SS": ["a", "b", "c"]}}, {"ss": None}, "UPDATED_NEW", None),
    ("DELETE zz :v", {":v": {"SS": ["a"]}}, {}, "NONE", None),
    ("SET n = n", {}, {}, "UPDATED_NEW", {"n": n(5)}),
    ("REMOVE m.x, s SET q = :v ADD n :v", ONE, {"m": {"M": {"y": ITEM["m"]["M"]["y"]}}, "s": None, "q": n(1),
     "n": n(6)}, "UPDATED_OLD", {"m": {"M": {"x": n(1)}}, "s": s("str"), "n": n(5)}),
]

# expression, values, whether it holds
CONDITIONS = [
    ("zz = :v", ONE, False), ("zz <> :v", ONE, True), ("zz = yy", {}, False), ("zz <> yy", {}, True),
    ("zz IN (:v)", ONE, False), ("NOT zz = :v", ONE, True), ("NOT NOT zz <> :v", ONE, True),
    ("n = :v", {":v": {"N": "5.0"}}, True), ("n < :v", {":v": s("z")}, False), ("n <> :v", {":v": s("z")}, True),
    ("ss = :v", {":v": {"SS": ["b", "a"]}}, True), ("l = :v", {":v": l(n("0.0"), n(1), n(2))}, True),
    ("contains(ns, :v)", {":v": n("1.0")}, True), ("contains(ss, :v)", {":v": {"SS": ["a"]}}, False),
    ("size(l) BETWEEN :v AND n", ONE, True), ("size(n) = :v", ONE, False), ("begins_with(n, s)", {}, False),
    ("n = :v OR n = :w AND n = :w", {":v": n(5), ":w": n(6)}, True), (":v < n", ONE, True),
    ("attribute_exists(m.y[1]) AND attribute_not_exists(m.y[2])", {}, True), ("size(l) > size(m)", {}, True),
]

UPDATE = "Invalid UpdateExpression: "
OPERAND = "An operand in the update expression has an incorrect data type"
PLACE = "The document path provided in the update expression is invalid for update"
# expression, values, text: counted where it is seen before the table is
REFUSALS = [
    ("", {}, COUNTED + UPDATE + "The expression can not be empty;"),
    ("SET", {}, COUNTED + UPDATE + 'Syntax error; token: "<EOF>", near: "SET"'),
    ("SET q = :v SET r = :v", ONE, COUNTED + UPDATE
     + 'The "SET" section can only be used once in an update expression;'),
    ("SET q = :v, q.a = :v", ONE, COUNTED + UPDATE + "Two document paths overlap with each other; must remove or "
     "rewrite one of these paths; path one: [q], path two: [q, a]"),
    ("SET q.b = :v REMOVE q[1]", ONE, COUNTED + UPDATE + "Two document paths conflict with each other; must remove "
     "or rewrite one of these paths; path one: [q, b], path two: [q, [1]]"),
    ("ADD n :v", {":v": s("a")}, COUNTED + UPDATE
     + "Incorrect operand type for operator or function; operator: ADD, operand type: STRING"),
    ("SET q = list_append(l)", {}, COUNTED + UPDATE + "Incorrect number of operands for operator or function; "
     "operator or function: list_append, number of operands: 1"),
    ("SET a = :v", ONE, INVALID + "Cannot update attribute a. This attribute is part of the key"),
    ("SET q = zz", {}, "The provided expression refers to an attribute that does not exist in the item"),
    ("SET q = s + :v", ONE, OPERAND), ("ADD s :v", ONE, OPERAND), ("ADD l :v", ONE, OPERAND),
    ("SET zz.a = :v", ONE, PLACE), ("SET s[0] = :v", ONE, PLACE), ("REMOVE m[0]", {}, PLACE),
]

INVALID_NUMBER = "The parameter cannot be converted to a numeric value"
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
NESTED = ("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
          "limit")
NEVER = "Failed to satisfy constraint: Member must satisfy enum value set: "
RETURN_VALUES = NEVER + "[ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"
ENUM = "Value 'X' at '%s' failed to satisfy constraint: Member must satisfy enum value set: [%s]"
CAPACITY = ENUM % ("returnConsumedCapacity", "INDEXES, TOTAL, NONE")
LENGTH = "failed to satisfy constraint: Member must have length %s than or equal to %d"
EMPTY_KEY = ("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
             "empty string value. Key: a")
K = {"a": s("k")}


def put(**values):
    return {"TableName": "texts", "Item": dict(K, **values)}


def batch(**values):
    return {"RequestItems": {"texts": [{"PutRequest": {"Item": dict(K, **values)}}]}}


def transact(*parts):
    return {"TransactItems": [{kind: dict({"TableName": "texts"}, **part)} for kind, part in parts]}


def query(condition, values, **more):
    return dict({"TableName": "texts", "KeyConditionExpression": condition, "ExpressionAttributeValues": values}, **more)


def deep(levels, value=s("x")):
    for _ in range(levels):
        value = {"M": {"n": value}}
    return value


# operation, request, text. The newer layer of checks (single items and Query) and the older one say it differently.
REQUESTS = [
    ("PutItem", put(q=n("")), COUNTED + INVALID_NUMBER + ": "),
    ("PutItem", put(q=n("1e99999999999")), COUNTED + OVERFLOW),
    ("PutItem", put(q=n("1e9223372036854775808")), COUNTED + INVALID_NUMBER + ": 1e9223372036854775808"),
    ("PutItem", put(q=n("0e-131")), COUNTED + UNDERFLOW),
    ("BatchWriteItem", batch(q=n("")), INVALID_NUMBER),
    ("BatchWriteItem", batch(q=n("1e2147483647")), UNDERFLOW),
    ("PutItem", put(q={"SS": ["b", "a", "b"]}), COUNTED + INVALID
     + 'Input collection ["a", "b", "b"] contains duplicates.'),
    ("PutItem", put(q={"BS": ["/w==", "AA==", "AA=="]}), COUNTED + INVALID
     + 'Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.'),
    ("GetItem", {"TableName": "texts", "Key": {"a": {"NS": ["1", "1"]}}}, INVALID + "Input collection contains duplicates."),
    ("BatchWriteItem", batch(q={"SS": ["b", "a", "b"]}), INVALID + "Input collection [b, a, b] contains duplicates."),
    ("Query", query("a = :a", {":a": s("k"), ":q": n("x")}, FilterExpression="q = :q"), INVALID_NUMBER + ": x"),
    ("Scan", {"TableName": "texts", "FilterExpression": "q = :q", "ExpressionAttributeValues": {":q": n("x")}},
     f"ExpressionAttributeValues contains invalid value: {INVALID_NUMBER}: x for key :q"),
    ("PutItem", put(q=deep(32)), COUNTED + NESTED), ("BatchWriteItem", batch(q=deep(32)), NESTED),
    ("PutItem", put(**{"": s("x")}), COUNTED + "Empty attribute name"),
    ("PutItem", dict(put(), TableName=""), COUNTED + "Value at 'TableName' " + LENGTH % ("greater", 1)),
    ("UpdateItem", {"TableName": ""}, "2 validation errors detected: Value '' at 'tableName' " + LENGTH % ("greater", 1)
     + "; Value null at 'key' failed to satisfy constraint: Member must not be null"),
    ("UpdateItem", dict(KEY, ReturnValues="X", ReturnConsumedCapacity="X"), COUNTED + RETURN_VALUES),
    ("DeleteItem", dict(KEY, ReturnValues="X", ReturnConsumedCapacity="X"),
     f"2 validation errors detected: {CAPACITY}; {RETURN_VALUES}"),
    ("DeleteItem", dict(KEY, ExpressionAttributeValues=ONE), COUNTED
     + "ExpressionAttributeValues can only be specified when using expressions"),
    ("Query", query("a = :a", {":a": s("k")}, Limit=0), COUNTED
     + "Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1"),
    ("Query", query("a = :a AND b > :a AND c = :a", {":a": s("k")}),
     "The number of query conditions (3) exceeds the number of key attributes defined in the schema (1)"),
    ("BatchGetItem", {"RequestItems": {}}, COUNTED + "Value at 'RequestItems' " + LENGTH % ("greater", 1)),
    ("BatchGetItem", {"RequestItems": {"texts": {"Keys": []}}}, COUNTED
     + "Value at 'RequestItems.texts.member.Keys' " + LENGTH % ("greater", 1)),
    ("BatchWriteItem", {"RequestItems": {}}, "The requestItems parameter is required for BatchWriteItem"),
    ("BatchWriteItem", {"RequestItems": {"bad!": [{"PutRequest": {"Item": K}}]}, "ReturnConsumedCapacity": "X"},
     COUNTED + CAPACITY),
    ("CreateTable", {"TableName": "ab", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
                     "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}]},
     COUNTED + "Value 'ab' at 'tableName' " + LENGTH % ("greater", 3)),
    ("TransactWriteItems", transact(("Put", {"Item": dict(K, q=deep(32))}),
                                    ("Delete", {"Key": K, "ConditionExpression": "a = ="})), NESTED),
    ("TransactWriteItems", transact(("Delete", {"Key": {"a": deep(40)}, "ConditionExpression": "a = = b"})),
     'Invalid ConditionExpression: Syntax error; token: "=", near: "= = b"'),
    ("TransactWriteItems", transact(("Update", {"Key": {"a": s("")}, "UpdateExpression": "SET q = :v",
                                                "ExpressionAttributeValues": ONE})), EMPTY_KEY),
    ("TransactWriteItems", transact(("Put", {"Item": dict(K, q=s("x" * 409600))})),
     "Item size has exceeded the maximum allowed size"),
    ("UpdateItem", dict(KEY, Key={"a": s("K")}, UpdateExpression="SET q = :q",
                        ExpressionAttributeValues={":q": s("x" * (409600 - 22))}),
     "Item size to update has exceeded the maximum allowed size"),
    ("PutItem", put(q=s("x" * (409600 - 7)), w=n("100.5")), "Item size has exceeded the maximum allowed size"),
]

MALFORMED = "Statement wasn't well formed, can't be processed: "
# statement, parameters, text
STATEMENTS = [
    ("SELECT * FROM texts WHERE a = 'k' AND q = ?", [n("1e2147483648")], INVALID_NUMBER + ": 1e2147483648"),
    ("SELECT * FROM texts WHERE a = 'k' AND q = ?", [deep(40, n("x"))], NESTED),
    ("SELECT * FROM texts t WHERE a = 'k'", None, "Aliasing is not supported"),
    ("SELECT * FROM texts.\"no\" WHERE a = 'k'", None, "The table does not have the specified index"),
    ("SELECT * FROM texts.\"no\".\"more\"", None, "A path may contain at most 2 components in the FROM clause"),
    ("SELECT * FROM texts WHERE attribute_exists('a')", None,
     "Operator or function requires a document path; operator or function: attribute_exists"),
    ("UPDATE texts SET ss = set_add(ss, <<1>>) WHERE a = 'k'", None, OPERAND),
    ("UPDATE texts SET ss = set_add(ss, <<'x', 'x'>>) WHERE a = 'k'", None,
     INVALID + "Input collection [x, x] contains duplicates."),
    ("FROM texts WHERE a = 'none' SET q = 1", None, "The conditional request failed"),
    ("SLECT", None, MALFORMED + "Expected data manipulation"),
]


def with_values(body, values):
    return dict(body, ExpressionAttributeValues=values) if values else body


def fresh():
    send("PutItem", {"TableName": "texts", "Item": ITEM})


def sorted_sets(value):
    return json.loads(json.dumps(value), object_hook=lambda found: {
        key: sorted(inner) if key in ("SS", "NS", "BS") else inner for key, inner in found.items()})


def check_updates():
    for expression, values, changes, wanted, attributes in UPDATES:
        fresh()
        status, reply = send("UpdateItem", with_values(
            dict(KEY, UpdateExpression=expression, ReturnValues=wanted), values))
        expected = {name: value for name, value in {**ITEM, **changes}.items() if value is not None}
        found = send("GetItem", KEY)[1].get("Item")
        if status != 200 or sorted_sets(found) != expected:
            differs(expression, expected, reply if status != 200 else found)
        elif sorted_sets(reply.get("Attributes")) != attributes:
            differs(f"{expression} ({wanted})", attributes, reply.get("Attributes"))


def check_conditions():
    fresh()
    for expression, values, holds in CONDITIONS:
        status, reply = send("UpdateItem", with_values(dict(KEY, ConditionExpression=expression), values))
        failed = status == 400 and reply["__type"].endswith("#ConditionalCheckFailedException")
        if (status == 200) != holds or (failed == holds):
            differs(expression, holds, reply)


def check_refusals():
    fresh()
    for expression, values, text in REFUSALS:
        status, reply = send("UpdateItem", with_values(dict(KEY, UpdateExpression=expression), values))
        if status != 400 or reply.get("message") != text:
            differs(expression, text, reply)
    if send("GetItem", KEY)[1].get("Item") != ITEM:
        differs("refused updates", ITEM, "a changed item")


def check_requests():
    fresh()
    for operation, body, text in REQUESTS:
        status, reply = send(operation, body)
        if status != 400 or reply.get("message") != text:
            differs(f"{operation} {str(body)[:200]}", text, str(reply)[:300])


def check_statements():
    fresh()
    for statement, parameters, text in STATEMENTS:
        body = {"Statement": statement, **({"Parameters": parameters} if parameters else {})}
        status, reply = send("ExecuteStatement", body)
        if status != 400 or reply.get("message") != text:
            differs(statement, text, reply)
    status, reply = send("ExecuteStatement", {
        "Statement": "-- sets\nFROM texts WHERE a = 'k' SET ss = set_add(ss, <<'0'>>) REMOVE ns RETURNING ALL NEW *"})
    item = reply.get("Items", [{}])[0]
    if item.get("ss") != {"SS": ["0", "a", "b"]} or "ns" in item:
        differs("FROM first", "a member more, an attribute less", reply)


def check_index_keys():
    """An index's key is guarded before the item is read. Source: dynalite's tests, Scylla's test_gsi.py."""
    send("CreateTable", {
        "TableName": "indexed", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in "ax"],
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{"IndexName": "byx", "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
                                    "Projection": {"ProjectionType": "ALL"}}]})
    scalars = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: x"
    mismatch = INVALID + "Type mismatch for Index Key x Expected: S Actual: %s IndexName: byx"
    for expression, text in [
            ("SET x = :n", mismatch % "N"), ("SET x = q + :n", mismatch % "N"), ("ADD x :n", mismatch % "N"),
            ("SET x = list_append(q, :l)", mismatch % "L"), ("SET x.y = :n", scalars), ("SET q = x[1]", scalars),
            ("REMOVE x.y", scalars)]:
        names = [name for name in (":n", ":l") if name in expression]
        body = {"TableName": "indexed", "Key": {"a": s("k")}, "UpdateExpression": expression}
        status, reply = send("UpdateItem", with_values(body, {name: n("1") if name == ":n" else {"L": []}
                                                              for name in names}))
        if status != 400 or reply.get("message") != text:
            differs(expression, text, reply)


def check_compression():
    send("PutItem", put(q=s("y" * 5000)))
    for accepted, encoding in [("", None), ("gzip", "gzip"), ("gzip;q=0.5, deflate", "deflate"), ("identity", None),
                               ("gzip;q=0, *", "deflate"), ("*", "gzip")]:
        headers = dict(HEADERS, **{"X-Amz-Target": "DynamoDB_20120810.GetItem", "Accept-Encoding": accepted})
        request = urllib.request.Request(ENDPOINT + "/", json.dumps(KEY).encode(), headers, method="POST")
        with urllib.request.urlopen(request) as reply:
            body, found = reply.read(), reply.headers["Content-Encoding"]
            if found != encoding or zlib.crc32(body) != int(reply.headers["x-amz-crc32"]):
                differs(f"Accept-Encoding: {accepted}", encoding, found)


send("CreateTable", {"TableName": "texts", "BillingMode": "PAY_PER_REQUEST",
                     "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
                     "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}]})
for check in (check_updates, check_conditions, check_refusals, check_requests, check_statements, check_index_keys,
              check_compression):
    before = wrong
    check()
    print("ok" if wrong == before else "FAIL", check.__name__.replace("_", " "))
sys.exit(wrong > 0)
