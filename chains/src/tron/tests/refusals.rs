//! Nodes that refuse, limit, are half configured, or are not what was configured: each is named,
//! with what the operator can do.

use super::*;

type MakeReply = fn() -> Reply;

/// What a node says of an error, as java-tron puts it.
fn error(text: &str) -> Reply {
    Reply::Body(json!({"Error": text}).to_string())
}

#[tokio::test]
async fn every_failure_is_told_apart_with_a_sentence() {
    let rows: [(MakeReply, &str); 22] = [
        (|| Reply::Hang, "does not answer: no answer in time"),
        (|| Reply::Cut("{\"blockID\":1".into()), "does not answer: the connection broke"),
        (|| Reply::Status(502, "<html>".into()), "does not answer: HTTP 502"),
        (
            || Reply::Body("this API is closed because this node is a lite fullnode".into()),
            "refuses us: it is a lite full node",
        ),
        (
            || error("class java.lang.IllegalAccessException : lack of computing resources"),
            "limits our requests: class java.lang.IllegalAccessException : lack of computing",
        ),
        (|| Reply::Status(429, "slow down".into()), "limits our requests: HTTP 429; an API key"),
        (|| Reply::Status(503, "<html>".into()), "limits our requests: HTTP 503; an API key"),
        (
            || {
                Reply::Status(403, json!({"Error": "request rate exceeded the allowed_rps(10), and the query server is suspended for 5 s"}).to_string())
            },
            "limits our requests: request rate exceeded the allowed_rps(10)",
        ),
        (|| Reply::Status(403, "<html>".into()), "refuses us: it forbids the call (HTTP 403)"),
        (|| Reply::Status(401, String::new()), "refuses us: the API key is wrong or missing"),
        (
            || Reply::Status(404, r#"{"Error":"this API is unavailable due to config"}"#.into()),
            "refuses us: wallet/getblock: this API is unavailable due to config (HTTP 404); see \
             disabledApi",
        ),
        (
            || Reply::Status(404, "<html>".into()),
            "refuses us: it has no /wallet/getblock (HTTP 404); is this java-tron's HTTP port",
        ),
        (|| Reply::Status(405, String::new()), "refuses us: it has no /wallet/getblock"),
        (|| Reply::Status(301, String::new()), "refuses us: it redirects elsewhere"),
        (|| Reply::Status(418, String::new()), "refuses us: wallet/getblock: HTTP 418"),
        (
            || error("class java.lang.NumberFormatException : null"),
            "refuses us: wallet/getblock: class java.lang.NumberFormatException : null",
        ),
        (|| Reply::Body("<html>Welcome</html>".into()), "answers nonsense: an HTML page"),
        (|| Reply::Body("hello".into()), "answers nonsense: no JSON"),
        (|| Reply::Body(String::new()), "answers nonsense: an empty answer"),
        (|| Reply::Body("{\"blockID\":\"00".into()), "answers nonsense: JSON that is cut"),
        (|| Reply::Body("{\"blockID\":17}".into()), "answers nonsense: invalid type"),
        (|| Reply::Body("[]".into()), "answers nonsense: "),
    ];
    for (reply, sentence) in rows {
        let node = node_showing(FakeChain::up_to(9, &[]), move |path, _| {
            (path == "wallet/getblock").then(reply)
        })
        .await;
        let error = chain_of(&[&node]).hash_at(4).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("127.0.0.1:{} {sentence}", node.port())), "{error}");
    }
}

#[tokio::test]
async fn a_node_without_the_solidified_view_is_told_where_it_may_be() {
    let none = |path: &str, _: &Value| {
        path.starts_with("walletsolidity").then(|| Reply::Status(404, "<html>".into()))
    };
    let full = node_showing(FakeChain::up_to(9, &[]), none).await;
    let error = chain_of(&[&full]).head().await.unwrap_err().to_string();
    assert!(error.contains("name it in solidity_rpc (java-tron: port 8091"), "{error}");

    let solid = node_showing(FakeChain::up_to(9, &[]), |path, _| {
        path.starts_with("wallet/").then(|| Reply::Status(404, "<html>".into()))
    });
    let solid = solid.await;
    let both = TronSettings { solidity_rpc: vec![solid.url()], ..settings(vec![full.url()]) };
    let chain = TronChain::new(both).unwrap();
    assert_eq!(chain.head().await.unwrap().solid_height, Some(6));
    assert_eq!(chain.providers()[0].node, format!("127.0.0.1:{}", full.port()));
}

#[tokio::test]
async fn a_node_of_another_chain_is_never_believed() {
    let main = "00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc";
    let nile = "0000000000000000d698d4192c56cb6be724a558448e2684802de4d6cd8690dc";
    let private = chain::id_at(0, 7);
    let rows = [
        (ChainName::Main, nile, "trc20 main is configured, it is on trc20 test"),
        (ChainName::Test, main, "trc20 test is configured, it is on trc20 main"),
        (ChainName::Regtest, main, "trc20 regtest is configured, it is on trc20 main"),
        (ChainName::Main, &private, "a chain unknown here"),
    ];
    for (name, first, sentence) in rows {
        let mut fake = FakeChain::up_to(9, &[]);
        fake.blocks[0].block["blockID"] = json!(first);
        let node = node_showing(fake, |_, _| None).await;
        let chain =
            TronChain::new(TronSettings { chain: name, ..settings(vec![node.url()]) }).unwrap();
        for error in [
            chain.identify().await.unwrap_err(),
            chain.head().await.unwrap_err(),
            chain.hash_at(1).await.unwrap_err(),
            chain.block_at(1).await.unwrap_err(),
            chain.is_solid(1, Hash32([0; 32])).await.unwrap_err(),
        ] {
            assert!(matches!(error, ChainError::Misconfigured { .. }), "{error}");
            assert!(error.to_string().contains(sentence), "{error}");
        }
    }
}

#[tokio::test]
async fn two_nodes_of_two_private_chains_are_not_one_network() {
    let (one, mut other) = (FakeChain::up_to(9, &[]), FakeChain::up_to(9, &[]));
    other.blocks[0].block["blockID"] = json!(chain::id_at(0, 9));
    let (one, other) =
        (node_showing(one, |_, _| None).await, node_showing(other, |_, _| None).await);
    let error = chain_of(&[&one, &other]).identify().await.unwrap_err().to_string();
    assert!(error.contains("that of another node"), "{error}");
}

#[tokio::test]
async fn the_token_is_looked_at_before_anything_is_believed() {
    let message = hex::encode;
    let call = |result: Value| json!({"result": result, "constant_result": [word(6)]});
    let rows = [
        (
            json!({"result": {"result": true}, "constant_result": [word(18)]}),
            "is not the configured chain: the token TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t has 18 decimals, not 6",
        ),
        (json!({"result": {"result": true}, "constant_result": [""]}), "it is no TRC-20 token"),
        (json!({"result": {"result": true}}), "it is no TRC-20 token"),
        // A revert says `result: true` all the same.
        (
            call(json!({"result": true, "message": message("REVERT opcode executed")})),
            "decimals() of TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t fails:  REVERT opcode executed",
        ),
        (
            call(json!({"code": "CONTRACT_VALIDATE_ERROR",
                "message": message("Contract validate error : Smart contract is not exist.")})),
            "no contract is at TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t on this chain",
        ),
        (
            call(json!({"code": "CONTRACT_VALIDATE_ERROR",
                "message": message("this node does not support constant")})),
            "refuses us: it runs no constant calls, so the token cannot be checked; set supportConstant = true",
        ),
        (json!({}), "answers nonsense: no result"),
    ];
    for (answer, sentence) in rows {
        let node = node_showing(FakeChain::up_to(9, &[]), move |path, _| {
            path.ends_with("triggerconstantcontract").then(|| Reply::Body(answer.to_string()))
        })
        .await;
        let chain = chain_of(&[&node]);
        for error in [chain.identify().await.unwrap_err(), chain.head().await.unwrap_err()] {
            assert!(error.to_string().contains(sentence), "{error}");
        }
    }
}

#[tokio::test]
async fn the_key_goes_into_its_header_and_nowhere_else() {
    const KEY: &str = "25f66928-0b70-48cd-9ac6-da6f8247c663";
    let fake = FakeChain::up_to(9, &[]);
    let node = StubNode::start(move |question, head| {
        let path = path_of(head);
        if !head.contains(&format!("tron-pro-api-key: {KEY}")) {
            return Reply::Status(401, String::new());
        }
        match path {
            // Hosts repeat the key when they refuse it.
            "wallet/getblock" => error(&format!("ApiKey {KEY} is not valid")),
            path => Reply::Body(fake.answer(path, question)),
        }
    })
    .await;
    let with = |key: Option<&str>| {
        let api_key = key.map(|key| Zeroizing::new(key.to_owned()));
        TronChain::new(TronSettings { api_key, ..settings(vec![node.url()]) }).unwrap()
    };
    let error = with(None).identify().await.unwrap_err().to_string();
    assert!(error.contains("a hosted node wants its key in networks.trc20.api_key"), "{error}");
    let chain = with(Some(KEY));
    chain.identify().await.unwrap();
    let error = chain.hash_at(3).await.unwrap_err();
    assert!(error.to_string().contains("ApiKey … is not valid"), "{error}");
    let everything = format!("{error} {error:?} {:?}", chain.providers());
    assert!(!everything.contains(KEY) && !everything.contains("25f66928"), "{everything}");
}

#[test]
fn the_key_is_not_sent_where_it_could_be_read_on_the_way() {
    let rows = [
        ("https://api.trongrid.io", true),
        ("http://127.0.0.1:8090", true),
        ("http://[::1]:8090", true),
        ("http://localhost:8090", true),
        ("http://10.0.0.7:8090", false),
        ("http://api.trongrid.io", false),
    ];
    for (url, sent) in rows {
        assert_eq!(http::may_have_key(url), sent, "{url}");
    }
}

#[test]
fn settings_that_make_no_chain_are_refused_without_repeating_them() {
    let of = |settings: TronSettings| TronChain::new(settings).map(|_| ()).unwrap_err();
    let url = |text: &str| vec![text.to_owned()];
    let good = || settings(url("http://a"));
    assert!(of(settings(Vec::new())).to_string().contains("no node is named"));
    for bad in ["", "127.0.0.1:8090", "user:secret@127.0.0.1", "ftp://secret@127.0.0.1"] {
        let said = of(settings(url(bad))).to_string();
        assert!(said.starts_with("rpc: ") && !said.contains("secret"), "{said}");
        let said = of(TronSettings { solidity_rpc: url(bad), ..good() }).to_string();
        assert!(said.starts_with("solidity_rpc: ") && !said.contains("secret"), "{said}");
    }
    let two = vec!["http://a".to_owned(), "http://b".to_owned()];
    let uneven = of(TronSettings { solidity_rpc: two, ..good() });
    assert_eq!(uneven, TronError::Uneven { rpc: 1, solidity_rpc: 2 });
    let token = "0x55d398326f99059fF775485246999027B3197955";
    let token = Address::parse(Network::Bep20, ChainName::Main, token).unwrap();
    assert_eq!(of(TronSettings { token, ..good() }), TronError::Token);
}
