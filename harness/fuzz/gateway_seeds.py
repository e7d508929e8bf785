#!/usr/bin/env python3
"""Requests for the gateway's fuzzer, from the models: gateway_seeds.py FOLDER

Two inputs an operation: its required members, and all of them. Before the operation come the service's own
Create... operations, so that the name they all use exists.
"""
import base64
import glob
import json
import os
import sys
import urllib.parse

TEMPLATE = '{"Resources":{"Q":{"Type":"AWS::SQS::Queue"}},"Outputs":{"O":{"Value":{"Ref":"Q"}}}}'
# What its model does not call required.
FIXED = {"CreateTable": {"TableName": "name", "BillingMode": "PAY_PER_REQUEST",
                         "AttributeDefinitions": [{"AttributeName": "name", "AttributeType": "S"}],
                         "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
                         "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}}
MAKERS = ("CreateTable CreateQueue CreateTopic CreateBucket CreateLogGroup CreateRole CreateLogStream PutParameter "
          "CreateKey CreateSecret CreateUser CreateStack PutObject Subscribe PutItem SendMessage CreateFunction "
          "PutRule CreateSchedule PutLogEvents").split()
KINDS = {"dynamodb": "table", "logs": "log-group", "iam": "role", "lambda": "function", "kms": "key",
         "secretsmanager": "secret"}


class Model:
    def __init__(self, path):
        with open(path) as file:
            model = json.load(file)
        self.service, self.operations, self.shapes = model["service"], model["operations"], model["shapes"]
        self.signing = self.service["signing"]
        self.protocol = self.service["protocol"]

    def members(self, shape, everything):
        for name, member in shape.get("has", {}).items():
            member = member if isinstance(member, dict) else {"is": member}
            kind = member["is"]
            required = kind.endswith("!") or member.get("required", False)
            if required or everything:
                yield name, kind.rstrip("!"), member

    def text(self, name, shape):
        if "enum" in shape:
            return list(shape["enum"])[0]
        if name.endswith(("Url", "URL")):
            return "http://localhost:4566/000000000000/name"
        if name.endswith(("Arn", "ARN", "ResourceId")):
            kind = KINDS.get(self.signing)
            resource = f"{kind}/name" if kind in ("table", "role") else f"{kind}:name" if kind else "name"
            return f"arn:aws:{self.signing}:us-east-1:000000000000:{resource}"
        if name == "TemplateBody":
            return TEMPLATE
        if "Policy" in name or "Document" in name:
            return '{"Version":"2012-10-17","Statement":[]}'
        return "SELECT * FROM name" if name == "Statement" else "name"

    def value(self, name, kind, everything, depth=0):
        shape = self.shapes.get(kind, {"type": kind[:1].lower() + kind[1:]})
        type_ = shape["type"]
        if type_ == "structure":
            union = shape.get("union") or kind == "AttributeValue"
            found = {}
            for inner, inner_kind, _ in self.members(shape, everything or union):
                if depth < 4:
                    found[inner] = self.value(inner, inner_kind, everything, depth + 1)
                if union and found:
                    break
            return found
        if type_ == "list":
            of = shape["of"]
            of = of["is"] if isinstance(of, dict) else of
            return [self.value(name, of, everything, depth + 1)] if depth < 5 else []
        if type_ == "map":
            values = shape["values"]
            values = values["is"] if isinstance(values, dict) else values
            return {"name": self.value(name, values, everything, depth + 1)} if depth < 5 else {}
        if type_ in ("integer", "long", "double", "float", "timestamp"):
            return max(1, int(shape.get("min", 1)))
        if type_ == "boolean":
            return True
        if type_ == "blob":
            return base64.b64encode(b"x").decode()
        return self.text(name, shape)

    def tree(self, operation, everything):
        shape = self.shapes.get(operation.get("in"), {})
        return {name: (member, self.value(name, kind, everything))
                for name, kind, member in self.members(shape, everything)}

    def request(self, name, everything):
        operation = self.operations[name]
        tree = self.tree(operation, everything)
        head = ["Host: localhost:4566",
                "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/"
                f"{self.signing}/aws4_request, SignedHeaders=host, Signature=0"]
        values = {key: value for key, (_, value) in tree.items()}
        if not everything:
            values = FIXED.get(name, values)
        if self.protocol == "json":
            head += [f"Content-Type: application/x-amz-json-{self.service['json']}",
                     f"X-Amz-Target: {self.service['target']}.{name}"]
            return "\n".join(["POST / HTTP/1.1", *head, "", json.dumps(values)])
        if self.protocol == "query":
            head += ["Content-Type: application/x-www-form-urlencoded"]
            pairs = [("Action", name), ("Version", self.service["version"]), *flatten("", values)]
            return "\n".join(["POST / HTTP/1.1", *head, "", urllib.parse.urlencode(pairs)])
        return self.rest_request(operation, tree, head)

    def rest_request(self, operation, tree, head):
        method, path = operation["http"].split(" ")[:2]
        body, query = {}, []
        for key, (member, value) in tree.items():
            place, wire = member.get("in"), member.get("as", key)
            if place == "uri":
                path = path.replace("{%s}" % wire, str(value)).replace("{%s+}" % wire, str(value))
            elif place == "header":
                head.append(f"{wire}: {value if isinstance(value, str) else json.dumps(value)}")
            elif place == "query":
                query += flatten(wire, value)
            else:
                body[wire] = value
        path += ("&" if "?" in path else "?") + urllib.parse.urlencode(query) if query else ""
        text = json.dumps(body) if self.protocol == "rest-json" else xml(body)
        return "\n".join([f"{method} {path} HTTP/1.1", *head, "", text if body else ""])


def flatten(prefix, value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flatten(f"{prefix}.{key}" if prefix else key, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from flatten(f"{prefix}.member.{number}", inner)
    else:
        yield prefix, json.dumps(value) if isinstance(value, bool) else str(value)


def xml(value):
    if isinstance(value, dict):
        return "".join(f"<{key}>{xml(inner)}</{key}>" for key, inner in value.items())
    if isinstance(value, list):
        return "".join(xml(inner) for inner in value)
    return json.dumps(value) if isinstance(value, bool) else str(value)


def main():
    for path in sorted(glob.glob("services/*/model.json")):
        model = Model(path)
        makers = [name for name in model.operations if name in MAKERS]
        for name in model.operations:
            before = [model.request(maker, False) for maker in makers if maker != name][:5]
            for everything in (False, True):
                file_name = f"{model.signing}-{name}-{'all' if everything else 'required'}"
                with open(os.path.join(sys.argv[1], file_name), "w") as file:
                    file.write("\n====\n".join([*before, model.request(name, everything)]))


main()
