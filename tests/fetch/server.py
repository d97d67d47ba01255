#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An HTTP server that misbehaves on request, and a bucket that checks signatures.

Usage: server.py FOLDER [CERTIFICATE KEY]
Writes its port to FOLDER/port and a line for each request to FOLDER/log. Its bucket holds the
files of FOLDER/bucket, and listings of two keys each.
"""

import hashlib
import hmac
import http.server
import os
import ssl
import sys
import time
import urllib.parse
from xml.sax.saxutils import escape

ACCESS_KEY, SECRET_KEY, TOKEN = "test-key", "test-secret/+=", "test-token=="
PAGE = 2


def quoted(text):
    return urllib.parse.quote(text, safe="-._~")


def signature(handler, secret):
    """AWS Signature Version 4 of the request, from its documentation."""
    fields = dict(
        field.split("=", 1)
        for field in handler.headers["Authorization"].split(" ", 1)[1].replace(" ", "").split(",")
    )
    _, date, region, service, _ = fields["Credential"].split("/")
    path, _, query = handler.path.partition("?")
    pairs = sorted(p.partition("=")[::2] for p in query.split("&")) if query else []
    names = fields["SignedHeaders"].split(";")
    request = "\n".join(
        [handler.command, path, "&".join(f"{k}={v}" for k, v in pairs)]
        + [f"{name}:{handler.headers[name].strip()}" for name in names]
        + ["", ";".join(names), handler.headers["x-amz-content-sha256"]]
    )
    scope = f"{date}/{region}/{service}/aws4_request"
    text = "\n".join(
        ["AWS4-HMAC-SHA256", handler.headers["x-amz-date"], scope,
         hashlib.sha256(request.encode()).hexdigest()]
    )
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return fields, key.hex()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    calls = {}

    def log_message(self, *_):
        with open(os.path.join(self.server.folder, "log"), "a", encoding="utf-8") as log:
            log.write(f"{self.client_address[1]} {self.path}\n")

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        name, _, rest = path[1:].partition("/")
        action = getattr(self, "do_" + name, None)
        if action is None:
            self.answer(404)
        else:
            action(rest, query)

    def do_ok(self, rest, query):
        self.answer(200, f"{rest}?{query}".encode())

    def do_host(self, *_):
        self.answer(200, self.headers["Host"].encode())

    def do_status(self, rest, query):
        self.answer(int(rest), b"", [("Retry-After", query)] if query else ())

    def do_redirect(self, _, query):
        """To what the query says."""
        self.answer(302, b"", [("Location", urllib.parse.unquote(query))])

    def do_loop(self, *_):
        self.answer(302, b"", [("Location", "/loop")])

    def do_flaky(self, rest, _):
        """Fails as often as the first segment says."""
        count = self.calls[rest] = self.calls.get(rest, 0) + 1
        self.answer(503 if count <= int(rest.split("/")[0]) else 200, b"at last")

    def do_slow(self, *_):
        """A byte every 0.1 s, without end."""
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.1)

    def do_cut(self, *_):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x" * 100)
        self.close_connection = True

    def do_large(self, _, query):
        """As many bytes as the query says, with or without saying so before."""
        size, _, is_said = query.partition(",")
        self.send_response(200)
        if is_said:
            self.send_header("Content-Length", size)
        else:
            self.close_connection = True
        self.end_headers()
        self.wfile.write(b"x" * int(size))

    def do_garbage(self, *_):
        self.wfile.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        self.close_connection = True

    def do_bucket(self, key, query):
        if "Authorization" not in self.headers:
            return self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        fields, expected = signature(self, SECRET_KEY)
        is_signed = (
            fields["Signature"] == expected
            and fields["Credential"].startswith(ACCESS_KEY + "/")
            and self.headers.get("x-amz-security-token") == TOKEN
            and {"host", "x-amz-date", "x-amz-security-token"} <= set(fields["SignedHeaders"].split(";"))
        )
        if not is_signed:
            return self.answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        if key == "":
            return self.list_keys(dict(urllib.parse.parse_qsl(query, keep_blank_values=True)))
        path = os.path.join(self.server.folder, "bucket", quoted(urllib.parse.unquote(key)))
        if not os.path.exists(path):
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        with open(path, "rb") as file:
            return self.answer(200, file.read())

    def list_keys(self, query):
        assert query["list-type"] == "2" and query["encoding-type"] == "url", query
        names = sorted(urllib.parse.unquote(n) for n in os.listdir(self.server.folder + "/bucket"))
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter")
        keys = [n for n in names if n.startswith(prefix)]
        common = set()
        if delimiter:
            common = {prefix + n[len(prefix):].split("/")[0] + "/" for n in keys if "/" in n[len(prefix):]}
            keys = [n for n in keys if "/" not in n[len(prefix):]]
        begin = int(query.get("continuation-token", "at 0/+=").split()[1].split("/")[0])
        page, is_truncated = keys[begin:begin + PAGE], begin + PAGE < len(keys)
        text = '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        text += f"<Name>bucket</Name><EncodingType>url</EncodingType><IsTruncated>{str(is_truncated).lower()}</IsTruncated>"
        if is_truncated:
            text += f"<NextContinuationToken>at {begin + PAGE}/+=</NextContinuationToken>"
        for key in page:
            text += f"<Contents><Key>{escape(urllib.parse.quote(key, safe='/'))}</Key><Size>1</Size></Contents>"
        for key in sorted(common):
            text += f"<CommonPrefixes><Prefix>{escape(urllib.parse.quote(key, safe='/'))}</Prefix></CommonPrefixes>"
        self.answer(200, (text + "</ListBucketResult>").encode())


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Clients go when they have had enough."""


def main():
    folder, *tls = sys.argv[1:]
    server = Server(("127.0.0.1", 0), Handler)
    server.folder = folder
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with open(os.path.join(folder, "port.new"), "w", encoding="ascii") as port:
        port.write(str(server.server_port))
    os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
    server.serve_forever()


if __name__ == "__main__":
    main()
