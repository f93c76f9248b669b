//! Reading: file, then environment, then meaning. Every refusal names its key.

use super::evm;
use super::file::{self, File};
use super::known;
use super::rates;
use super::settings::{NetworkSettings, Settings};
use super::tron;
use crate::logging::Format;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::utxo::PushAddress;
use cryptopayment_domain::invoice::{InvoicePolicy, NetworkTerms};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::time::Span;
use cryptopayment_domain::usd::{self, Usd};
use cryptopayment_domain::webhook::RetrySchedule;
use cryptopayment_domain::withdrawal::{WithdrawalPolicy, WithdrawalTerms};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;

/// What begins the environment variables that override keys.
const PREFIX: &str = "CRYPTOPAYMENT_";

/// The settings of a file's text and an environment.
///
/// # Errors
/// A sentence that names the key and what would be right.
pub(super) fn settings(
    text: &str,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Settings, String> {
    let mut table: toml::Table = text.parse().map_err(|error| format!("{error}"))?;
    let mut overridden = false;
    for (name, value) in environment {
        let Some(path) = name.strip_prefix(PREFIX).filter(|path| !is_no_key(path)) else {
            continue;
        };
        // Two underscores part sections; one is part of a name.
        let path = path.to_lowercase();
        let mut alone = toml::Table::new();
        override_with(&mut alone, &path, &value).map_err(|why| format!("{name}: {why}"))?;
        known::check(&alone).map_err(|why| format!("environment {name}: {}", in_capitals(&why)))?;
        override_with(&mut table, &path, &value)?;
        overridden = true;
    }
    let said = if overridden { " (an environment variable may have set it)" } else { "" };
    known::check(&table)?;
    let file: File =
        table.try_into().map_err(|error: toml::de::Error| format!("{}{said}", one_line(&error)))?;
    meaning(file)
}

/// Variables of ours that are no keys: what `init` asks for, and what tests are told.
fn is_no_key(path: &str) -> bool {
    matches!(path, "ADMIN_EMAIL" | "ADMIN_PASSWORD") || path.starts_with("TEST_")
}

/// The nearest key as the variable that sets it.
fn in_capitals(reason: &str) -> String {
    let Some((said, nearest)) = reason.split_once("; did you mean `") else {
        return reason.to_owned();
    };
    let nearest = nearest.trim_end_matches("`?").replace('.', "__");
    format!("{said}; did you mean {PREFIX}{}?", nearest.to_uppercase())
}

/// The parser's error with the key it is about, on one line.
fn one_line(error: &toml::de::Error) -> String {
    error.to_string().lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Sets one key. Lists and numbers are written as in TOML; anything else is a string.
fn override_with(table: &mut toml::Table, path: &str, value: &str) -> Result<(), String> {
    let mut parts: Vec<&str> = path.split("__").collect();
    let key = parts.pop().unwrap_or_default();
    let mut section = table;
    for part in parts {
        let inner = section.entry(part).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        section = inner.as_table_mut().ok_or_else(|| format!("`{part}` is no section"))?;
    }
    let as_toml = format!("value = {value}").parse::<toml::Table>().ok();
    let parsed = as_toml.and_then(|mut table| table.remove("value"));
    // Money and secrets are strings even where their text looks like a number or a list.
    let takes_number = matches!(
        key,
        "confirmations" | "chain_id" | "rate_per_second" | "rate_burst" | "minimum_sources"
    );
    let value = match parsed {
        Some(list @ (toml::Value::Array(_) | toml::Value::Table(_))) if key != "passphrase" => list,
        Some(number @ toml::Value::Integer(_)) if takes_number => number,
        Some(truth @ toml::Value::Boolean(_)) if key != "passphrase" => truth,
        Some(toml::Value::String(text)) if key != "passphrase" => toml::Value::String(text),
        Some(_) | None => toml::Value::String(value.to_owned()),
    };
    section.insert(key.to_owned(), value);
    Ok(())
}

fn meaning(file: File) -> Result<Settings, String> {
    let listen = file.http.listen.parse();
    let listen = listen.map_err(|_| "`http.listen` must be like 127.0.0.1:8080".to_owned())?;
    let public_url = file.http.public_url.unwrap_or_else(|| format!("http://{}", file.http.listen));
    if !public_url.starts_with("http://") && !public_url.starts_with("https://") {
        return Err("`http.public_url` must begin with https:// or http://".to_owned());
    }
    Ok(Settings {
        data_dir: file.data_dir.into(),
        listen,
        public_url,
        trusted_proxies: cidrs("http.trusted_proxies", &file.http.trusted_proxies)?,
        rate_per_second: file.http.rate_per_second,
        rate_burst: file.http.rate_burst,
        policy: policy(&file.invoices)?,
        withdrawals: withdrawals(&file.withdrawals)?,
        rates: rates::settings(file.rates)?,
        schedule: schedule(&file.webhooks.retry_after)?,
        allow_networks: cidrs("webhooks.allow_networks", &file.webhooks.allow_networks)?,
        extra_ca_file: file.webhooks.extra_ca_file.map(Into::into),
        passphrase_file: file.wallet.passphrase_file.map(Into::into),
        passphrase: file.wallet.passphrase.map(zeroize::Zeroizing::new),
        minimum_free_bytes: bytes("storage.minimum_free", &file.storage.minimum_free)?,
        log_level: file.log.level,
        log_format: format(&file.log.format)?,
        networks: networks(&file.networks)?,
    })
}

fn cidrs(key: &str, texts: &[String]) -> Result<Vec<cryptopayment_http::Cidr>, String> {
    let parse = |text: &String| {
        text.parse().map_err(|_| format!("`{key}`: {text:?} is no CIDR such as 10.0.0.0/8"))
    };
    texts.iter().map(parse).collect()
}

fn policy(file: &file::Invoices) -> Result<InvoicePolicy, String> {
    let usd = |key: &str, text: &str| {
        let parsed = usd::parse_amount(text).and_then(Usd::nearest);
        parsed.map_err(|_| format!("`invoices.{key}` must be an amount such as \"1.00\""))
    };
    let (key, percent) =
        ("invoices.underpaid_tolerance_percent", &file.underpaid_tolerance_percent);
    let tolerance_basis_points = basis_points(key, percent)?;
    let policy = InvoicePolicy {
        expiry: span("invoices.expiry", &file.expiry)?,
        minimum: usd("minimum_usd", &file.minimum_usd)?,
        maximum: usd("maximum_usd", &file.maximum_usd)?,
        tolerance_basis_points,
        tolerance_most: usd("underpaid_tolerance_max_usd", &file.underpaid_tolerance_max_usd)?,
    };
    if policy.minimum > policy.maximum {
        return Err("`invoices.minimum_usd` is more than `invoices.maximum_usd`".to_owned());
    }
    Ok(policy)
}

fn withdrawals(file: &file::Withdrawals) -> Result<WithdrawalPolicy, String> {
    let review_above = usd::parse_amount(&file.review_above_usd).and_then(Usd::nearest);
    let review_above = review_above.map_err(|_| {
        "`withdrawals.review_above_usd` must be an amount such as \"500\"".to_owned()
    })?;
    Ok(WithdrawalPolicy { review_above, review_rolling_24h: file.review_rolling_24h })
}

fn withdrawal_terms(network: Network, section: &file::Network) -> Result<WithdrawalTerms, String> {
    let default = WithdrawalTerms::default_for(network);
    let amount = |key: &str, text: &Option<String>, default: Money| match text {
        None => Ok(default),
        Some(text) => Money::parse(network, text).map_err(|_| {
            format!(
                "`networks.{network}.{key}` must be an amount of the coin such as \"{default}\""
            )
        }),
    };
    let minimum = amount("withdrawal_minimum", &section.withdrawal_minimum, default.minimum)?;
    let fee = amount("withdrawal_fee", &section.withdrawal_fee, default.fee)?;
    if minimum.units() <= fee.units() {
        return Err(format!(
            "`networks.{network}.withdrawal_minimum` must be more than its `withdrawal_fee`: the \
             fee is taken inside the amount, and something has to arrive"
        ));
    }
    Ok(WithdrawalTerms { minimum, fee })
}

/// A share in percent, at most all of it, as hundredths of a percent.
pub(super) fn basis_points(key: &str, percent: &str) -> Result<u32, String> {
    usd::parse_amount(percent)
        .ok()
        .and_then(|percent| percent.checked_mul(Decimal::ONE_HUNDRED))
        .filter(|points| points.is_integer() && *points <= Decimal::from(10_000))
        .and_then(|points| points.to_u32())
        .ok_or_else(|| format!("`{key}` must be between 0 and 100, with at most two decimals"))
}

fn schedule(texts: &[String]) -> Result<RetrySchedule, String> {
    let pauses = texts.iter().map(|text| span("webhooks.retry_after", text));
    Ok(RetrySchedule { pauses: pauses.collect::<Result<_, _>>()? })
}

fn format(text: &str) -> Result<Format, String> {
    match text {
        "text" => Ok(Format::Text),
        "json" => Ok(Format::Json),
        _ => Err(format!("`log.format` is {text:?}; use text or json")),
    }
}

fn networks(
    sections: &BTreeMap<String, file::Network>,
) -> Result<BTreeMap<Network, NetworkSettings>, String> {
    let mut networks = BTreeMap::new();
    for (name, section) in sections {
        let network: Network =
            name.parse().map_err(|error| format!("`networks.{name}`: {error}"))?;
        let enabled = section.enabled.unwrap_or(!section.rpc.is_empty());
        if !enabled {
            continue;
        }
        networks.insert(network, network_settings(network, section)?);
    }
    Ok(networks)
}

fn network_settings(network: Network, section: &file::Network) -> Result<NetworkSettings, String> {
    let key = |name: &str| format!("networks.{network}.{name}");
    if section.rpc.is_empty() {
        return Err(format!("`{}` must name at least one node", key("rpc")));
    }
    let chain = section.chain.as_deref().unwrap_or("main").parse::<ChainName>();
    let dust = usd::parse_amount(section.dust_usd.as_deref().unwrap_or("0.05"));
    let dust = dust.and_then(Usd::nearest);
    let confirmations = section.confirmations.unwrap_or(network.default_confirmations());
    if !(1..=1000).contains(&confirmations) {
        return Err(format!("`{}` must be between 1 and 1000", key("confirmations")));
    }
    Ok(NetworkSettings {
        rpc: section.rpc.clone(),
        chain: chain.map_err(|error| format!("`{}`: {error}", key("chain")))?,
        terms: NetworkTerms {
            confirmations_required: confirmations,
            dust: dust
                .map_err(|_| format!("`{}` must be an amount such as \"0.05\"", key("dust_usd")))?,
        },
        withdrawal: withdrawal_terms(network, section)?,
        poll_interval: span(
            &key("poll_interval"),
            section.poll_interval.as_deref().unwrap_or("5s"),
        )?,
        zmq: section.zmq.as_deref().map(|text| push_address(network, text)).transpose()?,
        evm: evm::settings(network, section)?,
        tron: tron::settings(network, section)?,
    })
}

/// `tcp://127.0.0.1:28332`, of a network whose nodes publish.
fn push_address(network: Network, text: &str) -> Result<PushAddress, String> {
    let key = format!("networks.{network}.zmq");
    if !network.has_mempool() {
        return Err(format!(
            "`{key}`: only Bitcoin and Litecoin nodes publish this way; remove it"
        ));
    }
    text.parse().map_err(|error| format!("`{key}`: {text:?} is {error}"))
}

/// `500ms`, `5s`, `30m`, `6h`, `1d`.
pub(super) fn span(key: &str, text: &str) -> Result<Span, String> {
    let split = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit_ms = match unit {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        _ => None,
    };
    let ms =
        number.parse::<u64>().ok().zip(unit_ms).and_then(|(number, ms)| number.checked_mul(ms));
    ms.filter(|ms| *ms > 0)
        .map(Span::from_ms)
        .ok_or_else(|| format!("`{key}`: {text:?} is no time such as 500ms, 5s, 30m or 6h"))
}

/// `512MiB`, `1GiB`, or plain bytes.
fn bytes(key: &str, text: &str) -> Result<u64, String> {
    let units =
        [("KiB", 1u64 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("", 1)];
    let parsed = units.iter().find_map(|(unit, factor)| {
        text.strip_suffix(unit)?.trim().parse::<u64>().ok()?.checked_mul(*factor)
    });
    parsed.ok_or_else(|| format!("`{key}`: {text:?} is no size such as 512MiB or 1GiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Settings, String> {
        let environment =
            environment.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        settings(text, environment)
    }

    #[test]
    fn the_example_says_the_defaults() {
        let example = read(super::super::EXAMPLE, &[]).unwrap();
        let mut nothing = read("", &[]).unwrap();
        assert!(!nothing.withdrawals.review_rolling_24h, "the one thing that the example adds");
        nothing.withdrawals.review_rolling_24h = true;
        assert_eq!(format!("{example:?}"), format!("{nothing:?}"));
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let file = "[http]\nlisten = '127.0.0.1:1'\n[invoices]\nminimum_usd = '2.00'";
        let settings = read(
            file,
            &[
                ("CRYPTOPAYMENT_HTTP__LISTEN", "127.0.0.1:2"),
                ("CRYPTOPAYMENT_INVOICES__MINIMUM_USD", "3.00"),
                ("CRYPTOPAYMENT_WALLET__PASSPHRASE", "12345"),
                ("CRYPTOPAYMENT_NETWORKS__LTC__RPC", "['http://127.0.0.1:9']"),
                ("CRYPTOPAYMENT_NETWORKS__LTC__CONFIRMATIONS", "3"),
                ("CRYPTOPAYMENT_DATA_DIR", "elsewhere"),
                ("CRYPTOPAYMENT_TEST_SEED", "not ours"),
            ],
        )
        .unwrap();
        assert_eq!(settings.listen.port(), 2);
        assert_eq!(settings.policy.minimum, Usd::from_cents(300));
        assert_eq!(settings.passphrase.as_deref().map(String::as_str), Some("12345"));
        assert_eq!(settings.networks[&Network::Ltc].terms.confirmations_required, 3);
        assert_eq!(settings.data_dir, std::path::Path::new("elsewhere"));
    }

    #[test]
    fn every_key_of_the_example_can_be_set_by_the_environment() {
        let mut said = String::new();
        let (mut section, mut count) = (String::new(), 0);
        let mut example = super::super::EXAMPLE.to_owned();
        for key in ["rpc", "passphrase_file", "extra_ca_file"] {
            example = example.replace(&format!("# {key} ="), &format!("{key} ="));
        }
        for line in example.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = format!("{}__", name.replace('.', "__").to_uppercase());
            } else if let Some((key, value)) = line.split_once(" = ") {
                let name = format!("{PREFIX}{section}{}", key.to_uppercase());
                said.push_str(&format!("{name} "));
                read("", &[(&name, value)]).unwrap();
                count += 1;
            }
        }
        assert!(count > 25, "{count}: {said}");
    }

    #[test]
    fn a_misspelt_variable_is_answered_with_the_nearest() {
        let rows = [
            ("CRYPTOPAYMENT_HTTP__LISEN", "did you mean CRYPTOPAYMENT_HTTP__LISTEN?"),
            ("CRYPTOPAYMENT_DATADIR", "did you mean CRYPTOPAYMENT_DATA_DIR?"),
            ("CRYPTOPAYMENT_NETWORKS__LTC__RCP", "did you mean CRYPTOPAYMENT_NETWORKS__LTC__RPC?"),
            ("CRYPTOPAYMENT_HTTP_LISTEN", "environment CRYPTOPAYMENT_HTTP_LISTEN: unknown key"),
            ("CRYPTOPAYMENT_RATE_LIMIT", "environment CRYPTOPAYMENT_RATE_LIMIT: unknown key"),
        ];
        for (name, expected) in rows {
            let said = read("", &[(name, "x")]).unwrap_err();
            assert!(said.contains(expected), "{name} → {said}");
        }
        let others = [("CRYPTOPAYMENT_ADMIN_EMAIL", "a@b"), ("CRYPTOPAYMENT_TEST_SEED", "1")];
        read("", &others).unwrap();
    }

    #[test]
    fn a_wrong_value_is_named_with_what_would_be_right() {
        let rows = [
            ("[http]\nlisten = 'here'", "`http.listen`"),
            ("[invoices]\nexpiry = 30", "expiry"),
            ("[http]\npublic_url = 'pay.example'", "`http.public_url`"),
            ("[http]\ntrusted_proxies = ['10.0.0.0/99']", "`http.trusted_proxies`"),
            ("[invoices]\nexpiry = '30'", "`invoices.expiry`"),
            ("[invoices]\nminimum_usd = '-1'", "`invoices.minimum_usd`"),
            ("[invoices]\nminimum_usd = '5'\nmaximum_usd = '4'", "`invoices.minimum_usd`"),
            ("[invoices]\nunderpaid_tolerance_percent = '0.505'", "tolerance_percent`"),
            ("[rates]\nfixed = { BTC = '0' }", "`rates.fixed.BTC`"),
            ("[rates]\nfixed = { BTC = '2e9' }", "`rates.fixed.BTC`"),
            ("[rates]\nfixed = { BTC = '0.00000000001' }", "`rates.fixed.BTC`"),
            ("[rates]\nsources = ['krakne']", "did you mean \"kraken\"?"),
            (
                "[rates]\nsources = ['kraken', 'kraken', 'okx']",
                "`rates.sources` names kraken twice",
            ),
            ("[rates]\nsources = ['kraken', 'okx']", "`rates.minimum_sources`"),
            ("[rates]\nminimum_sources = 0", "`rates.minimum_sources`"),
            ("[rates]\nmax_age = '20s'", "`rates.max_age`"),
            ("[rates]\ntimeout = '10m'", "`rates.timeout`"),
            ("[rates]\noutlier_percent = '-3'", "`rates.outlier_percent`"),
            ("[rates]\nspread_percent = '100'", "`rates.spread_percent`"),
            ("[rates]\nsource_urls = { kraken = 'http://10.0.0.1' }", "`rates.source_urls`"),
            ("[webhooks]\nretry_after = ['soon']", "`webhooks.retry_after`"),
            ("[storage]\nminimum_free = 'much'", "`storage.minimum_free`"),
            ("[log]\nformat = 'xml'", "`log.format`"),
            ("[networks.ltc]\nenabled = true", "`networks.ltc.rpc`"),
            ("[networks.ltc]\nrpc = ['http://x']\nchain = 'moon'", "`networks.ltc.chain`"),
            ("[networks.ltc]\nrpc = ['http://x']\nconfirmations = 0", "confirmations`"),
            ("[withdrawals]\nreview_above_usd = 'much'", "`withdrawals.review_above_usd`"),
            ("[networks.ltc]\nrpc = ['http://x']\nwithdrawal_fee = '0.000000001'", "_fee`"),
            ("[networks.ltc]\nrpc = ['http://x']\nwithdrawal_minimum = '0.001'", "_minimum`"),
            ("[networks.ltc]\nrpc = ['http://x']\nzmq = '127.0.0.1:1'", "`networks.ltc.zmq`"),
            ("[networks.eth]\nrpc = ['http://x']\nzmq = 'tcp://x:1'", "`networks.eth.zmq`"),
        ];
        for (text, key) in rows {
            let said = read(text, &[]).unwrap_err();
            assert!(said.contains(key), "{text} → {said}");
        }
    }
}
