//! A shop on a real regtest node, and what can happen to a payment there. `litecoin.rs` and
//! `bitcoin.rs` tell the same stories on their own nodes.

mod mempool;
mod paying;
mod pushed;
mod reorganising;

pub use mempool::*;
pub use paying::*;
pub use pushed::*;
pub use reorganising::*;

use cryptopayment_test_support::gateway::merchant::{Opened, same_number};
use cryptopayment_test_support::gateway::{Configuration, Gateway, Merchant};
use cryptopayment_test_support::nodes::{Node, Program, Rpc, amount};
use cryptopayment_test_support::receiver::Receiver;
use cryptopayment_test_support::{Json, Told};

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");

/// What every invoice here asks for; at the fixed rates 7.5 LTC or 0.01 BTC.
const PRICE_USD: &str = "600.00";

/// Confirmations required.
const DEEP: usize = 2;

/// A node, a gateway that watches it, and a merchant who is told.
struct Shop {
    node: Node,
    gateway: Gateway,
    merchant: Merchant,
    told: Receiver,
    coin: String,
}

impl Shop {
    /// Open for business; `None` if the node cannot be had on this machine.
    async fn open(program: Program) -> Told<Option<Self>> {
        Self::open_with(program, Configuration::default()).await
    }

    async fn open_with(program: Program, wanted: Configuration) -> Told<Option<Self>> {
        let Some(node) = Node::start(program).await? else { return Ok(None) };
        let rpc = node.rpc.clone();
        Self::open_at(node, &[rpc], wanted).await.map(Some)
    }

    /// A shop whose gateway reads `node` through these.
    async fn open_at(node: Node, providers: &[Rpc], wanted: Configuration) -> Told<Self> {
        let told = Receiver::start().await?;
        let wanted = wanted.network(node.program, providers, DEEP as u32);
        let gateway = Gateway::serve(GATEWAY, &wanted, &told.url()).await?;
        let merchant = gateway.merchant()?;
        let coin = node.program.network().to_uppercase();
        Ok(Self { node, gateway, merchant, told, coin })
    }

    async fn invoice(&self) -> Told<Opened> {
        self.merchant.open(self.node.program.network(), PRICE_USD).await
    }

    /// The gateway was started again: it may listen elsewhere.
    fn find_gateway_again(&mut self) -> Told<()> {
        self.merchant = self.gateway.merchant()?;
        Ok(())
    }

    async fn wait_available(&self, coins: &str) -> Told<()> {
        self.merchant.wait_available(&self.coin, coins).await
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

/// `part` of an invoice's amount in percent, rounded down, as coins.
fn percent_of(invoice: &Opened, percent: u64) -> Told<String> {
    Ok(amount::coins(amount::units(&invoice.amount)? * percent / 100))
}

/// The number at `path` is this one, however it is padded.
fn assert_number(json: &Json, path: &str, wanted: &str) -> Told<()> {
    let got = json.number(path)?;
    assert!(same_number(got, wanted), "{path} is {got}, not {wanted}: {json}");
    Ok(())
}
