//! One attempt against each kind of endpoint that means harm: it ends, in time, and leaves nothing.

use super::*;
use cryptopayment_test_support::Told;
use cryptopayment_test_support::hostile::{HostileEndpoint, Malice};
use cryptopayment_test_support::wait::{self, Look};
use std::sync::atomic::Ordering::Relaxed;

/// What the kernel's buffers of both sides swallow is not ours to bound, but it has an end.
const TAKEN_MAX: u64 = 16 * 1024 * 1024;

async fn is_left_alone(endpoint: &HostileEndpoint, said: &str) -> Told<()> {
    wait::until(&format!("{said} is left alone"), async || {
        let open = endpoint.counts.open.load(Relaxed);
        Ok(Look::when(open == 0, (), || format!("{open} connections")))
    })
    .await
}

#[tokio::test]
async fn whatever_an_endpoint_does_the_attempt_ends_and_nothing_stays_behind() -> Told<()> {
    let answered = |status| Outcome::Answered { status };
    let broken = |error: &str| Outcome::Unreachable { error: error.to_owned() };
    let elsewhere = HostileEndpoint::start(Malice::Says(200, "")).await?;
    let rows = [
        (Malice::Silent, Outcome::TimedOut),
        (Malice::DripsHead, Outcome::TimedOut),
        (Malice::DripsBody, answered(200)),
        (Malice::Huge, answered(200)),
        (Malice::EndlessHeaders, broken("what came back is no HTTP answer")),
        (Malice::EndlessInterim, broken("what came back is no HTTP answer")),
        (Malice::Redirect(format!("http://{}/", elsewhere.address)), answered(302)),
        (Malice::Reset, broken("the connection was reset")),
        (Malice::Says(410, ""), answered(410)),
        (Malice::Says(429, "Retry-After: 60\r\n"), answered(429)),
        (Malice::Says(500, ""), answered(500)),
        (Malice::Bomb("gzip"), answered(200)),
        (Malice::Bomb("br"), answered(200)),
        (Malice::Bomb("deflate"), answered(200)),
        (Malice::Bomb("zstd"), answered(200)),
    ];
    let courier = HttpCourier::with(Means { kept_max: 0, ..impatient() });
    for (malice, outcome) in rows {
        let said = format!("{malice:?}");
        let endpoint = HostileEndpoint::start(malice).await?;
        let receipt = courier.deliver(parcel(format!("http://{}/", endpoint.address))).await;
        assert_eq!(receipt.outcome, outcome, "{said}");
        let kept = receipt.answer.len();
        assert!(kept <= excerpt::READ_BYTES_MAX, "{said}: {kept} bytes are kept");
        assert!(!receipt.answer.contains("\0\0"), "{said}: something was unpacked");
        is_left_alone(&endpoint, &said).await?;
        let taken = endpoint.counts.bytes_taken.load(Relaxed);
        assert!(taken <= TAKEN_MAX, "{said}: {taken} bytes were taken");
        println!("{said}: {taken} bytes taken, {} ms", receipt.took_ms);
    }
    assert_eq!(elsewhere.counts.requests.load(Relaxed), 0, "a redirect was followed");
    Ok(())
}

#[tokio::test]
async fn what_babbles_or_says_nothing_where_tls_is_spoken_is_left_too() -> Told<()> {
    let tls = "the TLS handshake failed; check the certificate";
    let rows = [
        (Malice::Babbles, Outcome::Unreachable { error: tls.to_owned() }),
        (Malice::Silent, Outcome::TimedOut),
    ];
    for (malice, outcome) in rows {
        let endpoint = HostileEndpoint::start(malice).await?;
        let url = format!("https://{}/", endpoint.address);
        let receipt = impatient_courier().deliver(parcel(url)).await;
        // On a machine without any certificates nobody is asked at all.
        let without = receipt.outcome == without_certificates();
        assert!(without || receipt.outcome == outcome, "{receipt:?}");
        is_left_alone(&endpoint, "it").await?;
    }
    Ok(())
}
