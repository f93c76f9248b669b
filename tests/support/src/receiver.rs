//! A merchant's webhook endpoint: keeps every request byte for byte, and answers as told.

use crate::failure::{Failure, Told};
use crate::json::Json;
use crate::signature;
use crate::wait::{self, Look};
use crate::wire::{Connection, Request};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// How the endpoint treats one request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This status, and nothing more.
    Status(u16),
    /// 302 to somewhere else.
    Redirect(String),
    /// 503 with `Retry-After` in seconds.
    RetryAfter(u64),
    /// 200, but only after this long.
    After(Duration),
    /// 200 and a body of so many bytes.
    Long(usize),
    /// Never an answer.
    Hang,
    /// The connection is reset.
    Reset,
}

/// One delivery, as it came.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The request.
    pub request: Request,
    /// When it was complete.
    pub at: Instant,
}

impl Delivery {
    /// The body.
    pub fn json(&self) -> Told<Json> {
        Json::parse(&self.request.body)
    }

    /// The event's name.
    pub fn event(&self) -> Told<String> {
        Ok(self.json()?.text("event")?.to_owned())
    }

    /// The invoice it speaks of.
    pub fn invoice_id(&self) -> Told<String> {
        Ok(self.json()?.text("invoice_id")?.to_owned())
    }

    /// A header's value, which must be there.
    pub fn header(&self, name: &str) -> Told<&str> {
        let found = self.request.headers.get(name);
        found.ok_or_else(|| Failure::new(format!("the webhook has no header {name}")))
    }

    /// Both signatures, in the body and in the headers, must come out again.
    pub fn verify(&self, app_secret: &str) -> Told<()> {
        let body = self.json()?;
        let (invoice, event) = (body.text("invoice_id")?, body.text("event")?);
        let wanted = signature::in_body(invoice, event, app_secret)?;
        if body.text("signature")? != wanted {
            return Err(Failure::new(format!("the body's signature is not {wanted}: {body}")));
        }
        let (id, time) = (self.header("webhook-id")?, self.header("webhook-timestamp")?);
        let wanted = signature::in_header(id, time, &self.request.body, app_secret)?;
        let given = self.header("webhook-signature")?;
        if given.split(' ').any(|one| one == wanted) {
            return Ok(());
        }
        Err(Failure::new(format!("webhook-signature is {given}, not {wanted}")))
    }
}

struct State {
    received: Vec<Delivery>,
    script: VecDeque<Answer>,
    afterwards: Answer,
}

/// The endpoint; closed when dropped.
pub struct Receiver {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// An endpoint that answers 200.
    pub async fn start() -> Told<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = State {
            received: Vec::new(),
            script: VecDeque::new(),
            afterwards: Answer::Status(200),
        };
        let state = Arc::new(Mutex::new(state));
        let task = tokio::spawn(serve(listener, Arc::clone(&state)));
        Ok(Self { address, state, task })
    }

    /// Where deliveries should go.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/webhook", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next requests get these answers, one each; later ones what they got before.
    pub fn answer(&self, script: impl IntoIterator<Item = Answer>) {
        self.state.lock().script.extend(script);
    }

    /// Every request after the script gets this.
    pub fn from_now_on(&self, answer: Answer) {
        self.state.lock().afterwards = answer;
    }

    /// All that came so far.
    #[must_use]
    pub fn received(&self) -> Vec<Delivery> {
        self.state.lock().received.clone()
    }

    /// How many came since they were last taken.
    #[must_use]
    pub fn count(&self) -> usize {
        self.state.lock().received.len()
    }

    /// All that came so far, which is then forgotten.
    #[must_use]
    pub fn take(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.state.lock().received)
    }

    /// What came for one invoice, as event names in the order of arrival.
    pub fn events_of(&self, invoice_id: &str) -> Told<Vec<String>> {
        let mut events = Vec::new();
        for delivery in self.received() {
            if delivery.invoice_id()? == invoice_id {
                events.push(delivery.event()?);
            }
        }
        Ok(events)
    }

    /// The first delivery that `wanted` takes, come or to come.
    pub async fn wait_for(&self, what: &str, wanted: impl Fn(&Delivery) -> bool) -> Told<Delivery> {
        wait::until(what, async || {
            let received = self.received();
            let found = received.iter().find(|delivery| wanted(delivery)).cloned();
            Ok(found.map_or_else(|| Look::NotYet(listing(&received)), Look::There))
        })
        .await
    }

    /// The delivery of `event` for an invoice.
    pub async fn wait_for_event(&self, invoice_id: &str, event: &str) -> Told<Delivery> {
        self.wait_for(&format!("the webhook {event} of {invoice_id}"), |delivery| {
            delivery.invoice_id().is_ok_and(|id| id == invoice_id)
                && delivery.event().is_ok_and(|name| name == event)
        })
        .await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn listing(received: &[Delivery]) -> String {
    let bodies: Vec<_> =
        received.iter().map(|delivery| String::from_utf8_lossy(&delivery.request.body)).collect();
    format!("{} deliveries: {}", received.len(), bodies.join(" "))
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        // A sender who goes away in the middle has delivered nothing; there is nothing to keep.
        tokio::spawn(async move { visit(stream, &state).await.ok() });
    }
}

async fn visit(stream: TcpStream, state: &Mutex<State>) -> Told<()> {
    let mut sender = Connection::accepted(stream);
    while let Some(request) = sender.request().await? {
        let answer = {
            let mut state = state.lock();
            state.received.push(Delivery { request, at: Instant::now() });
            state.script.pop_front().unwrap_or_else(|| state.afterwards.clone())
        };
        match answer {
            Answer::Status(status) => sender.send(&plain(status, "", "")).await?,
            Answer::Redirect(to) => {
                sender.send(&plain(302, &format!("Location: {to}\r\n"), "")).await?;
            }
            Answer::RetryAfter(seconds) => {
                sender.send(&plain(503, &format!("Retry-After: {seconds}\r\n"), "")).await?;
            }
            Answer::After(delay) => {
                sleep(delay).await;
                sender.send(&plain(200, "", "")).await?;
            }
            Answer::Long(length) => sender.send(&plain(200, "", &"x".repeat(length))).await?,
            Answer::Hang => pending().await,
            Answer::Reset => return sender.reset(),
        }
    }
    Ok(())
}

fn plain(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} So\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{exchange, request};

    #[tokio::test]
    async fn every_byte_is_kept_and_the_script_is_followed() -> Told<()> {
        let receiver = Receiver::start().await?;
        receiver.answer([Answer::Status(500), Answer::Redirect("http://elsewhere/".to_owned())]);
        let body = br#"{"event":"payment_detected","invoice_id":"i"}"#;
        let sent = request("POST", "/webhook", &[("X-Odd", "a:b")], body);
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(exchange(receiver.address, &sent).await?.status);
        }
        assert_eq!(answers, [500, 302, 200]);
        let first = receiver.wait_for_event("i", "payment_detected").await?;
        assert_eq!(first.request.body, body);
        assert_eq!(first.header("x-odd")?, "a:b");
        assert_eq!(receiver.events_of("i")?.len(), 3);
        Ok(())
    }

    #[tokio::test]
    async fn a_reset_and_a_hang_are_no_answers() -> Told<()> {
        let receiver = Receiver::start().await?;
        receiver.answer([Answer::Reset, Answer::Hang]);
        let sent = request("POST", "/", &[], b"{}");
        assert!(exchange(receiver.address, &sent).await.is_err());
        let hanging =
            tokio::time::timeout(Duration::from_millis(200), exchange(receiver.address, &sent));
        assert!(hanging.await.is_err());
        Ok(())
    }
}
