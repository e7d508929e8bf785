"""Stands for the emulator in interpose_test.sh: answers every request with how it came and for which host.

Prints "PLAIN_PORT TLS_PORT" when it listens. Arguments: certificate, key.
"""
import http.server
import ssl
import sys
import threading


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        way = "tls" if isinstance(self.connection, ssl.SSLSocket) else "plain"
        body = ("%s host=%s\n" % (way, self.headers.get("Host"))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # a client that goes away in the handshake


def main():
    plain = Server(("127.0.0.1", 0), Answer)
    tls = Server(("127.0.0.1", 0), Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    tls.socket = context.wrap_socket(tls.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    print(plain.server_address[1], tls.server_address[1], flush=True)
    sys.stdout.close()
    tls.serve_forever()


main()
