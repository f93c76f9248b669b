//! A node's ZMQ publisher (`zmqpubhashblock`, `zmqpubhashtx`, `zmqpubsequence` …): it says at once
//! that there is something to see.
//!
//! A push is a hint to look, and nothing of it is believed: what there is to see, the node is asked.
//! So a lost, doubled or made-up push costs a look or a poll interval, and nothing else.

use super::zmtp::{Message, Subscriber, ZmtpError};
use cryptopayment_domain::network::Network;
use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// What nodes publish when a block or a transaction comes or goes, and what is small enough.
const TOPICS: [&str; 4] = ["hashblock", "hashtx", "sequence", "rawtx"];
/// How long connecting and greeting may take.
const GREETING_LIMIT: Duration = Duration::from_secs(10);
/// After this long without a push the connection may be dead without anybody having said so.
const SILENCE_MAX: Duration = Duration::from_secs(15 * 60);
/// A publisher reads a subscription in its own time, and drops what it has to say until then: this
/// long after connecting there is another look.
const SUBSCRIBED_AFTER: Duration = Duration::from_secs(1);
/// The pause before connecting again, doubled each time.
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Where a node publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushAddress {
    /// Host and port, as a connection takes them.
    place: String,
}

/// Not an address of a publisher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address like tcp://127.0.0.1:28332")]
pub struct PushAddressError;

impl FromStr for PushAddress {
    type Err = PushAddressError;

    fn from_str(text: &str) -> Result<PushAddress, PushAddressError> {
        let place = text.strip_prefix("tcp://").ok_or(PushAddressError)?;
        let (host, port) = place.rsplit_once(':').ok_or(PushAddressError)?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
        let ipv6 = bare.contains(':') == (bare.len() < host.len());
        let port: u16 = port.parse().map_err(|_| PushAddressError)?;
        if port == 0 || bare.is_empty() || !bare.bytes().all(is_host) || !ipv6 {
            return Err(PushAddressError);
        }
        Ok(PushAddress { place: place.to_owned() })
    }
}

impl fmt::Display for PushAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tcp://{}", self.place)
    }
}

/// Hears that publisher, connecting again whenever it must, as long as somebody holds the receiver.
pub(super) fn listen(network: Network, address: PushAddress) -> watch::Receiver<u64> {
    let (hints, receiver) = watch::channel(0);
    tokio::spawn(async move {
        let listener = Listener { network, address, hints: &hints };
        tokio::select! {
            () = listener.hear_for_ever() => {}
            () = hints.closed() => {}
        }
    });
    receiver
}

struct Listener<'a> {
    network: Network,
    address: PushAddress,
    hints: &'a watch::Sender<u64>,
}

impl Listener<'_> {
    async fn hear_for_ever(&self) {
        let (network, address) = (self.network, &self.address);
        let mut pause = PAUSE_MIN;
        let mut is_told = false;
        loop {
            match self.connect().await {
                Ok(subscriber) => {
                    tracing::info!(%network, %address, "the node's pushes are heard");
                    // Whatever came while nobody listened.
                    self.hint();
                    let (heard, error) = tokio::select! {
                        ended = self.follow(subscriber) => ended,
                        never = self.hint_when_subscribed() => match never {},
                    };
                    tracing::warn!(%network, %address, %error, "the node's pushes are lost; it is polled");
                    if heard > 0 {
                        pause = PAUSE_MIN;
                    }
                    is_told = true;
                }
                Err(error) if !is_told => {
                    tracing::warn!(%network, %address, %error, "the node's pushes are not heard; it is polled");
                    is_told = true;
                }
                Err(error) => tracing::debug!(%network, %address, %error, "still not heard"),
            }
            sleep(pause).await;
            pause = pause.saturating_mul(2).min(PAUSE_MAX);
        }
    }

    async fn connect(&self) -> Result<Subscriber, ZmtpError> {
        let greeting = async {
            let stream = TcpStream::connect(&self.address.place).await?;
            // A subscription must not wait for the publisher to acknowledge the greeting before it.
            stream.set_nodelay(true)?;
            Subscriber::greet(stream, &TOPICS).await
        };
        timeout(GREETING_LIMIT, greeting).await.unwrap_or_else(|_| Err(silent()))
    }

    async fn hint_when_subscribed(&self) -> Infallible {
        sleep(SUBSCRIBED_AFTER).await;
        self.hint();
        std::future::pending().await
    }

    /// Passes on every push until the connection ends; says how many there were, and why it ended.
    async fn follow(&self, mut subscriber: Subscriber) -> (u64, ZmtpError) {
        let mut heard = 0u64;
        let mut numbers = HashMap::new();
        let mut was_odd = false;
        loop {
            let next = timeout(SILENCE_MAX, subscriber.next()).await;
            match next.unwrap_or_else(|_| Err(silent())) {
                Ok(Message::Numbered { topic, number }) if TOPICS.contains(&topic.as_str()) => {
                    heard = heard.saturating_add(1);
                    self.count(&mut numbers, topic, number);
                    self.hint();
                }
                Ok(odd) => {
                    self.say_odd(&odd, was_odd);
                    was_odd = true;
                }
                Err(error) => return (heard, error),
            }
        }
    }

    /// A gap in a topic's numbers: the publisher dropped what we were too slow for.
    fn count(&self, numbers: &mut HashMap<String, u32>, topic: String, number: u32) {
        let expected = numbers.get(&topic).map(|before| before.wrapping_add(1));
        if let Some(expected) = expected.filter(|expected| *expected != number) {
            let lost = number.wrapping_sub(expected);
            tracing::info!(network = %self.network, topic, lost, "pushes were lost; the next look finds what they were about");
        }
        numbers.insert(topic, number);
    }

    /// Once a connection where the operator sees it.
    fn say_odd(&self, odd: &Message, was_odd: bool) {
        let (network, address) = (self.network, &self.address);
        if was_odd {
            tracing::debug!(%network, %address, ?odd, "a push is ignored");
        } else {
            tracing::warn!(%network, %address, ?odd, "a push that makes no sense is ignored, and others like it");
        }
    }

    fn hint(&self) {
        self.hints.send_modify(|hints| *hints = hints.wrapping_add(1));
    }
}

fn silent() -> ZmtpError {
    ZmtpError::Io(std::io::ErrorKind::TimedOut.into())
}
