//! A node, a gateway that watches it, and a merchant who is told.

use cryptopayment_test_support::gateway::merchant::{Opened, same_number};
use cryptopayment_test_support::gateway::{Configuration, Gateway, Merchant};
use cryptopayment_test_support::receiver::Receiver;
use cryptopayment_test_support::{Failure, Json, Told};
use cryptopayment_tron_node::TronNode;

pub const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");
/// What every invoice here asks for, in dollars and so in USDT.
pub const PRICE_USD: &str = "600.00";
/// Confirmations required: fewer than solidity takes, so that solidity decides.
pub const DEEP: u64 = 5;
/// Confirmations that a payment has when it becomes solid, all producers working.
pub const SOLID: u64 = 19;
/// Base units of one USDT.
const UNIT: u128 = 1_000_000;

pub struct Shop {
    pub node: TronNode,
    pub gateway: Gateway,
    pub merchant: Merchant,
    pub told: Receiver,
}

impl Shop {
    pub async fn open() -> Told<Self> {
        Self::open_with(Configuration::default(), DEEP).await
    }

    pub async fn open_with(wanted: Configuration, confirmations: u64) -> Told<Self> {
        let node = TronNode::start().await?;
        let wanted =
            wanted.tron(&[node.full_url()], &[node.solidity_url()], node.token(), confirmations);
        Self::open_at(node, &wanted).await
    }

    pub async fn open_at(node: TronNode, wanted: &Configuration) -> Told<Self> {
        let told = Receiver::start().await?;
        let gateway = Gateway::serve(GATEWAY, wanted, &told.url()).await?;
        let merchant = gateway.merchant()?;
        Ok(Self { node, gateway, merchant, told })
    }

    pub async fn invoice(&self) -> Told<Opened> {
        self.merchant.open("trc20", PRICE_USD).await
    }

    /// Pays a part of an invoice in percent: the transaction's id.
    pub fn pay(&self, invoice: &Opened, percent: u128) -> Told<String> {
        self.node.pay(&invoice.address, percent_of(invoice, percent)?)
    }

    pub async fn stands(&self, invoice: &Opened, status: &str, detail: &str) -> Told<Json> {
        self.merchant.wait_status(&invoice.id, status, detail).await
    }

    pub async fn wait_received(&self, invoice: &Opened, received: u64) -> Told<Json> {
        self.merchant
            .wait_invoice(&invoice.id, &format!("has {received} confirmations"), |invoice| {
                invoice.count("confirmations.received").is_ok_and(|count| count == received)
            })
            .await
    }

    pub async fn wait_available(&self, units: u128) -> Told<()> {
        self.merchant.wait_available("USDT-TRC20", &coins(units)).await
    }

    /// Waits until exactly the seed's two events have come, once each and in order, signed.
    pub async fn wait_both_events(&self, invoice: &Opened) -> Told<()> {
        for event in ["payment_detected", "payment_confirmed"] {
            let delivery = self.told.wait_for_event(&invoice.id, event).await?;
            delivery.verify(&self.merchant.app_secret)?;
        }
        let events = self.told.events_of(&invoice.id)?;
        assert_eq!(events, ["payment_detected", "payment_confirmed"]);
        Ok(())
    }

    /// kill -9, and on the same folder again.
    pub async fn kill_and_restart(&mut self) -> Told<()> {
        self.gateway.kill_and_restart().await?;
        self.merchant = self.gateway.merchant()?;
        Ok(())
    }

    /// Stops the gateway and has it check its own books from the first byte.
    pub async fn close_and_audit(mut self) -> Told<()> {
        let ended = self.gateway.stop().await?;
        assert!(ended.success(), "the gateway stopped with {ended}");
        self.gateway.run(&["audit"])?.must_succeed("audit").map(drop)
    }
}

/// `percent` of an invoice's amount in base units.
pub fn percent_of(invoice: &Opened, percent: u128) -> Told<u128> {
    Ok(units(&invoice.amount)? * percent / 100)
}

/// `"0.5"` USDT as 500,000 base units.
pub fn units(coins: &str) -> Told<u128> {
    let wrong = || Failure::new(format!("no amount of USDT: {coins}"));
    let (whole, fraction) = coins.split_once('.').unwrap_or((coins, ""));
    let fraction: u128 =
        format!("{fraction:0<6}").get(..6).and_then(|six| six.parse().ok()).ok_or_else(wrong)?;
    let whole: u128 = whole.parse().map_err(|_| wrong())?;
    Ok(whole * UNIT + fraction)
}

/// Base units as `"0.500000"` USDT.
pub fn coins(units: u128) -> String {
    format!("{}.{:06}", units / UNIT, units % UNIT)
}

/// The number at `path` is this one, however it is padded.
pub fn assert_number(json: &Json, path: &str, wanted: &str) -> Told<()> {
    let got = json.number(path)?;
    assert!(same_number(got, wanted), "{path} is {got}, not {wanted}: {json}");
    Ok(())
}
