"""CloudFormation: stacks of parameters and queues, from CreateStack until the first DescribeStacks has answered."""
import json
import statistics
import time
import urllib.parse

import bench


def call(server, **parameters):
    body = urllib.parse.urlencode({"Version": "2010-05-15", **parameters})
    return bench.send(server, bench.query_request("cloudformation", body)).decode()


def template(count, kind, properties):
    return json.dumps({"Resources": {f"R{index}": {"Type": kind, "Properties": properties} for index in range(count)}})


def group_cloudformation():
    print("\n## CloudFormation: CreateStack and one DescribeStacks\n")
    print("| resources | median ms | complete at the first look |\n|---|---|---|")
    kinds = {"parameters": ("AWS::SSM::Parameter", {"Type": "String", "Value": "x"}),
             "queues": ("AWS::SQS::Queue", {})}
    with bench.stackrig() as server:
        for name, (kind, properties) in kinds.items():
            for count in (1, 10, 100):
                times, complete = [], 0
                for round_number in range(10):
                    stack = f"{name}-{count}-{round_number}"
                    started = time.perf_counter()
                    call(server, Action="CreateStack", StackName=stack, TemplateBody=template(count, kind, properties))
                    answer = call(server, Action="DescribeStacks", StackName=stack)
                    times.append((time.perf_counter() - started) * 1000)
                    complete += "<StackStatus>CREATE_COMPLETE</StackStatus>" in answer
                print(f"| {count} {name} | {statistics.median(times):.1f} | {complete} of 10 |", flush=True)


GROUPS = {"cloudformation": group_cloudformation}
