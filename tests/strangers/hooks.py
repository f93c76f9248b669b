"""What schemathesis cannot read out of the document: values that are well-formed and yet cannot be
had. Each is replaced by one of the same kind that can; what is wrong on purpose stays wrong."""

import os
import re
import uuid
from urllib.parse import quote

import requests
import schemathesis

KEY = re.compile(r"[!-~]([ -~]*[!-~])?")
ADDRESS = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://[^\x00-\x20]+")
AMOUNT = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?")


def is_text(pattern, value, most):
    return isinstance(value, str) and len(value) <= most and pattern.fullmatch(value) is not None


def an_invoices_address(case):
    """An address that was given out a moment ago."""
    made = requests.post(
        case.operation.base_url.rstrip("/") + "/api/v1/invoices",
        json={"network": "ltc", "amount_usd": 50},
        headers={"Authorization": "Bearer " + os.environ["CRYPTOPAYMENT_TEST_KEY"]},
        timeout=30,
    )
    return made.json()["invoice"]["address"]


@schemathesis.hook
def before_call(context, case, kwargs):
    # A key belongs to one body; a generator likes to use the shortest again and again.
    key = (case.headers or {}).get("Idempotency-Key")
    if is_text(KEY, key, 255):
        case.headers["Idempotency-Key"] = f"{key[:200]}-{uuid.uuid4()}"
    # An empty parameter is as if it were absent, as forms send it: it is not wrong.
    for name, value in (case.query or {}).items():
        if value == "":
            case.query[name] = "!"
    body = case.body
    if not isinstance(body, dict):
        return
    # Few texts after `https://` are a host.
    for name in ("success_url", "cancel_url", "url"):
        if is_text(ADDRESS, body.get(name), 2048):
            body[name] = "https://shop.example/" + quote(body[name], safe="")[:1000]
    # As text an amount has no bounds that a schema could say.
    if is_text(AMOUNT, body.get("amount_usd"), 10_000):
        body["amount_usd"] = "50.00"
    if is_text(AMOUNT, body.get("amount"), 10_000):
        body["amount"] = "0.5"
    if case.operation.path == "/sandbox/pay" and isinstance(body.get("address"), str):
        body["address"] = an_invoices_address(case)
