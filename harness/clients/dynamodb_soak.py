"""Concurrent writers with conditions on DynamoDB, the server killed and restarted on its data directory.

    dynamodb_soak.py [--rounds N] [--writers N]      STACKRIG names the program

Each writer adds to one counter in three ways: a condition on what it read, an atomic ADD, a transaction over two
items. No acknowledged update may be lost, none applied twice; a request that the kill cut off may count or not.
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

PROGRAM = os.environ.get("STACKRIG", "build/stackrig")
UPDATES = 60 # of each writer in each round
KEY = {"p": {"S": "counter"}}


class Server:
    def __init__(self, directory):
        self.process = subprocess.Popen([PROGRAM, "serve", "--port", "0", "--data-dir", directory],
                                        stdout=subprocess.PIPE, text=True)
        self.endpoint = self.process.stdout.readline().split()[1]

    def call(self, operation, **body):
        request = urllib.request.Request(self.endpoint, json.dumps(body).encode(), {
            "X-Amz-Target": "DynamoDB_20120810." + operation, "Content-Type": "application/x-amz-json-1.0"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Writer(threading.Thread):
    """Counts what was acknowledged and what nobody can know."""

    def __init__(self, server, number):
        super().__init__()
        self.server, self.number, self.acknowledged, self.unknown = server, number, 0, 0

    def optimistic(self):
        while True:
            item = self.server.call("GetItem", TableName="soak", Key=KEY)["Item"]
            seen = item["n"]["N"]
            try:
                return self.server.call("UpdateItem", TableName="soak", Key=KEY, UpdateExpression="SET n = :new",
                                        ConditionExpression="n = :old", ExpressionAttributeValues={
                                            ":old": {"N": seen}, ":new": {"N": str(int(seen) + 1)}})
            except urllib.error.HTTPError as error:
                if b"ConditionalCheckFailed" not in error.read():
                    raise

    def atomic(self):
        return self.server.call("UpdateItem", TableName="soak", Key=KEY, UpdateExpression="ADD n :one",
                                ExpressionAttributeValues={":one": {"N": "1"}})

    def transaction(self):
        one = {":one": {"N": "1"}}
        parts = [{"Update": {"TableName": "soak", "Key": key, "UpdateExpression": "ADD n :one",
                             "ExpressionAttributeValues": one}} for key in (KEY, {"p": {"S": "mirror"}})]
        return self.server.call("TransactWriteItems", TransactItems=parts)

    def run(self):
        ways = [self.optimistic, self.atomic, self.transaction]
        for number in range(UPDATES):
            try:
                ways[(number + self.number) % 3]()
                self.acknowledged += 1
            except (OSError, ValueError): # killed in between
                self.unknown += 1
                return


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--writers", type=int, default=6)
    options = parser.parse_args()
    directory = tempfile.mkdtemp()
    acknowledged, unknown, failed = 0, 0, False
    try:
        server = Server(directory)
        server.call("CreateTable", TableName="soak", KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
                    AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
        server.call("PutItem", TableName="soak", Item={**KEY, "n": {"N": "0"}})
        for round_number in range(options.rounds):
            writers = [Writer(server, number) for number in range(options.writers)]
            for writer in writers:
                writer.start()
            if round_number < options.rounds - 1: # the last round ends by itself
                writers[round_number % len(writers)].join(0.05 * (round_number + 1))
                server.kill()
            for writer in writers:
                writer.join()
            acknowledged += sum(writer.acknowledged for writer in writers)
            unknown += sum(writer.unknown for writer in writers)
            if round_number < options.rounds - 1:
                server = Server(directory)
            value = int(server.call("GetItem", TableName="soak", Key=KEY)["Item"]["n"]["N"])
            good = acknowledged <= value <= acknowledged + unknown
            failed = failed or not good
            print("ok" if good else "FAIL", f"round {round_number}: {value} after {acknowledged} acknowledged updates "
                  f"and {unknown} cut off")
        server.kill()
    finally:
        shutil.rmtree(directory)
    return 1 if failed else 0


sys.exit(main())
