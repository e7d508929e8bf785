"""What interpose_test.sh checks from inside a process, in Python 2.7 and 3: results of look-up and connections.

Ends with "all good", or with the traceback of the first thing that is not. Argument `denied`: under deny=1.
"""
from __future__ import print_function

import errno
import os
import socket
import sys
import threading

try:
    from urllib.request import urlopen
except ImportError:
    from urllib2 import urlopen

RESERVED = "127.83.82.71"
NAME = "dynamodb.us-east-1.amazonaws.com"


def fails(wanted, function, *arguments):
    try:
        function(*arguments)
    except (socket.gaierror, socket.herror, socket.error) as error:
        assert error.args[0] in wanted, (wanted, error)
    else:
        raise AssertionError("%r did not fail" % (arguments,))


def connect(family, kind, address):
    connection = socket.socket(family, kind)
    try:
        connection.settimeout(5)
        connection.connect(address)
        return connection.getpeername()
    finally:
        connection.close()


def fetch(scheme, name):
    return urlopen("%s://%s/" % (scheme, name), timeout=20).read().decode().strip()


def check_look_up():
    found = socket.getaddrinfo(NAME, "https")
    assert {entry[4] for entry in found} == {(RESERVED, 443)}, found
    assert {entry[1] for entry in found} >= {socket.SOCK_STREAM, socket.SOCK_DGRAM}, found
    found = socket.getaddrinfo(NAME, 443, socket.AF_INET, socket.SOCK_STREAM, 0, socket.AI_CANONNAME)
    assert [(entry[3], entry[4]) for entry in found] == [(NAME, (RESERVED, 443))], found
    found = socket.getaddrinfo(NAME, 80, 0, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
    assert [entry[4] for entry in found] == [(RESERVED, 80)], found
    found = socket.getaddrinfo(NAME, 80, socket.AF_INET6, socket.SOCK_STREAM, 0, socket.AI_V4MAPPED)
    assert [entry[4][0] for entry in found] == ["::ffff:" + RESERVED], found
    assert socket.gethostbyname(NAME) == RESERVED
    assert socket.gethostbyname_ex("a.b.c.amazonaws.com")[2] == [RESERVED]
    fails([socket.EAI_NONAME], socket.getaddrinfo, NAME, 443, socket.AF_INET6)
    fails([socket.EAI_NONAME], socket.getaddrinfo, NAME, 443, 0, 0, 0, socket.AI_NUMERICHOST)
    fails([socket.EAI_SERVICE, socket.EAI_NONAME], socket.getaddrinfo, NAME, "no-such-service")
    assert socket.getaddrinfo("127.0.0.1", 443, 0, socket.SOCK_STREAM)[0][4] == ("127.0.0.1", 443)
    assert "127.0.0.1" in [entry[4][0] for entry in socket.getaddrinfo("localhost", 1)]
    assert socket.getaddrinfo(None, 1, 0, socket.SOCK_STREAM)


def check_connections():
    assert connect(socket.AF_INET, socket.SOCK_STREAM, (RESERVED, 80))[0] == "127.0.0.1"
    if socket.has_ipv6:
        peer = connect(socket.AF_INET6, socket.SOCK_STREAM, ("::ffff:" + RESERVED, 443))
        assert peer[0] == "::ffff:127.0.0.1", peer
    fails([errno.ECONNREFUSED], connect, socket.AF_INET, socket.SOCK_STREAM, (RESERVED, 8080))
    assert fetch("https", NAME) == "tls host=" + NAME
    assert fetch("http", NAME) == "plain host=" + NAME


def check_threads_and_forks():
    problems = []

    def work():
        try:
            for _ in range(20):
                assert socket.gethostbyname(NAME) == RESERVED
                assert connect(socket.AF_INET, socket.SOCK_STREAM, (RESERVED, 80))[0] == "127.0.0.1"
        except BaseException as error:  # told by the main thread
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        child = os.fork()
        if child == 0:
            os._exit(0 if socket.gethostbyname(NAME) == RESERVED else 1)
        assert os.waitpid(child, 0)[1] == 0
    for thread in threads:
        thread.join()
    assert not problems, problems


def check_denials():
    """Standard error goes to a pipe from here on, to count what is told."""
    reader, writer = os.pipe()
    before = os.dup(2)
    os.dup2(writer, 2)
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        for _ in range(3):
            fails([socket.EAI_NONAME], socket.getaddrinfo, "vendor.example", 443)
            fails([socket.EAI_NONAME], socket.gethostbyname_ex, "other.example")
            fails([errno.ENETUNREACH], connect, socket.AF_INET, socket.SOCK_STREAM, ("203.0.113.1", 443))
            fails([errno.ENETUNREACH], connect, socket.AF_INET6, socket.SOCK_STREAM, ("::ffff:203.0.113.2", 443))
            fails([errno.ENETUNREACH], datagrams.sendto, b"x", ("203.0.113.3", 53))
        assert datagrams.sendto(b"x", ("127.0.0.1", 9)) == 1
        assert socket.gethostbyname("localhost") == "127.0.0.1"
        left, right = socket.socketpair()
        left.sendall(b"x")
        assert right.recv(1) == b"x"
    finally:
        os.dup2(before, 2)
    os.close(writer)
    lines = os.fdopen(reader).read().splitlines()
    hosts = [line.split()[1] for line in lines]
    wanted = ["vendor.example", "other.example", "203.0.113.1", "203.0.113.2", "203.0.113.3"]
    assert hosts == wanted, lines
    assert all(line.startswith("stackrig: ") for line in lines), lines


if sys.argv[1:] == ["denied"]:
    check_denials()
check_look_up()
check_connections()
check_threads_and_forks()
print("all good")
