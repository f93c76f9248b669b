//! `config check` says what it found, and is wrong about nothing.

use super::{INIT, run, stub};
use cryptopayment_test_support::certificates::Authority;
use cryptopayment_test_support::{Json, Told};
use std::path::Path;

/// What it is about, the configuration, the environment, the exit code, what is said.
type Row<'r> = (&'r str, String, &'r [(&'r str, &'r str)], i32, &'r str);

fn configure(folder: &Path, more: &str) -> Told<()> {
    let text = format!(
        "data_dir = \"data\"\n[storage]\nminimum_free = \"1MiB\"\n[rates]\n\
         fixed = {{ LTC = \"80\" }}\n{more}"
    );
    Ok(std::fs::write(folder.join("cryptopayment.toml"), text)?)
}

fn network(urls: &[&str]) -> String {
    let urls: Vec<_> = urls.iter().map(|url| format!("\"{url}\"")).collect();
    format!("[networks.ltc]\nrpc = [{}]\nchain = \"regtest\"\n", urls.join(", "))
}

#[test]
fn everything_that_is_named_is_tried_and_what_is_wrong_says_what_to_do() -> Told<()> {
    let folder = tempfile::tempdir()?;
    let here = folder.path();
    let (near, far) = (stub::node(100)?, stub::node(90)?);
    let listen = "[http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://pay.example.com\"\n";
    configure(here, &format!("{listen}{}", network(&[&near])))?;
    let check = |environment: &[(&str, &str)]| run(here, &["config", "check"], environment);

    let (code, out, said) = check(&INIT)?;
    assert_eq!(code, 1, "{said}");
    assert!(out.contains("WRONG") && out.contains("init"), "{out}");
    assert_eq!(run(here, &["init"], &INIT)?.0, 0);
    let (code, out, said) = check(&INIT)?;
    assert_eq!(code, 0, "{out}{said}");
    for found in ["opens the seed", "height 100", "80 USD", "127.0.0.1:0 is free", "MiB are free"] {
        assert!(out.contains(found), "{found} is missing: {out}");
    }

    let held = std::net::TcpListener::bind("127.0.0.1:0")?;
    let taken = held.local_addr()?.to_string();
    let other_passphrase = [("CRYPTOPAYMENT_WALLET__PASSPHRASE", "another one altogether")];
    let dead = ["http://nodeuser:node-password-77-hidden@127.0.0.1:1"];
    std::fs::write(here.join("ca.pem"), Authority::new("ours")?.pem())?;
    let trusting =
        |file: &str| format!("[webhooks]\nextra_ca_file = \"{file}\"\n{}", network(&[&near]));
    let rows: [Row<'_>; 10] = [
        ("an authority", trusting("ca.pem"), &INIT, 0, "beside the system's: 1"),
        ("no such file", trusting("none.pem"), &INIT, 1, "WRONG  webhooks.extra_ca_file"),
        ("no authority", trusting("cryptopayment.toml"), &INIT, 1, "no certificate in it"),
        ("a node that is down", network(&dead), &INIT, 1, "127.0.0.1:1 does not answer"),
        ("a node that lags", network(&[&near, &far]), &INIT, 0, "10 blocks behind"),
        ("another chain", network(&[&near]).replace("regtest", "main"), &INIT, 1, "ltc regtest"),
        ("no network", String::new(), &INIT, 1, "no network is enabled"),
        ("another passphrase", network(&[&near]), &other_passphrase, 1, "WRONG  wallet"),
        ("no passphrase", network(&[&near]), &[], 1, "passphrase"),
        (
            "an address in use",
            format!("[http]\nlisten = \"{taken}\"\n{}", network(&[&near])),
            &INIT,
            1,
            "WRONG  http.listen",
        ),
    ];
    for (what, text, environment, expected, found) in rows {
        configure(here, &text)?;
        let (code, out, said) = check(environment)?;
        assert_eq!(code, expected, "{what}: {out}{said}");
        assert!(out.contains(found), "{what}: {out}");
        assert!(!format!("{out}{said}").contains(stub::PASSWORD), "{what} shows a password: {out}");
    }
    let (_, json, _) = run(here, &["config", "check", "--json"], &INIT)?;
    assert_eq!(Json::parse(json.as_bytes())?.at("well")?.to_string(), "false", "{json}");
    Ok(())
}

#[test]
fn a_misspelt_variable_is_wrong_usage() -> Told<()> {
    let folder = tempfile::tempdir()?;
    let wrong = [("CRYPTOPAYMENT_HTTP__LISEN", "127.0.0.1:0")];
    let (code, _, said) = run(folder.path(), &["config", "check"], &wrong)?;
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("did you mean CRYPTOPAYMENT_HTTP__LISTEN?"), "{said}");
    Ok(())
}
