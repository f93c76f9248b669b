//! What an adapter is: which paths it asks, and how it reads one coin's price out of an answer.
//!
//! Numbers are read from their very digits, whether they come as JSON numbers or as strings.

use cryptopayment_domain::coin::Coin;
use cryptopayment_domain::rate::{NotAPrice, read_price};
use cryptopayment_domain::time::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

/// One source's form.
pub(super) struct Adapter {
    /// As the configuration and an invoice's rate name it.
    pub name: &'static str,
    /// Where it is, without a slash at the end; the configuration may name another place.
    pub base_url: &'static str,
    /// What is asked of it.
    pub paths: Paths,
    /// One coin's price in an answer's body.
    pub read: fn(&[u8], Coin) -> Result<Said, Unreadable>,
}

/// Which paths are asked for some coins.
pub(super) enum Paths {
    /// One path for each coin.
    Each(fn(Coin) -> String),
    /// One path for all of them.
    Together(fn(&[Coin]) -> String),
}

impl Paths {
    /// The paths for these coins, each with the coins that its answer speaks of.
    pub(super) fn of(&self, coins: &[Coin]) -> Vec<(String, Vec<Coin>)> {
        match self {
            Paths::Each(path) => coins.iter().map(|coin| (path(*coin), vec![*coin])).collect(),
            Paths::Together(path) => vec![(path(coins), coins.to_vec())],
        }
    }
}

/// A price as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// Dollars for one whole coin.
    pub price: Decimal,
    /// When it was so, where the source says.
    pub at: Option<Timestamp>,
}

/// An answer in which there is no price to be found.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    /// It is not what the source's documentation says.
    #[error("its answer is not of the documented form ({0})")]
    Form(String),
    /// The source itself says that something is wrong.
    #[error("it says {0:?}")]
    Refused(String),
    /// The coin is not in it.
    #[error("it has no price")]
    Missing,
    /// There is something in the price's place, but nothing can cost that.
    #[error("what it says is {0}")]
    Price(#[from] NotAPrice),
}

/// Longest excerpt of a source's own words in the log, in characters.
const WORDS_MAX: usize = 100;

impl Unreadable {
    /// The source's own words, cut short.
    pub(super) fn refused(words: &str) -> Unreadable {
        Unreadable::Refused(words.chars().take(WORDS_MAX).collect())
    }
}

/// An answer's JSON, as far as the adapter wants it.
pub(super) fn json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(body).map_err(form)
}

/// A part of an answer that was kept as it came.
pub(super) fn part<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, Unreadable> {
    serde_json::from_str(raw.get()).map_err(form)
}

/// What serde has against it, without the answer's own text.
fn form(error: serde_json::Error) -> Unreadable {
    let kind = match error.classify() {
        serde_json::error::Category::Data => "other fields",
        serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof
        | serde_json::error::Category::Io => "no JSON",
    };
    Unreadable::Form(format!("{kind} at line {} column {}", error.line(), error.column()))
}

/// The digits of a JSON number, or of a string that holds one.
fn digits(raw: &RawValue) -> &str {
    let text = raw.get();
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inside.unwrap_or(text)
}

/// A price from its digits.
pub(super) fn price(raw: &RawValue) -> Result<Decimal, Unreadable> {
    Ok(read_price(digits(raw))?)
}

/// An instant from a Unix time in whole seconds.
pub(super) fn unix_s(raw: &RawValue) -> Result<Timestamp, Unreadable> {
    digits(raw).parse().map(Timestamp::from_unix_s).map_err(|_| no_time())
}

/// An instant from a Unix time in milliseconds.
pub(super) fn unix_ms(raw: &RawValue) -> Result<Timestamp, Unreadable> {
    digits(raw).parse().map(Timestamp::from_unix_ms).map_err(|_| no_time())
}

/// An instant from its text, `2024-01-15T10:30:00.123456Z` (RFC 3339).
pub(super) fn instant(text: &str) -> Result<Timestamp, Unreadable> {
    let parsed = text.parse::<jiff::Timestamp>();
    parsed.map(|at| Timestamp::from_unix_ms(at.as_millisecond())).map_err(|_| no_time())
}

fn no_time() -> Unreadable {
    Unreadable::Form("the price's time is none".to_owned())
}
