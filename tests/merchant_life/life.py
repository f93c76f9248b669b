"""A merchant's life at random: whatever happens, the gateway and the model agree.

Hypothesis draws what happens: invoices, payments, blocks, reorganisations, withdrawals, cancels,
requests sent again, kills between two steps and in the middle of a request. After every step the
gateway must come to show what the model shows: each invoice, each balance, each withdrawal, and
each invoice's events in their order.

    python life.py GATEWAY FOLDER SEED LIVES STEPS
"""

import sys
import threading
import uuid
from decimal import Decimal

import requests
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (RuleBasedStateMachine, initialize, precondition, rule,
                                 run_state_machine_as_test)

from gateway import Gateway, Shop, settle
from model import BY_NETWORK, COINS, Chain, Invoice, Merchant, Withdrawal

# What customers send: shares of what is due, and the amounts at which the contract changes its mind.
AMOUNTS = ["0.1", "0.5", "0.9", "1", "1.2", "dust", "above dust", "just enough", "not enough",
           "just not over", "over", "the rest"]
DOLLARS = st.sampled_from(["1", "2.5", "49.99", "100.005", "199.99", "400"]).map(Decimal)
# A life happens on few networks: what meets nobody teaches nothing.
NETWORKS = st.lists(st.sampled_from([coin.network for coin in COINS]), min_size=1, max_size=2,
                    unique=True)
# How many blocks more or less than it takes to reach the line where something changes.
AROUND = st.sampled_from([-1, 0, 1])
# A kill costs as much time as a hundred steps.
KILLS_MAX = 1
# Few invoices, so that much happens to each.
INVOICES_MAX = 4
CHANCE = st.integers(0, 1_000_000)

GATEWAY = None
HEIGHTS = {}


class Life(RuleBasedStateMachine):
    """One merchant, from the first invoice to the last."""

    def __init__(self):
        super().__init__()
        self.shop = Shop(GATEWAY, GATEWAY.make_merchant(f"{uuid.uuid4()}@example.com"))
        self.chains = {coin.network: Chain(coin, HEIGHTS.get(coin.network, 0)) for coin in COINS}
        self.merchant = Merchant(self.chains)
        self.sent = []
        self.networks = []
        self.kills = 0

    @initialize(networks=NETWORKS)
    def begin(self, networks):
        self.networks = networks

    def network(self, which):
        return self.networks[which % len(self.networks)]

    # --- what a merchant does ---------------------------------------------------------------

    def may_open(self):
        return len(self.merchant.invoices) < INVOICES_MAX

    @precondition(may_open)
    @rule(which=CHANCE, usd=DOLLARS)
    def open_invoice(self, which, usd):
        self.open(self.network(which), usd, None)

    def open(self, network, usd, key):
        order = f"order-{len(self.merchant.invoices)}"
        body = {"network": network, "amount_usd": str(usd), "order_id": order}
        status, said, answer = self.shop.call("POST", "/invoices", body, key)
        assert status == 201, f"{status} {said}"
        self.opened(network, usd, order, said["invoice"])
        return body, answer

    def opened(self, network, usd, order, said):
        invoice = Invoice(said["id"], said["address"], self.chains[network], usd, order)
        assert invoice.address not in [known.address for known in self.merchant.invoices
                                       if known.coin is invoice.coin], "an address was given twice"
        self.merchant.invoices.append(invoice)
        self.agree()

    @precondition(may_open)
    @rule(which=CHANCE, usd=DOLLARS)
    def open_invoice_once(self, which, usd):
        """With a key: whoever asks again gets the same answer, to the byte."""
        key = str(uuid.uuid4())
        body, answer = self.open(self.network(which), usd, key)
        self.sent.append(("/invoices", key, body, answer.content))

    @precondition(lambda self: self.sent)
    @rule(which=CHANCE)
    def ask_again(self, which):
        """The same request gets the same bytes; another body under its key is refused."""
        path, key, body, content = self.sent[which % len(self.sent)]
        status, said, answer = self.shop.call("POST", path, body, key)
        assert (status, answer.content) == (201, content), f"{status} {said}"
        assert answer.headers.get("Idempotency-Replayed") == "true"
        status, said, _ = self.shop.call("POST", path, {**body, "order_id": "another"}, key)
        assert (status, said["error"]["code"]) == (422, "idempotency_key_reused")
        self.agree()

    @precondition(lambda self: any(not i.payments for i in self.merchant.invoices))
    @rule(which=CHANCE)
    def cancel_unpaid(self, which):
        unpaid = [invoice for invoice in self.merchant.invoices if not invoice.payments]
        invoice = unpaid[which % len(unpaid)]
        status, said, _ = self.shop.call("POST", f"/invoices/{invoice.id}/cancel")
        if invoice.is_cancelled:
            assert (status, said["error"]["code"]) == (409, "invoice_not_cancellable"), said
        else:
            assert (status, said["invoice"]["status"]) == (200, "expired"), said
        invoice.is_cancelled = True
        self.agree()

    @precondition(lambda self: any(i.status != "pending" for i in self.merchant.invoices))
    @rule(which=CHANCE)
    def cancel_too_late(self, which):
        late = [invoice for invoice in self.merchant.invoices if invoice.status != "pending"]
        invoice = late[which % len(late)]
        status, said, _ = self.shop.call("POST", f"/invoices/{invoice.id}/cancel")
        assert (status, said["error"]["code"]) == (409, "invoice_not_cancellable"), said
        self.agree()

    @rule(which=CHANCE, share=st.sampled_from(["0.3", "0.5", "1", "1.01"]), keyed=st.booleans())
    def withdraw(self, which, share, keyed):
        coin = BY_NETWORK[self.network(which)]
        amount = coin.to_units(max(self.merchant.available(coin) * Decimal(share), coin.unit))
        body = {"coin": coin.key, "amount": str(amount), "address": coin.payee}
        key = str(uuid.uuid4()) if keyed else None
        status, said, answer = self.shop.call("POST", "/withdrawals", body, key)
        if (refusal := self.merchant.refusal(coin, amount)) is not None:
            assert (status, said["error"]["code"]) == refusal, f"{amount}: {status} {said}"
        else:
            assert status == 201, f"{amount} {coin.key}: {status} {said}"
            self.withdrawn(coin, amount, said["withdrawal"])
            if keyed:
                self.sent.append(("/withdrawals", key, body, answer.content))
        self.agree()

    def withdrawn(self, coin, amount, said):
        assert said["amount"] == amount, said
        assert said["network_fee"] == coin.withdrawal_fee, said
        assert said["net_amount"] == amount - coin.withdrawal_fee, said
        status = self.merchant.first_status(coin, amount)
        self.merchant.withdrawals.append(Withdrawal(said["id"], coin, amount, status))

    @precondition(lambda self: self.merchant.withdrawals)
    @rule(which=CHANCE)
    def cancel_withdrawal(self, which):
        withdrawal = self.merchant.withdrawals[which % len(self.merchant.withdrawals)]
        status, said, _ = self.shop.call("POST", f"/withdrawals/{withdrawal.id}/cancel")
        if withdrawal.is_held:
            assert (status, said["withdrawal"]["status"]) == (200, "cancelled"), said
            withdrawal.status = "cancelled"
        else:
            assert (status, said["error"]["code"]) == (409, "not_cancellable"), said
        self.agree()

    # --- what customers and chains do -------------------------------------------------------

    @precondition(lambda self: self.merchant.invoices)
    @rule(which=CHANCE, what=st.sampled_from(AMOUNTS))
    def pay(self, which, what):
        """One of the newest, so that several payments meet at one."""
        newest = self.merchant.invoices[-2:]
        invoice = newest[which % len(newest)]
        amount = amount_of(invoice, what)
        status, said = GATEWAY.sandbox("pay", address=invoice.address, amount=str(amount))
        assert status == 200, f"{status} {said}"
        invoice.pay(said["txid"], amount)
        self.agree()

    def mined(self):
        """Every payment in a block, with its chain."""
        return [(payment, invoice.chain) for invoice in self.merchant.invoices
                for payment in invoice.payments if payment.height is not None]

    @rule(which=CHANCE, blocks=st.integers(1, 3))
    def mine(self, which, blocks):
        self.mine_on(self.network(which), blocks)

    @precondition(lambda self: self.mined())
    @rule(which=CHANCE, around=AROUND)
    def mine_until_deep(self, which, around):
        """Up to the block that makes a payment final, or one before or after it."""
        payment, chain = self.mined()[which % len(self.mined())]
        blocks = chain.coin.required - chain.confirmations(payment) + around
        self.mine_on(chain.coin.network, max(blocks, 1))

    def mine_on(self, network, blocks):
        status, said = GATEWAY.sandbox("mine", network=network, blocks=blocks)
        assert status == 200, f"{status} {said}"
        self.chains[network].mine(int(said["height"]), blocks)
        HEIGHTS[network] = int(said["height"])
        self.agree()

    @precondition(lambda self: self.mined())
    @rule(which=CHANCE, around=AROUND)
    def reorganise(self, which, around):
        """From the block of a payment on, or from one before or after it."""
        payment, chain = self.mined()[which % len(self.mined())]
        network, depth = chain.coin.network, max(chain.confirmations(payment) + around, 1)
        status, said = GATEWAY.sandbox("reorg", network=network, depth=depth)
        if status == 422:
            return  # below TRON's solidified block, or deeper than is allowed
        assert status == 200, f"{status} {said}"
        self.chains[network].reorganise(int(said["height"]), depth)
        HEIGHTS[network] = int(said["height"])
        self.agree()

    # --- what a power cut does --------------------------------------------------------------

    def may_be_killed(self):
        return self.kills < KILLS_MAX

    @precondition(may_be_killed)
    @rule()
    def kill(self):
        self.kills += 1
        GATEWAY.restart()
        self.agree()

    @precondition(lambda self: self.may_open() and self.may_be_killed())
    @rule(which=CHANCE, usd=DOLLARS, after_ms=st.integers(0, 30))
    def kill_while_opening(self, which, usd, after_ms):
        """The answer may be lost. Asked again with the same key there is one invoice, not two."""
        self.kills += 1
        network = self.network(which)
        key, order = str(uuid.uuid4()), f"order-{len(self.merchant.invoices)}"
        body = {"network": network, "amount_usd": str(usd), "order_id": order}
        killer = threading.Timer(after_ms / 1000, GATEWAY.kill)
        killer.start()
        first = None
        try:
            status, said, _ = self.shop.call("POST", "/invoices", body, key)
            first = said["invoice"] if status == 201 else None
        except requests.RequestException:
            pass
        killer.join()
        GATEWAY.start()
        status, said, _ = self.shop.call("POST", "/invoices", body, key)
        assert status == 201, f"{status} {said}"
        assert first is None or first == said["invoice"], "acknowledged, and then another"
        self.opened(network, usd, order, said["invoice"])

    # --- what must be so ----------------------------------------------------------------------

    def agree(self):
        self.merchant.follow()
        settle(self.difference)

    def difference(self):
        """The first thing in which the gateway differs; none if there is none."""
        for find in (self.wrong_invoice, self.wrong_balance, self.wrong_withdrawal,
                     self.wrong_event):
            if (found := find()) is not None:
                return found
        return None

    def wrong_invoice(self):
        said, page = {}, 1
        while len(said) < len(self.merchant.invoices):
            answer = self.shop.get(f"/invoices?page={page}")
            assert answer["pagination"]["total"] == len(self.merchant.invoices), answer
            assert answer["invoices"], f"page {page} is empty"
            said.update({invoice["id"]: invoice for invoice in answer["invoices"]})
            page += 1
        for invoice in self.merchant.invoices:
            if (found := differs(shown(invoice), said[invoice.id])) is not None:
                return f"invoice {invoice.id} ({invoice.coin.network}): {found}"
        return None

    def wrong_balance(self):
        balances = self.shop.get("/balances")["balances"]
        for coin in COINS:
            model = {"available": self.merchant.available(coin),
                     "pending": self.merchant.pending(coin)}
            if (found := differs(model, balances[coin.key])) is not None:
                return f"balance of {coin.key}: {found}"
        return None

    def wrong_withdrawal(self):
        for withdrawal in self.merchant.withdrawals:
            said = self.shop.get(f"/withdrawals/{withdrawal.id}")["withdrawal"]
            model = {"coin": withdrawal.coin.key, "amount": withdrawal.amount,
                     "status": withdrawal.status}
            if (found := differs(model, said)) is not None:
                return f"withdrawal {withdrawal.id}: {found}"
        return None

    def wrong_event(self):
        told, after = {}, ""
        while True:
            answer = self.shop.get(f"/events?limit=100{after}")
            for event in answer["events"]:
                told.setdefault(event["data"]["invoice_id"], []).append(event["type"])
            if not answer["has_more"]:
                break
            after = f"&after={answer['events'][-1]['id']}"
        model = {i.id: i.events for i in self.merchant.invoices if i.events}
        return None if told == model else f"events: {told} instead of {model}"

    def teardown(self):
        """The statement's last line is the balance, and its lines add up to it."""
        for coin in COINS:
            lines, page = [], 1
            while True:
                answer = self.shop.get(f"/balances/{coin.key}/entries?page={page}")
                lines += answer["entries"]
                if not answer["pagination"]["has_more"]:
                    break
                page += 1
            available = self.merchant.available(coin)
            assert sum(line["amount"] for line in lines) == available, (coin.key, lines)
            assert not lines or lines[0]["balance"] == available, (coin.key, lines)


def amount_of(invoice, what):
    unit, due, tolerance = invoice.coin.unit, invoice.due, invoice.tolerance
    named = {"dust": invoice.dust, "above dust": invoice.dust + unit,
             "just enough": due - tolerance, "not enough": due - tolerance - unit,
             "just not over": due + tolerance, "over": due + tolerance + unit,
             "the rest": invoice.remaining or unit}
    return named[what] if what in named else invoice.coin.to_units(due * Decimal(what))


def shown(invoice):
    """What the contract says such an invoice shows."""
    return {
        "order_id": invoice.order_id,
        "status": invoice.status,
        "status_detail": invoice.detail,
        "amount_usd": invoice.usd,
        "amount_crypto": invoice.due,
        "paid_amount": invoice.paid,
        "amount_remaining": invoice.remaining,
        "address": invoice.address,
        "confirmations": {"received": invoice.confirmations, "required": invoice.coin.required},
        "payments": sorted(
            ((payment.txid, payment.amount, payment.height, state_of(invoice, payment))
             for payment in invoice.payments if invoice.is_seen(payment) or payment.was_mined),
            key=lambda row: row[0]),
    }


def state_of(invoice, payment):
    if payment.height is not None:
        return "confirmed" if payment.is_credited else "mined"
    return "mempool" if invoice.is_seen(payment) else "reverted"


def differs(model, said):
    """The first key whose value differs."""
    for key, wanted in model.items():
        got = said[key]
        if key == "payments":
            got = sorted(((p["txid"], p["amount"], p["block_height"], p["state"]) for p in got),
                         key=lambda row: row[0])
        if got != wanted:
            return f"{key} is {got}, should be {wanted}"
    return None


def main():
    global GATEWAY
    program, folder, number, lives, steps = sys.argv[1:]
    GATEWAY = Gateway(program, folder)
    try:
        asked = settings(max_examples=int(lives), stateful_step_count=int(steps), deadline=None,
                         database=None, print_blob=True,
                         suppress_health_check=list(HealthCheck))
        run_state_machine_as_test(seed(int(number))(Life), settings=asked)
    finally:
        GATEWAY.kill()
    print(f"{lives} lives of up to {steps} steps: the gateway and the model agree")


if __name__ == "__main__":
    main()
