#!/usr/bin/python3
"""The figures of docs/PERFORMANCE.md: stackrig against the bare libmicrohttpd answer and installed peers.

    make bench                     everything
    make bench BENCH="ssm sts"     some groups

Rates come from wrk (one thread, the servers alternating, medians of the rounds); CPU per request is the
server's own ticks divided by requests: the firm figure on a shared machine. A peer that is not installed is
named as skipped. Prints Markdown.
"""
import datetime
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STACKRIG = os.path.join(TOP, "build", "stackrig")
HELLO = os.path.join(TOP, "build", "bench-hello")
NODE_MODULES = os.path.join(TOP, "build", "clients", "node_modules")
SECONDS = int(os.environ.get("BENCH_SECONDS", "2"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
TICK = os.sysconf("SC_CLK_TCK")
KIB = "x" * 1024


def authorization(service):
    return (f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/{service}/aws4_request, "
            "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64)


class Server:
    """A server process on a free port."""

    def __init__(self, name, command, port=None, ready=None, environment=None):
        self.name = name
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                        env={**os.environ, **(environment or {})})
        if port is None:
            line = self.process.stdout.readline()
            self.endpoint = line.split()[1]
        else:
            self.endpoint = f"http://127.0.0.1:{port}"
            self.wait(ready or "/")

    def wait(self, path):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.endpoint + path, timeout=1)
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.002)
        raise SystemExit(f"{self.name} did not start")

    def cpu_ticks(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return 0.0

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()


def send(server, request):
    """Sends one request; returns the body, raises on an error status."""
    message = urllib.request.Request(server.endpoint + request.get("path", "/"), data=request["body"].encode(),
                                     headers=request["headers"], method=request.get("method", "POST"))
    with urllib.request.urlopen(message, timeout=30) as answer:
        return answer.read()


def json_request(service, target, version, body):
    return {"headers": {"X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{version}",
                        "X-Amz-Date": "20260101T000000Z", "Authorization": authorization(service)},
            "body": json.dumps(body)}


def query_request(service, body):
    return {"headers": {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                        "X-Amz-Date": "20260101T000000Z", "Authorization": authorization(service)},
            "body": body}


def lua_string(text):
    return "[==[" + text + "]==]"


def wrk_script(requests):
    """A wrk script that cycles through prebuilt requests and counts answers that are not 2xx."""
    lines = ["local n = 0", "local requests = {}", "function init(args)"]
    for request in requests:
        headers = ", ".join(f"[ {lua_string(k)} ]={lua_string(v)}" for k, v in request["headers"].items())
        lines.append(f"  requests[#requests+1] = wrk.format({lua_string(request.get('method', 'POST'))}, "
                     f"{lua_string(request.get('path', '/'))}, {{{headers}}}, {lua_string(request['body'])})")
    lines += ["end", "function request() n = n + 1 return requests[n % #requests + 1] end"]
    return "\n".join(lines)


def run_wrk(server, requests, connections):
    """(requests per second, p50 ms, p99 ms, CPU microseconds per request, failed requests). requests: a list to
    go through again and again, or a wrk script."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(requests if isinstance(requests, str) else wrk_script(requests))
        script.flush()
        before = server.cpu_ticks()
        output = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-s", script.name,
                                 server.endpoint], capture_output=True, text=True, check=True).stdout
        ticks = server.cpu_ticks() - before
    count, rate, p50, p99, failed = 0, 0.0, 0.0, 0.0, 0
    for line in output.splitlines():
        words = line.split()
        if "requests in" in line:
            count = int(words[0])
        elif line.startswith("Requests/sec"):
            rate = float(words[1])
        elif words and words[0] == "50%":
            p50 = milliseconds(words[1])
        elif words and words[0] == "99%":
            p99 = milliseconds(words[1])
        elif "Non-2xx" in line:
            failed = int(words[-1])
    return rate, p50, p99, ticks / TICK / max(count, 1) * 1e6, failed


def milliseconds(text):
    for unit, factor in (("us", 1e-3), ("ms", 1.0), ("s", 1e3)):
        if text.endswith(unit):
            return float(text[:-len(unit)]) * factor
    raise ValueError(text)


def compare(title, servers, requests_of, connection_counts=(1, 8, 32)):
    """Prints rows of one operation on several servers, alternating; returns medians by (server, connections)."""
    medians = {}
    for connections in connection_counts:
        samples = {server.name: [] for server in servers}
        for _ in range(ROUNDS):
            for server in servers:
                samples[server.name].append(run_wrk(server, requests_of(server), connections))
        for name, rows in samples.items():
            medians[name, connections] = [statistics.median(column) for column in zip(*rows)]
    yardstick = {connections: medians[servers[0].name, connections][0] for connections in connection_counts}
    for server in servers:
        for connections in connection_counts:
            rate, p50, p99, cpu, failed = medians[server.name, connections]
            note = f" ({failed:.0f} failed)" if failed else ""
            print(f"| {title} | {server.name} | {connections} | {rate:,.0f} | {p50:.2f} / {p99:.2f} | {cpu:.1f} | "
                  f"{rate / yardstick[connections]:.2f}{note} |", flush=True)
    return medians


HEADER = ("| operation | server | connections | requests/s | p50 / p99 ms | CPU µs/request | of hello |\n"
          "|---|---|---|---|---|---|---|")

sys.path.insert(0, os.path.join(TOP, "harness", "bench"))


def stackrig(*options):
    return Server("stackrig", [STACKRIG, "serve", "--port", "0", *options])


def hello():
    return Server("hello", [HELLO])


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def python_with(module):
    """A Python that has the module, or None: the one that runs us, the one on PATH, STACKRIG_PEERS_PYTHON."""
    for python in (os.environ.get("STACKRIG_PEERS_PYTHON"), sys.executable, shutil.which("python3")):
        if python and subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0:
            return python
    return None


def moto():
    python = python_with("moto.server")
    if not python:
        print("skipped: moto's server is not installed (STACKRIG_PEERS_PYTHON names a Python that has it)", flush=True)
        return None
    port = free_port()
    return Server("moto", [python, "-m", "moto.server", "-p", str(port)], port, "/moto-api/")


def node_program(name, *path):
    """A file of an npm package, in STACKRIG_PEERS_NODE_MODULES or where the clients' packages are; None: neither."""
    for modules in (os.environ.get("STACKRIG_PEERS_NODE_MODULES", ""), NODE_MODULES):
        program = os.path.join(modules, name, *path)
        if modules and os.path.isfile(program):
            return program
    print(f"skipped: npm {name} is not installed (STACKRIG_PEERS_NODE_MODULES names a node_modules that has it)",
          flush=True)
    return None


def dynalite():
    program = node_program("dynalite", "cli.js")
    if not program:
        return None
    port = free_port()
    return Server("dynalite", ["node", program, "--port", str(port)], port)


def fauxqs():
    program = node_program("fauxqs", "dist", "server.js")
    if not program:
        return None
    port = free_port() # it takes none on its command line
    return Server("fauxqs", ["node", program], port, "/health",
                  {"FAUXQS_PORT": str(port), "FAUXQS_HOST": "127.0.0.1", "FAUXQS_LOGGER": "false"})


def present(*servers):
    return [server for server in servers if server]


def stop(servers):
    for server in servers:
        server.stop()


def start_to_first_answer(start):
    """Milliseconds from starting the process to its first answered request."""
    started = time.monotonic()
    server = start()
    if not server:
        return None
    try:
        urllib.request.urlopen(urllib.request.Request(server.endpoint + "/", data=b"{}"), timeout=10)
    except urllib.error.HTTPError:
        pass # refused is answered
    elapsed = (time.monotonic() - started) * 1000
    server.stop()
    return elapsed


def group_start():
    print("\n## Start and memory\n\n| server | start to first answered request, median of 10 | best |\n|---|---|---|")
    for name, start in (("stackrig", stackrig), ("dynalite", dynalite)):
        times = [start_to_first_answer(start) for _ in range(10)]
        if None not in times:
            print(f"| {name} | {statistics.median(times):.1f} ms | {min(times):.1f} ms |")
    with stackrig() as server:
        send(server, query_request("sts", "Action=GetCallerIdentity&Version=2011-06-15"))
        print(f"\nResident memory when idle, after a first request: {server.resident_mib():.1f} MiB", flush=True)


def group_ssm():
    print("\n## SSM GetParameter, 1 KiB value\n\n" + HEADER)
    servers = present(hello(), stackrig(), moto())
    put = json_request("ssm", "AmazonSSM.PutParameter", "1.1",
                       {"Name": "/bench/p", "Value": KIB, "Type": "String", "Overwrite": True})
    get = json_request("ssm", "AmazonSSM.GetParameter", "1.1", {"Name": "/bench/p"})
    for server in servers:
        send(server, put)
    compare("GetParameter", servers, lambda server: [get])
    stop(servers)


def group_sts():
    print("\n## STS GetCallerIdentity\n\n" + HEADER)
    servers = present(hello(), stackrig(), moto())
    request = query_request("sts", "Action=GetCallerIdentity&Version=2011-06-15")
    compare("GetCallerIdentity", servers, lambda server: [request])
    stop(servers)


GROUPS = {"start": group_start, "ssm": group_ssm, "sts": group_sts}


def load_groups():
    """Each bench_NAME.py beside this file adds groups: a dict GROUPS of its own."""
    import importlib
    for file in sorted(os.listdir(os.path.join(TOP, "harness", "bench"))):
        if file.startswith("bench_") and file.endswith(".py"):
            GROUPS.update(importlib.import_module(file[:-3]).GROUPS)


def main():
    if not shutil.which("wrk"):
        raise SystemExit("bench: install wrk (Debian package wrk)")
    sys.modules["bench"] = sys.modules["__main__"]
    load_groups()
    wanted = sys.argv[1:] or list(GROUPS)
    unknown = [name for name in wanted if name not in GROUPS]
    if unknown:
        raise SystemExit(f"bench: no group {', '.join(unknown)}; there are: {', '.join(GROUPS)}")
    with open("/proc/cpuinfo") as cpuinfo:
        model = next((line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")), "unknown")
    print(f"{datetime.date.today()}, `make bench`, {model}, {os.cpu_count()} cores, {platform.release()}; "
          f"wrk 1 thread, {SECONDS} s x {ROUNDS} rounds alternating")
    for name in wanted:
        GROUPS[name]()


if __name__ == "__main__":
    main()
