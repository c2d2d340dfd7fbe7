"""A receiver of webhooks against a running service: verifies every message with the library of
Standard Webhooks (PyPI standardwebhooks), fails, redirects, hangs and returns, and checks that every
event has arrived, in order.

    API=http://127.0.0.1:8080/v1 TOKEN=... webhook_receiver.py
"""

import json
import os
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

API, TOKEN = os.environ["API"], os.environ["TOKEN"]
received: list[dict] = []
bad: list[str] = []
verifiers: list[Webhook] = []
# What the first attempt at the message of each of these events meets.
trouble = ["fail", "redirect", "hang"]
met: dict[str, str] = {}
lock = threading.Lock()


def call(method: str, path: str, body: dict | None = None) -> dict:
    request = urllib.request.Request(
        API + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.path != "/hook":
            bad.append(f"followed a redirect to {self.path}")
        good = 0
        for verifier in list(verifiers):
            try:
                verifier.verify(body, headers)
                good += 1
            except Exception:
                pass
        if good == 0:
            bad.append(f"no secret fits {headers.get('webhook-signature')}")
        message = json.loads(body)
        identifier = headers["webhook-id"]
        with lock:
            problem = None
            if message["type"] == "organisation.created" and identifier not in met and trouble:
                problem = met[identifier] = trouble.pop(0)
            if problem is None:
                received.append({"id": identifier, "good": good, **message})
        if problem == "hang":
            time.sleep(20)
        self.send_response({"fail": 500, "redirect": 302, "hang": 204, None: 204}[problem])
        if problem == "redirect":
            self.send_header("location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def wait_for(what: str, done) -> None:
    deadline = time.monotonic() + 90
    while not done():
        if time.monotonic() > deadline:
            sys.exit(f"{what} did not happen; received {[m['type'] for m in received]}; {bad}")
        time.sleep(0.1)


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = call(
        "POST",
        "/webhook-endpoints",
        {
            "name": "Oracle",
            "url": f"http://127.0.0.1:{server.server_address[1]}/hook",
            "eventTypes": ["organisation.created", "organisation.changed"],
        },
    )
    path = f"/webhook-endpoints/{endpoint['id']}"
    verifiers.append(Webhook(endpoint["secret"]))
    call("POST", f"{path}/ping")
    wait_for("a ping", lambda: any(m["type"] == "webhook.ping" for m in received))
    root = call("GET", "/organisations")["items"][0]["controllerId"]
    made = [
        call("POST", "/organisations", {"partOf": root, "kind": "ward", "name": f"Afsnit {n}"})["id"]
        for n in range(6)
    ]
    # Three fail in three ways and come again; the others do not wait for them.
    wait_for("every event", lambda: {m["data"]["subjectId"] for m in received} >= set(made))
    rotated = call("POST", f"{path}/secret-rotation", {"overlapHours": 1})
    verifiers.append(Webhook(rotated["secret"]))
    last = call("POST", "/organisations", {"partOf": root, "kind": "ward", "name": "Sidste"})["id"]
    wait_for("the last one", lambda: any(m["data"]["subjectId"] == last for m in received))
    final = next(m for m in received if m["data"]["subjectId"] == last)
    if final["good"] != 2:
        bad.append(f"after rotation {final['good']} secrets fit, not 2")
    if sorted(met.values()) != ["fail", "hang", "redirect"]:
        bad.append(f"met only {met}")
    call("POST", f"{path}/pause")
    if bad:
        sys.exit("\n".join(bad))
    print(f"{len(received)} messages verified with standardwebhooks; {len(met)} came again after trouble")


main()
