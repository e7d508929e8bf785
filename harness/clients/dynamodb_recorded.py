"""DynamoDB held against what AWS answered (fixtures/recorded/dynamodb): every member of every answer, on the wire.

    dynamodb_recorded.py [ENDPOINT]      or AWS_ENDPOINT_URL

Prints one line a story, and the differences on standard error; exit status 1 when there were any.
"""
import json
import os
import re
import sys
import urllib.error
import urllib.request

ENDPOINT = sys.argv[1] if len(sys.argv) > 1 else os.environ["AWS_ENDPOINT_URL"]
STORIES = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "recorded", "dynamodb", "stories.json")
TARGETS = {"streams": "DynamoDBStreams_20120810", "": "DynamoDB_20120810"}


def send(operation, body, region):
    """(status, answer) of one request."""
    service, _, name = operation.rpartition(".")
    headers = {"X-Amz-Target": f"{TARGETS[service]}.{name}", "Content-Type": "application/x-amz-json-1.0",
               "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{region}/dynamodb/aws4_request, "
                                "SignedHeaders=host, Signature=0"}
    request = urllib.request.Request(ENDPOINT, data=json.dumps(body).encode(), headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def fill(value, words):
    """The request with its <words> said; one that is new stands for itself."""
    if isinstance(value, str):
        return re.sub("<([a-z0-9-]+)>", lambda match: words.setdefault(match[1], match[1] + "-1"), value)
    if isinstance(value, dict):
        return {fill(key, words): fill(member, words) for key, member in value.items()}
    return [fill(member, words) for member in value] if isinstance(value, list) else value


def matches(expected, found, words):
    """Texts with <words> in them; remembers what they stand for."""
    pattern, names = "", []
    for literal, word in re.findall("([^<]*)(?:<([a-z0-9-]+)>)?", expected):
        pattern += re.escape(literal)
        if word and words.get(word) is not None:
            pattern += re.escape(words[word])
        elif word:
            names.append(word)
            pattern += "(.+)"
    match = re.fullmatch(pattern, found, re.DOTALL)
    for word, text in zip(names, match.groups() if match else ()):
        if word != "any":
            words[word] = text
    return match is not None


def differences(expected, found, words, place="answer"):
    if expected == "<any>":
        return []
    if expected == "<time>":
        return [] if isinstance(found, (int, float)) else [f"{place}: {found!r} is no time"]
    if isinstance(expected, str) and isinstance(found, str):
        return [] if matches(expected, found, words) else [f"{place}: expected {expected!r}, found {found!r}"]
    if isinstance(expected, dict) and isinstance(found, dict):
        told = [f"{place}.{name}: not there" for name in expected.keys() - found.keys()]
        told += [f"{place}.{name}: AWS sends none, found {found[name]!r}" for name in found.keys() - expected.keys()]
        for name in expected.keys() & found.keys():
            told += differences(expected[name], found[name], words, f"{place}.{name}")
        return told
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [line for i, pair in enumerate(zip(expected, found)) for line in differences(*pair, words, f"{place}[{i}]")]
    same = type(expected) is type(found) and expected == found
    return [] if same else [f"{place}: expected {expected!r}, found {found!r}"]


def check(step, words):
    status, answer = send(step["call"], fill(step["input"], words), step.get("region", "us-east-1"))
    if "error" in step:
        code = answer.pop("__type", "").rpartition("#")[2]
        text = answer.pop("message", None) or answer.pop("Message", None)
        told = [] if status == 400 and code == step["error"] else [f"expected {step['error']}, found {status} {code}"]
        told += differences(step["message"], text, words, "message")
        answer.pop("CancellationReasons", None)
        return told + differences(step.get("members", {}), answer, words)
    if status != 200:
        return [f"refused: {answer}"]
    return differences(step["output"], answer, words) if "output" in step else []


def main():
    failed = 0
    with open(STORIES) as file:
        stories = json.load(file)
    for story in stories:
        words = {"region": "us-east-1", "account": "000000000000"}
        told = []
        for number, step in enumerate(story["steps"], 1):
            told += [f"  step {number}, {step['call']}: {line}" for line in check(step, words)]
        failed += bool(told)
        print("FAIL" if told else "ok", story["name"])
        print(*told, sep="\n", end="\n" if told else "", file=sys.stderr)
    return 1 if failed else 0


sys.exit(main())
