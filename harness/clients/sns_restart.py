"""What SNS answered for arrives, also when the server is killed at any moment and started again on the same data.

    STACKRIG=build/stackrig sns_restart.py [--messages N] [--kills N]

Several clients publish to a topic with two queues (and one HTTP endpoint that never answers) while the server is
killed by SIGKILL now and then. In the end every message whose Publish was answered must be in both queues.
"""
import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import urllib.parse

PROGRAM = os.environ.get("STACKRIG", "build/stackrig")
CLIENTS = 4


class Server:
    def __init__(self, directory):
        self.directory = directory
        self.port = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "serve", "--port", str(self.port), "--data-dir", self.directory],
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            raise SystemExit(f"the server did not start: {line!r}")
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self):
        self.process.kill()
        self.process.wait()


def call(port, service, version, **members):
    """The body of a successful answer; OSError when none came."""
    body = urllib.parse.urlencode({**members, "Version": version})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/", body, {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, "
                             "SignedHeaders=host, Signature=0"})
        answer = connection.getresponse()
        text = answer.read().decode()
    except http.client.HTTPException as error:
        raise OSError(error)
    finally:
        connection.close()
    if answer.status != 200:
        raise SystemExit(f"{members['Action']}: {answer.status} {text}")
    return text


def sns(port, **members):
    return call(port, "sns", "2010-03-31", **members)


def in_queue(port, name):
    """The texts of all messages, looked at without touching them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    url = urllib.parse.quote(f"http://127.0.0.1:{port}/000000000000/{name}", safe="")
    connection.request("GET", f"/_stackrig/sqs/messages?QueueUrl={url}")
    messages = json.loads(connection.getresponse().read())["Messages"]
    connection.close()
    return [json.loads(message["Body"])["Message"] for message in messages]


def publisher(server, topic, numbers, answered, chance):
    for number in numbers:
        while True:
            try:
                sns(server.port, Action="Publish", TopicArn=topic, Message=f"m{number}")
                answered.append(f"m{number}")
                break
            except OSError:
                if chance.random() < 0.5:
                    break  # this client gives up on it: it may or may not have arrived


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=5)
    options = parser.parse_args()
    chance = random.Random(7)
    answered = []
    with tempfile.TemporaryDirectory() as directory:
        server = Server(directory)
        topic = "arn:aws:sns:us-east-1:000000000000:soak"
        sns(server.port, Action="CreateTopic", Name="soak")
        for name in ("one", "two"):
            call(server.port, "sqs", "2012-11-05", Action="CreateQueue", QueueName=name)
            sns(server.port, Action="Subscribe", TopicArn=topic, Protocol="sqs",
                Endpoint=f"arn:aws:sqs:us-east-1:000000000000:{name}")
        sns(server.port, Action="Subscribe", TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:1/")
        threads = [threading.Thread(target=publisher, args=(server, topic, range(first, options.messages, CLIENTS),
                                                            answered, random.Random(first)))
                   for first in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for number in range(1, options.kills + 1):
            goal = options.messages * number // (options.kills + 1)
            while len(answered) < goal and any(thread.is_alive() for thread in threads):
                threads[chance.randrange(CLIENTS)].join(0.005)
            server.kill()
            server.start()
        for thread in threads:
            thread.join()
        lost = {name: set(answered) - set(in_queue(server.port, name)) for name in ("one", "two")}
        server.kill()
    total = sum(len(names) for names in lost.values())
    print(f"{'FAIL' if total or not answered else 'ok'} {len(answered)} messages were answered for over "
          f"{options.kills} kills, {total} deliveries are lost")
    return 1 if total or not answered else 0


if __name__ == "__main__":
    sys.exit(main())
