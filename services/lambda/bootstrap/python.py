"""The runtime of Python functions: asks the Runtime API for events and calls the handler.

Written for every Python from 2.7 on, and for a quick start: nothing is imported that an empty handler does
not need, not even json (a third of the time that an interpreter takes to start), only its part in C. What
handlers can see of it (the context, the loggers, error payloads, log lines) is as AWS's runtime shows it.
"""

import os
import sys

import _socket

API_HOST, _, API_PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].partition(":")
API_PATH = "/2018-06-01/runtime/"
TASK_ROOT = os.environ["LAMBDA_TASK_ROOT"]
THIS_FILE = __file__[:-1] if __file__.endswith(".pyc") else __file__
JSON_LOGS = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
PYTHON_2 = sys.version_info[0] == 2
VERSION = "%d.%d" % sys.version_info[:2]
DEBIAN_PACKAGES = "/usr/lib/python3/dist-packages"
# The emulator's mark of one log event that may hold several lines: then eight hex digits of size.
FRAME_START = b"\x1e\x02"


class Invocation(object):
    """What the loggers need to know of the present."""

    request_id = None


# ---- JSON: the parts of the json module that are written in C, put together as json does it ----


def encode_unknown(value):
    """DynamoDB's numbers are Decimals."""
    decimal = sys.modules.get("decimal")
    if decimal and isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if PYTHON_2:
        raise TypeError("%r is not JSON serializable" % (value,))
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def json_by_module():
    import json

    return json.loads, json.JSONEncoder(ensure_ascii=sys.version_info < (3, 12), default=encode_unknown).encode


def json_by_parts():
    from _json import encode_basestring, encode_basestring_ascii, make_encoder, make_scanner

    class Rules(object):
        strict = True
        object_hook = None
        object_pairs_hook = None
        parse_float = float
        parse_int = int
        parse_constant = {"-Infinity": -float("inf"), "Infinity": float("inf"), "NaN": float("nan")}.__getitem__

    blanks = " \t\n\r"
    scan = make_scanner(Rules)
    encode_string = encode_basestring_ascii if sys.version_info < (3, 12) else encode_basestring

    def loads(text):
        try:
            value, end = scan(text, len(text) - len(text.lstrip(blanks)))
            if not text[end:].strip(blanks):
                return value
        except StopIteration:
            pass
        return json_by_module()[0](text)  # says what is wrong

    def encode(value):
        if isinstance(value, str):
            return encode_string(value)
        # A new one each time: an error leaves marks of the values it was in.
        encoder = make_encoder({}, encode_unknown, encode_string, None, ": ", ", ", False, False, True)
        return "".join(encoder(value, 0))

    return loads, encode


def json_functions():
    if PYTHON_2 or sys.implementation.name != "cpython":
        return json_by_module()
    try:
        return json_by_parts()
    except Exception:  # a Python to come, whose parts are others
        return json_by_module()


decode_json, encode_json = json_functions()


def dump_json(value, default=None):
    import json

    return json.dumps(value, default=default)


# ---- the Runtime API: one connection, as little HTTP as it takes ----


class Connection(object):
    def __init__(self):
        self.socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self.socket.connect((API_HOST, int(API_PORT)))
        self.socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self.received = b""
        self.head = " HTTP/1.1\r\nHost: %s:%s\r\nUser-Agent: aws-lambda-python/%s\r\n" % (API_HOST, API_PORT, VERSION)

    def request(self, method, path, body=b"", headers=""):
        head = "%s %s%s%s%sContent-Length: %d\r\n\r\n" % (method, API_PATH, path, self.head, headers, len(body))
        return head.encode("latin-1") + body

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """Status, headers by lower-case name, body of the next answer."""
        received = self.received
        while True:
            end = received.find(b"\r\n\r\n")
            if end >= 0:
                break
            received += self.more()
        lines = received[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = received[end + 4:]
        size = int(headers.get("content-length", 0))
        if len(body) < size:
            chunks = [body]
            missing = size - len(body)
            while missing > 0:
                chunks.append(self.more(min(missing, 1048576)))
                missing -= len(chunks[-1])
            body = b"".join(chunks)
        self.received = body[size:]
        return int(lines[0].split(" ")[1]), headers, body[:size]

    def more(self, size=65536):
        # Larger buffers are mapped and unmapped by the kernel each time: only for what is known to come.
        chunk = self.socket.recv(size)
        if not chunk:
            os._exit(0)  # the emulator has gone
        return chunk


# ---- log lines ----

# Handlers may close their standard output; AWS's runtime, too, logs by a descriptor of its own.
LOG_DESCRIPTOR = os.dup(1)


def write_frame(text):
    """One event of the log, whatever its line ends."""
    if not isinstance(text, bytes):
        text = text.encode("utf-8", "replace")
    data = FRAME_START + ("%08x" % len(text)).encode("ascii") + text
    try:
        sys.stdout.flush()
    except Exception:
        pass
    try:
        while data:
            data = data[os.write(LOG_DESCRIPTOR, data):]
    except OSError:
        pass  # closed, too: nobody can be told


def log_time(seconds):
    import time

    return "%s.%03dZ" % (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)), int(seconds * 1000) % 1000)


def log_error(error):
    if JSON_LOGS:
        import time

        record = dict(error, timestamp=log_time(time.time()), log_level="ERROR")
        write_frame(dump_json(record) + "\n")
        return
    lines = ["[ERROR] %s: %s" % (error["errorType"], error["errorMessage"]), "Traceback (most recent call last):"]
    for entry in error["stackTrace"]:
        if isinstance(entry, (list, tuple)):
            entry = '  File "%s", line %s, in %s\n    %s' % tuple(entry)
        lines += entry.splitlines()
    write_frame("\n".join(lines) + "\n")


def set_up_logging(logging):
    """The root logger as handlers find it: one handler of the runtime's own."""
    import time

    class Formatter(logging.Formatter):
        converter = time.gmtime

        def format(self, record):
            record.aws_request_id = Invocation.request_id or ""
            text = logging.Formatter.format(self, record)
            if JSON_LOGS:
                return self.as_json(record)
            return text if text.endswith("\n") else text + "\n"

        def as_json(self, record):
            facts = {
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
                "level": record.levelname,
                "message": record.getMessage(),
                "logger": record.name,
            }
            if Invocation.request_id:
                facts["requestId"] = Invocation.request_id
            if record.exc_info:
                import traceback

                facts["stackTrace"] = traceback.format_exception(*record.exc_info)
                facts["errorType"] = record.exc_info[0].__name__ if record.exc_info[0] else None
                facts["errorMessage"] = str(record.exc_info[1])
                facts["location"] = "%s:%s:%d" % (record.pathname, record.funcName, record.lineno)
            return dump_json(facts, default=str) + "\n"

    class Handler(logging.Handler):
        def emit(self, record):
            try:
                write_frame(self.format(record))
            except Exception:
                self.handleError(record)

    handler = Handler()
    handler.setFormatter(
        Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S")
    )
    logging.getLogger().addHandler(handler)
    if JSON_LOGS:
        level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO")
        logging.getLogger().setLevel({"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}.get(level, level))


class LoggingWatch(object):
    """Sets up the root logger when somebody first imports logging: most small handlers never do."""

    def find_spec(self, name, path=None, target=None):
        if name == "logging" and self in sys.meta_path:
            sys.meta_path.remove(self)
            from importlib.util import find_spec

            spec = find_spec(name)
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                set_up_logging(module)

            spec.loader.exec_module = exec_module
            return spec
        return None

    # Python 2
    def find_module(self, name, path=None):
        return self if PYTHON_2 and name == "logging" and self in sys.meta_path else None

    def load_module(self, name):
        sys.meta_path.remove(self)
        __import__(name)
        set_up_logging(sys.modules[name])
        return sys.modules[name]


# ---- errors ----


class Fault(Exception):
    """The function itself is wrong: it has no module, no handler, or its values are not JSON."""

    def __init__(self, kind, message, trace=()):
        Exception.__init__(self, message)
        self.kind = kind
        self.message = message
        self.trace = list(trace)


def shown_path(path):
    """Where AWS would have the file."""
    for real, shown in (
        (TASK_ROOT, "/var/task"),
        (os.environ["LAMBDA_RUNTIME_DIR"], "/var/runtime"),
        (os.path.dirname(os.__file__), "/var/lang/lib/python" + VERSION),
    ):
        if path.startswith(real + os.sep):
            return shown + path[len(real):]
    return path


def stack_of(trace):
    import traceback

    entries = [(entry[0], entry[1], entry[2], entry[3]) for entry in traceback.extract_tb(trace)]
    while entries and os.path.dirname(entries[0][0]) == os.path.dirname(THIS_FILE):
        entries.pop(0)
    entries = [(shown_path(path), line, name, text) for path, line, name, text in entries]
    if PYTHON_2:
        return [list(entry) for entry in entries]
    return traceback.format_list(entries)


def error_of(message, kind, trace, request_id):
    if PYTHON_2:
        return {"errorMessage": message, "errorType": kind, "stackTrace": trace}
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace}


def present_error(request_id):
    kind, value, trace = sys.exc_info()
    if kind is Fault:
        return error_of(value.message, value.kind, value.trace, request_id)
    try:
        message = str(value)
    except Exception:
        message = repr(value)
    return error_of(message, kind.__name__, stack_of(trace), request_id)


def error_body(error):
    return dump_json(error).encode("utf-8")


# ---- the handler ----


def load_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error))
    import importlib

    try:
        if module_name.split(".")[0] in sys.builtin_module_names:
            raise Fault(
                "Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name
            )
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        place = '  File "%s" Line %s\n    %s' % (shown_path(error.filename or ""), error.lineno, error.text)
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), [place])
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault(
            "Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name)
        )


class CognitoIdentity(object):
    __slots__ = ["cognito_identity_id", "cognito_identity_pool_id"]

    def __repr__(self):
        return "CognitoIdentity([cognito_identity_id=%s,cognito_identity_pool_id=%s])" % (
            self.cognito_identity_id,
            self.cognito_identity_pool_id,
        )


class Client(object):
    __slots__ = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]


class ClientContext(object):
    __slots__ = ["custom", "env", "client"]


def client_context_of(text):
    if not text:
        return None
    facts = decode_json(text)
    context = ClientContext()
    context.custom = facts.get("custom")
    context.env = facts.get("env")
    context.client = None
    if facts.get("client") is not None:
        context.client = Client()
        for name in Client.__slots__:
            setattr(context.client, name, facts["client"].get(name))
    return context


class LambdaContext(object):
    def __init__(self, headers, deadline_ms):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = LOG_GROUP
        self.log_stream_name = LOG_STREAM
        self.function_name = FUNCTION_NAME
        self.memory_limit_in_mb = MEMORY_SIZE
        self.function_version = FUNCTION_VERSION
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.client_context = client_context_of(headers.get("lambda-runtime-client-context"))
        self.identity = CognitoIdentity()
        self.identity.cognito_identity_id = None
        self.identity.cognito_identity_pool_id = None
        identity = headers.get("lambda-runtime-cognito-identity")
        if identity:
            facts = decode_json(identity)
            self.identity.cognito_identity_id = facts.get("cognitoIdentityId")
            self.identity.cognito_identity_pool_id = facts.get("cognitoIdentityPoolId")
        self._epoch_deadline_time_in_ms = deadline_ms

    def get_remaining_time_in_millis(self):
        import time

        remaining = self._epoch_deadline_time_in_ms - int(time.time() * 1000)
        return remaining if remaining > 0 else 0

    def log(self, message):
        sys.stdout.write(str(message))
        sys.stdout.flush()

    def __repr__(self):
        return "LambdaContext([%s])" % ",".join(
            "%s=%s" % (name, getattr(self, name))
            for name in (
                "aws_request_id log_group_name log_stream_name function_name memory_limit_in_mb function_version "
                "invoked_function_arn client_context identity tenant_id"
            ).split()
        )


LOG_GROUP = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
LOG_STREAM = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
FUNCTION_NAME = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
FUNCTION_VERSION = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
MEMORY_SIZE = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")


def answer_to(handler, headers, body):
    """Path and body of the answer to one event, and whether it went well."""
    request_id = headers["lambda-runtime-aws-request-id"]
    try:
        try:
            event = decode_json(body.decode("utf-8"))
        except Exception as error:
            raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)
        result = handler(event, LambdaContext(headers, int(headers["lambda-runtime-deadline-ms"])))
        try:
            text = encode_json(result)
            return "invocation/%s/response" % request_id, text.encode("utf-8"), ""
        except Exception as error:
            raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)
    except Exception:
        error = present_error(request_id)
        log_error(error)
        headers = "Lambda-Runtime-Function-Error-Type: %s\r\n" % error["errorType"]
        return "invocation/%s/error" % request_id, error_body(error), headers


def serve(connection, handler):
    question = connection.request("GET", "invocation/next")
    data = question
    while True:
        # The answer to one event and the question for the next travel together.
        connection.send(data)
        status, headers, body = connection.receive()
        if "lambda-runtime-aws-request-id" not in headers:
            if status >= 500:
                sys.exit(1)
            status, headers, body = connection.receive()
        Invocation.request_id = headers["lambda-runtime-aws-request-id"]
        trace_id = headers.get("lambda-runtime-trace-id")
        if trace_id:
            os.environ["_X_AMZN_TRACE_ID"] = trace_id
        path, answer, extra = answer_to(handler, headers, body)
        data = connection.request("POST", path, answer, extra) + question


def set_up_paths():
    here = os.path.dirname(os.path.abspath(THIS_FILE))
    sys.path[:] = [path for path in sys.path if path != here]
    layers = [path for path in os.environ["PATH"].split(":") if path.endswith("/bin")][-1][:-4]
    wanted = [TASK_ROOT, layers + "/python/lib/python%s/site-packages" % VERSION, layers + "/python"]
    sys.path[0:0] = [path for path in wanted if path == TASK_ROOT or os.path.isdir(path)]
    sys.path.append(here)
    if not PYTHON_2 and DEBIAN_PACKAGES not in sys.path:
        # AWS's runtimes bring boto3; an interpreter from elsewhere has none. Nothing is to be left behind there.
        sys.path.append(DEBIAN_PACKAGES)
        sys.dont_write_bytecode = True


def main():
    connection = Connection()
    set_up_paths()
    sys.meta_path.insert(0, LoggingWatch())
    if "logging" in sys.modules:
        set_up_logging(sys.modules["logging"])
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception:
        error = present_error("")
        log_error(error)
        headers = "Lambda-Runtime-Function-Error-Type: %s\r\n" % error["errorType"]
        connection.send(connection.request("POST", "init/error", error_body(error), headers))
        connection.receive()
        sys.exit(1)
    serve(connection, handler)

