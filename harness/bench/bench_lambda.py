"""Lambda: warm invocations over the Python bootstrap, and cold starts against the bare interpreter."""
import base64
import io
import json
import statistics
import subprocess
import time
import urllib.request
import zipfile

import bench


def rest_request(method, path, body, headers=None):
    return {"method": method, "path": path,
            "headers": {"Content-Type": "application/json", "X-Amz-Date": "20260101T000000Z",
                        "Authorization": bench.authorization("lambda"), **(headers or {})}, "body": body}


def create_function(server, name):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", "def handler(event, context):\n    return event\n")
    bench.send(server, rest_request("POST", "/2015-03-31/functions", json.dumps({
        "FunctionName": name, "Runtime": "python3.11", "Handler": "index.handler",
        "Role": "arn:aws:iam::000000000000:role/bench",
        "Code": {"ZipFile": base64.b64encode(archive.getvalue()).decode()}})))


def timed(server, request):
    """Milliseconds of one request over a connection of its own."""
    started = time.perf_counter()
    bench.send(server, request)
    return (time.perf_counter() - started) * 1000


def bare_interpreter():
    """Milliseconds of starting and ending the interpreter that handlers run with."""
    started = time.perf_counter()
    subprocess.run(["/usr/bin/python3", "-c", "pass"], check=True)
    return (time.perf_counter() - started) * 1000


def group_lambda():
    print("\n## Lambda, Python 3.11\n")
    with bench.stackrig() as server:
        create_function(server, "warm")
        invoke = rest_request("POST", "/2015-03-31/functions/warm/invocations", '{"a": 1}')
        bench.send(server, invoke)
        rows = [bench.run_wrk(server, [invoke], 1) for _ in range(bench.ROUNDS)]
        rate, p50, p99, cpu, failed = [statistics.median(column) for column in zip(*rows)]
        note = f", {failed:.0f} failed" if failed else ""
        print(f"- warm Invoke, 1 connection: {rate:,.0f}/s, p50 {p50 * 1000:.0f} µs, p99 {p99 * 1000:.0f} µs; "
              f"stackrig's own CPU {cpu:.0f} µs per invocation{note}")
        cold, bare = [], []
        for index in range(10):
            create_function(server, f"cold-{index}")
            time.sleep(0.3)  # the function turns active
            bare.append(bare_interpreter())
            cold.append(timed(server, rest_request("POST", f"/2015-03-31/functions/cold-{index}/invocations", "{}")))
        print(f"- cold start: median {statistics.median(cold):.1f} ms, best {min(cold):.1f} ms; the bare interpreter "
              f"median {statistics.median(bare):.1f} ms, best {min(bare):.1f} ms (10 each, alternating)", flush=True)


GROUPS = {"lambda": group_lambda}
