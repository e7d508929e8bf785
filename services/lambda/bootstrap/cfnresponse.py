"""Answers CloudFormation's custom resource requests: the module that AWS puts beside inline Python code.

Same interface and same behaviour: one PUT, empty Content-Type, whatever fails is printed and dropped.
"""

from __future__ import print_function

import json

try:
    from http.client import HTTPConnection, HTTPSConnection
    from urllib.parse import urlsplit
except ImportError:  # Python 2
    from httplib import HTTPConnection, HTTPSConnection
    from urlparse import urlsplit

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    url = event["ResponseURL"]
    body = json.dumps(
        {
            "Status": responseStatus,
            "Reason": reason or "See the details in CloudWatch Log Stream: {}".format(context.log_stream_name),
            "PhysicalResourceId": physicalResourceId or context.log_stream_name,
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "NoEcho": noEcho,
            "Data": responseData,
        }
    )
    print("Response body:")
    print(body)
    try:
        parts = urlsplit(url)
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = make(parts.hostname, parts.port)
        path = parts.path + ("?" + parts.query if parts.query else "")
        connection.request("PUT", path, body, {"content-type": "", "content-length": str(len(body))})
        response = connection.getresponse()
        response.read()
        connection.close()
        print("Status code:", response.status)
    except Exception as error:
        print("send(..) failed executing http.client.request(..):", error)
