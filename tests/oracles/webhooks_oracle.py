"""Signs made-up messages with the library of Standard Webhooks (PyPI standardwebhooks): secret, id,
timestamp, body and signature, one message a line. A unit test of src/webhooks/signature.rs makes the
same signatures from the same messages."""

import base64
import csv
import hashlib
import sys
from datetime import datetime, timezone

from standardwebhooks import Webhook

BODIES = [
    "{}",
    '{"type":"webhook.ping","timestamp":"2026-03-27T09:15:00Z","data":{}}',
    '{"type":"referral.accepted","data":{"subjectId":"01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"}}',
    '{"text":"Æbleskiver, Ålborg, smörgås €"}',
    '{"text":"a \\"quoted\\" word, a comma, and a line\\nbreak"}',
    "x" * 3000,
]


def main(path: str) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["secret", "id", "timestamp", "body", "signature"])
        for number in range(60):
            digest = hashlib.sha256(str(number).encode()).digest()
            # Secrets have 24 to 64 bytes.
            key = (digest * 2)[: 24 + number % 41]
            secret = "whsec_" + base64.b64encode(key).decode()
            identifier = f"msg_{digest.hex()[: 8 + number]}"
            timestamp = 1_600_000_000 + number * 7_654_321
            body = BODIES[number % len(BODIES)]
            signature = Webhook(secret).sign(
                identifier, datetime.fromtimestamp(timestamp, timezone.utc), body
            )
            out.writerow([secret, identifier, timestamp, body, signature])


main(sys.argv[1])
