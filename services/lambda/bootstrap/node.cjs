/*
 * The runtime of Node.js functions: asks the Runtime API for events and calls the handler. For Node 16 and
 * later, and for a quick start: of Node's own modules only net, path and fs are loaded. What handlers can see
 * of it (the context, the console, error payloads, log lines) is as AWS's runtime shows it.
 */
"use strict";

const net = require("net");
const path = require("path");
const fs = require("fs");

const env = process.env;
const [API_HOST, API_PORT] = env.AWS_LAMBDA_RUNTIME_API.split(":");
const API_PATH = "/2018-06-01/runtime/";
const TASK_ROOT = env.LAMBDA_TASK_ROOT;
const JSON_LOGS = env.AWS_LAMBDA_LOG_FORMAT === "JSON";
const RUNTIME_MAJOR = parseInt((env.AWS_EXECUTION_ENV || "").replace(/^AWS_Lambda_nodejs/, "")) || 0;
/* The first version whose ES modules find packages in NODE_PATH. */
const MODULES_IN_NODE_PATH = 18;
/* The first version whose handlers have no callback. */
const NO_CALLBACKS = 24;
/* The emulator's mark of one log event that may hold several lines: then eight hex digits of size. */
const FRAME_START = "\x1e\x02";

/* Of the invocation that runs now; undefined outside. */
let requestId;

/* ---- the Runtime API: one connection, as little HTTP as it takes ---- */

const socket = net.connect(Number(API_PORT), API_HOST);
let received = Buffer.alloc(0);
let onAnswer;

socket.setNoDelay(true);
socket.on("error", () => process.exit(0)); // the emulator has gone
socket.on("close", () => process.exit(0));
socket.on("data", (chunk) => {
    received = received.length ? Buffer.concat([received, chunk]) : chunk;
    for (let answer = takeAnswer(); answer; answer = takeAnswer()) {
        onAnswer(answer);
    }
});

/* One whole answer off the front of what was received, or undefined. */
function takeAnswer() {
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) {
        return undefined;
    }
    const [first, ...lines] = received.toString("latin1", 0, end).split("\r\n");
    const headers = {};
    for (const line of lines) {
        const colon = line.indexOf(":");
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const bodyEnd = end + 4 + Number(headers["content-length"] || 0);
    if (received.length < bodyEnd) {
        return undefined;
    }
    const answer = { status: Number(first.split(" ")[1]), headers, body: received.toString("utf8", end + 4, bodyEnd) };
    received = received.subarray(bodyEnd);
    return answer;
}

function send(method, where, body, headers) {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body || "");
    let head = `${method} ${API_PATH}${where} HTTP/1.1\r\nHost: ${API_HOST}:${API_PORT}\r\n`;
    head += `User-Agent: aws-lambda-nodejs/${process.version}\r\nContent-Length: ${bytes.length}\r\n`;
    for (const name in headers) {
        head += `${name}: ${headers[name]}\r\n`;
    }
    socket.write(Buffer.concat([Buffer.from(head + "\r\n", "latin1"), bytes]));
}

/* ---- log lines ---- */

function writeFrame(text) {
    const bytes = Buffer.from(text);
    process.stdout.write(FRAME_START + bytes.length.toString(16).padStart(8, "0"));
    process.stdout.write(bytes);
}

const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const LEAST_LEVEL = JSON_LOGS ? LEVELS[env.AWS_LAMBDA_LOG_LEVEL] || LEVELS.INFO : LEVELS.TRACE;

function log(level, values) {
    if (LEVELS[level] < LEAST_LEVEL) {
        return;
    }
    const { format } = require("util");
    const timestamp = new Date().toISOString();
    if (!JSON_LOGS) {
        writeFrame(`${timestamp}\t${requestId}\t${level}\t${format(...values)}\n`);
        return;
    }
    const record = { timestamp, level };
    if (requestId !== undefined) {
        record.requestId = requestId;
    }
    record.message = values.length === 1 && typeof values[0] === "object" ? values[0] : format(...values);
    for (const value of values) {
        if (value instanceof Error) {
            record.errorType = value.name;
            record.errorMessage = value.message;
            record.stackTrace = linesOfStack(value);
            record.message = format(...values);
        }
    }
    let text;
    try {
        text = JSON.stringify(record);
    } catch (error) {
        text = JSON.stringify({ ...record, message: format(...values) });
    }
    writeFrame(text + "\n");
}

function setUpConsole() {
    console.log = (...values) => log("INFO", values);
    console.info = (...values) => log("INFO", values);
    console.debug = (...values) => log("DEBUG", values);
    console.warn = (...values) => log("WARN", values);
    console.error = (...values) => log("ERROR", values);
    console.trace = (...values) => log("TRACE", values);
    console.fatal = (...values) => log("FATAL", values);
}

/* ---- errors ---- */

class Fault extends Error {
    constructor(type, message) {
        super(message);
        this.name = type;
    }
}

function shown(text) {
    return String(text).split(TASK_ROOT).join("/var/task").split(env.LAMBDA_RUNTIME_DIR).join("/var/runtime");
}

function linesOfStack(error) {
    return shown(error.stack || "").split("\n");
}

function isError(value) {
    return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

/* The payload of a function error. */
function errorBody(error) {
    if (isError(error)) {
        return { errorType: error.name, errorMessage: shown(error.message), trace: linesOfStack(error) };
    }
    return { errorType: typeof error, errorMessage: shown(error), trace: [] };
}

function logError(what, error) {
    const logged = isError(error) ? error : new Error(error);
    const facts = {
        errorType: logged.name,
        errorMessage: shown(logged.message),
        ...(logged.code !== undefined && { code: logged.code }),
        ...Object.fromEntries(Object.entries(logged).filter(([name]) => name !== "name")),
        stack: linesOfStack(logged),
    };
    if (JSON_LOGS) {
        log("ERROR", [logged]);
    } else {
        let text;
        try {
            text = JSON.stringify(facts);
        } catch (circular) {
            text = JSON.stringify({ errorType: facts.errorType, errorMessage: facts.errorMessage, stack: facts.stack });
        }
        log("ERROR", [`${what} \t${text}`]);
    }
}

function failForGood(what, error, exitCode) {
    logError(what, error);
    const body = JSON.stringify(errorBody(error));
    const where = requestId === undefined ? "init/error" : `invocation/${requestId}/error`;
    onAnswer = () => process.exit(exitCode);
    socket.ref();
    send("POST", where, body, { "Lambda-Runtime-Function-Error-Type": errorBody(error).errorType });
}

/* ---- one invocation ---- */

/* What to do once the handler has nothing left to do. */
let onEmptyLoop;

process.on("beforeExit", () => {
    if (onEmptyLoop) {
        const next = onEmptyLoop;
        onEmptyLoop = undefined;
        socket.ref();
        setImmediate(next);
    }
});

function parse(text) {
    return text === undefined ? undefined : JSON.parse(text);
}

/* The context's facts, and the functions that end the invocation. */
function beginInvocation(headers) {
    const id = headers["lambda-runtime-aws-request-id"];
    const deadline = Number(headers["lambda-runtime-deadline-ms"]);
    let isOver = false;
    let waits = true;

    function end(where, body, errorType) {
        if (isOver) {
            return;
        }
        isOver = true;
        onEmptyLoop = undefined;
        socket.ref();
        send("POST", `invocation/${id}/${where}`, body, errorType && { "Lambda-Runtime-Function-Error-Type": errorType });
        requestId = undefined;
        askForNext();
    }
    function fail(error) {
        if (!isOver) {
            logError("Invoke Error", error);
            const body = errorBody(error);
            end("error", JSON.stringify(body), body.errorType);
        }
    }
    function succeed(result) {
        let body;
        try {
            body = result === undefined ? "null" : JSON.stringify(result);
            body = body === undefined ? "null" : body;
        } catch (error) {
            fail(new Fault("Runtime.UnserializableResult", "Unable to stringify response body"));
            return;
        }
        end("response", body);
    }
    function done(error, result) {
        if (error !== undefined && error !== null) {
            fail(error);
        } else {
            succeed(result);
        }
    }
    function callback(error, result) {
        if (isOver) {
            return;
        }
        if (waits && (error === undefined || error === null)) {
            onEmptyLoop = () => succeed(result);
        } else {
            done(error, result);
        }
    }
    const context = {
        get callbackWaitsForEmptyEventLoop() {
            return waits;
        },
        set callbackWaitsForEmptyEventLoop(value) {
            waits = value;
        },
        functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
        functionName: env.AWS_LAMBDA_FUNCTION_NAME,
        memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
        logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
        logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
        clientContext: parse(headers["lambda-runtime-client-context"]),
        identity: parse(headers["lambda-runtime-cognito-identity"]),
        invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
        awsRequestId: id,
        tenantId: headers["lambda-runtime-aws-tenant-id"],
        getRemainingTimeInMillis: () => deadline - Date.now(),
    };
    if (RUNTIME_MAJOR < NO_CALLBACKS) {
        Object.assign(context, { done, succeed: (result) => done(null, result), fail: (error) => done(error || "handled") });
    }
    return { context, callback, succeed, fail, end };
}

function isPromise(value) {
    return value && typeof value.then === "function";
}

/* Collects what a streaming handler writes; the answer goes out when the stream ends. */
function responseStream(invocation) {
    const { Writable } = require("stream");
    const chunks = [];
    const stream = new Writable({
        write(chunk, encoding, next) {
            chunks.push(Buffer.from(chunk, encoding === "buffer" ? undefined : encoding));
            next();
        },
    });
    stream.setContentType = () => {};
    stream.on("finish", () => invocation.end("response", Buffer.concat(chunks)));
    return stream;
}

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

globalThis.awslambda = {
    streamifyResponse(handler) {
        handler[STREAMING] = "response";
        return handler;
    },
    HttpResponseStream: {
        from(stream, prelude) {
            stream.write(JSON.stringify(prelude) + "\0".repeat(8));
            return stream;
        },
    },
};

function invoke(handler, answer) {
    const { headers } = answer;
    requestId = headers["lambda-runtime-aws-request-id"];
    env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] || "";
    const invocation = beginInvocation(headers);
    onEmptyLoop = () => invocation.succeed(null);
    socket.unref();
    let event;
    try {
        event = JSON.parse(answer.body);
    } catch (error) {
        invocation.fail(error);
        return;
    }
    try {
        let result;
        if (handler[STREAMING]) {
            result = handler(event, responseStream(invocation), invocation.context);
            result = isPromise(result) ? result.then(() => {}, invocation.fail) : undefined;
            return;
        }
        result =
            RUNTIME_MAJOR < NO_CALLBACKS
                ? handler(event, invocation.context, invocation.callback)
                : handler(event, invocation.context);
        if (isPromise(result)) {
            result.then(invocation.succeed, invocation.fail);
        } else if (RUNTIME_MAJOR >= NO_CALLBACKS) {
            invocation.succeed(result);
        }
    } catch (error) {
        invocation.fail(error);
    }
}

let theHandler;

function askForNext() {
    onAnswer = (answer) => {
        if (answer.headers["lambda-runtime-aws-request-id"]) {
            setImmediate(invoke, theHandler, answer);
        } else if (answer.status >= 500) {
            process.exit(1);
        } // else: how the last answer was taken
    };
    send("GET", "invocation/next");
}

/* ---- the handler ---- */

/* "dir/file.object.function" as directory, file, names. */
function splitHandler(handler) {
    const file = path.basename(handler);
    const match = /^([^.]*)\.(.*)$/.exec(file);
    if (handler.includes("..") || !match) {
        throw new Fault("Runtime.MalformedHandlerName", handler.includes("..") ? `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.` : "Bad handler");
    }
    return { directory: handler.slice(0, handler.length - file.length), file: match[1], names: match[2].split(".") };
}

/* Whether the nearest package.json says that .js files are ES modules. */
function isModulePackage(directory) {
    for (let here = directory; here.startsWith(TASK_ROOT); here = path.dirname(here)) {
        try {
            return JSON.parse(fs.readFileSync(path.join(here, "package.json"), "utf8")).type === "module";
        } catch (error) {
            /* none here, or none that can be read */
        }
    }
    return false;
}

/* Lambda's ES modules find packages in the folders of NODE_PATH too. Costs a thread in some versions: only where
 * there is such a folder. */
function importFromNodePath() {
    const folders = (env.NODE_PATH || "").split(":").filter((folder) => path.basename(folder) === "node_modules");
    if (RUNTIME_MAJOR < MODULES_IN_NODE_PATH || !folders.some((folder) => fs.existsSync(folder))) {
        return;
    }
    const nodeModule = require("module");
    const hooks = path.join(__dirname, "node_path.cjs");
    if (nodeModule.registerHooks) {
        nodeModule.registerHooks({ resolve: require(hooks).resolveSync });
    } else if (nodeModule.register) {
        nodeModule.register(require("url").pathToFileURL(hooks).href);
    }
}

async function loadModule(directory, file) {
    const folder = path.resolve(TASK_ROOT, directory);
    const base = path.resolve(folder, file);
    const { pathToFileURL } = require("url");
    if (fs.existsSync(base + ".js") && !isModulePackage(folder)) {
        return require(base + ".js");
    }
    for (const extension of [".js", ".mjs"]) {
        if (fs.existsSync(base + extension)) {
            importFromNodePath();
            return import(pathToFileURL(base + extension).href);
        }
    }
    if (fs.existsSync(base + ".cjs")) {
        return require(base + ".cjs");
    }
    if (fs.existsSync(base)) {
        return require(base);
    }
    return require(require.resolve(file, { paths: [TASK_ROOT, folder] }));
}

async function loadUserModule(directory, file) {
    try {
        return await loadModule(directory, file);
    } catch (error) {
        let type;
        if (error instanceof SyntaxError) {
            type = "Runtime.UserCodeSyntaxError";
        } else if (error && (error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND")) {
            type = "Runtime.ImportModuleError";
        } else {
            throw error;
        }
        /* An error that comes from another thread has lost the code in its text. */
        const isMissing = error.code === "ERR_MODULE_NOT_FOUND";
        const fault = new Fault(type, isMissing ? `${error.name} [${error.code}]: ${error.message}` : String(error));
        if (type === "Runtime.UserCodeSyntaxError") {
            fault.stack = shown(error.stack);
        }
        throw fault;
    }
}

async function loadHandler() {
    const { directory, file, names } = splitHandler(env._HANDLER);
    const module = await loadUserModule(directory, file);
    let handler = module;
    for (const name of names) {
        handler = handler === undefined || handler === null ? undefined : handler[name];
    }
    if (handler === undefined && module.default) {
        handler = names.reduce((value, name) => (value ? value[name] : undefined), module.default);
    }
    if (!handler) {
        throw new Fault("Runtime.HandlerNotFound", `${env._HANDLER} is undefined or not exported`);
    }
    if (typeof handler !== "function") {
        throw new Fault("Runtime.HandlerNotFound", `${env._HANDLER} is not a function`);
    }
    if (RUNTIME_MAJOR >= NO_CALLBACKS && handler.length > 2 && !handler[STREAMING]) {
        throw new Fault(
            "Runtime.CallbackHandlerDeprecated",
            "AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need " +
                "to modify this function to use a supported handler signature to use Node.js 24 or later. For more " +
                "information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html."
        );
    }
    return handler;
}

process.on("uncaughtException", (error) => failForGood("Uncaught Exception", error, 129));
process.on("unhandledRejection", (reason) => {
    const error = new Fault("Runtime.UnhandledPromiseRejection", isError(reason) ? reason.toString() : String(reason));
    error.reason = isError(reason) ? errorBody(reason) : reason;
    failForGood("Unhandled Promise Rejection", error, 128);
});

setUpConsole();
loadHandler().then(
    (handler) => {
        theHandler = handler;
        askForNext();
    },
    (error) => failForGood("Uncaught Exception", error, 1)
);
