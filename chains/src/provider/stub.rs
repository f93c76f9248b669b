//! A stub of a node's HTTP server, which answers each call as it is told to.

use serde_json::Value;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the stub does with one request.
pub enum Reply {
    /// Status 200 and this `result`.
    Result(Value),
    /// Status 200 and this body.
    Body(String),
    /// This status line's number and this body.
    Status(u16, String),
    /// Status 429, to be asked again after so many seconds.
    Limited(u32),
    /// Announces more bytes than it sends, and closes.
    Cut(String),
    /// Never answers.
    Hang,
}

type Script = dyn Fn(&Value, &str) -> Reply + Send + Sync;

/// The stub; it stops when dropped.
pub struct StubNode {
    port: u16,
    task: tokio::task::JoinHandle<()>,
}

impl StubNode {
    /// Starts one that answers what `script` says to the request's JSON and its head.
    pub async fn start(script: impl Fn(&Value, &str) -> Reply + Send + Sync + 'static) -> StubNode {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let script: Arc<Script> = Arc::new(script);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script)));
            }
        });
        StubNode { port, task }
    }

    /// Starts one that answers a call by its method and parameters; batches call by call.
    pub async fn answering(
        answers: impl Fn(&str, &Value) -> Value + Send + Sync + 'static,
    ) -> StubNode {
        StubNode::start(move |request, _| {
            let one = |call: &Value| {
                let mut reply = answers(call["method"].as_str().unwrap(), &call["params"]);
                reply["id"] = call["id"].clone();
                reply
            };
            // In reverse, as JSON-RPC allows for batches.
            let many = |calls: &Vec<Value>| Value::Array(calls.iter().rev().map(one).collect());
            Reply::Body(request.as_array().map_or_else(|| one(request), many).to_string())
        })
        .await
    }

    pub fn url(&self) -> String {
        format!("http://u:p@127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for StubNode {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Script>) -> io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        let Some((head, body)) = request(&mut stream, &mut bytes).await? else { return Ok(()) };
        let body: Value = serde_json::from_slice(&body)?;
        let answer = match script(&body, &head) {
            Reply::Result(result) => {
                response(200, &serde_json::json!({"result": result, "id": 0}).to_string())
            }
            Reply::Body(body) => response(200, &body),
            Reply::Status(status, body) => response(status, &body),
            Reply::Limited(seconds) => {
                let retry = format!("retry-after: {seconds}\r\nlocation");
                response(429, "slow down").replacen("location", &retry, 1)
            }
            Reply::Cut(body) => {
                let whole = response(200, &format!("{body}{}", " ".repeat(50)));
                stream.write_all(&whole.as_bytes()[..whole.len() - 50]).await?;
                return stream.shutdown().await;
            }
            Reply::Hang => std::future::pending().await,
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}

fn response(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Said\r\ncontent-length: {}\r\nlocation: /x\r\n\r\n{body}",
        body.len()
    )
}

/// Head and body of the next request on a connection.
async fn request(
    stream: &mut TcpStream,
    bytes: &mut Vec<u8>,
) -> io::Result<Option<(String, Vec<u8>)>> {
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.unwrap().trim().parse().unwrap();
            if bytes.len() >= end + 4 + length {
                let body = bytes[end + 4..end + 4 + length].to_vec();
                bytes.drain(..end + 4 + length);
                return Ok(Some((head, body)));
            }
        }
        let mut part = [0; 4096];
        match stream.read(&mut part).await? {
            0 => return Ok(None),
            read => bytes.extend_from_slice(&part[..read]),
        }
    }
}
