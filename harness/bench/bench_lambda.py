"""Lambda: warm invocations over the Python bootstrap, and cold starts against the bare interpreter.

Warm: the client (wrk, one connection) and the Python runtime take most of a round trip. What is stackrig's own is
found by measuring the same client and the same runtime, alternating, with the least server that can stand between
them (lambda_floor.c): own share = median round trip - median round trip of the floor.
"""
import base64
import io
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
import zipfile

import bench

FLOOR = os.path.join(bench.TOP, "build", "bench-lambda-floor")
BOOTSTRAP = os.path.join(bench.TOP, "services", "lambda", "bootstrap", "python.py")
CODE = "import sys\n\ndef handler(event, context):\n    return event if event else sys.executable\n"
COLD_STARTS = 20


def rest_request(method, path, body, headers=None):
    return {"method": method, "path": path,
            "headers": {"Content-Type": "application/json", "X-Amz-Date": "20260101T000000Z",
                        "Authorization": bench.authorization("lambda"), **(headers or {})}, "body": body}


def invocation(name, event):
    return rest_request("POST", f"/2015-03-31/functions/{name}/invocations", json.dumps(event))


def create_function(server, name):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", CODE)
    bench.send(server, rest_request("POST", "/2015-03-31/functions", json.dumps({
        "FunctionName": name, "Runtime": "python3.11", "Handler": "index.handler",
        "Role": "arn:aws:iam::000000000000:role/bench",
        "Code": {"ZipFile": base64.b64encode(archive.getvalue()).decode()}})))


class Floor(bench.Server):
    """lambda_floor.c with stackrig's Python runtime as its child."""

    def __init__(self, interpreter):
        super().__init__("floor", [FLOOR])
        self.directory = tempfile.mkdtemp(prefix="stackrig-bench-")
        shutil.copy(BOOTSTRAP, os.path.join(self.directory, "stackrig_runtime.py"))
        for name, text in (("index.py", CODE), ("bootstrap.py", "import stackrig_runtime\nstackrig_runtime.main()\n")):
            with open(os.path.join(self.directory, name), "w") as file:
                file.write(text)
        self.runtime = subprocess.Popen(
            [interpreter, "-u", os.path.join(self.directory, "bootstrap.py")],
            env={"AWS_LAMBDA_RUNTIME_API": self.endpoint.split("//")[1], "LAMBDA_TASK_ROOT": self.directory,
                 "LAMBDA_RUNTIME_DIR": self.directory, "_HANDLER": "index.handler", "PATH": "/usr/bin:/bin"})

    def stop(self):
        self.runtime.kill()
        self.runtime.wait()
        super().stop()
        shutil.rmtree(self.directory)


def print_warm(server, interpreter):
    request = invocation("warm", {"a": 1})
    rows = {"stackrig": [], "floor": []}
    with Floor(interpreter) as floor:
        for _ in range(max(bench.ROUNDS, 5)):
            rows["stackrig"].append(bench.run_wrk(server, [request], 1))
            rows["floor"].append(bench.run_wrk(floor, [request], 1))
    print("| warm Invoke, 1 connection | round trip, p50 µs | p99 µs | server's CPU, µs/invocation |\n|---|---|---|---|")
    medians = {}
    for name, samples in rows.items():
        _, p50, p99, cpu, failed = [statistics.median(column) for column in zip(*samples)]
        medians[name] = p50 * 1000
        note = f" ({failed:.0f} failed)" if failed else ""
        print(f"| {name} | {p50 * 1000:.0f} | {p99 * 1000:.0f} | {cpu:.0f}{note} |")
    pairs = [(ours[1] - least[1]) * 1000 for ours, least in zip(rows["stackrig"], rows["floor"])]
    print(f"\n- stackrig's own share at the median: {medians['stackrig'] - medians['floor']:.0f} µs "
          f"(by rounds {min(pairs):.0f} to {max(pairs):.0f})", flush=True)


def timed(action):
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def print_cold(server, interpreter):
    cold, bare = [], []
    for index in range(COLD_STARTS):
        create_function(server, f"cold-{index}")
        time.sleep(0.3)  # the function turns active
        bare.append(timed(lambda: subprocess.run([interpreter, "-c", "pass"], check=True)))
        cold.append(timed(lambda: bench.send(server, invocation(f"cold-{index}", {}))))
    print(f"- cold start: median {statistics.median(cold):.1f} ms, best {min(cold):.1f} ms; the bare interpreter "
          f"median {statistics.median(bare):.1f} ms, best {min(bare):.1f} ms ({COLD_STARTS} each, alternating)",
          flush=True)


def group_lambda():
    print("\n## Lambda, Python 3.11\n")
    with bench.stackrig() as server:
        create_function(server, "warm")
        interpreter = json.loads(bench.send(server, invocation("warm", {})))
        print_warm(server, interpreter)
        print_cold(server, interpreter)


GROUPS = {"lambda": group_lambda}
