//! The prices without which a network takes no invoice: fixed, or said by enough sources, each of
//! which is asked once.

use super::Finding;
use crate::assembly;
use crate::config::Settings;
use cryptopayment_actors::rates::RateParts;
use cryptopayment_domain::coin::Coin;
use cryptopayment_domain::network::Network;

/// The price of every coin that is on; USDT is 1:1 and needs none.
pub(super) async fn check(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut open = Vec::new();
    for network in settings.networks.keys().filter(|network| !network.is_dollar()) {
        match settings.rates.fixed.get(network) {
            Some(price) => findings.push(fixed(*network, &price.to_string())),
            None => open.push(Coin::of(*network)),
        }
    }
    if !open.is_empty() {
        match assembly::rates(settings) {
            Ok(parts) => findings.extend(asked(&parts, &open).await),
            Err(failure) => findings.push(Finding::wrong("rates", failure.to_string())),
        }
    }
    findings
}

fn fixed(network: Network, price: &str) -> Finding {
    Finding::well(&format!("rates.fixed.{}", network.coin()), format!("{price} USD, fixed"))
}

/// What each source says, and whether enough say something of each coin.
async fn asked(parts: &RateParts, coins: &[Coin]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut heard = Vec::new();
    for source in &parts.sources {
        let subject = format!("rates.sources.{}", source.name());
        let said = source.prices(coins).await;
        findings.push(match &said.trouble {
            Some(trouble) => Finding::look(&subject, trouble.clone()),
            None => Finding::well(&subject, format!("{} prices", said.prices.len())),
        });
        heard.extend(said.prices);
    }
    for coin in coins {
        let (subject, wanted) = (format!("rates.{coin}"), parts.rules.minimum_sources);
        let said = heard.iter().filter(|price| price.coin == *coin).count();
        let text = format!("{said} sources have a price, {wanted} are needed");
        findings.push(match said >= wanted {
            true => Finding::well(&subject, text),
            false => Finding::wrong(&subject, text),
        });
    }
    findings
}
