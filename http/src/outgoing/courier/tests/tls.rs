//! Delivery over TLS: whose certificates are believed, and connections that nobody waits for.

use super::names::all_here;
use super::*;
use cryptopayment_test_support::Told;
use cryptopayment_test_support::certificates::{Authority, Flaw, TlsDoor};
use tokio::io::copy_bidirectional;
use tokio::sync::{Notify, oneshot};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Whoever waits longer than this waits for ever.
const FOR_EVER: Duration = Duration::from_secs(20);

fn authorities(of: &Authority) -> Told<Authorities> {
    Ok(Authorities::from_pem(of.pem().as_bytes())?)
}

#[tokio::test]
async fn a_certificate_is_believed_from_whom_the_operator_trusts_and_only_if_it_is_right()
-> Told<()> {
    let (ours, theirs) = (Authority::new("ours")?, Authority::new("theirs")?);
    let means = Means::of_this_machine(loopback(), authorities(&ours)?);
    let courier = HttpCourier::with(Means { names: all_here(), ..means });
    let expired = "the endpoint's certificate has expired";
    let early = "the endpoint's certificate is not valid yet";
    let other = "the endpoint's certificate is for another name";
    let unknown = "the endpoint's certificate is from no authority that is trusted here \
                   (self-signed, or sent without the certificates between)";
    let rows = [
        (&ours, "shop.example", Flaw::None, "shop.example", Ok(())),
        (&ours, "127.0.0.1", Flaw::None, "127.0.0.1", Ok(())),
        (&ours, "*.shop.example", Flaw::None, "eu.shop.example", Ok(())),
        (&theirs, "shop.example", Flaw::None, "shop.example", Err(unknown)),
        (&ours, "shop.example", Flaw::SelfSigned, "shop.example", Err(unknown)),
        (&ours, "shop.example", Flaw::Expired, "shop.example", Err(expired)),
        (&ours, "shop.example", Flaw::Early, "shop.example", Err(early)),
        (&ours, "other.example", Flaw::None, "shop.example", Err(other)),
        (&ours, "shop.example", Flaw::None, "127.0.0.1", Err(other)),
        (&ours, "shop.example", Flaw::None, "sub.shop.example", Err(other)),
    ];
    for (authority, name, flaw, host, expected) in rows {
        let (inside, mut heard) = endpoint(OK, false).await;
        let door = TlsDoor::to(inside, authority.server(name, flaw)?).await?;
        let url = format!("https://{host}:{}/hook?token=secret", door.address.port());
        let receipt = courier.deliver(parcel(url)).await;
        let outcome = match expected {
            Ok(()) => Outcome::Answered { status: 200 },
            Err(error) => Outcome::Unreachable { error: error.to_owned() },
        };
        assert_eq!(receipt.outcome, outcome, "{name} {flaw:?} as {host}");
        assert_eq!(heard.try_recv().is_ok(), expected.is_ok(), "{name} {flaw:?} as {host}");
    }
    Ok(())
}

#[tokio::test]
async fn without_the_operators_word_a_private_authority_is_nobody() -> Told<()> {
    let ours = Authority::new("ours")?;
    let (inside, _heard) = endpoint(OK, false).await;
    let door = TlsDoor::to(inside, ours.server("127.0.0.1", Flaw::None)?).await?;
    let courier = self::courier(loopback());
    let receipt = courier.deliver(parcel(format!("https://{}/", door.address))).await;
    let Outcome::Unreachable { error } = receipt.outcome else { panic!("{receipt:?}") };
    // On a machine without any certificates it says that.
    assert!(error.contains("no authority") || error.contains("no CA certificates"), "{error}");
    Ok(())
}

/// While an attempt waits for its connection another one's may become free, and is taken. The one
/// that was being made must not hang on for ever because its other side never ends the handshake.
#[tokio::test]
async fn a_connection_that_is_no_longer_needed_is_not_made_for_ever() -> Told<()> {
    let ours = Authority::new("ours")?;
    let time_max = Duration::from_secs(2);
    let means = Means { authorities: authorities(&ours)?, time_max, ..impatient() };
    let courier = Arc::new(HttpCourier::with(means));
    let (inside, mut heard, answer) = endpoint_on_demand().await?;
    let door = TlsDoor::to(inside, ours.server("127.0.0.1", Flaw::None)?).await?;
    let (address, second_came, second_closed) = lets_one_in(door).await?;
    let deliver = || {
        let (courier, url) = (Arc::clone(&courier), format!("https://{address}/"));
        tokio::spawn(async move { courier.deliver(parcel(url)).await.outcome })
    };
    let first = deliver();
    heard.recv().await;
    let second = deliver();
    second_came.await?;
    answer.notify_one();
    assert_eq!(first.await?, Outcome::Answered { status: 200 });
    heard.recv().await;
    answer.notify_one();
    assert_eq!(second.await?, Outcome::Answered { status: 200 });
    tokio::time::timeout(FOR_EVER, second_closed).await??;
    Ok(())
}

/// Passes its first connection on to `door`; the second is taken and never spoken to. Says when
/// that one came, and when it was closed from the other side.
async fn lets_one_in(
    door: TlsDoor,
) -> Told<(SocketAddr, oneshot::Receiver<()>, oneshot::Receiver<()>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let (came, second_came) = oneshot::channel();
    let (closed, second_closed) = oneshot::channel();
    tokio::spawn(async move {
        let (mut first, _) = listener.accept().await?;
        tokio::spawn(async move {
            let mut inner = TcpStream::connect(door.address).await?;
            let _ = copy_bidirectional(&mut first, &mut inner).await;
            drop(door);
            Ok::<_, std::io::Error>(())
        });
        let (mut second, _) = listener.accept().await?;
        let _ = came.send(());
        let _ = second.read_to_end(&mut Vec::new()).await;
        let _ = closed.send(());
        Ok::<_, std::io::Error>(())
    });
    Ok((address, second_came, second_closed))
}

/// An endpoint that answers one request each time it is told to.
async fn endpoint_on_demand() -> Told<(SocketAddr, mpsc::UnboundedReceiver<()>, Arc<Notify>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let (said, heard) = mpsc::unbounded_channel();
    let answer = Arc::new(Notify::new());
    let told = Arc::clone(&answer);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        while request(&mut stream).await.is_some() {
            let _ = said.send(());
            told.notified().await;
            stream.write_all(OK).await?;
        }
        Ok::<_, std::io::Error>(())
    });
    Ok((address, heard, answer))
}
