//! Strangers judge the API by its document alone: two linters read it, and schemathesis asks a
//! gateway everything that it allows and much that it does not.

use cryptopayment_test_support::gateway::Gateway;
use cryptopayment_test_support::nodes::program::find;
use cryptopayment_test_support::process::tied_to_this_test;
use cryptopayment_test_support::{Failure, Told, seed};
use std::process::{Command, Output};

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/strangers/redocly.yaml");
const ASKING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/strangers/schemathesis.toml");

/// The folder of hooks.py.
const HOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/strangers");

/// Requests that schemathesis makes of each operation in each phase, at most.
const EXAMPLES_MAX: &str = "25";

/// Both outputs, if it ended well; otherwise they are the failure.
fn said(ended: &Output) -> Told<String> {
    let both = [&ended.stdout, &ended.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    let both = both.concat();
    if ended.status.success() { Ok(both) } else { Err(Failure::new(both)) }
}

fn run(command: &mut Command) -> Told<String> {
    said(&command.output()?)
}

#[test]
fn redocly_finds_nothing_to_complain_of() -> Told<()> {
    let Some(modules) = find("playwright", "CRYPTOPAYMENT_TEST_NODE_MODULES")? else {
        return Ok(());
    };
    let mut lint = tied_to_this_test(&modules.join(".bin/redocly"));
    lint.args(["lint", "--format=json", "--config", RULES, DOCUMENT]);
    lint.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    let report = run(&mut lint)?;
    let clean = report.contains(r#""errors": 0"#) && report.contains(r#""warnings": 0"#);
    if clean { Ok(()) } else { Err(Failure::new(report)) }
}

#[test]
fn the_document_is_openapi_3_1() -> Told<()> {
    let Some(python) = find("python", "CRYPTOPAYMENT_TEST_PYTHON")? else { return Ok(()) };
    let validator = python.with_file_name("openapi-spec-validator");
    run(tied_to_this_test(&validator).args(["--schema", "3.1", DOCUMENT])).map(drop)
}

/// All checks and all phases, links between operations included.
#[tokio::test]
async fn schemathesis_finds_no_answer_against_the_document() -> Told<()> {
    let Some(python) = find("python", "CRYPTOPAYMENT_TEST_PYTHON")? else { return Ok(()) };
    let gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    let address = gateway.address()?;
    let shop = gateway.merchant()?;
    let key = format!("{}:{}", shop.key, shop.secret);
    let folder = tempfile::tempdir()?;
    let mut judge = tied_to_this_test(&python.with_file_name("schemathesis"));
    judge.current_dir(folder.path()).args(["--config-file", ASKING, "run"]);
    judge.arg(format!("http://{address}/openapi.json"));
    judge.env("CRYPTOPAYMENT_TEST_KEY", key).args(["--max-examples", EXAMPLES_MAX]);
    judge.env("SCHEMATHESIS_HOOKS", "hooks").env("PYTHONPATH", HOOKS);
    judge.args(["--seed", &seed::of_this_run().to_string(), "--no-color"]);
    let judged = tokio::task::spawn_blocking(move || run(&mut judge)).await?;
    // It is still well, and has had no panic to hide.
    assert_eq!(gateway.get("/readyz").await?.status, 200);
    no_panic(&gateway.log())?;
    judged.map(drop)
}

fn no_panic(log: &str) -> Told<()> {
    match log.lines().find(|line| line.contains("panicked")) {
        Some(line) => Err(Failure::new(line)),
        None => Ok(()),
    }
}
