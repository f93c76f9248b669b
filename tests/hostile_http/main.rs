//! Strangers, broken programs and attackers at the HTTP door: every field wrong in every way, every
//! envelope broken, bytes that never end or never come. Each gets a clear JSON error with the right
//! code, never a 500, and afterwards nothing has changed.

mod bodies;
mod envelopes;
mod fields;
mod shape;
mod slowness;

use cryptopayment_test_support::Told;
use cryptopayment_test_support::gateway::{Gateway, Merchant};

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");

/// A sandbox and its merchant, who has no invoice.
async fn untouched() -> Told<(Gateway, Merchant)> {
    let gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    let merchant = gateway.merchant()?;
    Ok((gateway, merchant))
}

/// After all of it: no invoice, no money, no webhook, and a good request works.
async fn nothing_changed(gateway: &Gateway, merchant: &Merchant) -> Told<()> {
    let list = merchant.call("GET", "/invoices", "").await?.expect(200)?;
    assert_eq!(list.count("pagination.total")?, 0, "an invoice was made: {list}");
    for coin in ["USDT-TRC20", "BTC", "LTC", "ETH", "USDT-BEP20"] {
        assert_eq!(merchant.balance(coin).await?, ("0".to_owned(), "0".to_owned()), "{coin}");
    }
    assert_eq!(gateway.get("/healthz").await?.status, 200);
    merchant.open("ltc", "50.00").await.map(drop)
}
