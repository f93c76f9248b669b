//! A publisher that greets, publishes, goes away, comes back and talks nonsense.

use super::*;
use crate::utxo::push;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);
const READY: &[u8] = b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03PUB";

fn greeting() -> Vec<u8> {
    let mut greeting = vec![0; 64];
    (greeting[0], greeting[9], greeting[10], greeting[11]) = (0xff, 0x7f, 3, 1);
    greeting[12..16].copy_from_slice(b"NULL");
    greeting
}

/// A publisher's end of a connection, greeted and subscribed to.
async fn accept(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    stream.write_all(&[greeting(), READY.to_vec()].concat()).await.unwrap();
    let mut theirs = [0; 64 + 27];
    stream.read_exact(&mut theirs).await.unwrap();
    assert_eq!((&theirs[12..16], &theirs[64 + 24..]), (b"NULL".as_slice(), b"SUB".as_slice()));
    for topic in ["hashblock", "hashtx", "sequence", "rawtx"] {
        let mut subscription = vec![0; 3 + topic.len()];
        stream.read_exact(&mut subscription).await.unwrap();
        let expected = [&[0, topic.len() as u8 + 1, 1], topic.as_bytes()].concat();
        assert_eq!(subscription, expected);
    }
    stream
}

/// Three frames, the middle one long.
fn message(topic: &str, number: u32) -> Vec<u8> {
    let contents = vec![0xab; 70_000];
    let mut bytes = vec![1, topic.len() as u8];
    bytes.extend_from_slice(topic.as_bytes());
    bytes.push(3);
    bytes.extend_from_slice(&(contents.len() as u64).to_be_bytes());
    bytes.extend_from_slice(&contents);
    bytes.extend_from_slice(&[0, 4]);
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes
}

async fn publisher() -> (TcpListener, watch::Receiver<u64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap()).parse().unwrap();
    let hints = push::listen(Network::Btc, address);
    (listener, hints)
}

/// That many at least: one more comes a moment after each connection.
async fn until_hints(hints: &mut watch::Receiver<u64>, count: u64) {
    timeout(PATIENCE, hints.wait_for(|hints| *hints >= count)).await.unwrap().unwrap();
}

#[tokio::test]
async fn every_push_is_a_hint_lost_ones_and_odd_ones_do_no_harm() {
    let (listener, mut hints) = publisher().await;
    let mut stream = accept(&listener).await;
    until_hints(&mut hints, 1).await;
    stream.write_all(&message("hashtx", 0)).await.unwrap();
    until_hints(&mut hints, 2).await;
    // One of these is lost; then come a message of one frame, one with a short number, a foreign
    // topic, and a heartbeat.
    stream.write_all(&message("hashtx", 2)).await.unwrap();
    until_hints(&mut hints, 3).await;
    stream.write_all(b"\0\x03odd").await.unwrap();
    stream.write_all(b"\x01\x06hashtx\x01\x01x\0\x01\x07").await.unwrap();
    stream.write_all(&message("weather", 0)).await.unwrap();
    stream.write_all(b"\x04\x07\x04PING\0\0").await.unwrap();
    stream.write_all(&message("hashblock", u32::MAX)).await.unwrap();
    until_hints(&mut hints, 4).await;
}

#[tokio::test]
async fn a_publisher_that_goes_is_found_again_and_what_was_missed_is_looked_for() {
    let (listener, mut hints) = publisher().await;
    // Every way of not being a publisher any more.
    let endings: [&[u8]; 4] =
        [b"", b"\x01\x09hashbl", b"\x02\xff\xff\xff\xff\xff\xff\xff\xff", b"\xf0\x00"];
    for (round, ending) in (1..).zip(endings) {
        let mut stream = accept(&listener).await;
        until_hints(&mut hints, 2 * round - 1).await;
        stream.write_all(&message("sequence", 0)).await.unwrap();
        until_hints(&mut hints, 2 * round).await;
        stream.write_all(ending).await.unwrap();
    }
    accept(&listener).await;
    until_hints(&mut hints, 9).await;
}

#[tokio::test]
async fn what_a_publisher_says_before_it_has_read_the_subscription_is_looked_for() {
    let (listener, mut hints) = publisher().await;
    let stream = accept(&listener).await;
    until_hints(&mut hints, 2).await;
    drop(stream);
}

#[tokio::test]
async fn whoever_is_no_publisher_is_tried_again() {
    let (listener, mut hints) = publisher().await;
    let mut old = greeting();
    old[10] = 1;
    let mut locked = greeting();
    locked[12..17].copy_from_slice(b"CURVE");
    for answer in [b"HTTP/1.1 400 Bad Request\r\n\r\n".repeat(3), old, locked] {
        let (mut stream, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
        stream.write_all(&answer).await.unwrap();
        stream.shutdown().await.unwrap();
    }
    accept(&listener).await;
    until_hints(&mut hints, 1).await;
}

#[tokio::test]
async fn nobody_is_listened_to_for_nobody() {
    let (listener, hints) = publisher().await;
    let mut stream = accept(&listener).await;
    drop(hints);
    let mut rest = Vec::new();
    assert_eq!(timeout(PATIENCE, stream.read_to_end(&mut rest)).await.unwrap().unwrap(), 0);
}

#[test]
fn addresses_are_of_one_form() {
    let right = ["tcp://127.0.0.1:28332", "tcp://node.internal:1", "tcp://[::1]:65535"];
    for text in right {
        assert_eq!(text.parse::<PushAddress>().unwrap().to_string(), text);
    }
    let wrong = [
        "",
        "127.0.0.1:28332",
        "ipc:///tmp/x",
        "tcp://",
        "tcp://host",
        "tcp://host:0",
        "tcp://host:65536",
        "tcp://:1",
        "tcp://::1:1",
        "tcp://[host]:1",
        "tcp://u:p@host:1",
        "tcp://host/x:1",
    ];
    for text in wrong {
        assert!(text.parse::<PushAddress>().is_err(), "{text}");
    }
}
