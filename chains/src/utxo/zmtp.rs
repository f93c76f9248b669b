//! A subscriber's part of ZMTP 3.0, ZeroMQ's wire protocol: greeting, NULL handshake, frames.
//!
//! Sources: RFC 23/ZMTP (greeting of 64 bytes, READY, frames with one byte of flags and a length of
//! one or eight) and RFC 29/PUBSUB (a subscription is a message of 0x01 and the topic's beginning).
//! Contents are not kept: of a frame no more is remembered than names a topic or counts messages.

use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A frame longer than this is no frame: the largest block has 4 MB.
const FRAME_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Frames in one message at most; nodes send three.
const FRAMES_MAX: usize = 8;
/// What is kept of a frame.
const KEPT_BYTES_MAX: u64 = 64;

/// "More frames of this message follow", "the length has eight bytes", "a command".
const MORE: u8 = 0x01;
const LONG: u8 = 0x02;
const COMMAND: u8 = 0x04;

/// Signature, version 3.0, mechanism NULL, a client; the rest is zero.
const GREETING: [u8; 64] = {
    let mut greeting = [0; 64];
    greeting[0] = 0xff;
    greeting[9] = 0x7f;
    greeting[10] = 3;
    greeting[12] = b'N';
    greeting[13] = b'U';
    greeting[14] = b'L';
    greeting[15] = b'L';
    greeting
};
const READY: &[u8] = b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB";

/// Why a publisher is no longer heard.
#[derive(Debug, thiserror::Error)]
pub(super) enum ZmtpError {
    /// The connection does not stand.
    #[error("no connection: {0}")]
    Io(#[from] io::Error),
    /// Whoever answers does not speak ZMTP 3, or no longer.
    #[error("it does not speak ZMTP 3: {0}")]
    Broken(String),
}

/// One message as a node publishes it: topic, contents, and its number among the topic's messages.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// Of the shape that nodes send.
    Numbered {
        /// The topic.
        topic: String,
        /// Its number, counted by the node from 0, beginning again after 2³² − 1.
        number: u32,
    },
    /// Of another shape.
    Odd(String),
}

/// A connection to a publisher.
pub(super) struct Subscriber {
    stream: BufReader<TcpStream>,
}

struct Frame {
    flags: u8,
    length: u64,
    /// The first bytes of it.
    kept: Vec<u8>,
}

impl Subscriber {
    /// Greets the publisher at the other end and subscribes to these topics.
    pub(super) async fn greet(stream: TcpStream, topics: &[&str]) -> Result<Subscriber, ZmtpError> {
        let mut subscriber = Subscriber { stream: BufReader::new(stream) };
        subscriber.stream.write_all(&GREETING).await?;
        subscriber.check_greeting().await?;
        subscriber.stream.write_all(READY).await?;
        subscriber.check_ready().await?;
        for topic in topics {
            let length = u8::try_from(topic.len().saturating_add(1));
            let length = length.map_err(|_| broken("a topic of ours is too long".to_owned()))?;
            let head = [0, length, 0x01];
            subscriber.stream.write_all(&[head.as_slice(), topic.as_bytes()].concat()).await?;
        }
        subscriber.stream.flush().await?;
        Ok(subscriber)
    }

    async fn check_greeting(&mut self) -> Result<(), ZmtpError> {
        let mut theirs = [0; 64];
        self.stream.read_exact(&mut theirs).await?;
        let [0xff, _, _, _, _, _, _, _, _, 0x7f, version, _, mechanism @ ..] = &theirs else {
            return Err(broken("its greeting is none".to_owned()));
        };
        if *version < 3 {
            return Err(broken(format!("it speaks version {version}")));
        }
        if mechanism.get(..20) != GREETING.get(12..32) {
            return Err(broken("it asks for a login, which nodes never do".to_owned()));
        }
        Ok(())
    }

    async fn check_ready(&mut self) -> Result<(), ZmtpError> {
        let ready = self.frame().await?;
        if ready.flags & COMMAND != 0 && ready.kept.starts_with(b"\x05READY") {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&ready.kept).into_owned();
        Err(broken(format!("it is not ready: {said:?}")))
    }

    /// The next message. Not to be given up in the middle: then the connection is of no more use.
    pub(super) async fn next(&mut self) -> Result<Message, ZmtpError> {
        let mut frames: Vec<Frame> = Vec::new();
        loop {
            let frame = self.frame().await?;
            if frame.flags & COMMAND != 0 {
                continue;
            }
            let more = frame.flags & MORE != 0;
            frames.push(frame);
            if frames.len() > FRAMES_MAX {
                return Err(broken(format!("a message of more than {FRAMES_MAX} frames")));
            }
            if !more {
                return Ok(meaning(&frames));
            }
        }
    }

    async fn frame(&mut self) -> Result<Frame, ZmtpError> {
        let flags = self.stream.read_u8().await?;
        if flags & !(MORE | LONG | COMMAND) != 0 {
            return Err(broken(format!("a frame with flags {flags:#04x}")));
        }
        let length = match flags & LONG {
            0 => u64::from(self.stream.read_u8().await?),
            _ => self.stream.read_u64().await?,
        };
        if length > FRAME_BYTES_MAX {
            return Err(broken(format!("a frame of {length} bytes")));
        }
        let mut kept = Vec::new();
        let keep = length.min(KEPT_BYTES_MAX);
        (&mut self.stream).take(keep).read_to_end(&mut kept).await?;
        let mut rest = (&mut self.stream).take(length.saturating_sub(keep));
        let skipped = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
        let read = u64::try_from(kept.len()).unwrap_or(u64::MAX).saturating_add(skipped);
        if read < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(Frame { flags, length, kept })
    }
}

fn meaning(frames: &[Frame]) -> Message {
    let [topic, _, number] = frames else {
        return Message::Odd(format!("a message of {} frames", frames.len()));
    };
    let text = String::from_utf8_lossy(&topic.kept).into_owned();
    match number.kept.as_slice().try_into() {
        Ok(bytes) if number.length == 4 => {
            Message::Numbered { topic: text, number: u32::from_le_bytes(bytes) }
        }
        Ok(_) | Err(_) => {
            Message::Odd(format!("a message {text:?} with a number of {} bytes", number.length))
        }
    }
}

fn broken(why: String) -> ZmtpError {
    ZmtpError::Broken(why)
}
