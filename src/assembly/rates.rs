//! Rates: fixed prices, and price sources over HTTP for what is not fixed.

use crate::config::{RateSettings, Settings};
use crate::failure::Failure;
use cryptopayment_actors::rates::RateParts;
use cryptopayment_domain::network::Network;
use cryptopayment_http::price_sources;

/// Where the prices of the configured networks come from. Who needs no source asks none.
///
/// # Errors
/// A network that is on and whose coin can have no price; sources that cannot be asked.
pub fn rates(settings: &Settings) -> Result<RateParts, Failure> {
    let RateSettings { fixed, sources, source_urls, rules, poll_interval, timeout } =
        &settings.rates;
    let open = settings.networks.keys().filter(|network| !fixed.contains_key(network));
    let open: Vec<Network> = open.copied().collect();
    if let Some(unpriced) = open.iter().find(|network| !network.is_dollar() && sources.is_empty()) {
        let coin = unpriced.coin();
        return Err(Failure::usage(format!(
            "networks.{unpriced} is on, but {coin} has no price: name sources in `rates.sources` \
             (it is empty), or set `rates.fixed = {{ {coin} = \"…\" }}`"
        )));
    }
    let names = if open.is_empty() { &[] } else { sources.as_slice() };
    let made = price_sources(names, source_urls, timeout.as_duration());
    let sources = made.map_err(|error| Failure::usage(format!("rates.sources: {error}")))?;
    if !sources.is_empty() {
        let minimum_sources = rules.minimum_sources;
        tracing::info!(sources = names.join(", "), minimum_sources, "prices are asked for");
    }
    let (fixed, rules, poll_interval) = (fixed.clone(), *rules, *poll_interval);
    Ok(RateParts { fixed, sources, rules, poll_interval })
}
