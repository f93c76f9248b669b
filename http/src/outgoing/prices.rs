//! Price sources: public places where coins have a price in US dollars, asked without a key. One
//! small adapter each; what they share is in `adapter` (what an adapter is) and `source` (asking).
//!
//! | source | what is asked | the price's time |
//! |---|---|---|
//! | `kraken`, `bitfinex`, `gemini` | the last trades of all pairs in one answer | when it was heard |
//! | `coinbase`, `bitstamp` | the last trade of each pair | as they say |
//! | `okx` | its index of several exchanges, each coin | as it says |
//! | `coingecko` | its average over many exchanges, all coins at once | as it says |
//!
//! To add one: a file here with its `ADAPTER`, a recorded answer in `recorded/`, a line in `ADAPTERS`.

mod adapter;
mod bitfinex;
mod bitstamp;
mod coinbase;
mod coingecko;
mod gemini;
mod kraken;
mod okx;
mod source;

pub use source::{NoPriceSource, check_source_url, price_sources};

use adapter::Adapter;

/// Every source there is.
const ADAPTERS: [&Adapter; 7] = [
    &kraken::ADAPTER,
    &coinbase::ADAPTER,
    &bitstamp::ADAPTER,
    &bitfinex::ADAPTER,
    &gemini::ADAPTER,
    &okx::ADAPTER,
    &coingecko::ADAPTER,
];

/// The names of all sources, as the configuration says them; all are asked unless it names fewer.
pub const PRICE_SOURCES: [&str; ADAPTERS.len()] = {
    let mut names = [""; ADAPTERS.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = ADAPTERS[place].name;
        place += 1;
    }
    names
};

#[cfg(test)]
mod tests;
