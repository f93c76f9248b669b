//! The keys that exist, so that a misspelt one is answered with the nearest.

use cryptopayment_domain::network::Network;

/// Every key, section by section. `networks.*` stands for each network's section.
const KEYS: &[(&str, &[&str])] = &[
    ("", &["data_dir"]),
    ("http", &["listen", "public_url", "trusted_proxies", "rate_per_second", "rate_burst"]),
    (
        "invoices",
        &[
            "expiry",
            "minimum_usd",
            "maximum_usd",
            "underpaid_tolerance_percent",
            "underpaid_tolerance_max_usd",
        ],
    ),
    (
        "rates",
        &[
            "fixed",
            "sources",
            "source_urls",
            "poll_interval",
            "timeout",
            "max_age",
            "minimum_sources",
            "outlier_percent",
            "max_jump_percent",
            "spread_percent",
            "depeg_percent",
        ],
    ),
    ("rates.fixed", &["BTC", "LTC", "ETH"]),
    ("rates.source_urls", &cryptopayment_http::PRICE_SOURCES),
    ("webhooks", &["retry_after", "allow_networks", "extra_ca_file"]),
    ("withdrawals", &["review_above_usd", "review_rolling_24h"]),
    ("wallet", &["passphrase_file", "passphrase"]),
    ("storage", &["minimum_free"]),
    ("log", &["level", "format"]),
    (
        "networks.*",
        &[
            "enabled",
            "rpc",
            "chain",
            "confirmations",
            "poll_interval",
            "dust_usd",
            "withdrawal_minimum",
            "withdrawal_fee",
            "zmq",
            "chain_id",
            "token",
            "solidity_rpc",
            "api_key",
        ],
    ),
];

/// Keys of the design whose parts are not built yet; said as such rather than as unknown.
const NOT_BUILT: &[&str] = &["http.admin_listen"];

/// Checks every key of the file.
///
/// # Errors
/// The first key that does not exist, with the nearest that does.
pub(super) fn check(table: &toml::Table) -> Result<(), String> {
    check_section(table, "")
}

fn check_section(table: &toml::Table, section: &str) -> Result<(), String> {
    for (key, value) in table {
        let path = joined(section, key);
        let pattern = patterned(&path);
        if NOT_BUILT.contains(&pattern.as_str()) {
            return Err(format!("`{path}` belongs to a part that is not built yet; remove it"));
        }
        let children = children_of(section);
        if !children.iter().any(|known| known == key) {
            return Err(unknown(&path, section, key, &children));
        }
        if let (toml::Value::Table(inner), true) = (value, is_section(&pattern)) {
            check_section(inner, &path)?;
        }
    }
    Ok(())
}

fn joined(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

/// `networks.btc.rpc` as `networks.*.rpc`.
fn patterned(path: &str) -> String {
    match path.strip_prefix("networks.").map(|rest| rest.split_once('.')) {
        Some(Some((_, key))) => format!("networks.*.{key}"),
        Some(None) => "networks.*".to_owned(),
        None => path.to_owned(),
    }
}

fn is_section(pattern: &str) -> bool {
    pattern == "networks" || KEYS.iter().any(|(section, _)| *section == pattern)
}

fn children_of(section: &str) -> Vec<String> {
    if section == "networks" {
        return Network::ALL.iter().map(|network| network.name().to_owned()).collect();
    }
    let pattern = patterned(section);
    let keys = KEYS.iter().filter(|(name, _)| *name == pattern).flat_map(|(_, keys)| *keys);
    let mut children: Vec<String> = keys.map(|key| (*key).to_owned()).collect();
    if section.is_empty() {
        let top = |(name, _): &(&str, _)| name.split('.').next().map(str::to_owned);
        children.extend(KEYS.iter().filter_map(top).filter(|name| !name.is_empty()));
    }
    children
}

fn unknown(path: &str, section: &str, key: &str, children: &[String]) -> String {
    let nearest = children
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)));
    match nearest {
        Some(nearest) => {
            format!("unknown key `{path}`; did you mean `{}`?", joined(section, nearest))
        }
        None => format!("unknown key `{path}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    fn said(text: &str) -> Result<(), String> {
        check(&text.parse().unwrap())
    }

    #[test]
    fn the_example_has_only_keys_that_exist() {
        assert_eq!(said(super::super::EXAMPLE), Ok(()));
    }

    #[test]
    fn a_misspelt_key_is_answered_with_the_nearest() {
        let rows = [
            ("data_dri = 'x'", "unknown key `data_dri`; did you mean `data_dir`?"),
            ("[http]\nlistn = 'x'", "unknown key `http.listn`; did you mean `http.listen`?"),
            ("[htp]\nlisten = 'x'", "unknown key `htp`; did you mean `http`?"),
            ("[networks.lct]", "unknown key `networks.lct`; did you mean `networks.ltc`?"),
            (
                "[networks.ltc]\nrcp = []",
                "unknown key `networks.ltc.rcp`; did you mean `networks.ltc.rpc`?",
            ),
            (
                "[withdrawals]\nreview_above = '500'",
                "unknown key `withdrawals.review_above`; did you mean `withdrawals.review_above_usd`?",
            ),
            (
                "[rates.source_urls]\nkrakn = 'x'",
                "unknown key `rates.source_urls.krakn`; did you mean `rates.source_urls.kraken`?",
            ),
            (
                "[http]\nadmin_listen = '127.0.0.1:8081'",
                "`http.admin_listen` belongs to a part that is not built yet; remove it",
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(said(text), Err(expected.to_owned()), "{text}");
        }
    }
}
