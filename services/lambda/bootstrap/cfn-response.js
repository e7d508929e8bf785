/*
 * Answers CloudFormation's custom resource requests: the module that AWS puts beside inline Node.js code.
 * Same interface and same behaviour: one PUT to port 443, then context.done(), whatever came of it.
 */
exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = function (event, context, responseStatus, responseData, physicalResourceId, noEcho) {
    const body = JSON.stringify({
        Status: responseStatus,
        Reason: "See the details in CloudWatch Log Stream: " + context.logStreamName,
        PhysicalResourceId: physicalResourceId || context.logStreamName,
        StackId: event.StackId,
        RequestId: event.RequestId,
        LogicalResourceId: event.LogicalResourceId,
        NoEcho: noEcho || false,
        Data: responseData,
    });
    console.log("Response body:\n", body);
    const url = new URL(event.ResponseURL);
    const options = {
        hostname: url.hostname,
        port: 443,
        path: url.pathname + url.search,
        method: "PUT",
        headers: { "content-type": "", "content-length": body.length },
    };
    const request = require("https").request(options, function (response) {
        console.log("Status code: " + parseInt(response.statusCode));
        context.done();
    });
    request.on("error", function (error) {
        console.log("send(..) failed executing https.request(..): " + error);
        context.done();
    });
    request.write(body);
    request.end();
};
