"""tronpy against the stand-in: makes accounts, sends TRX and dollars, reads everything back.

Prints "ok" when every check held; anything else is a failure. tronpy computes transaction ids with
protobuf definitions of its own when it builds offline: they must be the node's.
"""

import json
import sys
import urllib.request

from tronpy import Tron
from tronpy.exceptions import (
    AddressNotFound,
    BlockNotFound,
    TransactionNotFound,
    TvmError,
    UnknownError,
    ValidationError,
)
from tronpy.keys import PrivateKey
from tronpy.providers import HTTPProvider

# The chain's clock runs ahead while it mines; tronpy reckons from this machine's.
GOOD_FOR_MS = 600_000

_full, _solidity, hosted, levers = sys.argv[1:5]


def lever(name, **asked):
    request = urllib.request.Request(f"{levers}/{name}", json.dumps(asked).encode())
    with urllib.request.urlopen(request) as answer:
        said = json.load(answer)
    assert "error" not in said, (name, said)
    return said


world = lever("status")
client = Tron(HTTPProvider(hosted))
payer = PrivateKey(bytes.fromhex(world["payer"]))
payer_address = payer.public_key.to_base58check_address()


def an_account_is_made_and_activated():
    key = PrivateKey.random()
    address = key.public_key.to_base58check_address()
    try:
        client.get_account(address)
        raise AssertionError("it exists before anybody paid it")
    except AddressNotFound:
        pass
    unsigned = client.trx.transfer(payer_address, address, 9_000_000).memo("hello").expiration(GOOD_FOR_MS).build()
    sent = unsigned.sign(payer).broadcast()
    assert sent["result"] and sent.txid == unsigned.txid, sent
    lever("mine")
    assert client.get_account_balance(address) == 9
    info = client.get_transaction_info(sent.txid)
    assert info["fee"] == 1_000_000 + 100_000 + 1_000_000, info  # account, no bandwidth, memo
    try:
        client.get_solid_transaction_info(sent.txid)
        raise AssertionError("it is solid at once")
    except TransactionNotFound:
        pass
    lever("mine", blocks=18)
    assert client.get_solid_transaction_info(sent.txid)["blockNumber"] == info["blockNumber"]
    back = client.trx.transfer(address, payer_address, 1).expiration(GOOD_FOR_MS)
    back = back.build().sign(key).broadcast()
    lever("mine")
    assert client.get_transaction(back.txid)["ret"][0]["contractRet"] == "SUCCESS"
    assert client.get_account_resource(address)["freeNetLimit"] == 600


def dollars_are_sent_and_read():
    address = PrivateKey.random().public_key.to_base58check_address()
    token = client.get_contract(world["token"])
    assert token.functions.symbol() == "USDT"
    assert token.functions.decimals() == 6
    assert token.functions.balanceOf(address) == 0
    built = token.functions.transfer(address, 42_000_000).with_owner(payer_address)
    sent = built.fee_limit(50_000_000).expiration(GOOD_FOR_MS).build().sign(payer).broadcast()
    lever("mine")
    info = client.get_transaction_info(sent.txid)
    assert info["receipt"]["result"] == "SUCCESS", info
    assert sent.result() is False, "USDT says false when it succeeds"
    assert token.functions.balanceOf(address) == 42_000_000
    (event,) = token.events.Transfer.process_receipt(info)
    assert event["args"]["to"] == address and event["args"]["value"] == 42_000_000, event
    assert event["args"]["from"] == payer_address, event


def ids_computed_elsewhere_are_the_same():
    address = PrivateKey.random().public_key.to_base58check_address()
    token = client.get_contract(world["token"])
    solid = client.get_latest_solid_block_id()
    for builder in (
        client.trx.transfer(payer_address, address, 1_500_000),
        token.functions.transfer(address, 1).with_owner(payer_address).fee_limit(30_000_000),
        token.functions.approve(address, 2**256 - 1).with_owner(payer_address).fee_limit(30_000_000),
    ):
        builder = builder.expiration(GOOD_FOR_MS)
        offline = builder.build(offline=True, ref_block_id=solid)
        online = builder.build(ref_block_id=solid)
        assert offline.txid == online.txid, (offline, online)
        assert online.sign(payer).broadcast()["result"]
    lever("mine")


def what_fails_in_a_block_says_so():
    address = PrivateKey.random().public_key.to_base58check_address()
    token = client.get_contract(world["token"])
    paid = token.functions.transfer(address, 5).with_owner(payer_address)
    dear = paid.fee_limit(1_000_000).expiration(GOOD_FOR_MS).build().sign(payer).broadcast()
    lever("mine")
    info = client.get_transaction_info(dear.txid)
    assert info["result"] == "FAILED" and info["receipt"]["result"] == "OUT_OF_ENERGY", info
    assert "log" not in info, info
    try:
        dear.result()
        raise AssertionError("tronpy thinks it succeeded")
    except TvmError:
        pass
    reverted = lever("pay", to=address, units=5, failing="revert")["txid"]
    lever("mine")
    info = client.get_transaction_info(reverted)
    assert info["resMessage"] == "REVERT opcode executed", info


def what_is_refused_is_said():
    stranger = PrivateKey.random()
    address = stranger.public_key.to_base58check_address()
    unsigned = client.trx.transfer(address, payer_address, 1).expiration(GOOD_FOR_MS).build()
    try:
        unsigned.sign(stranger).broadcast()
        raise AssertionError("who does not exist can pay")
    except ValidationError as refused:
        assert "does not exist" in str(refused), refused
    once = client.trx.transfer(payer_address, address, 2_000_000).expiration(GOOD_FOR_MS)
    once = once.build().sign(payer)
    once.broadcast()
    try:
        once.broadcast()
        raise AssertionError("twice")
    except UnknownError as refused:
        assert refused.args == ("Dup transaction.", "DUP_TRANSACTION_ERROR"), refused
    lever("mine")


def blocks_are_read():
    head = client.get_block()
    number = head["block_header"]["raw_data"]["number"]
    assert client.get_block(number) == head
    assert client.get_block(head["blockID"]) == head
    assert client.get_latest_block_number() == number
    assert client.get_latest_block_id() == head["blockID"]
    assert client.get_latest_solid_block_number() == number - 18
    try:
        client.get_block(number + 1)
        raise AssertionError("a block that is not there")
    except BlockNotFound:
        pass
    assert len(client.list_witnesses()) == 27
    prices = {one["key"]: one.get("value", 0) for one in client.get_chain_parameters()}
    assert prices["getEnergyFee"] == 100 and prices["getTransactionFee"] == 1000


an_account_is_made_and_activated()
dollars_are_sent_and_read()
ids_computed_elsewhere_are_the_same()
what_fails_in_a_block_says_so()
what_is_refused_is_said()
blocks_are_read()
print("ok")
