//! Reading `[rates]`: who says prices, and what is asked of them.

use super::file;
use super::read::{basis_points, span};
use super::settings::RateSettings;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::rate::{RateRules, read_price};
use cryptopayment_http::{PRICE_SOURCES, check_source_url};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};

/// What `[rates]` means.
///
/// # Errors
/// A sentence that names the key and what would be right.
pub(super) fn settings(file: file::Rates) -> Result<RateSettings, String> {
    let poll_interval = span("rates.poll_interval", &file.poll_interval)?;
    let timeout = span("rates.timeout", &file.timeout)?;
    sources(&file.sources)?;
    let rules = rules(&file)?;
    if rules.max_age <= poll_interval {
        return Err("`rates.max_age` must be longer than `rates.poll_interval`: a price would be \
                    too old before the next comes"
            .to_owned());
    }
    if timeout >= rules.max_age {
        return Err("`rates.timeout` must be shorter than `rates.max_age`".to_owned());
    }
    for (name, url) in &file.source_urls {
        check_source_url(name, url).map_err(|error| format!("`rates.source_urls`: {error}"))?;
    }
    Ok(RateSettings {
        fixed: fixed(&file.fixed)?,
        sources: file.sources,
        source_urls: file.source_urls,
        rules,
        poll_interval,
        timeout,
    })
}

fn rules(file: &file::Rates) -> Result<RateRules, String> {
    let (asked, minimum_sources) = (file.sources.len(), file.minimum_sources);
    if minimum_sources == 0 {
        return Err("`rates.minimum_sources` must be at least 1".to_owned());
    }
    if asked > 0 && minimum_sources > asked {
        return Err(format!(
            "`rates.minimum_sources` is {minimum_sources}, but `rates.sources` names only {asked}: \
             name more, or lower it"
        ));
    }
    let share = |key: &str, percent: &str| basis_points(&format!("rates.{key}"), percent);
    let spread_basis_points = share("spread_percent", &file.spread_percent)?;
    if spread_basis_points >= 10_000 {
        return Err("`rates.spread_percent` must be less than 100".to_owned());
    }
    Ok(RateRules {
        sources: asked,
        minimum_sources,
        max_age: span("rates.max_age", &file.max_age)?,
        outlier_basis_points: share("outlier_percent", &file.outlier_percent)?,
        max_jump_basis_points: share("max_jump_percent", &file.max_jump_percent)?,
        spread_basis_points,
        depeg_basis_points: share("depeg_percent", &file.depeg_percent)?,
    })
}

/// Every name is a source's, and none comes twice: one voice must not count for two.
fn sources(names: &[String]) -> Result<(), String> {
    for (place, name) in names.iter().enumerate() {
        if !PRICE_SOURCES.contains(&name.as_str()) {
            let near = |known: &str| strsim::jaro_winkler(known, name);
            let nearest = PRICE_SOURCES.iter().max_by(|a, b| near(a).total_cmp(&near(b)));
            let nearest = nearest.copied().unwrap_or_default();
            return Err(format!("`rates.sources`: no source {name:?}; did you mean {nearest:?}?"));
        }
        if names[..place].contains(name) {
            return Err(format!("`rates.sources` names {name} twice"));
        }
    }
    Ok(())
}

fn fixed(texts: &BTreeMap<String, String>) -> Result<HashMap<Network, Decimal>, String> {
    let rate = |(coin, text): (&String, &String)| {
        let network = Network::ALL.into_iter().find(|network| network.coin() == coin);
        let network = network.filter(|network| !network.is_dollar());
        network
            .zip(read_price(text).ok())
            .ok_or_else(|| format!("`rates.fixed.{coin}` must be a price such as \"60000\""))
    };
    texts.iter().map(rate).collect()
}
