"""SNS: Publish of 1 KiB to one queue, fan-out of one Publish to 100 queues. What the queues gather stays in them,
as with every peer."""
import urllib.parse
import xml.etree.ElementTree

import bench

ACCOUNT = "000000000000"


def sns(server, action, **members):
    members |= {"Action": action, "Version": "2010-03-31"}
    request = bench.query_request("sns", urllib.parse.urlencode(members))
    return request if server is None else bench.send(server, request).decode()


def create_queue(server, name):
    bench.send(server, bench.json_request("sqs", "AmazonSQS.CreateQueue", "1.0", {"QueueName": name}))
    return f"arn:aws:sqs:us-east-1:{server.account}:{name}"


def create_topic(server, name, queues):
    answer = xml.etree.ElementTree.fromstring(sns(server, "CreateTopic", Name=name))
    topic = next(element.text for element in answer.iter() if element.tag.endswith("TopicArn"))
    server.account = topic.split(":")[4]
    for number in range(queues):
        sns(server, "Subscribe", TopicArn=topic, Protocol="sqs",
            Endpoint=create_queue(server, f"bench-{name}-{number}"))
    return topic


def publish_requests(topics):
    return lambda server: [sns(None, "Publish", TopicArn=topics.get(server.name, ""), Message=bench.KIB)]


def group_sns():
    print("\n## SNS Publish to one queue, 1 KiB\n\n" + bench.HEADER)
    servers = bench.present(bench.hello(), bench.stackrig(), bench.moto(), bench.fauxqs())
    topics = {server.name: create_topic(server, "one", 1) for server in servers[1:]}
    bench.compare("Publish", servers, publish_requests(topics))
    bench.stop(servers)


def group_sns_fan_out():
    print("\n## SNS Publish to 100 queues, 1 KiB\n\n" + bench.HEADER)
    servers = bench.present(bench.hello(), bench.stackrig())
    topics = {server.name: create_topic(server, "many", 100) for server in servers[1:]}
    bench.compare("Publish to 100", servers, publish_requests(topics), (1, 8))
    bench.stop(servers)


GROUPS = {"sns": group_sns, "sns-fan-out": group_sns_fan_out}
