import sys

for line in sys.stdin:
    secret, event, at, signature, body = line.rstrip("\n").split("\t")
    headers = {"webhook-id": event, "webhook-timestamp": at, "webhook-signature": signature}
    headers = {name: value for name, value in headers.items() if value}
    print("accepted" if verify(headers, body.encode(), secret) else "refused")
