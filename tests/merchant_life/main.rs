//! A merchant's life at random, and a model of it that knows nothing of this code: written in
//! Python from the documents, it must agree with the gateway after every invoice, payment, block,
//! reorganisation, withdrawal, cancel, repetition and kill.
//!
//! `CRYPTOPAYMENT_TEST_LIVES=1000` lives longer.

use cryptopayment_test_support::nodes::program::find;
use cryptopayment_test_support::process::tied_to_this_test;
use cryptopayment_test_support::{Told, seed};
use std::path::Path;
use std::process::Command;

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/merchant_life/life.py");
const LIVES: &str = "CRYPTOPAYMENT_TEST_LIVES";
const SAMPLE: &str = "12";
const STEPS_MAX: &str = "40";

#[test]
fn whatever_happens_the_gateway_and_a_model_of_it_agree() -> Told<()> {
    let Some(python) = find("python", "CRYPTOPAYMENT_TEST_PYTHON")? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let lives = std::env::var(LIVES).unwrap_or_else(|_| SAMPLE.to_owned());
    let lived = tied_to_this_test(&python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(MODEL)
        .args([Path::new(GATEWAY), folder.path()])
        .args([&seed::of_this_run().to_string(), &lives, STEPS_MAX])
        .status()?;
    assert!(lived.success(), "the gateway and the model differ: see above");

    let audited = Command::new(GATEWAY)
        .args(["audit", "--data-dir"])
        .arg(folder.path().join("data"))
        .output()?;
    let said = String::from_utf8_lossy(&audited.stderr);
    assert!(audited.status.success(), "the audit does not hold:\n{said}");
    Ok(())
}
