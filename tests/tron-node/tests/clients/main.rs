//! The node, judged by clients that nobody here wrote and that speak to real TRON nodes all day:
//! `tronweb` (npm) and `tronpy` (PyPI). They make accounts, build, sign and broadcast, and read
//! everything back; where a client computes ids, addresses or encodings itself, both must agree.

use cryptopayment_test_support::nodes::program::find;
use cryptopayment_test_support::process::tied_to_this_test;
use cryptopayment_test_support::{Failure, Told};
use cryptopayment_tron_node::TronNode;
use std::path::Path;
use std::process::Command;

const TRONWEB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/tronweb.mjs");
const TRONPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/tronpy_client.py");

/// Runs a client against a node of its own; it prints "ok" when every check of its held.
async fn judged_by(mut client: Command) -> Told<()> {
    let node = TronNode::start().await?;
    client.args([node.full_url(), node.solidity_url(), node.hosted_url(), node.levers_url()]);
    client.arg(node.rpc_url());
    // Elsewhere, as the node answers on this thread.
    let ended = tokio::task::spawn_blocking(move || client.output()).await??;
    let said = String::from_utf8_lossy(&ended.stdout);
    if ended.status.success() && said.trim().ends_with("ok") {
        let (burned, all) = node.sun_in_all();
        assert!(burned > 0, "nothing was paid");
        assert_eq!(all, 1_000_001_000_000_000, "TRX was made or lost");
        return Ok(());
    }
    Err(Failure::new(format!("{said}{}", String::from_utf8_lossy(&ended.stderr))))
}

#[tokio::test]
async fn tronweb_lives_on_it() -> Told<()> {
    let Some(program) = find("nodejs", "CRYPTOPAYMENT_TEST_NODE")? else { return Ok(()) };
    let Some(modules) = find("playwright", "CRYPTOPAYMENT_TEST_NODE_MODULES")? else {
        return Ok(());
    };
    let mut client = tied_to_this_test(&program);
    client.arg(TRONWEB).arg(modules);
    judged_by(client).await
}

#[tokio::test]
async fn tronpy_lives_on_it() -> Told<()> {
    let Some(python) = find("python", "CRYPTOPAYMENT_TEST_PYTHON")? else { return Ok(()) };
    let mut client = tied_to_this_test(Path::new(&python));
    client.env("PYTHONDONTWRITEBYTECODE", "1").arg(TRONPY);
    judged_by(client).await
}
