#!/usr/bin/env python3
"""Many clients on SQS at once, with the server killed and started again on its data directory meanwhile: no
acknowledged message is lost, none is delivered again after its deletion was acknowledged or while it is hidden,
and every message group stays in order.

    sqs_soak.py [--messages N] [--clients N] [--kills N] [--seed N]      (200000, 32, 6)

Needs Python alone. STACKRIG names the program (build/stackrig). Prints "ok ..." or "FAIL ..." lines.
"""
import argparse
import collections
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = os.environ.get("STACKRIG", "build/stackrig")
AUTHORIZATION = ("AWS4-HMAC-SHA256 Credential=soak/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, "
                 "Signature=0")
HIDDEN_SECONDS = 600
GROUPS = 256


class Lost(Exception):
    """No answer arrived: what was asked may have happened or not."""


class Server:
    """The emulator on a data directory; survives its own death."""

    def __init__(self, directory):
        self.directory = directory
        self.process = None
        self.port = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "serve", "--port", str(self.port), "--data-dir", self.directory],
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready"):
            raise SystemExit("FAIL the server does not start on its data directory")
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Client:
    """One kept-alive connection, opened anew when it broke."""

    def __init__(self, server):
        self.server = server
        self.socket = None

    def connect(self):
        for _ in range(3000):
            try:
                self.socket = socket.create_connection(("127.0.0.1", self.server.port), timeout=60)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return
            except OSError:
                time.sleep(0.01)
        raise SystemExit("FAIL the server does not come back")

    def post(self, path, headers, body):
        if not self.socket:
            self.connect()
        data = json.dumps(body).encode()
        lines = [f"POST {path} HTTP/1.1", "Host: soak", f"Content-Length: {len(data)}", *headers, "", ""]
        try:
            self.socket.sendall("\r\n".join(lines).encode() + data)
            return self.read()
        except OSError as error:
            self.socket.close()
            self.socket = None
            raise Lost from error

    def read(self):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.receive()
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += self.receive()
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"FAIL {body.decode()}")
        return json.loads(body) if body else {}

    def receive(self):
        data = self.socket.recv(262144)
        if not data:
            raise OSError("closed")
        return data

    def call(self, operation, **arguments):
        return self.post("/", ["X-Amz-Target: AmazonSQS." + operation, "Content-Type: application/x-amz-json-1.0",
                               "Authorization: " + AUTHORIZATION], arguments)

    def insist(self, operation, **arguments):
        while True:
            try:
                return self.call(operation, **arguments)
            except Lost:
                pass


class Story:
    """What every client knows together."""

    def __init__(self):
        self.lock = threading.Lock()
        self.failures = []
        self.sent = set()                           # bodies whose sending was acknowledged
        self.attempts = collections.Counter()       # by body
        self.copies = collections.defaultdict(set)  # MessageIds seen, by body
        self.deleted = set()                        # MessageIds whose deletion was acknowledged
        self.doubtful = set()                       # MessageIds whose deletion was asked for
        self.delivered = {}                         # MessageId to the round of its last delivery
        self.gone = collections.defaultdict(set)    # FIFO: numbers whose deletion was asked for, by group
        self.round = 1

    def fail(self, text):
        with self.lock:
            if len(self.failures) < 20:
                self.failures.append(text)

    def deliver(self, message, fifo, earlier):
        identity, body = message["MessageId"], message["Body"]
        with self.lock:
            self.copies[body].add(identity)
            if identity in self.deleted:
                problem = "was delivered after its deletion was acknowledged"
            elif self.delivered.get(identity) == self.round:
                problem = "was delivered again while it was hidden"
            else:
                problem = None
            self.delivered[identity] = self.round
            if fifo:
                group, number = body.split(":")
                missing = [n for n in range(int(number)) if n not in self.gone[group] and n not in earlier[group]]
                earlier[group].add(int(number))
                if missing:
                    problem = f"came before {group}:{missing[0]}"
        if problem:
            self.fail(f"{body} ({identity}) {problem}")

    def asked_to_delete(self, messages, fifo):
        with self.lock:
            for message in messages:
                self.doubtful.add(message["MessageId"])
                if fifo:
                    group, number = message["Body"].split(":")
                    self.gone[group].add(int(number))


def produce(client, url, bodies, fifo, story):
    """Sends in batches; what was not acknowledged is sent again."""
    for start in range(0, len(bodies), 10):
        entries = []
        for index, body in enumerate(bodies[start:start + 10]):
            entry = {"Id": str(index), "MessageBody": body}
            if fifo:
                entry.update(MessageGroupId=body.split(":")[0], MessageDeduplicationId=body.replace(":", "-"))
            entries.append(entry)
        while True:
            story.attempts.update(entry["MessageBody"] for entry in entries)
            try:
                answer = client.call("SendMessageBatch", QueueUrl=url, Entries=entries)
                break
            except Lost:
                pass
        if len(answer.get("Successful", [])) != len(entries):
            story.fail(f"a batch was not accepted: {answer}")
        with story.lock:
            story.sent.update(entry["MessageBody"] for entry in entries)


def consume(client, url, fifo, story, finished):
    """Receives and deletes until nothing comes after everything was sent."""
    while True:
        over = finished.is_set()
        try:
            messages = client.call("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10,
                                   WaitTimeSeconds=1).get("Messages", [])
        except Lost:
            continue
        if not messages and over:
            return
        earlier = collections.defaultdict(set)
        for message in messages:
            story.deliver(message, fifo, earlier)
        if messages:
            delete(client, url, messages, fifo, story)


def delete(client, url, messages, fifo, story):
    story.asked_to_delete(messages, fifo)
    entries = [{"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
               for index, message in enumerate(messages)]
    while True:
        try:
            answer = client.call("DeleteMessageBatch", QueueUrl=url, Entries=entries)
            break
        except Lost:
            pass  # deleting twice is allowed
    with story.lock:
        story.deleted.update(messages[int(entry["Id"])]["MessageId"] for entry in answer.get("Successful", []))
    if answer.get("Failed"):
        story.fail(f"a deletion failed: {answer['Failed'][0]}")


def restart(server):
    """Everything a queue knows is there again after a sudden death."""
    client = Client(server)
    url = client.call("CreateQueue", QueueName="kept", Attributes={"VisibilityTimeout": "600"},
                      tags={"a": "b"})["QueueUrl"]
    fifo = client.call("CreateQueue", QueueName="kept.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    dead = "arn:aws:sqs:us-east-1:000000000000:kept"
    client.call("CreateQueue", QueueName="source", Attributes={
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})})
    for body, delay in (("in flight", 0), ("delayed", 600), ("first", 0), ("second", 0), ("third", 0)):
        client.call("SendMessage", QueueUrl=url, MessageBody=body, DelaySeconds=delay,
                    MessageAttributes={"k": {"DataType": "String", "StringValue": body}})
    handle = client.call("ReceiveMessage", QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    once = {"QueueUrl": fifo, "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    sent = client.call("SendMessage", **once)
    client.call("CreateQueue", QueueName="target")
    client.call("StartMessageMoveTask", SourceArn=dead, DestinationArn=dead.replace("kept", "target"),
                MaxNumberOfMessagesPerSecond=1)
    server.kill()
    server.start()
    client = Client(server)
    client.insist("GetQueueUrl", QueueName="kept")

    def differs(what, found, expected):
        if found != expected:
            print(f"FAIL sqs restart: {what}: expected {expected}, found {found}")
        return found != expected
    attributes = client.call("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
    again = client.call("SendMessage", **once)
    later = client.call("SendMessage", **{**once, "MessageDeduplicationId": "e"})
    client.call("DeleteMessage", QueueUrl=url, ReceiptHandle=handle)
    client.post("/_stackrig/clock", [], {"advance_ms": 10000})
    moved = client.call("ListMessageMoveTasks", SourceArn=dead)["Results"][0]
    left = client.call("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
    messages = client.call("ReceiveMessage", QueueUrl=url.replace("kept", "target"), MaxNumberOfMessages=10,
                           MessageAttributeNames=["All"])["Messages"]
    problems = [
        differs("timeout", attributes["VisibilityTimeout"], "600"),
        differs("tags", client.call("ListQueueTags", QueueUrl=url)["Tags"], {"a": "b"}),
        differs("in flight and delayed", (attributes["ApproximateNumberOfMessagesNotVisible"],
                                          attributes["ApproximateNumberOfMessagesDelayed"]), ("1", "1")),
        differs("duplicate", again, sent),
        differs("sequence numbers grow", later["SequenceNumber"] > sent["SequenceNumber"], True),
        differs("in flight after its deletion", left["ApproximateNumberOfMessagesNotVisible"], "0"),
        differs("move task", (moved["Status"], moved["ApproximateNumberOfMessagesMoved"]), ("COMPLETED", 3)),
        differs("moved messages", sorted(message["Body"] for message in messages), ["first", "second", "third"]),
        differs("their attributes", [message["MessageAttributes"]["k"]["StringValue"] for message in messages],
                [message["Body"] for message in messages]),
    ]
    if not any(problems):
        print("ok sqs restart: queues, messages, receipts, duplicates and move tasks are there again")
    return not any(problems)


def run_threads(work):
    threads = [threading.Thread(target=function, args=arguments) for function, *arguments in work]
    for thread in threads:
        thread.start()
    return threads


def soak(server, fifo, options, chance):
    kind = "fifo" if fifo else "standard"
    client = Client(server)
    attributes = {"VisibilityTimeout": str(HIDDEN_SECONDS)}
    if fifo:
        attributes["FifoQueue"] = "true"
    url = client.insist("CreateQueue", QueueName="soak.fifo" if fifo else "soak", Attributes=attributes)["QueueUrl"]
    story = Story()
    finished = threading.Event()
    half = options.clients // 2
    shares = [[] for _ in range(half)]
    for number in range(options.messages // 2):
        group = number % GROUPS
        body = f"g{group}:{number // GROUPS}" if fifo else f"m{number}"
        shares[(group if fifo else number) % half].append(body)
    started = time.monotonic()
    producers = run_threads((produce, Client(server), url, share, fifo, story) for share in shares)
    consumers = run_threads((consume, Client(server), url, fifo, story, finished) for _ in range(half))
    # Deaths at random moments, told by how much was sent, so that they fall into the work on any machine.
    moments = sorted(chance.randrange(options.messages // 2) for _ in range(options.kills))
    for moment in moments:
        while len(story.sent) < moment and any(thread.is_alive() for thread in producers):
            time.sleep(0.002)
        server.kill()
        server.start()
    for thread in producers:
        thread.join()
    finished.set()
    for thread in consumers:
        thread.join()
    # What was received by nobody because the answer got lost is hidden: its time has to pass.
    story.round = 2
    client.socket = None
    client.post("/_stackrig/clock", [], {"advance_ms": (HIDDEN_SECONDS + 1) * 1000})
    for thread in run_threads((consume, Client(server), url, fifo, story, finished) for _ in range(half)):
        thread.join()
    check(client, url, story, options.messages // 2, fifo)
    seconds = time.monotonic() - started
    if story.failures:
        for text in story.failures:
            print(f"FAIL sqs soak, {kind}: {text}")
    else:
        print(f"ok sqs soak, {kind}: {options.messages // 2} messages by {options.clients} clients, "
              f"{options.kills} kills, {seconds:.1f} s")
    return not story.failures


def check(client, url, story, wanted, fifo):
    counts = client.insist("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
    for name in ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"):
        if counts[name] != "0":
            story.fail(f"{name} is {counts[name]} at the end")
    if len(story.sent) != wanted:
        story.fail(f"{len(story.sent)} of {wanted} messages were acknowledged")
    for body in story.sent:
        copies = story.copies[body]
        if not copies:
            story.fail(f"{body} was acknowledged and never delivered")
        elif not copies <= story.doubtful:
            story.fail(f"{body} was delivered and not deleted")
        elif len(copies) > (1 if fifo else story.attempts[body]):
            story.fail(f"{body} was delivered as {len(copies)} messages, sent {story.attempts[body]} times")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--messages", type=int, default=200000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    directory = tempfile.mkdtemp(prefix="sqs-soak-")
    server = Server(directory)
    chance = random.Random(options.seed)
    try:
        good = [restart(server)]
        good += [soak(server, fifo, options, chance) for fifo in (False, True)]
    finally:
        server.stop()
        shutil.rmtree(directory)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
