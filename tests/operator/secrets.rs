//! No secret is in any line, whatever the level: every kind is made and used, and then looked for in
//! logs, error bodies and answers of the local socket.

use super::{INIT, command, run, stub};
use cryptopayment_test_support::gateway::Merchant;
use cryptopayment_test_support::process::Process;
use cryptopayment_test_support::receiver::Receiver;
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::wire::{exchange, request};
use cryptopayment_test_support::{Failure, Json, Told};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Everything that must not be seen, by name.
type Secrets = Vec<(&'static str, String)>;

fn look_for(secrets: &Secrets, place: &str, text: &str) {
    for (name, secret) in secrets {
        let line = text.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(line, None, "{name} is in {place}");
    }
}

/// A sandbox greets with its keys, on standard output; they are meant to be seen there, and only
/// there.
fn without_welcome(log: &str) -> String {
    let (before, after) = log.split_once("Stop with Ctrl-C").unwrap_or(("", log));
    let said = before.lines().filter(|line| line.starts_with("20"));
    said.chain([after]).collect::<Vec<_>>().join("\n")
}

/// Talks to the local socket as nobody should.
fn socket(data: &Path, line: &str) -> Told<String> {
    let mut stream = UnixStream::connect(data.join("control.sock"))?;
    stream.write_all(line.as_bytes())?;
    stream.write_all(b"\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

async fn listens(
    process: &mut Process,
    file: &Path,
    parse: impl Fn(&str) -> Option<SocketAddr>,
) -> Told<SocketAddr> {
    wait::until("it says where it listens", async || {
        process.must_run()?;
        let text = std::fs::read_to_string(file).unwrap_or_default();
        Ok(match parse(&text) {
            Some(address) => Look::There(address),
            None => Look::NotYet(text),
        })
    })
    .await
}

/// Requests that succeed, fail, and make no sense; all answers in one text.
async fn use_it(merchant: &Merchant, webhook: &str) -> Told<String> {
    let mut bodies = String::new();
    let set = format!(r#"{{"url":"{webhook}"}}"#);
    let open = r#"{"network":"ltc","amount_usd":50.00,"metadata":{"a":"b"}}"#;
    for (method, path, body) in [
        ("PUT", "/webhook", set.as_str()),
        ("POST", "/invoices", open),
        ("GET", "/invoices", ""),
        ("GET", "/balances", ""),
        ("POST", "/invoices", "{"),
        ("POST", "/invoices", r#"{"network":"moon"}"#),
        ("GET", "/nowhere", ""),
        ("PUT", "/webhook", r#"{"url":"ftp://hook-user:hook-password-9@x/"}"#),
    ] {
        let answer = merchant.call(method, path, body).await?;
        // A merchant may read his own webhook's URL; what is refused must not repeat it.
        if answer.status >= 400 {
            bodies.push_str(&answer.text());
            bodies.push('\n');
        }
    }
    let stranger = Merchant { key: "pk_nobody".to_owned(), ..merchant.clone() };
    let basic = format!("Basic {}:{}", merchant.key, merchant.secret);
    bodies.push_str(&stranger.call("GET", "/balances", "").await?.text());
    let swapped =
        Merchant { key: merchant.secret.clone(), secret: merchant.key.clone(), ..merchant.clone() };
    bodies.push_str(&swapped.call("GET", "/balances", "").await?.text());
    let headers = [("Authorization", basic.as_str()), ("Connection", "close")];
    let asked = request("GET", "/api/v1/balances", &headers, b"");
    bodies.push_str(&exchange(merchant.address, &asked).await?.text());
    Ok(bodies)
}

#[tokio::test]
async fn no_secret_of_a_merchant_is_in_any_line_at_the_finest_level() -> Told<()> {
    let folder = tempfile::tempdir()?;
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let receiver = Receiver::start().await?;
    let arguments =
        ["sandbox", "--listen", "127.0.0.1:0", "--block-time", "0", "--data-dir", "data"];
    let started = command(folder.path(), &arguments, &[("RUST_LOG", "trace")]);
    let mut process = Process::start("the gateway", started, &log)?;
    let file = data.join("sandbox.json");
    let address = listens(&mut process, &file, |text| {
        let said = Json::parse(text.as_bytes()).ok()?;
        said.text("base_url").ok()?.trim_start_matches("http://").parse().ok()
    })
    .await?;
    let said = Json::parse(&std::fs::read(&file)?)?;
    let merchant = Merchant::from_json(address, &said)?;
    let webhook = receiver.url().replacen("http://", "http://hook-user:hook-password-9@", 1);
    let bodies = use_it(&merchant, &webhook).await?;
    let opened = merchant.open("ltc", "50.00").await?;
    for (verb, body) in [
        ("pay", format!(r#"{{"address":"{}"}}"#, opened.address)),
        ("mine", r#"{"network":"ltc","blocks":8}"#.to_owned()),
    ] {
        let headers = [("Content-Type", "application/json"), ("Connection", "close")];
        let asked = request("POST", &format!("/sandbox/{verb}"), &headers, body.as_bytes());
        exchange(address, &asked).await?;
    }
    receiver.wait_for_event(&opened.id, "payment_confirmed").await?;
    let mut secrets: Secrets = vec![
        ("the API secret", merchant.secret.clone()),
        ("the app secret", merchant.app_secret.clone()),
        ("the webhook's password", "hook-password-9".to_owned()),
        ("the sandbox's passphrase", std::fs::read_to_string(data.join("passphrase"))?),
    ];
    for who in ["merchant", "admin"] {
        let password = said.text(&format!("{who}.password"))?.to_owned();
        secrets.push(("a password", password));
    }
    let answers = [
        socket(&data, &format!(r#"{{"do":"{}"}}"#, merchant.secret))?,
        socket(&data, r#"{"do":"networks"}"#)?,
        socket(&data, r#"{"do":"show_freeze"}"#)?,
    ];
    assert!(process.stop().await?.success());
    let log = process.log();
    assert!(log.contains("TRACE"), "nothing was said at the finest level");
    let named = |line: &str| line.contains("answered") && line.contains("request_id");
    assert!(log.lines().any(named), "no line of a request carries its name");
    look_for(&secrets, "the log", &without_welcome(&log));
    look_for(&secrets, "an error's body", &bodies);
    look_for(&secrets, "the socket's answers", &answers[1..].concat());
    Ok(())
}

#[tokio::test]
async fn no_secret_of_the_operator_is_in_any_line_at_the_finest_level() -> Told<()> {
    let folder = tempfile::tempdir()?;
    let here = folder.path();
    let (url, receiver) = (stub::node(100)?, Receiver::start().await?);
    let text = format!(
        "data_dir = \"data\"\n[http]\nlisten = \"127.0.0.1:0\"\n[storage]\nminimum_free = \"1MiB\"\n\
         [log]\nformat = \"json\"\nlevel = \"trace\"\n[rates]\nfixed = {{ LTC = \"80\" }}\n\
         [webhooks]\nallow_networks = [\"127.0.0.0/8\"]\n\
         [networks.ltc]\nrpc = [\"{url}\"]\nchain = \"regtest\"\npoll_interval = \"200ms\"\n"
    );
    std::fs::write(here.join("cryptopayment.toml"), text)?;
    let (code, words, said) = run(here, &["init"], &INIT)?;
    assert_eq!(code, 0, "{said}");
    let (data, log) = (here.join("data"), here.join("log"));
    let mut process = Process::start("the gateway", command(here, &["serve"], &INIT), &log)?;
    let file = data.join("http.addr");
    let address = listens(&mut process, &file, |text| text.trim().parse().ok()).await?;
    let webhook = receiver.url().replacen("http://", "http://hook-user:hook-password-9@", 1);
    let create = ["merchant", "create", "shop@example.com", "--approve", "--json"];
    let (_, made, said) = run(here, &create, &INIT)?;
    let made = Json::parse(made.trim().as_bytes()).map_err(|_| Failure::new(said))?;
    let merchant = Merchant::from_json(address, &made)?;
    let mut bodies = use_it(&merchant, &webhook).await?;
    for path in ["/readyz", "/healthz", "/metrics"] {
        bodies.push_str(&exchange(address, &request("GET", path, &[], b"")).await?.text());
    }
    let mut answers = socket(&data, r#"{"do":"networks"}"#)?;
    answers.push_str(&socket(&data, r#"{"do":"list_merchants"}"#)?.replace(&webhook, ""));
    let (_, listed, _) = run(here, &["networks"], &INIT)?;
    assert!(listed.contains("height 100"), "{listed}");
    answers.push_str(&listed);
    assert!(process.stop().await?.success());
    let basic = base64(&format!("{}:{}", stub::USER, stub::PASSWORD));
    let words: Vec<&str> = words.split_whitespace().collect();
    let secrets: Secrets = vec![
        ("the API secret", merchant.secret.clone()),
        ("the app secret", merchant.app_secret.clone()),
        ("the webhook's password", "hook-password-9".to_owned()),
        ("the passphrase", INIT[0].1.to_owned()),
        ("the admin's password", INIT[2].1.to_owned()),
        ("the node's password", stub::PASSWORD.to_owned()),
        ("the node's Authorization header", basic),
        ("the seed's words", words[..3].join(" ")),
    ];
    let log = process.log();
    assert!(log.contains("\"level\":\"TRACE\""), "nothing was said at the finest level");
    let lines = log.lines().filter(|line| line.starts_with('{'));
    assert!(lines.clone().count() > 20);
    for line in lines {
        Json::parse(line.as_bytes()).map_err(|error| Failure::new(format!("{line}: {error}")))?;
    }
    look_for(&secrets, "the log", &log);
    look_for(&secrets, "an answer's body", &bodies);
    look_for(&secrets, "the socket's answers", &answers);
    Ok(())
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |three: &[u8]| {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        let digit = |place: usize| char::from(DIGITS[(bits >> (18 - 6 * place)) as usize & 63]);
        (0..=three.len()).map(digit).collect::<String>()
    };
    text.as_bytes().chunks(3).map(group).collect()
}
