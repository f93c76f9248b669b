"""A merchant's life as the API contract tells it: chains, invoices, balances, withdrawals.

Written from the documents alone, in another language and by other means than the gateway: whole
lists are gone through each time, nothing is an event, nothing is remembered that can be counted.
Amounts are `Decimal`; there is no I/O, clock or chance in this file.
"""

from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")
DUST_USD = Decimal("0.05")
TOLERANCE_SHARE = Decimal("0.005")
TOLERANCE_USD = Decimal(1)
REVIEW_ABOVE_USD = Decimal(500)


class Coin:
    """What the contract's table of networks says of one of them."""

    def __init__(self, network, key, decimals, quote_decimals, required, price, least, fee, payee):
        self.network, self.key = network, key
        self.unit = Decimal(1).scaleb(-decimals)
        self.quote_unit = Decimal(1).scaleb(-quote_decimals)
        self.required = required
        self.price = Decimal(price)
        self.withdrawal_minimum, self.withdrawal_fee = Decimal(least), Decimal(fee)
        self.payee = payee
        self.has_mempool = network in ("btc", "ltc")

    def to_units(self, amount):
        """Cut to what the chain can carry."""
        return amount.quantize(self.unit, rounding="ROUND_DOWN")

    def quote(self, usd):
        """What so many dollars cost, rounded up."""
        return (usd / self.price).quantize(self.quote_unit, rounding=ROUND_UP)


EVM_PAYEE = "0x52908400098527886E0F7030069857D2E4169EE7"  # from EIP-55
COINS = [
    Coin("btc", "BTC", 8, 8, 2, "60000", "0.0005", "0.00005",
         "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"),  # the key of BIP-173's examples
    Coin("ltc", "LTC", 8, 8, 6, "80", "0.01", "0.001",
         "rltc1q2vma00td2g9llw8hwa8ny3r774rtt7ae0dsszt"),
    Coin("eth", "ETH", 18, 8, 12, "3000", "0.005", "0.001", EVM_PAYEE),
    Coin("trc20", "USDT-TRC20", 6, 6, 19, "1", "5", "1", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"),
    Coin("bep20", "USDT-BEP20", 18, 6, 15, "1", "5", "0.5", EVM_PAYEE),
]
BY_NETWORK = {coin.network: coin for coin in COINS}


class Payment:
    """One transaction to one invoice. `height` is none while it is in no block."""

    def __init__(self, txid, amount):
        self.txid, self.amount = txid, amount
        self.height = None
        self.was_mined = False
        self.is_credited = False


class Chain:
    """Blocks and what waits for one: enough to say in which block each payment is."""

    def __init__(self, coin, height=0):
        self.coin, self.height = coin, height
        self.payments = []

    def send(self, payment):
        self.payments.append(payment)

    def mine(self, height, blocks):
        """Everything that waits goes into the first of the new blocks."""
        for payment in self.payments:
            if payment.height is None:
                payment.height, payment.was_mined = height - blocks + 1, True
        self.height = height

    def reorganise(self, height, depth):
        """`depth` blocks leave, one more comes, empty: what was in them waits again."""
        last_kept = height - depth - 1
        for payment in self.payments:
            if payment.height is not None and payment.height > last_kept:
                payment.height = None
        self.height = height

    def confirmations(self, payment):
        return 0 if payment.height is None else self.height - payment.height + 1


class Invoice:
    """An invoice whose time is never over."""

    def __init__(self, id, address, chain, usd, order_id):
        self.id, self.address, self.chain, self.order_id = id, address, chain, order_id
        self.coin = chain.coin
        self.usd = usd.quantize(CENT, rounding=ROUND_HALF_UP)
        self.due = self.coin.quote(self.usd)
        self.tolerance = self.coin.to_units(
            min(self.due * TOLERANCE_SHARE, TOLERANCE_USD / self.coin.price))
        self.dust = self.coin.to_units(DUST_USD / self.coin.price)
        self.payments = []
        self.is_cancelled = False
        self.is_confirmed = False
        self.events = []

    def pay(self, txid, amount):
        payment = Payment(txid, amount)
        self.payments.append(payment)
        self.chain.send(payment)

    def is_seen(self, payment):
        return payment.height is not None or self.coin.has_mempool

    def seen(self):
        return [payment for payment in self.payments if self.is_seen(payment)]

    def counted(self):
        """Until confirmed all that is seen; from then on what is credited."""
        if self.is_confirmed:
            return [payment for payment in self.payments if payment.is_credited]
        return self.seen()

    def reaches(self, payments):
        return sum((payment.amount for payment in payments), ZERO) >= self.due - self.tolerance

    def has_above_dust(self, payments):
        return any(payment.amount > self.dust for payment in payments)

    @property
    def paid(self):
        return sum((payment.amount for payment in self.counted()), ZERO)

    @property
    def remaining(self):
        short = not self.is_confirmed and self.paid < self.due - self.tolerance
        return self.due - self.paid if short else ZERO

    def follow(self):
        """Credits what is deep, and takes back what has left its block."""
        for payment in self.payments:
            if payment.height is None:
                payment.is_credited = False
            elif self.chain.confirmations(payment) >= self.coin.required:
                payment.is_credited = True
        if self.is_cancelled:
            return
        enough = self.reaches(self.seen())
        if "payment_detected" not in self.events and (enough or self.has_above_dust(self.seen())):
            self.events.append("payment_detected")
        if not self.is_confirmed and self.reaches([p for p in self.payments if p.is_credited]):
            self.is_confirmed = True
            self.events.append("payment_confirmed")

    @property
    def status(self):
        if self.is_confirmed:
            return "confirmed"
        if self.is_cancelled:
            return "expired"
        seen = self.seen()
        return "confirming" if self.reaches(seen) or self.has_above_dust(seen) else "pending"

    @property
    def detail(self):
        """The first that holds, in the contract's order."""
        counted = self.counted()
        missing = [p for p in self.payments if p.was_mined and p.height is None]
        stays = [p for p in counted if p not in missing]
        matters = self.has_above_dust(missing) or (missing and self.reaches(stays + missing))
        if not self.reaches(stays) and matters:
            return "reorged"
        if self.is_cancelled:
            came = self.has_above_dust(self.seen()) or self.reaches(self.seen())
            return "paid_late" if came else "cancelled"
        if self.paid > self.due + self.tolerance:
            return "overpaid"
        if self.status == "confirming" and self.paid < self.due - self.tolerance \
                and self.has_above_dust(self.seen()):
            return "underpaid"
        return "none"

    @property
    def confirmations(self):
        """The least over those needed, deepest first; while short, over all."""
        def depth(payment):
            return self.chain.confirmations(payment), payment.amount

        needed = []
        for payment in sorted(self.counted(), key=depth, reverse=True):
            needed.append(payment)
            if self.reaches(needed):
                break
        return min((self.chain.confirmations(payment) for payment in needed), default=0)


class Withdrawal:
    """Money set apart, until a human or the merchant gives it back."""

    def __init__(self, id, coin, amount, status):
        self.id, self.coin, self.amount, self.status = id, coin, amount, status

    @property
    def is_held(self):
        return self.status in ("pending_review", "approved")


class Merchant:
    """All of one merchant's invoices and withdrawals."""

    def __init__(self, chains):
        self.chains = chains
        self.invoices, self.withdrawals = [], []

    def credited(self, coin):
        return sum((payment.amount for invoice in self.invoices if invoice.coin is coin
                    for payment in invoice.payments if payment.is_credited), ZERO)

    def available(self, coin):
        held = (w.amount for w in self.withdrawals if w.coin is coin and w.is_held)
        return self.credited(coin) - sum(held, ZERO)

    def pending(self, coin):
        """In a block, not yet deep."""
        return sum((payment.amount for invoice in self.invoices if invoice.coin is coin
                    for payment in invoice.payments
                    if payment.height is not None and not payment.is_credited), ZERO)

    def is_frozen(self):
        return any(self.available(coin) < 0 for coin in COINS)

    def follow(self):
        for invoice in self.invoices:
            invoice.follow()

    def refusal(self, coin, amount):
        """Why a withdrawal to a good address is refused, as (status, code); none if it is not."""
        if amount < coin.withdrawal_minimum:
            return 422, "below_minimum"
        if self.is_frozen():
            return 403, "withdrawals_frozen"
        if amount > self.available(coin):
            return 409, "insufficient_balance"
        return None

    @staticmethod
    def first_status(coin, amount):
        return "pending_review" if amount * coin.price > REVIEW_ABOVE_USD else "approved"
