#!/usr/bin/env python3
"""Asks the page's server for what it must not do.

    web_attack.py PORT USER PASSWORD SECRET SECONDS

SECRET is a file that must never be served; SECONDS is how long the server lets a request take, with some more for a slow
machine. Ends with 1 and a sentence for each thing that went wrong.
"""

import http.client
import json
import random
import socket
import sys
import time

PROBLEMS = []


def expect(condition, sentence):
    if not condition:
        PROBLEMS.append(sentence)


class Server:
    def __init__(self, port, user, password):
        self.port = port
        self.cookie = None
        body = f"user={user}&password={password}"
        answer, _ = self.ask("POST", "/login", body, {"Content-Type": "application/x-www-form-urlencoded"})
        self.cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
        expect(answer.status == 303 and self.cookie, f"the log-in gave {answer.status}")

    def ask(self, method, path, body=None, headers=None, session=True):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = dict(headers or {})
        if session and self.cookie:
            headers["Cookie"] = self.cookie
        try:
            connection.putrequest(method, path, skip_host="Host" in headers)
            for name, value in headers.items():
                connection.putheader(name, value)
            if body is not None and "Content-Length" not in headers:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(None if body is None else body.encode())
            answer = connection.getresponse()
            # Streams have no end.
            return answer, answer.read(200_000) if answer.getheader("Content-Length") else b""
        finally:
            connection.close()

    def is_well(self):
        answer, body = self.ask("GET", "/api/v1/health", session=False)
        expect(answer.status == 200 and json.loads(body) == {"ok": True}, "the server is not well any more")


def without_session(server, paths):
    for path, methods in paths.items():
        if path == "/api/v1/health":
            continue
        for method in methods:
            for cookie in (None, "visage_session=" + "0" * 64, "visage_session=../../etc/passwd"):
                headers = {"Cookie": cookie} if cookie else {}
                answer, body = server.ask(method.upper(), path.replace("{", "").replace("}", ""), headers=headers, session=False)
                expect(answer.status == 401, f"{method} {path} without a session gave {answer.status}")


def traversal(server, secret):
    content = open(secret, "rb").read()
    name = secret.rsplit("/", 1)[1]
    for start in ("/api/v1/recordings/demo/", "/api/v1/recordings/", "/assets/", "/assets/x/", "/cameras/", "/"):
        for way in ("../", "%2e%2e/", "..%2f", "%2e%2e%2f", "....//", "..%5c", "%252e%252e%252f", "..;/"):
            for depth in (1, 2, 6):
                for target in (name, secret.lstrip("/"), "etc/passwd"):
                    answer, body = server.ask("GET", start + way * depth + target)
                    expect(content not in body and b"root:" not in body, f"{start}{way}{target} was served")
                    expect(answer.status in (303, 400, 401, 404), f"{start}{way}{target} gave {answer.status}")


def nonsense(server, paths):
    """Random values for everything that a request has."""
    chance = random.Random(1)
    words = [
        "", "0", "-1", "1", "9" * 30, "demo", "%00", "%ff%fe", "'", "\" OR 1=1 --", "<script>", "a" * 3000, "1-1", "-", "é", "\u202e",
        "2026-13-45", "2026-03-01", "person:", "unknown:x", ":", "known", "nan", "1e309", "{}", "[]", "null",
    ]
    for _ in range(1500):
        path = chance.choice(list(paths) + ["/", "/timeline", "/timeline/more", "/visits/{id}", "/cameras/{name}", "/login", "/x"])
        if path in ("/live/events", "/api/v1/frames") or "mjpeg" in path:
            continue
        for part in ("name", "id", "camera", "file"):
            path = path.replace("{" + part + "}", quote(chance.choice(words)) or "x")
        query = "&".join(
            f"{chance.choice(['who', 'person', 'unknown', 'camera', 'day', 'before', 'limit', 'rate', 'next'])}={quote(chance.choice(words))}"
            for _ in range(chance.randrange(4)))
        method = chance.choice(["GET"] * 8 + ["HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
        body = chance.choice([None, "", "{}", "csrf=x", "\0" * 100]) if method not in ("GET", "HEAD") else None
        headers = {"Content-Type": chance.choice(["application/json", "application/x-www-form-urlencoded", "x"])}
        if chance.randrange(4) == 0:
            headers["Range"] = chance.choice(["bytes=0-", "bytes=-1", "bytes=9-1", "bytes=" + "9" * 40 + "-", "x"])
        answer, _ = server.ask(method, path + ("?" + query if query else ""), body, headers)
        # A camera without frames, and a daemon that is not there, may be told.
        expect(answer.status < 500 or answer.status == 503, f"{method} {path}?{query} gave {answer.status}")


def quote(text):
    from urllib.parse import quote as quoted
    return text if text.startswith("%") else quoted(text, safe="")


def huge(server):
    for request in (
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: a\r\n" % i for i in range(5000)) + b"\r\n",
        b"\x16\x03\x01" + bytes(range(256)) * 10, b"\r\n" * 10_000, b"GET\0/ HTTP/9.9\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nzzz\r\n",
    ):
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            answer = b""
            try:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    answer += part
            except OSError:
                pass
            expect(not answer or b" 4" in answer[:13] or b" 303" in answer[:13], f"{request[:40]} gave {answer[:40]}")
    answer, _ = server.ask(
        "POST", "/login", "user=" + "a" * 1_000_000, {"Content-Type": "application/x-www-form-urlencoded"})
    expect(answer.status == 413, f"a body of 1 MB gave {answer.status}")


def slow(server, seconds):
    """Requests that do not end, at the same time; all have to be let go."""
    begin = time.monotonic()
    connections = []
    for start in (
        b"", b"GET / HTTP/1.1\r\nHo", b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nuser=",
    ):
        for _ in range(20):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
            connection.sendall(start)
            connections.append((start, connection))
    server.is_well()
    while connections and time.monotonic() - begin < seconds:
        for start, connection in list(connections):
            connection.settimeout(0.01)
            try:
                # One byte now and then.
                if start:
                    connection.sendall(b"a")
                if not connection.recv(65536):
                    raise OSError
            except TimeoutError:
                continue
            except OSError:
                connection.close()
                connections.remove((start, connection))
        time.sleep(1)
    expect(not connections, f"{len(connections)} slow requests were kept: {[start[:20] for start, _ in connections[:3]]}")
    for _, connection in connections:
        connection.close()


def many(server):
    """More connections than one address may have; others are served again once they have gone."""
    connections = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(400)]
    for connection in connections:
        connection.close()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            server.is_well()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
    expect(False, "the server does not recover from many connections")


def guessing(server):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    codes = [server.ask("POST", "/login", f"user=editor&password=wrong{i}", form, session=False)[0].status for i in range(8)]
    expect(429 in codes and 303 not in codes, f"guessing gave {codes}")


def main():
    port, user, password, secret, seconds = sys.argv[1:]
    server = Server(int(port), user, password)
    answer, body = server.ask("GET", "/api/v1/openapi.json")
    paths = json.loads(body)["paths"]
    without_session(server, paths)
    traversal(server, secret)
    nonsense(server, paths)
    huge(server)
    many(server)
    slow(server, float(seconds))
    guessing(server)
    server.is_well()
    if PROBLEMS:
        sys.exit("web_attack.py:\n" + "\n".join(PROBLEMS[:30]))


if __name__ == "__main__":
    main()
