//! A shop on a real node of Ethereum's kind, and what can happen to a payment there. `ethereum.rs`
//! and `bsc.rs` tell the same stories, in ether and in a dollar token.

mod odd;
mod paying;
mod reorganising;

pub use odd::*;
pub use paying::*;
pub use reorganising::*;

use cryptopayment_test_support::evm::{Anvil, Coin, wei};
use cryptopayment_test_support::gateway::merchant::{Opened, same_number};
use cryptopayment_test_support::gateway::{Configuration, Gateway, Merchant};
use cryptopayment_test_support::receiver::Receiver;
use cryptopayment_test_support::{Json, Told};

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");

/// What every invoice here asks for; at the fixed rates 0.2 ETH or 600 USDT.
const PRICE_USD: &str = "600.00";

/// Confirmations required.
const DEEP: u64 = 3;

/// A node, a gateway that watches it, and a merchant who is told.
struct Shop {
    node: Anvil,
    gateway: Gateway,
    merchant: Merchant,
    told: Receiver,
}

impl Shop {
    /// Open for business; `None` if the node cannot be had on this machine.
    async fn open(coin: Coin) -> Told<Option<Self>> {
        Self::open_with(coin, Configuration::default()).await
    }

    async fn open_with(coin: Coin, wanted: Configuration) -> Told<Option<Self>> {
        let Some(node) = Anvil::start(coin).await? else { return Ok(None) };
        let told = Receiver::start().await?;
        let wanted = wanted.evm(&node, &[node.url()], DEEP as u32);
        let gateway = Gateway::serve(GATEWAY, &wanted, &told.url()).await?;
        let merchant = gateway.merchant()?;
        Ok(Some(Self { node, gateway, merchant, told }))
    }

    async fn invoice(&self) -> Told<Opened> {
        self.merchant.open(self.node.coin.network(), PRICE_USD).await
    }

    /// Pays a part of an invoice in percent; answers the transaction's id and what was paid.
    async fn pay(&self, invoice: &Opened, percent: u128) -> Told<(String, String)> {
        let units = percent_of(invoice, percent)?;
        let txid = self.node.send(&invoice.address, units).await?;
        Ok((txid, wei::coins(units)))
    }

    /// The gateway was started again: it may listen elsewhere.
    fn find_gateway_again(&mut self) -> Told<()> {
        self.merchant = self.gateway.merchant()?;
        Ok(())
    }

    async fn stands(&self, invoice: &Opened, status: &str, detail: &str) -> Told<Json> {
        self.merchant.wait_status(&invoice.id, status, detail).await
    }

    async fn wait_received(&self, invoice: &Opened, received: u64) -> Told<Json> {
        self.merchant
            .wait_invoice(&invoice.id, &format!("has {received} confirmations"), |invoice| {
                invoice.count("confirmations.received").is_ok_and(|count| count == received)
            })
            .await
    }

    async fn wait_available(&self, coins: &str) -> Told<()> {
        self.merchant.wait_available(self.node.coin.balance(), coins).await
    }

    /// Waits until exactly the seed's two events have come, once each and in order, signed.
    async fn wait_both_events(&self, invoice: &Opened) -> Told<()> {
        for event in ["payment_detected", "payment_confirmed"] {
            let delivery = self.told.wait_for_event(&invoice.id, event).await?;
            delivery.verify(&self.merchant.app_secret)?;
        }
        let events = self.told.events_of(&invoice.id)?;
        assert_eq!(events, ["payment_detected", "payment_confirmed"]);
        Ok(())
    }

    /// Stops the gateway and has it check its own books from the first byte.
    async fn close_and_audit(mut self) -> Told<()> {
        let ended = self.gateway.stop().await?;
        assert!(ended.success(), "the gateway stopped with {ended}");
        self.gateway.run(&["audit"])?.must_succeed("audit").map(drop)
    }
}

/// `percent` of an invoice's amount, rounded down, in base units.
fn percent_of(invoice: &Opened, percent: u128) -> Told<u128> {
    Ok(wei::units(&invoice.amount)? * percent / 100)
}

/// The number at `path` is this one, however it is padded.
fn assert_number(json: &Json, path: &str, wanted: &str) -> Told<()> {
    let got = json.number(path)?;
    assert!(same_number(got, wanted), "{path} is {got}, not {wanted}: {json}");
    Ok(())
}
