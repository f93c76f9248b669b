//! What real nodes said (Litecoin Core 0.21.2.1, Bitcoin Knots 29), read by the adapter.

use super::*;
use crate::address::Address;
use crate::utxo::parse::{self, Parsed};
use serde_json::{Value, json};

fn parsed(network: Network, height: u64, hash_text: &str, name: &str) -> Block {
    match parse::block(network, height, hash(hash_text), &raw_result(name)) {
        Ok(Parsed::Block(block)) => block,
        other => panic!("{other:?}"),
    }
}

/// The text of `result` as the node wrote it: through a [`Value`] it would not be its own.
fn raw_result(name: &str) -> String {
    let answer = recorded(name);
    let start = "{\"result\":".len();
    let end = answer.rfind(",\"error\":").unwrap();
    answer[start..end].to_owned()
}

/// Index, address and amount of each transfer.
fn told(network: Network, transfers: &[Transfer]) -> Vec<(u32, String, String)> {
    let line = |one: &Transfer| {
        let address = Address::from_bytes(network, ChainName::Regtest, &one.recipient);
        let address = address.map_or_else(|_| hex::encode(&one.recipient), |a| a.to_string());
        (one.payment.index, address, one.amount.to_string())
    };
    transfers.iter().map(line).collect()
}

fn rows(rows: &[(u32, &str, &str)]) -> Vec<(u32, String, String)> {
    rows.iter().map(|(n, to, amount)| (*n, (*to).to_owned(), (*amount).to_owned())).collect()
}

#[test]
fn a_litecoin_block_with_mweb_shows_every_output_that_can_be_seen() {
    let hash_text = "631e1ff5dedae2ac013863b428b33bc8fde2b41c42a84e32eaca16618a84b15d";
    let block = parsed(Network::Ltc, 440, hash_text, "ltc-block-mweb");
    let parent = "d480a1044d891a84d525a77b49c5c58399ab2690f5686901e4dd6c2f72e9c197";
    assert_eq!(block.parent, hash(parent));
    assert_eq!(block.at.time.unix_s(), 1_795_345_704);
    let expected = rows(&[
        (0, "rltc1qjhyjqu9fk902j9kp687rrfu978x69rp8aylea6", "12.5001148"),
        (0, "rltc1q6rz28mcfaxtmd6v789l9rrlrusdprr9puuzgkg", "0.12345678"),
        (1, "rltc1qp9k3jgx7ua9l8uwzfu5yzftgrlfp8qtn4t380w", "9.07649562"),
        (2, "mtYADGqaPabrkka1qKH9sRLUV9qBwsKsRf", "0.10"),
        (3, "QePGnVAuMsEWjjDdbSRAqPTTcUPy4VM7WY", "0.20"),
        (4, "rltc1qd7spv5q28348xl4myc8zmh983w5jx32cwn4h9f", "3.00"),
        // The integrating transaction: MWEB's own coin, and a payment out of MWEB to a customer.
        (0, "58205632831bd379773ccfce3cc23dd3b7d5e603d790c009c8cfb243878924c365bc", "11.2498222"),
        (1, "rltc1q6rz28mcfaxtmd6v789l9rrlrusdprr9puuzgkg", "1.25"),
    ]);
    assert_eq!(told(Network::Ltc, &block.transfers), expected);
    assert_eq!(block.spent.len(), 2, "what is spent inside MWEB names no coin");
    let out_of_mweb = "c2bc3d6a9f7982bdc98f7f8a87978f3f1210f60b930ee03a8b01482ce5547594";
    assert_eq!(block.transfers[7].payment.txid, hash(out_of_mweb));
}

#[test]
fn a_bitcoin_block_shows_every_kind_of_output() {
    let hash_text = "79836a47f564405560c242fa5f7f593d4a78997f8f0773e0644e0f9d6ee6f142";
    let block = parsed(Network::Btc, 102, hash_text, "btc-block");
    let expected = rows(&[
        (0, "bcrt1qw8lp4ext0k2p87vtftz5fmgvwa4gsr5cmj6lge", "50.0001012"),
        (0, "mwxocpJrdiZpBhpi51vEgvyZgd5dqapLYk", "0.10"),
        (1, "bcrt1pwgeh5hdn27u0940cu0c6l06454eyh992pdp8g9c4fd58jvva23qs4pavpl", "0.30"),
        (2, "bcrt1q6rz28mcfaxtmd6v789l9rrlrusdprr9pz3cppk", "0.12345678"),
        (3, "2N4fx8aah7ZayKDKHYaVNPRDdi95BLjAgGC", "0.20"),
        (4, "bcrt1qd7spv5q28348xl4myc8zmh983w5jx32cs707jh", "3.00"),
        (5, "mjCTkPBX5tLeuQiDjetmVTUbq7efJ3KKvw", "46.27648642"),
        (0, "bcrt1q6rz28mcfaxtmd6v789l9rrlrusdprr9pz3cppk", "20.99999999"),
        (1, "mw3DpBXYkmpJfivQSqBpjs39mTkYZhHJSh", "25.27644203"),
    ]);
    assert_eq!(told(Network::Btc, &block.transfers), expected);
}

#[test]
fn the_first_block_has_no_parent() {
    for (network, name) in [(Network::Btc, "btc"), (Network::Ltc, "ltc")] {
        let first = genesis::hashes(network, ChainName::Regtest)[0];
        let block = parsed(network, 0, first, &format!("{name}-block-genesis"));
        assert_eq!(block.parent, Hash32([0; 32]));
        assert_eq!(block.transfers.len(), 1);
        assert_eq!(block.transfers[0].amount.to_string(), "50.00");
    }
}

#[test]
fn a_waiting_transaction_inside_mweb_shows_nothing_yet() {
    let rows = [
        ("ltc-mempool-mweb", "ba85c210aeb1a2bcaec6eedcd78b50c16e62b62f161d98a1d3ed4d721c1ebb4e"),
        ("ltc-mempool-pegout", "1be747b52e948b23aa448a9bfd4bf4e67c96a6f6077e0c0e778977c1f18de78d"),
    ];
    for (name, txid) in rows {
        let transfers = parse::transaction(Network::Ltc, hash(txid), &raw_result(name));
        assert_eq!(transfers.unwrap().transfers, [], "{name}");
    }
}

/// A node that holds the recorded chain: genesis, and one block where the recording had it.
async fn recorded_node(network: Network) -> StubNode {
    let (name, block, top) = if network == Network::Btc {
        ("btc", "btc-block", 102)
    } else {
        ("ltc", "ltc-block-mweb", 440)
    };
    let whole = |name: &str| -> Value { serde_json::from_str(&recorded(name)).unwrap() };
    let (info, beyond) =
        (whole(&format!("{name}-blockchaininfo")), whole(&format!("{name}-blockhash-beyond")));
    let (gone, unknown) =
        (whole(&format!("{name}-transaction-gone")), whole(&format!("{name}-method-unknown")));
    let head = json!({"result": info["result"]["bestblockhash"]});
    let (pool, many) =
        (whole(&format!("{name}-rawmempool")), whole(&format!("{name}-mempool-many")));
    let block = whole(block);
    let first = genesis::hashes(network, ChainName::Regtest)[0];
    StubNode::answering(move |method, params| match (method, params[0].as_u64()) {
        ("getblockchaininfo", _) => info.clone(),
        ("getblockhash", Some(0)) => json!({"result": first}),
        ("getblockhash", Some(height)) if height == top => {
            json!({"result": block["result"]["hash"]})
        }
        ("getblockhash", _) => beyond.clone(),
        ("getblock", _) => block.clone(),
        ("getrawmempool", _) => pool.clone(),
        ("getbestblockhash", _) => head.clone(),
        ("getrawtransaction", _) if params[0] == many["result"]["txid"] => many.clone(),
        ("getrawtransaction", _) => gone.clone(),
        _ => unknown.clone(),
    })
    .await
}

#[tokio::test]
async fn the_adapter_reads_head_hashes_blocks_and_mempool() {
    for (network, height, outputs) in [(Network::Btc, 102, 9), (Network::Ltc, 440, 8)] {
        let node = recorded_node(network).await;
        let chain = chain_of(network, &[&node]);
        chain.identify().await.unwrap();
        let head = chain.head().await.unwrap();
        assert_eq!((head.height, head.solid_height), (height, None));
        assert_eq!(chain.hash_at(height).await.unwrap(), Some(head.hash));
        assert_eq!(chain.hash_at(100_000).await.unwrap(), None);
        assert_eq!(chain.block_at(100_000).await.unwrap(), None);
        let block = chain.block_at(height).await.unwrap().unwrap();
        assert_eq!((block.at.hash, block.transfers.len()), (head.hash, outputs));
    }
}

#[tokio::test]
async fn a_waiting_transaction_is_told_once_and_one_that_left_meanwhile_never() {
    for (network, waiting) in [(Network::Btc, 2), (Network::Ltc, 3)] {
        let node = recorded_node(network).await;
        let chain = chain_of(network, &[&node]);
        let first = chain.mempool().await.unwrap();
        // All but one of the listed have left the pool between the two questions.
        assert_eq!(first.txids.len(), waiting);
        let [told] = first.new.as_slice() else { panic!("{first:?}") };
        assert_eq!(told.transfers.len(), if network == Network::Btc { 6 } else { 5 });
        assert_eq!(told.spends.len(), 1);
        assert!(first.is_whole && first.all_told);
        assert_eq!(first.head, chain.head().await.unwrap().hash);
        let second = chain.mempool().await.unwrap();
        assert_eq!(second.txids, first.txids);
        assert_eq!(second.new, []);
    }
}
