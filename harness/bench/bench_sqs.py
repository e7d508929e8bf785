"""SQS: SendMessage, the cycle of sending, receiving and deleting, growth to a million waiting messages, parked
long polls. Groups: sqs, sqs-growth, sqs-parked."""
import json
import os
import resource
import socket
import statistics
import time

import bench

QUEUE = "bench"
WAITING = (100, 1_000_000)


def call(operation, body):
    return bench.json_request("sqs", "AmazonSQS." + operation, "1.0", body)


def create_queue(server, name=QUEUE):
    return json.loads(bench.send(server, call("CreateQueue", {"QueueName": name})))["QueueUrl"]


def lua_request(request):
    headers = ", ".join(f"[{bench.lua_string(k)}]={bench.lua_string(v)}" for k, v in request["headers"].items())
    return headers, request["body"]


def cycle_script(url):
    """Every connection's calls go round: send, receive, delete what was received last."""
    parts = []
    for name, operation, body in (("send", "SendMessage", {"QueueUrl": url, "MessageBody": bench.KIB}),
                                  ("receive", "ReceiveMessage", {"QueueUrl": url}),
                                  ("delete", "DeleteMessage", {"QueueUrl": url, "ReceiptHandle": "HANDLE"})):
        headers, text = lua_request(call(operation, body))
        parts.append(f"local {name}_headers = {{{headers}}}\nlocal {name}_body = {bench.lua_string(text)}")
    return "\n".join(parts) + """
local turn, handles, first, last = 0, {}, 1, 0
local before, after = delete_body:match("^(.-)HANDLE(.*)$")
local send, receive
function init(args)
  send = wrk.format("POST", "/", send_headers, send_body)
  receive = wrk.format("POST", "/", receive_headers, receive_body)
end
function request()
  turn = turn + 1
  if turn % 3 == 0 and first <= last then
    local handle = handles[first]
    handles[first] = nil
    first = first + 1
    return wrk.format("POST", "/", delete_headers, before .. handle .. after)
  end
  return turn % 3 == 2 and receive or send
end
function response(status, headers, body)
  local handle = body:match('"ReceiptHandle" *: *"([^"]+)"')
  if handle then
    last = last + 1
    handles[last] = handle
  end
end
"""


def group_sqs():
    print("\n## SQS, 1 KiB messages\n\n" + bench.HEADER)
    servers = bench.present(bench.hello(), bench.stackrig(), bench.moto(), bench.fauxqs())
    urls = {server.name: create_queue(server) for server in servers if server.name != "hello"}
    urls["hello"] = next(iter(urls.values()))
    bench.compare("SendMessage", servers,
                  lambda server: [call("SendMessage", {"QueueUrl": urls[server.name], "MessageBody": bench.KIB})])
    cycles = {server.name: create_queue(server, "cycle") for server in servers if server.name != "hello"}
    cycles["hello"] = next(iter(cycles.values()))
    bench.compare("Send, Receive, Delete", servers, lambda server: cycle_script(cycles[server.name]))
    bench.stop(servers)


# ---- growth -----------------------------------------------------------------------------------------

class Connection:
    """One kept-alive connection: the client costs as little as Python can."""

    def __init__(self, server):
        host, port = server.endpoint.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = f"{host}:{port}"

    def write(self, request):
        body = request["body"].encode()
        head = f"POST / HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(body)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in request["headers"].items())
        self.socket.sendall(head.encode() + b"\r\n" + body)

    def read(self):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.receive()
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += self.receive()
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"bench: {head[:64]} {body[:200]}")
        return body

    def receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise SystemExit("bench: the server closed a connection")
        return data

    def ask(self, request):
        self.write(request)
        return self.read()


def fill(connection, url, count):
    entries = [{"Id": str(i), "MessageBody": "x" * 100} for i in range(10)]
    request = call("SendMessageBatch", {"QueueUrl": url, "Entries": entries})
    for _ in range(count // 10):
        connection.ask(request)


def timed(connection, request, times):
    started = time.perf_counter()
    answer = connection.ask(request)
    times.append((time.perf_counter() - started) * 1e6)
    return answer


def measure_operations(server, url, rounds=3000):
    """Server CPU and median latency (microseconds) of each operation; what waits stays as many."""
    connection = Connection(server)
    send = call("SendMessage", {"QueueUrl": url, "MessageBody": "x" * 100})
    receive = call("ReceiveMessage", {"QueueUrl": url})
    count = call("GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]})
    figures = {name: [] for name in ("SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
    for _ in range(rounds):
        timed(connection, send, figures["SendMessage"])
        answer = json.loads(timed(connection, receive, figures["ReceiveMessage"]))
        handle = answer["Messages"][0]["ReceiptHandle"]
        timed(connection, call("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": handle}),
              figures["DeleteMessage"])
        timed(connection, count, figures["GetQueueAttributes"])
    return {name: statistics.median(times) for name, times in figures.items()}


def group_growth():
    print("\n## SQS: waiting messages\n\n| operation | " + " | ".join(f"{n:,} waiting, µs" for n in WAITING) +
          " | ratio |\n|---" * 1 + "|---" * (len(WAITING) + 1) + "|")
    figures = []
    for waiting in WAITING:
        with bench.stackrig() as server:
            url = create_queue(server)
            fill(Connection(server), url, waiting)
            figures.append(measure_operations(server, url))
    for name in figures[0]:
        values = [row[name] for row in figures]
        print(f"| {name} | " + " | ".join(f"{value:.0f}" for value in values) +
              f" | {values[-1] / values[0]:.2f} |", flush=True)


# ---- parked long polls ------------------------------------------------------------------------------

def park(server, url, count):
    poll = call("ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 20})
    connections = [Connection(server) for _ in range(count)]
    for connection in connections:
        connection.write(poll)
    bench.send(server, call("GetQueueAttributes", {"QueueUrl": url}))
    return connections


def wake_times(server, url, connections, samples=200):
    """From sending a message to the moment the first waiting client has it."""
    sender = Connection(server)
    send = call("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    poll = call("ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 20})
    times = []
    for number in range(samples):
        waiting = connections[number % len(connections)]
        started = time.perf_counter()
        sender.write(send)
        waiting.read()
        times.append((time.perf_counter() - started) * 1e6)
        sender.read()
        waiting.write(poll)
    return statistics.median(times)


def group_parked():
    print("\n## SQS: parked long polls\n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    for count in (1000, 5000):
        with bench.stackrig() as server:
            url = create_queue(server)
            before = server.resident_mib()
            connections = park(server, url, count)
            grown = (server.resident_mib() - before) * 1024 / count
            ticks = server.cpu_ticks()
            time.sleep(3)
            idle = (server.cpu_ticks() - ticks) / bench.TICK / 3 * 100
            direct = wake_times(server, url, connections)
            print(f"- {count:,} parked: {grown:.1f} KiB each, {idle:.1f} % CPU while they wait, "
                  f"{direct:.0f} µs from SendMessage to the receiver (median)", flush=True)
            for connection in connections:
                connection.socket.close()


GROUPS = {"sqs": group_sqs, "sqs-growth": group_growth, "sqs-parked": group_parked}
