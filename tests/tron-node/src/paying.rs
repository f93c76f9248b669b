//! Transactions of people of this chain, signed with their keys and offered like anybody's.

use crate::address::Address;
use crate::chain::Chain;
use crate::contract::{BATCH, call_data};
use crate::key::Key;
use crate::refusal::Refusal;
use crate::transaction::{Contract, Order, Raw, Transaction, Transfer};
use crate::world::{self, BATCHER, Failing, USDT};

/// What calls may cost: enough for two hundred transfers.
pub const FEE_LIMIT: i64 = 5_000_000_000;
/// What no transfer can be paid with.
const FEE_LIMIT_TOO_SMALL: i64 = 1_000_000;
/// How long what is offered here is good for.
const GOOD_FOR_MS: i64 = 10 * 60 * 1_000;

/// Signs `order` and offers it: its id.
pub fn offer(chain: &mut Chain, from: &Key, order: &Order, fee: i64) -> Result<String, Refusal> {
    let solid = &chain.blocks[chain.solid() as usize];
    let (head_ms, mut salt) = (chain.head().time_ms, 0);
    let raw = Raw {
        ref_block_bytes: solid.number.to_be_bytes()[6..].to_vec(),
        ref_block_hash: solid.id[8..16].to_vec(),
        expiration_ms: head_ms + GOOD_FOR_MS,
        contracts: vec![Contract::of(order)],
        timestamp_ms: head_ms,
        fee_limit: fee,
        ..Raw::default()
    };
    // The timestamp is all that tells two equal payments from each other.
    let transaction = loop {
        let raw = Raw { timestamp_ms: head_ms + salt, ..raw.clone() };
        let transaction = Transaction::new(raw, Vec::new());
        if chain.view(false, 0).transaction(&transaction.id).is_none() {
            break transaction;
        }
        salt += 1;
    };
    let (id, signature) = (hex::encode(transaction.id), from.sign(&transaction.id));
    chain.offer(Transaction { signatures: vec![signature], ..transaction })?;
    Ok(id)
}

/// `transfer` of a token, from the payer.
pub fn token(chain: &mut Chain, token: &str, to: Address, units: u128) -> Result<String, Refusal> {
    let order = transfer(&world::payer(), token, to, units);
    offer(chain, &world::payer(), &order, FEE_LIMIT)
}

/// A `transfer` that comes into a block and moves nothing.
pub fn failing(
    chain: &mut Chain,
    to: Address,
    units: u128,
    failing: Failing,
) -> Result<String, Refusal> {
    let (from, fee) = match failing {
        Failing::OutOfEnergy => (world::payer(), FEE_LIMIT_TOO_SMALL),
        Failing::Revert => (world::pauper(), FEE_LIMIT),
    };
    let order = transfer(&from, USDT, to, units);
    offer(chain, &from, &order, fee)
}

/// One transaction that pays many, out of the payer's allowance for the batcher.
pub fn batch(
    chain: &mut Chain,
    token: &str,
    payments: &[(Address, u128)],
) -> Result<String, Refusal> {
    let count = payments.len() as u128;
    // Three words, then a list of payees and a list of amounts.
    let lists = [96, 96 + 32 * (count + 1)].map(word);
    let mut words = vec![world::at(token).word(), lists[0], lists[1], word(count)];
    words.extend(payments.iter().map(|(to, _)| to.word()));
    words.push(word(count));
    words.extend(payments.iter().map(|(_, units)| word(*units)));
    let data = call_data(BATCH, &words);
    let order = Order::call(world::payer().address(), world::at(BATCHER), data);
    offer(chain, &world::payer(), &order, FEE_LIMIT)
}

/// TRX, from the payer.
pub fn trx(chain: &mut Chain, to: Address, sun: i64) -> Result<String, Refusal> {
    let (owner, to) = (world::payer().address().bytes().to_vec(), to.bytes().to_vec());
    let order = Order::Transfer(Transfer { owner, to, amount: sun });
    offer(chain, &world::payer(), &order, 0)
}

fn transfer(from: &Key, token: &str, to: Address, units: u128) -> Order {
    let data = call_data("transfer(address,uint256)", &[to.word(), word(units)]);
    Order::call(from.address(), world::at(token), data)
}

fn word(value: u128) -> [u8; 32] {
    let mut word = [0; 32];
    word[16..].copy_from_slice(&value.to_be_bytes());
    word
}
