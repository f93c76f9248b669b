//! A Litecoin node that knows one block of its regtest, asks for a password, and nothing else.

use cryptopayment_test_support::Told;
use cryptopayment_test_support::wire::Connection;
use tokio::net::TcpListener;

/// The user of the node, and a password that must never be seen.
pub const USER: &str = "nodeuser";
/// See [`USER`].
pub const PASSWORD: &str = "node-password-77-hidden";

/// Litecoin's regtest genesis block.
const GENESIS: &str = "530827f38f93b43ed12af0b3ad25a288dc02ed74d6d7857862df51fc56c416f9";

/// Starts one at this height, on a thread of its own, so that a test may block; answers its URL,
/// password and all.
pub fn node(height: u64) -> Told<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let Ok(listener) = TcpListener::from_std(listener) else { return };
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(Connection::accepted(stream), height));
            }
        });
    });
    Ok(format!("http://{USER}:{PASSWORD}@{address}"))
}

async fn serve(mut talk: Connection, height: u64) {
    while let Ok(Some(asked)) = talk.request().await {
        let result = answer(&String::from_utf8_lossy(&asked.body), height);
        let body = format!(r#"{{"result":{result},"error":null,"id":0}}"#);
        let length = body.len();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
        if talk.send(format!("{head}{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

fn answer(question: &str, height: u64) -> String {
    if question.contains("getblockchaininfo") {
        return format!(r#"{{"blocks":{height},"headers":{height},"bestblockhash":"{GENESIS}"}}"#);
    }
    if question.contains("getrawmempool") {
        return "[]".to_owned();
    }
    format!(r#""{GENESIS}""#)
}
