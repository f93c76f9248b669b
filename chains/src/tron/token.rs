//! The token: its contract, and whether it counts in the decimals that we count in.

use super::info;
use crate::address::Address;
use cryptopayment_domain::network::Network;
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

/// The configured contract.
pub(super) struct Token {
    address: Address,
    /// The 20 bytes by which logs name it.
    pub(super) contract: [u8; 20],
    /// Set once any node has answered `decimals()` as it must be: the contract is the same on all
    /// nodes of one chain.
    checked: AtomicBool,
}

/// What `triggerconstantcontract` answers.
#[derive(Deserialize)]
struct ToldCall<'a> {
    #[serde(borrow)]
    result: Option<ToldOutcome<'a>>,
    #[serde(borrow)]
    constant_result: Option<Vec<Cow<'a, str>>>,
}

#[derive(Deserialize)]
struct ToldOutcome<'a> {
    #[serde(default)]
    result: bool,
    #[serde(borrow)]
    code: Option<Cow<'a, str>>,
    /// Hexadecimal UTF-8. Of a call that reverts, although its `result` is true.
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
}

/// Why the token cannot be used with what a node said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It is not the token we take it for; no waiting helps.
    OtherToken(String),
    /// This node does not run constant calls; another one may.
    NoConstantCalls,
    /// The answer makes no sense.
    Nonsense(String),
}

impl Token {
    /// The token at `address`; none where that is no TRON address.
    pub(super) fn at(address: Address) -> Option<Token> {
        let contract = match (address.network(), address.bytes()) {
            (Network::Trc20, [_, contract @ ..]) => contract.try_into().ok()?,
            (_, _) => return None,
        };
        Some(Token { address, contract, checked: AtomicBool::new(false) })
    }

    pub(super) fn is_checked(&self) -> bool {
        self.checked.load(Ordering::Acquire)
    }

    /// The question for `decimals()`.
    pub(super) fn question(&self) -> Value {
        let contract = hex::encode(self.address.bytes());
        // A constant call needs no account that exists: the zero address asks.
        let nobody = format!("41{}", "00".repeat(20));
        json!({
            "owner_address": nobody, "contract_address": contract,
            "function_selector": "decimals()", "parameter": "",
        })
    }

    /// Whether the answer to [`Token::question`] is the one it must be.
    pub(super) fn check(&self, answer: &[u8]) -> Result<(), Doubt> {
        let told: ToldCall<'_> =
            serde_json::from_slice(answer).map_err(|error| Doubt::Nonsense(error.to_string()))?;
        let outcome = told.result.ok_or_else(|| Doubt::Nonsense("no result".to_owned()))?;
        let message = outcome.message.as_deref().map(readable);
        if !outcome.result || message.is_some() {
            let words = message.unwrap_or_default();
            return Err(self.refusal(outcome.code.as_deref().unwrap_or_default(), &words));
        }
        let results = told.constant_result.unwrap_or_default();
        let decimals = results.first().and_then(|word| info::number(word));
        let (expected, token) = (Network::Trc20.decimals(), &self.address);
        match decimals {
            Some(decimals) if decimals == u128::from(expected) => {
                self.checked.store(true, Ordering::Release);
                Ok(())
            }
            Some(decimals) => Err(Doubt::OtherToken(format!(
                "the token {token} has {decimals} decimals, not {expected}; is it USDT? see \
                 networks.trc20.token"
            ))),
            None => Err(Doubt::OtherToken(format!(
                "{token} does not say how many decimals it has; it is no TRC-20 token"
            ))),
        }
    }

    fn refusal(&self, code: &str, words: &str) -> Doubt {
        let token = &self.address;
        if words.contains("not support constant") {
            return Doubt::NoConstantCalls;
        }
        if words.contains("is not exist") {
            return Doubt::OtherToken(format!(
                "no contract is at {token} on this chain; see networks.trc20.token"
            ));
        }
        Doubt::OtherToken(format!("decimals() of {token} fails: {code} {words}"))
    }
}

/// A node's message, which is the hexadecimal of a text, or the text itself.
fn readable(message: &str) -> String {
    let bytes = hex::decode(message).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.unwrap_or_else(|| message.to_owned())
}
