//! The node harness itself, on real nodes: what the gateway's tests rely on.

use cryptopayment_test_support::nodes::{Door, Manners, Node, Program};
use cryptopayment_test_support::{Json, Told};

const PROGRAMS: [Program; 2] = [Program::Litecoind, Program::Bitcoind];

async fn confirmations(node: &Node, txid: &str) -> Told<String> {
    let known = node.rpc.wallet("gettransaction", &format!(r#"["{txid}"]"#)).await?;
    Ok(known.number("confirmations")?.to_owned())
}

#[tokio::test]
async fn coins_are_sent_mined_and_reorganised_away() -> Told<()> {
    for program in PROGRAMS {
        let Some(node) = Node::start(program).await? else { continue };
        assert_eq!(node.height().await?, 110, "{program:?}");
        let address = node.new_address().await?;
        let txid = node.send(&address, "0.5").await?;
        assert_eq!(confirmations(&node, &txid).await?, "0");
        node.mine(2).await?;
        assert_eq!(confirmations(&node, &txid).await?, "2");
        node.reorganise(2, 3).await?;
        assert_eq!(node.height().await?, 113);
        assert_eq!(confirmations(&node, &txid).await?, "0", "{program:?}: still mined");
        node.mine(1).await?;
        assert_eq!(confirmations(&node, &txid).await?, "1", "{program:?}: not mined again");
    }
    Ok(())
}

#[tokio::test]
async fn a_payment_is_replaced_or_double_spent_before_it_is_mined() -> Told<()> {
    for program in PROGRAMS {
        let Some(node) = Node::start(program).await? else { continue };
        let address = node.new_address().await?;
        let first = node.send(&address, "0.5").await?;
        let replacement = node.bump_fee(&first).await?;
        let stolen = node.double_spend(&replacement).await?;
        let pool = node.rpc.call("getrawmempool", "[]").await?;
        assert_eq!(pool, Json::List(vec![Json::Text(stolen)]), "{program:?}");
    }
    Ok(())
}

#[tokio::test]
async fn one_transaction_pays_one_address_twice() -> Told<()> {
    for program in PROGRAMS {
        let Some(node) = Node::start(program).await? else { continue };
        let address = node.new_address().await?;
        let txid = node.send_outputs(&[(&address, "0.1"), (&address, "0.2")]).await?;
        node.mine(1).await?;
        let raw = node.rpc.wallet("gettransaction", &format!(r#"["{txid}"]"#)).await?;
        let decoded =
            node.rpc.call("decoderawtransaction", &format!(r#"["{}"]"#, raw.text("hex")?)).await?;
        let to_it = decoded
            .list("vout")?
            .iter()
            .filter(|output| output.to_string().contains(&format!("\"{address}\"")))
            .count();
        assert_eq!(to_it, 2, "{program:?}: {decoded}");
    }
    Ok(())
}

#[tokio::test]
async fn a_restarted_node_has_its_coins_and_another_can_lag_behind_it() -> Told<()> {
    for program in PROGRAMS {
        let Some(mut node) = Node::start(program).await? else { continue };
        node.restart().await?;
        assert_eq!(node.height().await?, 110);
        node.send(&node.new_address().await?, "1").await?;
        let Some(behind) = Node::bare(program).await? else { continue };
        for height in 1..=5 {
            node.hand_block(height, &behind).await?;
        }
        assert_eq!(behind.height().await?, 5);
        assert_eq!(behind.hash_at(5).await?, node.hash_at(5).await?);
    }
    Ok(())
}

#[tokio::test]
async fn the_door_passes_and_misbehaves() -> Told<()> {
    let Some(node) = Node::bare(Program::Litecoind).await? else { return Ok(()) };
    let door = Door::to(&node.rpc).await?;
    let through = door.rpc();
    assert_eq!(through.call("getblockcount", "[]").await?.count("")?, 0);
    for manners in [
        Manners::Status(401),
        Manners::Status(429),
        Manners::Status(500),
        Manners::WebPage,
        Manners::CutShort,
        Manners::Reset,
    ] {
        door.behave(manners.clone());
        assert!(through.call("getblockcount", "[]").await.is_err(), "{manners:?}");
    }
    door.behave(Manners::Pass);
    assert_eq!(through.call("getblockcount", "[]").await?.count("")?, 0);
    Ok(())
}
