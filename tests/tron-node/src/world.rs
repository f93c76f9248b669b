//! Who and what is on the chain from its first block on.

use crate::address::Address;
use crate::contract::{Code, Token};
use crate::key::Key;
use crate::state::{Account, State};

/// USDT, where mainnet has it.
pub const USDT: &str = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";
/// A token that only calls itself USDT.
pub const LOOK_ALIKE: &str = "TCfeAT14Us9DH95yg7CjbJEs1sW3LKnoJP";
/// The contract that pays many at once.
pub const BATCHER: &str = "TKyHtFes2jmo5cn2MKaKr9pdoVagKfdzwa";

/// Sun of the payer: a billion TRX.
const PAYER_SUN: i64 = 1_000_000_000_000_000;
/// Base units of each token that the payer has: a billion.
const PAYER_UNITS: u128 = 1_000_000_000_000_000;
/// Sun of the pauper, who has no token.
const PAUPER_SUN: i64 = 1_000_000_000;

/// Why a payment comes into a block and moves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// Its fee limit is too small.
    OutOfEnergy,
    /// Its sender has no token.
    Revert,
}

/// The one with the money.
pub fn payer() -> Key {
    Key::named("payer")
}

/// The one with TRX and nothing else.
pub fn pauper() -> Key {
    Key::named("pauper")
}

/// One of the addresses above; they are written right.
pub fn at(text: &str) -> Address {
    Address::of_base58(text).unwrap_or(Address::of_evm(&[0; 20]))
}

/// What is known after the first block.
pub fn genesis(time_ms: i64) -> State {
    let mut state = State::default();
    for (key, sun) in [(payer(), PAYER_SUN), (pauper(), PAUPER_SUN)] {
        let account = Account { balance: sun, created_ms: time_ms, ..Account::default() };
        state.accounts.insert(key.address(), account);
    }
    for (address, says_true) in [(USDT, false), (LOOK_ALIKE, true)] {
        let mut token = Token::new("Tether USD", "USDT", 6, says_true);
        token.balances.insert(payer().address(), PAYER_UNITS);
        token.allow(payer().address(), at(BATCHER), u128::MAX);
        state.contracts.insert(at(address), Code::Token(token));
    }
    state.contracts.insert(at(BATCHER), Code::Batcher);
    state
}
