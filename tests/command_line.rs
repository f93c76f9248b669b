//! The operator's hand: what each command says, makes, refuses, and exits with.

use cryptopayment_test_support::gateway::{Configuration, Gateway};
use cryptopayment_test_support::nodes::{Program, Rpc};
use cryptopayment_test_support::process::tied_to_this_test;
use cryptopayment_test_support::{Json, Told};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");

/// How a command ended: exit code, standard output, standard error.
type Ended = (i32, String, String);

/// Runs the binary in `folder`, with these variables and no others of ours.
fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Told<Ended> {
    let mut command = tied_to_this_test(Path::new(GATEWAY));
    clear(&mut command);
    command.args(arguments).envs(environment.iter().copied()).current_dir(folder);
    let ended = command.stdin(std::process::Stdio::null()).output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((ended.status.code().unwrap_or(-1), text(&ended.stdout), text(&ended.stderr)))
}

fn clear(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CRYPTOPAYMENT_") {
            command.env_remove(name);
        }
    }
}

const INIT: [(&str, &str); 3] = [
    ("CRYPTOPAYMENT_WALLET__PASSPHRASE", "a long passphrase"),
    ("CRYPTOPAYMENT_ADMIN_EMAIL", "admin@example.com"),
    ("CRYPTOPAYMENT_ADMIN_PASSWORD", "a long admin password"),
];

/// A folder with an initialised gateway in `data`, on no network.
fn initialised() -> Told<TempDir> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("cryptopayment.toml"), "data_dir = \"data\"\n")?;
    let (code, _, said) = run(folder.path(), &["init"], &INIT)?;
    assert_eq!(code, 0, "{said}");
    Ok(folder)
}

fn mode_of(path: &Path) -> Told<u32> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o777)
}

fn files_under(folder: &Path) -> Told<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_under(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

#[test]
fn wrong_usage_exits_with_two_and_says_what_is_right() -> Told<()> {
    let folder = tempfile::tempdir()?;
    for arguments in [
        &["fly"][..],
        &["sandbox", "--listen", "here"],
        &["sandbox", "--listen", "0.0.0.0:0"],
        &["sandbox", "--block-time", "soon"],
        &["merchant", "create"],
        &["serve", "--config", "missing.toml"],
        &["audit", "--config", "missing.toml"],
    ] {
        let (code, out, said) = run(folder.path(), arguments, &[])?;
        assert_eq!(code, 2, "{arguments:?}: {said}");
        assert!(out.is_empty(), "{arguments:?} wrote to stdout: {out}");
        assert!(said.len() > 10, "{arguments:?} explains nothing");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
    Ok(())
}

#[test]
fn an_unknown_setting_is_refused_with_the_nearest_name() -> Told<()> {
    let folder = tempfile::tempdir()?;
    for (text, wrong, right) in [
        ("[http]\nlisen = \"127.0.0.1:0\"\n", "lisen", "listen"),
        ("data_dri = \"x\"\n", "data_dri", "data_dir"),
        ("[networks.ltc]\nconfirmation = 2\n", "confirmation", "confirmations"),
    ] {
        std::fs::write(folder.path().join("cryptopayment.toml"), text)?;
        let (code, _, said) = run(folder.path(), &["serve"], &INIT)?;
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(wrong) && said.contains(right), "{said}");
    }
    Ok(())
}

#[test]
fn the_example_configuration_is_taken_as_it_is() -> Told<()> {
    let folder = tempfile::tempdir()?;
    let (code, example, said) = run(folder.path(), &["config", "example"], &[])?;
    assert_eq!(code, 0, "{said}");
    std::fs::write(folder.path().join("cryptopayment.toml"), example)?;
    let (code, _, said) = run(folder.path(), &["init"], &INIT)?;
    assert_eq!(code, 0, "{said}");
    let (code, version, _) = run(folder.path(), &["version"], &[])?;
    assert_eq!(code, 0);
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");
    Ok(())
}

#[test]
fn init_shows_the_words_once_and_never_touches_a_wallet_that_is_there() -> Told<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("cryptopayment.toml"), "data_dir = \"data\"\n")?;
    let (code, out, said) = run(folder.path(), &["init"], &[])?;
    assert_ne!(code, 0, "a wallet without a passphrase was made: {out}{said}");

    let (code, out, said) = run(folder.path(), &["init"], &INIT)?;
    assert_eq!(code, 0, "{said}");
    let shown = format!("{out}{said}");
    let words =
        shown.split_whitespace().filter(|word| word.chars().all(char::is_lowercase)).count();
    assert!(words >= 12, "no seed words were shown: {shown}");

    let before: Vec<_> = files_under(&folder.path().join("data"))?
        .into_iter()
        .map(|file| std::fs::read(&file).map(|bytes| (file, bytes)))
        .collect::<Result<_, _>>()?;
    let (code, _, said) = run(folder.path(), &["init"], &INIT)?;
    assert_eq!(code, 1, "a second init: {said}");
    for (file, bytes) in before.iter().filter(|(file, _)| file.to_string_lossy().contains("wallet"))
    {
        assert_eq!(&std::fs::read(file)?, bytes, "{} was changed", file.display());
    }
    Ok(())
}

#[test]
fn keys_are_readable_by_their_owner_only() -> Told<()> {
    let folder = initialised()?;
    let data = folder.path().join("data");
    let mut checked = 0;
    for file in files_under(&data)? {
        let name = file.to_string_lossy().into_owned();
        if name.contains("wallet") || name.contains("seed") || name.contains("keys") {
            assert_eq!(mode_of(&file)?, 0o600, "{name}");
            checked += 1;
        }
    }
    assert!(checked > 0, "no key file among {:?}", files_under(&data)?);
    Ok(())
}

#[test]
fn a_wrong_passphrase_is_said_and_changes_nothing() -> Told<()> {
    let folder = initialised()?;
    let wrong = [("CRYPTOPAYMENT_WALLET__PASSPHRASE", "another passphrase")];
    let (code, _, said) = run(folder.path(), &["merchant", "create", "a@example.com"], &wrong)?;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("passphrase"), "{said}");
    let (code, list, _) = run(folder.path(), &["merchant", "list", "--json"], &INIT)?;
    assert_eq!(code, 0);
    assert!(!list.contains("a@example.com"), "{list}");
    Ok(())
}

#[test]
fn merchants_are_made_approved_and_listed_without_a_running_gateway() -> Told<()> {
    let folder = initialised()?;
    let create = ["merchant", "create", "shop@example.com", "--json"];
    let (code, made, said) = run(folder.path(), &create, &INIT)?;
    assert_eq!(code, 0, "{said}");
    let made = Json::parse(made.trim().as_bytes())?;
    assert_eq!(made.keys(), ["merchant_id", "api_key", "api_secret", "app_secret"]);
    assert!(!made.text("merchant_id")?.is_empty(), "{made}");
    assert!(made.text("api_key")?.starts_with("pk_"), "{made}");
    assert!(made.text("api_secret")?.starts_with("sk_"), "{made}");
    assert!(made.text("app_secret")?.starts_with("whsec_"), "{made}");

    let (code, out, said) = run(folder.path(), &create, &INIT)?;
    assert_eq!((code, out.as_str()), (1, ""), "the same e-mail twice: {said}");
    let (code, _, said) = run(folder.path(), &["merchant", "approve", "shop@example.com"], &INIT)?;
    assert_eq!(code, 0, "{said}");
    let (code, _, said) = run(folder.path(), &["merchant", "approve", "who@example.com"], &INIT)?;
    assert_eq!(code, 1, "{said}");
    let (code, list, said) = run(folder.path(), &["merchant", "list", "--json"], &INIT)?;
    assert_eq!(code, 0, "{said}");
    assert_eq!(list.matches("shop@example.com").count(), 1, "{list}");
    let (code, _, said) = run(folder.path(), &["audit"], &INIT)?;
    assert_eq!(code, 0, "{said}");
    Ok(())
}

#[test]
fn no_secret_lies_open_in_the_data_folder() -> Told<()> {
    let folder = initialised()?;
    let create = ["merchant", "create", "shop@example.com", "--json"];
    let (_, made, _) = run(folder.path(), &create, &INIT)?;
    let made = Json::parse(made.trim().as_bytes())?;
    for secret in [made.text("api_secret")?, made.text("app_secret")?, "shop@example.com"] {
        for file in files_under(&folder.path().join("data"))? {
            let found = Command::new("grep").args(["-qaF", "--", secret]).arg(&file).status()?;
            assert_eq!(found.code(), Some(1), "{} holds {secret}", file.display());
        }
    }
    Ok(())
}

#[test]
fn a_network_of_which_too_little_is_said_stops_the_start_with_a_clear_line() -> Told<()> {
    let folder = initialised()?;
    let text = "data_dir = \"data\"\n[http]\nlisten = \"127.0.0.1:0\"\n\
                [networks.trc20]\nrpc = [\"http://127.0.0.1:1\"]\nchain = \"test\"\n";
    std::fs::write(folder.path().join("cryptopayment.toml"), text)?;
    let (code, _, said) = run(folder.path(), &["serve"], &INIT)?;
    assert_ne!(code, 0);
    assert!(said.contains("`networks.trc20.token` must name the token's contract"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_data_folder_belongs_to_one_gateway_and_commands_reach_it() -> Told<()> {
    let mut gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    let data = gateway.data_dir();
    assert_eq!(mode_of(&data.join("sandbox.json"))?, 0o600);
    let data = data.to_string_lossy().into_owned();
    let again = ["sandbox", "--listen", "127.0.0.1:0", "--data-dir", &data];
    let (code, _, said) = run(Path::new("."), &again, &[])?;
    assert_eq!(code, 1, "two gateways on one folder: {said}");

    // The gateway runs; the command goes through its socket, and the merchant can work at once.
    gateway.make_merchant("other@example.com", "https://example.com/webhook")?;
    gateway.merchant()?.open("ltc", "50.00").await?;
    let networks = gateway.run(&["networks", "--json"])?.must_succeed("networks")?;
    for network in ["btc", "ltc", "eth", "trc20", "bep20"] {
        assert!(networks.contains(network), "{networks}");
    }
    assert!(gateway.stop().await?.success());
    gateway.run(&["audit"])?.must_succeed("audit").map(drop)
}

#[tokio::test]
async fn a_merchant_not_approved_is_told_so() -> Told<()> {
    let mut gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    let made = gateway.run(&["merchant", "create", "new@example.com", "--json"])?;
    let made = Json::parse(made.must_succeed("merchant create")?.as_bytes())?;
    let shop = cryptopayment_test_support::gateway::Merchant::from_json(gateway.address()?, &made)?;
    let refused = shop.call("GET", "/balances", "").await?;
    assert_eq!(refused.expect(403)?.text("error.code")?, "account_not_approved");
    gateway.run(&["merchant", "approve", "new@example.com"])?.must_succeed("merchant approve")?;
    shop.open("ltc", "50.00").await?;
    gateway.stop().await.map(drop)
}

#[tokio::test]
async fn a_lost_secret_is_replaced_by_another_key_and_the_old_one_works_no_longer() -> Told<()> {
    let mut gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    gateway.make_merchant("shop@example.com", "https://example.com/webhook")?;
    let old = gateway.merchant()?;
    let key = |arguments: &[&str]| {
        let mut all = vec!["merchant", "key"];
        all.extend_from_slice(arguments);
        gateway.run(&all)
    };
    let made = key(&["create", "shop@example.com", "--scopes", "read", "--json"])?;
    let made = Json::parse(made.must_succeed("merchant key create")?.as_bytes())?;
    let new = cryptopayment_test_support::gateway::Merchant {
        key: made.text("api_key")?.to_owned(),
        secret: made.text("api_secret")?.to_owned(),
        ..old.clone()
    };
    new.call("GET", "/balances", "").await?.expect(200)?;
    let opening = r#"{"network":"ltc","amount_usd":50.00}"#;
    let refused = new.call("POST", "/invoices", opening).await?;
    assert_eq!(refused.status, 403, "it may only read: {}", refused.text());
    old.open("ltc", "50.00").await?;

    key(&["revoke", "shop@example.com", &old.key])?.must_succeed("merchant key revoke")?;
    assert_eq!(old.call("GET", "/balances", "").await?.status, 401);
    new.call("GET", "/balances", "").await?.expect(200)?;
    let listed = key(&["list", "shop@example.com"])?.must_succeed("merchant key list")?;
    assert!(listed.contains(&old.key) && listed.contains(&new.key), "{listed}");
    for secret in [&old.secret, &new.secret] {
        assert!(!listed.contains(secret.as_str()), "{listed}");
    }
    for (arguments, says) in [
        (&["revoke", "shop@example.com", &old.key][..], "no such key"),
        (&["revoke", "shop@example.com", "pk_nothing"], "no such key"),
        (&["create", "who@example.com"], "there is no merchant"),
        (&["create", "shop@example.com", "--scopes", "reed"], "is no scope"),
    ] {
        let ended = key(arguments)?;
        let said = String::from_utf8_lossy(&ended.0.stderr).into_owned();
        assert_eq!(ended.0.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    assert!(gateway.stop().await?.success());
    gateway.run(&["audit"])?.must_succeed("audit").map(drop)
}

#[tokio::test]
async fn a_damaged_journal_stops_the_start_and_nothing_is_repaired() -> Told<()> {
    let mut gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    for _ in 0..20 {
        gateway.merchant()?.open("ltc", "50.00").await?;
    }
    assert!(gateway.stop().await?.success());
    let journal = gateway.data_dir().join("journal");
    let segment = files_under(&journal)?.into_iter().min().unwrap_or_default();
    let mut bytes = std::fs::read(&segment)?;
    // Inside the first frames: valid ones follow, so this is damage and no torn tail.
    for byte in &mut bytes[4_200..4_208] {
        *byte ^= 0xff;
    }
    std::fs::write(&segment, &bytes)?;
    let name = segment.file_stem().map(|name| name.to_string_lossy().into_owned());
    let Err(failure) = gateway.launch().await else { panic!("it started on a damaged journal") };
    assert!(failure.to_string().contains(&name.unwrap_or_default()), "{failure}");
    assert_eq!(std::fs::read(&segment)?, bytes, "the journal was changed");
    let audited = gateway.run(&["audit"])?;
    assert_eq!(audited.0.status.code(), Some(1));
    Ok(())
}

#[test]
fn serve_wants_an_initialised_folder() -> Told<()> {
    let nowhere = Rpc {
        address: "127.0.0.1:1".parse()?,
        user: "nobody".to_owned(),
        password: "nothing".to_owned(),
    };
    let wanted = Configuration::default().network(Program::Litecoind, &[nowhere], 2);
    let gateway = Gateway::configured(GATEWAY, &wanted)?;
    let ended = gateway.run(&["serve"])?;
    let said = String::from_utf8_lossy(&ended.0.stderr).into_owned();
    assert_eq!(ended.0.status.code(), Some(1), "{said}");
    assert!(said.contains("init"), "{said}");
    Ok(())
}
