//! `cryptopayment config example`: every setting with its default.

/// A configuration with every setting. What is commented out has no default.
pub const EXAMPLE: &str = r##"# Every setting of CryptoPayment, with its default. Each can be overridden by the environment:
# CRYPTOPAYMENT_HTTP__LISTEN=0.0.0.0:8080 overrides `listen` of [http].

# Where everything is kept: journal, views, keys. Back up this folder.
data_dir = "data"

[http]
# Where merchants and customers reach the gateway. TLS is a reverse proxy's work.
listen = "127.0.0.1:8080"
# What customers' browsers see; begins the checkout URLs.
public_url = "http://127.0.0.1:8080"
# Proxies whose X-Forwarded-For is believed, as CIDRs.
trusted_proxies = []
# Requests allowed per API key and per address.
rate_per_second = 100
rate_burst = 200

[invoices]
# How long an invoice waits unless the merchant says otherwise.
expiry = "30m"
minimum_usd = "1.00"
maximum_usd = "1000000"
# How much short is still enough, and the most that may be.
underpaid_tolerance_percent = "0.5"
underpaid_tolerance_max_usd = "1.00"

[rates]
# Prices you decide, in US dollars a coin; they win over all sources. USDT is 1:1.
# fixed = { BTC = "60000", LTC = "80", ETH = "3000" }
fixed = {}
# Who is asked for the price of the coins that are on and not fixed; the rate is their median. They
# are asked for USDT too where it is on, for an alarm only. [] asks nobody.
sources = ["kraken", "coinbase", "bitstamp", "bitfinex", "gemini", "okx", "coingecko"]
# Another place for a source, e.g. a mirror: https, or http on this machine.
# source_urls = { kraken = "https://mirror.example.com" }
source_urls = {}
# How often each is asked, and how long it may take.
poll_interval = "30s"
timeout = "10s"
# A price older than this counts no more.
max_age = "5m"
# How many sources must say nearly the same; with fewer a coin takes no invoices (503).
minimum_sources = 3
# A source further than this from the median of the others is left out.
outlier_percent = "3"
# A rate that jumps further than this is believed only when all sources but one say so.
max_jump_percent = "10"
# How much the rate is put below the median: the customer pays that much more.
spread_percent = "0"
# USDT this far from a dollar is an alarm in the log and in /metrics; it is taken 1:1 all the same.
depeg_percent = "2"

[webhooks]
# Pauses before each retry; after the last a delivery has failed.
retry_after = ["1m", "5m", "15m", "1h", "6h"]
# Private networks that deliveries may reach, as CIDRs; there http is allowed too.
allow_networks = []
# Certificate authorities that webhook endpoints may have their certificates from, beside the system's:
# a file in PEM. Read at the start; nothing else believes them.
# extra_ca_file = "/etc/cryptopayment/company-ca.pem"

[withdrawals]
# What is worth more than this in US dollars waits for you: `cryptopayment withdrawal list`.
review_above_usd = "500"
# Whether what one merchant asks for within 24 hours counts together. Off unless said here; without
# it ten times 499 is one way around the rule above.
review_rolling_24h = true

[wallet]
# A file with the passphrase; or set CRYPTOPAYMENT_WALLET__PASSPHRASE; or be asked at start.
# passphrase_file = "/run/credentials/cryptopayment/passphrase"

[storage]
# Below this much free space no new invoices are taken; everything else goes on.
minimum_free = "1GiB"

[log]
# error, warn, info, debug or trace.
level = "info"
# text or json.
format = "text"

# A network is on when it has `rpc`, unless `enabled = false` says otherwise.
[networks.btc]
# One or more nodes; user and password stand in the URL.
# rpc = ["http://user:password@127.0.0.1:8332"]
# main, test or regtest.
chain = "main"
confirmations = 2
poll_interval = "5s"
# Where the node publishes by ZMQ (its zmqpubhashblock and zmqpubsequence, or zmqpubhashtx): it is then
# asked at once when there is something to see, and at poll_interval all the same.
# zmq = "tcp://127.0.0.1:28332"
# Payments worth this or less move no status by themselves.
dust_usd = "0.05"
# The least that can be withdrawn, and what is kept of it for the network.
withdrawal_minimum = "0.0005"
withdrawal_fee = "0.00005"

[networks.ltc]
# rpc = ["http://user:password@127.0.0.1:9332"]
chain = "main"
confirmations = 6
poll_interval = "5s"
# zmq = "tcp://127.0.0.1:28333"
dust_usd = "0.05"
withdrawal_minimum = "0.01"
withdrawal_fee = "0.001"

# Ether. Its nodes must offer traces (debug_traceBlockByHash or trace_block): see docs/operations.md.
[networks.eth]
# rpc = ["http://127.0.0.1:8545"]
# 1 is Ethereum; another number another chain whose own coin is ether.
chain_id = 1
confirmations = 12
poll_interval = "5s"
dust_usd = "0.05"
withdrawal_minimum = "0.005"
withdrawal_fee = "0.001"

# USDT on BNB Smart Chain.
[networks.bep20]
# rpc = ["http://127.0.0.1:8545"]
chain_id = 56
# The token's contract; it must count in 18 decimals.
token = "0x55d398326f99059fF775485246999027B3197955"
confirmations = 15
poll_interval = "5s"
dust_usd = "0.05"
withdrawal_minimum = "5"
withdrawal_fee = "0.5"

# USDT on TRON.
[networks.trc20]
# java-tron's HTTP port, or a hosted node such as https://api.trongrid.io.
# rpc = ["http://127.0.0.1:8090"]
# Its solidified view, one for each node in the same order; left out where the same server shows both,
# as hosted nodes do.
# solidity_rpc = ["http://127.0.0.1:8091"]
# The key of a hosted node (TRON-PRO-API-KEY). It is sent over https and to this machine only.
# api_key = "…"
# main, test (Nile or Shasta) or regtest (a private chain).
chain = "main"
# The token's contract; it must count in 6 decimals. Without `chain = "main"` it must be named.
token = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
# A payment is credited when it has so many and lies in the solidified chain.
confirmations = 19
poll_interval = "5s"
dust_usd = "0.05"
withdrawal_minimum = "5"
withdrawal_fee = "1"
"##;
