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


send("CreateTable", {"TableName": "texts", "BillingMode": "PAY_PER_REQUEST",
                     "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
                     "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}]})
for check in (check_updates, check_conditions, check_refusals):
    before = wrong
    check()
    print("ok" if wrong == before else "FAIL", check.__name__.replace("_", " "))
sys.exit(wrong > 0)
