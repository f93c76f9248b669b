//! The operator's day: the configuration checked, logs without a secret, a stop that loses nothing.

mod checking;
mod secrets;
mod stopping;
mod stub;

use cryptopayment_test_support::Told;
use cryptopayment_test_support::process::tied_to_this_test;
use std::path::Path;
use std::process::{Command, Stdio};

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");

const INIT: [(&str, &str); 3] = [
    ("CRYPTOPAYMENT_WALLET__PASSPHRASE", "correct-horse-passphrase-4711"),
    ("CRYPTOPAYMENT_ADMIN_EMAIL", "admin@example.com"),
    ("CRYPTOPAYMENT_ADMIN_PASSWORD", "admin-password-0815-secret"),
];

/// The binary with these variables and no others of ours.
fn command(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = tied_to_this_test(Path::new(GATEWAY));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CRYPTOPAYMENT_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).envs(environment.iter().copied()).current_dir(folder);
    command.stdin(Stdio::null());
    command
}

/// Runs it to its end: exit code, standard output, standard error.
fn run(
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Told<(i32, String, String)> {
    let ended = command(folder, arguments, environment).output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((ended.status.code().unwrap_or(-1), text(&ended.stdout), text(&ended.stderr)))
}
