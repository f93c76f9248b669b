//! Nodes that refuse, limit, lag, contradict themselves or fall silent: named, waited for, or left
//! for another; and never a wrong credit.

use crate::shop::{DEEP, GATEWAY, SOLID, Shop, percent_of};
use cryptopayment_test_support::Told;
use cryptopayment_test_support::gateway::{Configuration, Gateway};
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_tron_node::{Fault, Manner, TronNode};

const KEY: &str = "25f66928-0b70-48cd-9ac6-da6f8247c663";

/// Waits until `/readyz` says this of the network.
async fn until_readyz_says(gateway: &Gateway, words: &str) -> Told<()> {
    wait::until(&format!("/readyz says {words:?}"), async || {
        let answer = gateway.get("/readyz").await?;
        let said = answer.text();
        Ok(Look::when(answer.status == 503 && said.contains(words), (), || said.clone()))
    })
    .await
}

/// What `config check` prints. On a thread of its own: the node answers on this one.
async fn config_check(wanted: Configuration) -> Told<String> {
    let checked = tokio::task::spawn_blocking(move || {
        Gateway::configured(GATEWAY, &wanted)?.run(&["config", "check"])
    });
    Ok(String::from_utf8_lossy(&checked.await??.0.stdout).into_owned())
}

/// Each in turn: the payment is made meanwhile, what is wrong is said, and when it is mended the
/// payment is there, once.
#[tokio::test]
async fn whatever_a_node_does_wrong_is_named_and_loses_nothing() -> Told<()> {
    let shop = Shop::open().await?;
    let infos = "gettransactioninfobyblocknum";
    let says = |body: &str| Manner::Says(body.to_owned());
    let rows = [
        ("getblockbynum", Manner::Lite, "it is a lite full node"),
        ("getblock", Manner::RateLimited, "limits our requests"),
        ("getblock", Manner::Status(403), "it forbids the call (HTTP 403)"),
        ("getnowblock", Manner::Status(503), "limits our requests: HTTP 503"),
        ("getnowblock", Manner::Disabled, "this API is unavailable due to config"),
        ("getnowblock", Manner::EmptyObject, "is not ready"),
        ("walletsolidity", Manner::Reset, "does not answer"),
        (infos, Manner::EmptyList, "storage.transHistory.switch"),
        (infos, Manner::EmptyObject, "storage.transHistory.switch"),
        (infos, Manner::WithoutLastInfo, "it sent infos of 1"),
        (infos, Manner::OfBlock(41), "it sent the info of"),
        (infos, Manner::CutShort, "JSON that is cut"),
        ("getblockbynum", Manner::CutShort, "JSON that is cut"),
        ("getblockbynum", Manner::OfBlock(3), "it sent block 3"),
        ("getblock", says("<html>Sign in</html>"), "an HTML page"),
        ("getblock", says(r#"{"blockID":9007199254740993}"#), "answers nonsense"),
        ("wallet/", Manner::Behind(3), "is behind"),
    ];
    let mut paid = 0;
    for (path, manner, words) in rows {
        let invoice = shop.invoice().await?;
        let (whole, half) = (percent_of(&invoice, 100)?, percent_of(&invoice, 50)?);
        shop.node.break_down(Fault::on(path, manner.clone()));
        shop.node.pay(&invoice.address, half)?;
        shop.node.pay(&invoice.address, half)?;
        shop.node.mine(SOLID);
        if words != "is behind" {
            until_readyz_says(&shop.gateway, words).await?;
        }
        let still = shop.merchant.invoice(&invoice.id).await?;
        assert_ne!(still.text("status")?, "confirmed", "{path} {manner:?}");
        shop.wait_available(paid).await?;
        shop.node.mend();
        if words == "is behind" {
            shop.node.mine(3);
        }
        let confirmed = shop.stands(&invoice, "confirmed", "none").await?;
        assert_eq!(confirmed.list("payments")?.len(), 2, "{path} {manner:?}");
        paid += whole;
        shop.wait_available(paid).await?;
        wait::until("the network is open again", async || {
            let answer = shop.gateway.get("/readyz").await?;
            Ok(Look::when(answer.status == 200, (), || answer.text()))
        })
        .await?;
    }
    shop.close_and_audit().await
}

#[tokio::test]
async fn a_node_that_goes_away_is_waited_for_or_left_for_another() -> Told<()> {
    let node = TronNode::start().await?;
    let second = node.beside().await?;
    let wanted = Configuration::default().tron(
        &[node.full_url(), second.full_url()],
        &[node.solidity_url(), second.solidity_url()],
        node.token(),
        DEEP,
    );
    let shop = Shop::open_at(node, &wanted).await?;
    let one = shop.invoice().await?;
    shop.node.go_down();
    shop.pay(&one, 100)?;
    shop.node.mine(SOLID);
    shop.stands(&one, "confirmed", "none").await?;

    let other = shop.invoice().await?;
    second.go_down();
    until_readyz_says(&shop.gateway, "does not answer").await?;
    shop.pay(&other, 100)?;
    shop.node.mine(SOLID);
    shop.node.come_back().await?;
    shop.stands(&other, "confirmed", "none").await?;
    shop.wait_available(percent_of(&one, 200)?).await?;
    shop.wait_both_events(&other).await?;
    shop.close_and_audit().await
}

/// A hosted node: one URL for both views, and a key that is nowhere to be read.
#[tokio::test]
async fn a_hosted_node_is_read_with_its_key_which_is_never_shown() -> Told<()> {
    let node = TronNode::start().await?;
    node.require_key(Some(KEY));
    let urls = [node.hosted_url()];
    let hosted = Configuration::default().tron(&urls, &[], node.token(), DEEP);
    let said = config_check(hosted).await?;
    assert!(said.contains("networks.trc20.api_key"), "{said}");

    let wanted = Configuration::default().api_key(KEY).tron(&urls, &[], node.token(), DEEP);
    let shop = Shop::open_at(node, &wanted).await?;
    let said = config_check(wanted).await?;
    assert!(said.contains("trc20 regtest, height"), "{said}");
    let invoice = shop.invoice().await?;
    shop.pay(&invoice, 100)?;
    shop.node.mine(SOLID);
    shop.stands(&invoice, "confirmed", "none").await?;
    // Another key from now on: whatever is said of it, ours is not.
    shop.node.require_key(Some("another"));
    until_readyz_says(&shop.gateway, "API key is wrong or missing").await?;
    let networks = shop.gateway.run(&["networks"])?.must_succeed("networks")?;
    for said in [said, shop.gateway.log(), networks, shop.gateway.get("/readyz").await?.text()] {
        assert!(!said.contains(KEY), "{said}");
    }
    shop.close_and_audit().await
}

type Change = fn(&TronNode);

/// Half configured: each is said before a customer meets it, with the line that mends it.
#[tokio::test]
async fn a_node_that_is_half_configured_is_named_by_config_check() -> Told<()> {
    let node = TronNode::start().await?;
    let (full, solid) = ([node.full_url()], [node.solidity_url()]);
    let look_alike = cryptopayment_tron_node::LOOK_ALIKE;
    let rows: [(&[String], &str, Change, &str); 5] = [
        (&solid, node.token(), |_| (), "trc20 regtest, height"),
        (&[], node.token(), |_| (), "name it in solidity_rpc (java-tron: port 8091"),
        (
            &solid,
            node.token(),
            |node| node.set_up(|on| on.constant_calls = false),
            "supportConstant = true",
        ),
        (&solid, "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb", |_| (), "no contract is at T9yD"),
        (
            &solid,
            look_alike,
            |node| node.break_down(Fault::on("getblockbynum", Manner::Lite)),
            "it is a lite full node",
        ),
    ];
    for (solid, token, change, words) in rows {
        change(&node);
        let wanted = Configuration::default().tron(&full, solid, token, DEEP);
        let said = config_check(wanted).await?;
        assert!(said.contains(words), "{words}: {said}");
        node.mend();
        node.set_up(|on| on.constant_calls = true);
    }
    Ok(())
}
