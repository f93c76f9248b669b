# The library of Standard Webhooks from PyPI as judge: one case a line, one verdict a line.
import sys

from standardwebhooks import Webhook, WebhookVerificationError

for line in sys.stdin:
    secret, event, at, signature, body = line.rstrip("\n").split("\t")
    headers = {"webhook-id": event, "webhook-timestamp": at, "webhook-signature": signature}
    headers = {name: value for name, value in headers.items() if value}
    try:
        Webhook(secret).verify(body, headers)
        print("accepted")
    except WebhookVerificationError as error:
        print("refused:", error)
