//! What is measured: the material of the benches. Their targets are in `benches/`.

use cryptopayment_domain::id::{InvoiceId, MerchantId};
use cryptopayment_domain::invoice::{Ask, Deposit, InvoicePolicy, NetworkTerms, Opened, agree};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::rate::Rate;
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::EventSet;
use rust_decimal::Decimal;
use uuid::Uuid;

/// The instant at which everything here happens.
pub const AT: Timestamp = Timestamp::from_unix_s(1_800_000_000);

/// The terms of the `number`-th invoice: 50 USD on TRON. None if the defaults refuse it.
pub fn terms(number: u32) -> Option<Opened> {
    let ask = Ask {
        invoice: InvoiceId(Uuid::from_u128(u128::from(number) + 1)),
        merchant: MerchantId(Uuid::from_u128(u128::from(number % 16) + 1)),
        network: Network::Trc20,
        amount_usd: Decimal::from(50),
        order_id: Some(format!("ORD-{number}")),
        metadata_sealed: Vec::new(),
        expires_in_s: None,
        success_url: None,
        cancel_url: None,
        events: EventSet::SEED,
    };
    let bytes = address(number);
    let deposit = Deposit { index: number, address: "TXxx".to_owned(), bytes };
    let network_terms = NetworkTerms::default_for(Network::Trc20);
    agree(ask, &InvoicePolicy::default(), &network_terms, Rate::one_to_one(AT), deposit, AT).ok()
}

/// The `number`-th address, in the chain's own bytes.
pub fn address(number: u32) -> Vec<u8> {
    let mut bytes = vec![0x41; 21];
    let spread = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bytes.iter_mut().skip(1).zip(spread.to_be_bytes()).for_each(|(byte, of)| *byte = of);
    bytes
}
