//! SIGTERM: what is under way is answered, what was answered is there, the next start is a clean one.

use super::GATEWAY;
use cryptopayment_test_support::Told;
use cryptopayment_test_support::gateway::{Gateway, Merchant};
use cryptopayment_test_support::process::send_signal;
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::wire::Connection;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Opens invoices until the gateway takes no more; those that it said yes to.
async fn shop(merchant: Merchant, opened: Arc<Mutex<Vec<String>>>, count: Arc<AtomicUsize>) {
    while let Ok(invoice) = merchant.open("ltc", "50.00").await {
        opened.lock().expect("no one panics").push(invoice.id);
        count.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_stop_under_load_loses_no_answer_and_the_next_start_is_a_clean_one() -> Told<()> {
    let mut gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    let (opened, count) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
    let merchant = gateway.merchant()?;
    let shops: Vec<_> = (0..8)
        .map(|_| tokio::spawn(shop(merchant.clone(), Arc::clone(&opened), Arc::clone(&count))))
        .collect();
    wait::until("there is load", async || {
        let so_far = count.load(Ordering::Relaxed);
        Ok(Look::when(so_far > 100, (), || so_far.to_string()))
    })
    .await?;
    let ended = gateway.stop().await?;
    assert_eq!(ended.code(), Some(0), "{}", gateway.log());
    for shop in shops {
        shop.await.expect("a shop ends when nobody answers");
    }
    gateway.start().await?;
    let log = gateway.log();
    for sign in ["torn", "made anew", "panicked", "ERROR"] {
        assert!(!log.contains(sign), "{sign}: {log}");
    }
    let merchant = gateway.merchant()?;
    let opened = std::mem::take(&mut *opened.lock().expect("no one panics"));
    assert!(opened.len() > 100);
    for id in &opened {
        merchant.invoice(id).await?;
    }
    assert!(gateway.stop().await?.success());
    gateway.run(&["audit"])?.must_succeed("audit").map(drop)
}

#[tokio::test]
async fn a_second_signal_does_not_wait_for_those_who_are_slow() -> Told<()> {
    let mut gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    let merchant = gateway.merchant()?;
    // A request whose body never comes whole keeps a stop waiting.
    let mut slow = Connection::to(gateway.address()?).await?;
    let head = format!(
        "POST /api/v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        merchant.authorization()
    );
    slow.send(head.as_bytes()).await?;
    merchant.open("ltc", "50.00").await?;
    let process = gateway.id()?;
    send_signal(process, "TERM")?;
    wait::until("it says that it stops", async || {
        let log = gateway.log();
        Ok(Look::when(log.contains("stopping:"), (), || log))
    })
    .await?;
    let began = std::time::Instant::now();
    let ended = gateway.stop().await?;
    assert_eq!(ended.code(), Some(1), "{}", gateway.log());
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
    gateway.start().await?;
    assert!(gateway.stop().await?.success());
    gateway.run(&["audit"])?.must_succeed("audit").map(drop)
}
