#!/usr/bin/env python3
"""Asks the page's server for random things that its OpenAPI document describes, and for things that it does not.

    web_fuzz.py PORT USER PASSWORD REQUESTS [SEED]

For each operation: values as the document has them and values as it has not, in path, query, head and body. Prints how many
answers had which status. Ends with 1 and a sentence for each answer of 500 or more (but 503, which says that visaged is
away), each that does not come within 30 s, and each status that the document does not name.
"""

import base64
import collections
import http.client
import json
import random
import sys
from urllib.parse import quote

WORDS = [
    "", "0", "-1", "1", "9" * 30, "demo", "\0", "'", "\" OR 1=1 --", "<script>", "a" * 3000, "1-1", "-", "é", "\u202e", "..", ".",
    "../../etc/passwd", "2026-13-45", "2026-03-01", "person:", "unknown:x", "unknown-1", "known", "nan", "1e309", "{}", "null", "/",
    "Barack Obama", "barn/door", "\ud7ff", "%00", "%", "true", "obama.jpg", "rtsp://127.0.0.1:1/x",
]
NUMBERS = [0, 1, -1, 2**31, 2**63, -2**63, 10**30, 0.5, -0.0, 1e308, 42]
# Streams have no end, and a source that is tried takes its time: the attack's script and a test of their own ask for these.
LEFT_OUT = ("/live/events", "/api/v1/frames", "mjpeg", "/sources/try")


class Fuzz:
    def __init__(self, port, user, password, seed):
        self.port, self.chance = port, random.Random(seed)
        self.login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.statuses, self.problems, self.connection = collections.Counter(), [], None
        status, body = self.ask("GET", "/api/v1/openapi.json", None, {"Authorization": self.login})
        self.document = json.loads(body)
        self.operations = [
            (method, path, operation, self.document["paths"][path].get("parameters", []) + operation.get("parameters", []))
            for path, methods in self.document["paths"].items() for method, operation in methods.items()
            if method in ("get", "post", "put", "delete", "patch") and not any(part in path for part in LEFT_OUT)]

    def ask(self, method, path, body, headers):
        """One connection for many requests, as browsers have it, until the server ends it."""
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                content = answer.read()
                if answer.will_close:
                    self.close()
                return answer.status, content
            except (http.client.RemoteDisconnected, ConnectionError):
                self.close()
                if attempt == 2:
                    return 0, b""
            except TimeoutError:
                self.close()
                raise
        return 0, b""

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def value(self, schema, depth=0):
        while "$ref" in schema:
            where = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                where = where[part]
            schema = where
        kind = schema.get("type")
        kind = self.chance.choice(kind) if isinstance(kind, list) else kind
        if self.chance.random() < 0.15 or depth > 4:
            kind = self.chance.choice(["string", "integer", "boolean", "null"] + (["array", "object"] if depth < 4 else []))
            schema = {}
        if "enum" in schema and self.chance.random() < 0.8:
            return self.chance.choice(schema["enum"])
        if kind == "object":
            found = {name: self.value(inner, depth + 1) for name, inner in schema.get("properties", {}).items()
                     if self.chance.random() < 0.85}
            if self.chance.random() < 0.1:
                found[self.chance.choice(WORDS)] = self.chance.choice(WORDS)
            return found
        if kind == "array":
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(self.chance.choice([0, 1, 1, 2, 5, 50] if depth < 2 else [0, 1, 2]))]
        if kind in ("integer", "number"):
            return self.chance.choice(NUMBERS)
        if kind == "boolean":
            return self.chance.random() < 0.5
        return None if kind == "null" else self.word()

    def word(self):
        if self.chance.random() < 0.2:
            return "".join(chr(self.chance.choice([self.chance.randrange(32, 127), self.chance.randrange(1, 0xD800)]))
                           for _ in range(self.chance.randrange(30)))
        return self.chance.choice(WORDS)

    def once(self):
        method, path, operation, parameters = self.chance.choice(self.operations)
        headers, query, target = {}, [], path
        if self.chance.random() < 0.97:
            headers["Authorization"] = self.login
        for parameter in parameters:
            value = self.value(parameter.get("schema", {}))
            text = value if isinstance(value, str) else json.dumps(value)
            match parameter.get("in"):
                case "path":
                    target = target.replace("{" + parameter["name"] + "}", quote(text, safe="") or "x")
                case "query" if self.chance.random() < 0.6:
                    query.append(quote(parameter["name"], safe="") + "=" + quote(text, safe=""))
                case "header" if self.chance.random() < 0.6:
                    headers[parameter["name"]] = "".join(c for c in text if 32 <= ord(c) < 127)[:500]
        if self.chance.random() < 0.05:
            query.append(quote(self.word(), safe="") + "=" + quote(self.word(), safe=""))
        body, content = None, operation.get("requestBody", {}).get("content", {})
        if content:
            kind, media = self.chance.choice(list(content.items()))
            headers["Content-Type"] = kind if self.chance.random() < 0.95 else self.chance.choice(["text/plain", "x", ""])
            body = json.dumps(self.value(media.get("schema", {}))).encode() if "json" in kind else self.chance.randbytes(
                self.chance.choice([0, 1, 100, 5000]))
            if self.chance.random() < 0.05:
                body = body[: len(body) // 2]
        verb = method.upper() if self.chance.random() < 0.97 else self.chance.choice(["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUUX"])
        shown = f"{verb} {target[:200]} {'&'.join(query)[:200]} {(body or b'')[:200]!r}"
        try:
            status, _ = self.ask(verb, target + ("?" + "&".join(query) if query else ""), body, headers)
        except TimeoutError:
            self.problems.append(f"{shown} was not answered")
            return
        self.statuses[status] += 1
        if status == 0 or status >= 500 and status != 503:
            self.problems.append(f"{shown} gave {status}")
        elif verb == method.upper() and headers.get("Authorization") and status not in (400, 404, 429) \
                and str(status) not in operation.get("responses", {}):
            self.problems.append(f"{shown} gave {status}, which the document does not name for {path}")


def main():
    port, user, password, requests, *seed = sys.argv[1:]
    fuzz = Fuzz(int(port), user, password, int(seed[0]) if seed else 1)
    for _ in range(int(requests)):
        fuzz.once()
    print(f"{requests} requests, {len(fuzz.operations)} operations:", dict(sorted(fuzz.statuses.items())))
    if fuzz.problems:
        sys.exit(f"web_fuzz.py: {len(fuzz.problems)} problems\n" + "\n".join(fuzz.problems[:30]))


if __name__ == "__main__":
    main()
