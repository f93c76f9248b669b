//! Names that lead to several addresses, and to others the second time.

use super::*;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr};

/// Answers what its script says, and counts how often it was asked.
struct Fickle {
    script: Mutex<VecDeque<&'static [&'static str]>>,
    asked: Mutex<usize>,
}

#[async_trait]
impl Names for Fickle {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        *self.asked.lock() += 1;
        let next = self.script.lock().pop_front();
        let next = next.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such name"))?;
        Ok(next.iter().map(|text| text.parse().expect("an address")).collect())
    }
}

/// Everybody is at home here.
struct AllHere;

#[async_trait]
impl Names for AllHere {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])
    }
}

/// Names that all lead to this machine.
pub(super) fn all_here() -> Arc<dyn Names> {
    Arc::new(AllHere)
}

fn fickle(script: &[&'static [&'static str]]) -> Arc<Fickle> {
    Arc::new(Fickle { script: Mutex::new(script.iter().copied().collect()), asked: Mutex::new(0) })
}

fn courier_with(names: &Arc<Fickle>, guard: Guard) -> HttpCourier {
    let names: Arc<dyn Names> = Arc::<Fickle>::clone(names);
    HttpCourier::with(Means { names, guard: Arc::new(guard), ..impatient() })
}

/// A row: what a name leads to, and whether it may be delivered to.
#[tokio::test]
async fn every_address_of_a_name_is_checked_each_time_it_is_resolved() {
    let rows: [(&'static [&'static str], bool); 12] = [
        (&["127.0.0.1"], true),
        // Nobody listens on the first; it is tried, and then the next.
        (&["127.0.0.2", "127.0.0.1"], true),
        (&["10.0.0.1"], false),
        (&["127.0.0.1", "10.0.0.1"], false),
        (&["10.0.0.1", "127.0.0.1"], false),
        (&["169.254.169.254", "127.0.0.1"], false),
        (&["127.0.0.1", "::ffff:10.0.0.1"], false),
        (&["::1", "127.0.0.1"], false),
        (&["fd00::1"], false),
        (&["64:ff9b::a00:1"], false),
        // A public address, but by plain http.
        (&["127.0.0.1", "8.8.8.8"], false),
        (&["127.0.0.1"], true),
    ];
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let (address, mut heard) = endpoint(OK, true).await;
    let script: Vec<_> = rows.iter().map(|row| row.0).collect();
    let names = fickle(&script);
    // One name, one courier: what was good the first time may be anything the second time.
    let courier = courier_with(&names, Guard::new(vec![Cidr::loopback()[0]]));
    for (number, (addresses, passes)) in rows.into_iter().enumerate() {
        let url = format!("http://shop.example:{}/hook", address.port());
        let receipt = courier.deliver(parcel(url)).await;
        let said = format!("{addresses:?}: {receipt:?}");
        if passes {
            assert_eq!(receipt.outcome, Outcome::Answered { status: 200 }, "{said}");
            let (_, text) = heard.recv().await.unwrap();
            assert!(text.contains("host: shop.example"), "{text}");
        } else {
            let Outcome::Blocked { reason } = &receipt.outcome else { panic!("{said}") };
            assert!(!addresses.iter().any(|address| reason.contains(address)), "{reason}");
        }
        assert!(heard.try_recv().is_err(), "somebody was asked: {said}");
        assert_eq!(*names.asked.lock(), number + 1, "resolved once for each attempt");
    }
}

/// What goes over a kept connection is not resolved again: there is no second answer to believe.
#[tokio::test]
async fn a_kept_connection_leads_where_it_was_made_to() {
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let (address, mut heard) = endpoint(OK, false).await;
    let names = fickle(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let courier = courier_with(&names, loopback());
    for _ in 0..3 {
        let url = format!("http://shop.example:{}/hook", address.port());
        let receipt = courier.deliver(parcel(url)).await;
        assert_eq!(receipt.outcome, Outcome::Answered { status: 200 });
        assert_eq!(heard.recv().await.unwrap().0, 0);
    }
    assert_eq!(*names.asked.lock(), 1);
}

#[tokio::test]
async fn a_name_without_an_address_is_said_and_nothing_more() {
    let courier = courier_with(&fickle(&[&[]]), loopback());
    for _ in 0..2 {
        let receipt = courier.deliver(parcel("http://user:secret@gone.example/".into())).await;
        let Outcome::Unreachable { error } = receipt.outcome else { panic!("{receipt:?}") };
        assert_eq!(error, "no connection could be made (name unknown, or no TLS)");
    }
}
