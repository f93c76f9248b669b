//! Backups by the command line: made while the gateway works, put back elsewhere, killed in between.

use cryptopayment_test_support::gateway::Gateway;
use cryptopayment_test_support::process::tied_to_this_test;
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::{Failure, Json, Told};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");

/// Runs the binary to its end: exit code, standard output, standard error.
fn run(arguments: &[&str]) -> Told<(i32, String, String)> {
    let mut command = tied_to_this_test(Path::new(GATEWAY));
    let ended = command.args(arguments).stdin(Stdio::null()).output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((ended.status.code().unwrap_or(-1), text(&ended.stdout), text(&ended.stderr)))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A sandbox with a few invoices, and a backup of it made while it runs and opens more.
async fn backed_up(out: &Path) -> Told<(Gateway, PathBuf, Json)> {
    let gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    let shop = gateway.merchant()?;
    for _ in 0..5 {
        shop.open("ltc", "50.00").await?;
    }
    let file = out.join("gateway.backup");
    let name = text(&file);
    let opening = async {
        for _ in 0..40 {
            shop.open("btc", "50.00").await?;
        }
        Told::Ok(())
    };
    let making = tokio::task::spawn_blocking({
        let data = text(&gateway.data_dir());
        move || run(&["backup", &name, "--data-dir", &data, "--json"])
    });
    let (opened, made) = futures::join!(opening, making);
    opened?;
    let (code, made, said) = made.map_err(|error| Failure::new(error.to_string()))??;
    assert_eq!(code, 0, "{said}");
    Ok((gateway, file, Json::parse(made.as_bytes())?))
}

#[tokio::test]
async fn a_backup_of_a_working_gateway_is_put_back_and_audits_clean() -> Told<()> {
    let out = tempfile::tempdir()?;
    let (mut gateway, file, made) = backed_up(out.path()).await?;
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
    assert_eq!(made.number("bytes")?, fs::metadata(&file)?.len().to_string());
    let (code, _, said) = run(&["backup", &text(&file), "--data-dir", &text(&gateway.data_dir())])?;
    assert!(code == 1 && said.contains("not overwritten"), "{said}");
    let gateway_data = text(&gateway.data_dir());
    let (code, _, said) = run(&["restore", &text(&file), "--data-dir", &gateway_data])?;
    assert!(code == 1 && said.contains("not empty"), "{said}");
    assert!(gateway.stop().await?.success());

    let data = text(&out.path().join("restored"));
    let restore = ["restore", &text(&file), "--data-dir", &data, "--watch", "20", "--json"];
    let (code, told, said) = run(&restore)?;
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("freeze lift"), "{said}");
    let told = Json::parse(told.as_bytes())?;
    assert_eq!(told.number("facts")?, made.number("facts")?);
    let (code, _, said) = run(&["audit", "--data-dir", &data])?;
    assert_eq!(code, 0, "{said}");

    // The passphrase is not in it: nothing that is sealed can be read without it.
    let (code, _, said) = run(&["freeze", "show", "--data-dir", &data])?;
    assert_ne!(code, 0, "{said}");
    fs::copy(gateway.data_dir().join("passphrase"), Path::new(&data).join("passphrase"))?;
    let (code, shown, said) = run(&["freeze", "show", "--data-dir", &data])?;
    assert!(code == 0 && shown.contains("restored from a backup"), "{shown}{said}");
    let (code, _, said) = run(&["freeze", "lift", "--reason", " ", "--data-dir", &data])?;
    assert!(code == 1 && said.contains("say why"), "{said}");
    let lift = ["freeze", "lift", "--reason", "looked at", "--data-dir", &data];
    assert_eq!(run(&lift)?.0, 0);
    let (_, shown, _) = run(&["freeze", "show", "--data-dir", &data])?;
    assert!(shown.contains("not frozen"), "{shown}");
    let (code, listed, _) = run(&["set-aside", "--json", "--data-dir", &data])?;
    assert_eq!((code, listed.trim()), (0, "[]"));
    gateway.run(&["audit"])?.must_succeed("audit").map(drop)
}

#[tokio::test]
async fn a_restore_that_was_killed_is_recognised_and_nothing_uses_it() -> Told<()> {
    let out = tempfile::tempdir()?;
    let (mut gateway, file, _) = backed_up(out.path()).await?;
    assert!(gateway.stop().await?.success());
    let whole = fs::read(&file)?;
    let (pipe, data) = (out.path().join("pipe"), out.path().join("restored"));
    assert!(Command::new("mkfifo").arg(&pipe).status()?.success());
    let mut restoring = tied_to_this_test(Path::new(GATEWAY))
        .args(["restore", &text(&pipe), "--data-dir", &text(&data)])
        .stderr(Stdio::null())
        .spawn()?;
    // All but the end of the journal comes, and then nothing: the restore waits in the middle.
    let mut writer = fs::OpenOptions::new().write(true).open(&pipe)?;
    writer.write_all(&whole[..whole.len() - 4_000])?;
    let seed = data.join("wallet/seed.sealed");
    wait::until("the seed is there, and only the journal is missing", async || {
        Ok(Look::when(seed.exists(), (), || "no seed yet".to_owned()))
    })
    .await?;
    restoring.kill()?;
    restoring.wait()?;
    drop(writer);
    let data = text(&data);
    for arguments in [
        &["restore", &text(&file), "--data-dir", &data][..],
        &["sandbox", "--listen", "127.0.0.1:0", "--data-dir", &data],
        &["audit", "--data-dir", &data],
        &["rebuild", "--data-dir", &data],
        &["merchant", "list", "--data-dir", &data],
        &["backup", &text(&out.path().join("other")), "--data-dir", &data],
    ] {
        let (code, _, said) = run(arguments)?;
        assert!(code == 1 && said.contains("half restored"), "{arguments:?}: {said}");
    }
    fs::remove_dir_all(&data)?;
    let (code, _, said) = run(&["restore", &text(&file), "--data-dir", &data])?;
    assert_eq!(code, 0, "{said}");
    Ok(())
}

#[tokio::test]
async fn a_backup_that_was_killed_leaves_no_file_of_its_name_and_an_untouched_folder() -> Told<()> {
    let out = tempfile::tempdir()?;
    let (gateway, first, _) = backed_up(out.path()).await?;
    let data = text(&gateway.data_dir());
    let (mut killed, mut whole) = (0, 0);
    for attempt in 0..12_u64 {
        let file = out.path().join(format!("backup.{attempt}"));
        let mut making = tied_to_this_test(Path::new(GATEWAY))
            .args(["backup", &text(&file), "--data-dir", &data])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        tokio::time::sleep(std::time::Duration::from_millis(attempt * 15)).await;
        making.kill()?;
        making.wait()?;
        if file.exists() {
            whole += 1;
            let into = text(&out.path().join(format!("restored.{attempt}")));
            let (code, _, said) = run(&["restore", &text(&file), "--data-dir", &into])?;
            assert_eq!(code, 0, "a file of that name is a whole backup: {said}");
        } else {
            killed += 1;
        }
        gateway.merchant()?.open("ltc", "50.00").await?;
    }
    println!("{killed} were killed before their end, {whole} after");
    assert!(killed > 0 && first.exists());
    let mut gateway = gateway;
    assert!(gateway.stop().await?.success());
    gateway.run(&["audit"])?.must_succeed("audit").map(drop)
}
