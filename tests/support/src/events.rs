//! A browser's `EventSource`: server-sent events read one by one.

use crate::failure::{Failure, Told};
use crate::wire::{Connection, request};
use std::collections::VecDeque;
use std::net::SocketAddr;
use tokio::time::timeout;

/// One event of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// The `id` line, to resume from.
    pub id: Option<String>,
    /// The `event` line.
    pub name: Option<String>,
    /// The `data` lines, joined by line ends.
    pub data: String,
}

/// An open stream.
pub struct EventStream {
    connection: Connection,
    chunked: bool,
    text: String,
    ready: VecDeque<Event>,
}

impl EventStream {
    /// Opens the stream at `path`, resuming after `last_event_id` if given.
    pub async fn open(address: SocketAddr, path: &str, last_event_id: Option<&str>) -> Told<Self> {
        let mut connection = Connection::to(address).await?;
        let mut headers = vec![("Accept", "text/event-stream")];
        if let Some(id) = last_event_id {
            headers.push(("Last-Event-ID", id));
        }
        connection.send(&request("GET", path, &headers, b"")).await?;
        let (first, headers) =
            connection.head().await?.ok_or_else(|| Failure::new("closed without an answer"))?;
        let kind = headers.get("content-type").unwrap_or_default();
        if !first.contains(" 200 ") || !kind.starts_with("text/event-stream") {
            return Err(Failure::new(format!("no event stream at {path}: {first}, {kind}")));
        }
        let chunked = headers.get("transfer-encoding").is_some();
        Ok(Self { connection, chunked, text: String::new(), ready: VecDeque::new() })
    }

    /// The next event; comments (keep-alives) are passed over.
    pub async fn next(&mut self) -> Told<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            match timeout(crate::wait::PATIENCE, self.more()).await {
                Ok(read) => read?,
                Err(_) => return Err(Failure::new("no event in time")),
            }
        }
    }

    /// The first event that `wanted` takes.
    pub async fn next_where(&mut self, wanted: impl Fn(&Event) -> bool) -> Told<Event> {
        loop {
            let event = self.next().await?;
            if wanted(&event) {
                return Ok(event);
            }
        }
    }

    async fn more(&mut self) -> Told<()> {
        let closed = || Failure::new("the event stream was closed");
        if self.chunked {
            let chunk = self.connection.chunk().await?.ok_or_else(closed)?;
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        } else {
            self.text.push_str(&self.connection.line().await?.ok_or_else(closed)?);
            self.text.push('\n');
        }
        while let Some((block, rest)) = self.text.split_once("\n\n") {
            self.ready.extend(parse(block));
            self.text = rest.to_owned();
        }
        Ok(())
    }
}

fn parse(block: &str) -> Option<Event> {
    let mut event = Event::default();
    let mut data = Vec::new();
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => event.id = Some(value.to_owned()),
            "event" => event.name = Some(value.to_owned()),
            "data" => data.push(value),
            _ => {}
        }
    }
    event.data = data.join("\n");
    (!data.is_empty()).then_some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_and_a_comment_is_passed_over() {
        let event = parse("id: 7\nevent: status\ndata: {\"a\":1}\ndata: b");
        let wanted = Event {
            id: Some("7".to_owned()),
            name: Some("status".to_owned()),
            data: "{\"a\":1}\nb".to_owned(),
        };
        assert_eq!(event, Some(wanted));
        assert_eq!(parse(": keep-alive"), None);
    }
}
