//! HTTP/1.1 by hand: what goes out is exactly the bytes a test wrote, what comes in is kept as it
//! came. Loopback only.

use crate::failure::{Failure, Told};
use crate::json::Json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take; what should hang is tested with a deadline of its own.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(40);

/// Header lines in the order they came, names as they came.
#[derive(Debug, Clone, Default)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// The first value of a header, whatever the case of its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    fn has_token(&self, name: &str, token: &str) -> bool {
        self.get(name).is_some_and(|value| value.to_ascii_lowercase().contains(token))
    }
}

/// One request, as a server read it.
#[derive(Debug, Clone)]
pub struct Request {
    /// `POST`
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The header lines.
    pub headers: Headers,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// One answer, as a client read it.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header lines.
    pub headers: Headers,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl Response {
    /// The body as JSON.
    pub fn json(&self) -> Told<Json> {
        Json::parse(&self.body)
    }

    /// The body as text, for messages.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON if the status is the wanted one.
    pub fn expect(&self, status: u16) -> Told<Json> {
        if self.status == status {
            return self.json();
        }
        Err(Failure::new(format!("wanted {status}, got {}: {}", self.status, self.text())))
    }
}

/// Requests as bytes.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut out = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH") {
        out.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    out.push_str("\r\n");
    let mut bytes = out.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// One connection, either end of it.
pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects as a client.
    pub async fn to(address: SocketAddr) -> Told<Self> {
        let stream = timeout(ANSWER_WITHIN, TcpStream::connect(address)).await??;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Wraps an accepted stream.
    #[must_use]
    pub fn accepted(stream: TcpStream) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: &[u8]) -> Told<()> {
        self.stream.get_mut().write_all(bytes).await?;
        Ok(self.stream.get_mut().flush().await?)
    }

    /// The next answer. `to_head`: it answers a HEAD, so that its length announces no body.
    pub async fn response(&mut self, to_head: bool) -> Told<Response> {
        let (first, headers) =
            self.head().await?.ok_or_else(|| Failure::new("closed without an answer"))?;
        let status: u16 = first
            .split(' ')
            .nth(1)
            .unwrap_or_default()
            .parse()
            .map_err(|_| Failure::new(format!("no status line: {first}")))?;
        let bodyless = to_head || status == 204 || status == 304;
        let body = if bodyless { Vec::new() } else { self.body(&headers, true).await? };
        Ok(Response { status, headers, body })
    }

    /// The next request; `None` when the other side has closed.
    pub async fn request(&mut self) -> Told<Option<Request>> {
        let Some((first, headers)) = self.head().await? else { return Ok(None) };
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let body = self.body(&headers, false).await?;
        Ok(Some(Request { method, path, headers, body }))
    }

    /// The next line, without its end; `None` at the end of the stream.
    pub async fn line(&mut self) -> Told<Option<String>> {
        let mut line = Vec::new();
        if self.stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Start line and headers.
    pub async fn head(&mut self) -> Told<Option<(String, Headers)>> {
        let Some(first) = self.line().await? else { return Ok(None) };
        let mut headers = Headers::default();
        while let Some(line) = self.line().await?.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            headers.0.push((name.to_owned(), value.trim().to_owned()));
        }
        Ok(Some((first, headers)))
    }

    async fn body(&mut self, headers: &Headers, until_closed: bool) -> Told<Vec<u8>> {
        let mut body = Vec::new();
        if headers.has_token("transfer-encoding", "chunked") {
            while let Some(chunk) = self.chunk().await? {
                body.extend_from_slice(&chunk);
            }
        } else if let Some(length) = headers.get("content-length") {
            body.resize(length.parse()?, 0);
            self.stream.read_exact(&mut body).await?;
        } else if until_closed {
            self.stream.read_to_end(&mut body).await?;
        }
        Ok(body)
    }

    /// The next chunk of a chunked body; `None` after the last.
    pub async fn chunk(&mut self) -> Told<Option<Vec<u8>>> {
        let size = self.line().await?.ok_or_else(|| Failure::new("closed inside a body"))?;
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)?;
        let mut chunk = vec![0; size];
        self.stream.read_exact(&mut chunk).await?;
        self.line().await?;
        Ok((size > 0).then_some(chunk))
    }

    /// Ends the connection with a reset instead of a goodbye.
    pub fn reset(self) -> Told<()> {
        Ok(self.stream.get_ref().set_zero_linger()?)
    }
}

/// Sends bytes on a connection of their own and reads one answer. One of a gateway whose document
/// is held ([`crate::contract::hold`]) has to be as the document says.
pub async fn exchange(address: SocketAddr, bytes: &[u8]) -> Told<Response> {
    let answer = exchange_unheld(address, bytes).await?;
    crate::contract::check(address, bytes, &answer)?;
    Ok(answer)
}

/// [`exchange`], whatever the document says.
pub(crate) async fn exchange_unheld(address: SocketAddr, bytes: &[u8]) -> Told<Response> {
    let talk = async {
        let mut connection = Connection::to(address).await?;
        connection.send(bytes).await?;
        connection.response(bytes.starts_with(b"HEAD ")).await
    };
    match timeout(ANSWER_WITHIN, talk).await {
        Ok(answer) => answer,
        Err(_) => Err(Failure::new(format!("no answer from {address} in time"))),
    }
}
