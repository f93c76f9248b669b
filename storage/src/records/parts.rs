//! The small parts that facts and rows are made of.

use bincode::{Decode, Encode};
use cryptopayment_domain::ledger::CreditKey;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{BlockRef, Hash32, PaymentId, Tip};
use cryptopayment_domain::rate::{Rate, SourcePrice};
use cryptopayment_domain::time::Timestamp;
use rust_decimal::Decimal;

use super::Malformed;

/// A UUID's bytes.
pub(super) type IdRecord = [u8; 16];
/// The bytes of a [`Hash32`].
pub(super) type HashRecord = [u8; 32];
/// Milliseconds since the Unix epoch.
pub(super) type InstantRecord = i64;

/// A [`Network`]; the number is its place in this list.
#[derive(Clone, Copy, Encode, Decode)]
pub(crate) enum NetworkRecord {
    Btc,
    Ltc,
    Eth,
    Trc20,
    Bep20,
}

/// A [`Money`].
#[derive(Clone, Copy, Encode, Decode)]
pub(crate) struct MoneyRecord {
    network: NetworkRecord,
    units: u128,
}

/// A [`PaymentId`].
#[derive(Clone, Copy, Encode, Decode)]
pub(crate) struct PaymentIdRecord {
    network: NetworkRecord,
    txid: HashRecord,
    index: u32,
}

/// A [`CreditKey`].
#[derive(Clone, Copy, Encode, Decode)]
pub(crate) struct CreditKeyRecord {
    payment: PaymentIdRecord,
    round: u32,
}

/// A [`BlockRef`].
#[derive(Clone, Copy, Encode, Decode)]
pub(crate) struct BlockRecord {
    height: u64,
    hash: HashRecord,
    time: InstantRecord,
}

/// A [`Tip`].
#[derive(Clone, Copy, Encode, Decode)]
pub(crate) struct TipRecord {
    height: u64,
    hash: HashRecord,
    solid_height: Option<u64>,
}

/// A [`Rate`] without what stands behind it; the price is `price_units` × 10^-`price_scale`.
#[derive(Clone, Encode, Decode)]
pub(crate) struct RateRecord {
    price_units: i128,
    price_scale: u32,
    source: String,
    at: InstantRecord,
}

/// What stands behind a [`Rate`] that sources agreed on; empty for one without sources.
#[derive(Clone, Encode, Decode)]
pub(crate) struct MarketRecord {
    spread_basis_points: u32,
    sources: Vec<RateRecord>,
}

impl From<Network> for NetworkRecord {
    fn from(network: Network) -> Self {
        match network {
            Network::Btc => Self::Btc,
            Network::Ltc => Self::Ltc,
            Network::Eth => Self::Eth,
            Network::Trc20 => Self::Trc20,
            Network::Bep20 => Self::Bep20,
        }
    }
}

impl From<NetworkRecord> for Network {
    fn from(record: NetworkRecord) -> Self {
        match record {
            NetworkRecord::Btc => Self::Btc,
            NetworkRecord::Ltc => Self::Ltc,
            NetworkRecord::Eth => Self::Eth,
            NetworkRecord::Trc20 => Self::Trc20,
            NetworkRecord::Bep20 => Self::Bep20,
        }
    }
}

impl From<Money> for MoneyRecord {
    fn from(money: Money) -> Self {
        Self { network: money.network().into(), units: money.units() }
    }
}

impl TryFrom<MoneyRecord> for Money {
    type Error = Malformed;

    fn try_from(record: MoneyRecord) -> Result<Self, Malformed> {
        Money::new(record.network.into(), record.units)
            .map_err(|error| Malformed::because(error.to_string()))
    }
}

impl From<PaymentId> for PaymentIdRecord {
    fn from(id: PaymentId) -> Self {
        Self { network: id.network.into(), txid: id.txid.0, index: id.index }
    }
}

impl From<PaymentIdRecord> for PaymentId {
    fn from(record: PaymentIdRecord) -> Self {
        let PaymentIdRecord { network, txid, index } = record;
        Self { network: network.into(), txid: Hash32(txid), index }
    }
}

impl From<CreditKey> for CreditKeyRecord {
    fn from(key: CreditKey) -> Self {
        Self { payment: key.payment.into(), round: key.round }
    }
}

impl From<CreditKeyRecord> for CreditKey {
    fn from(record: CreditKeyRecord) -> Self {
        Self { payment: record.payment.into(), round: record.round }
    }
}

impl From<BlockRef> for BlockRecord {
    fn from(block: BlockRef) -> Self {
        Self { height: block.height, hash: block.hash.0, time: block.time.unix_ms() }
    }
}

impl From<BlockRecord> for BlockRef {
    fn from(record: BlockRecord) -> Self {
        let BlockRecord { height, hash, time } = record;
        Self { height, hash: Hash32(hash), time: instant(time) }
    }
}

impl From<Tip> for TipRecord {
    fn from(tip: Tip) -> Self {
        Self { height: tip.height, hash: tip.hash.0, solid_height: tip.solid_height }
    }
}

impl From<TipRecord> for Tip {
    fn from(record: TipRecord) -> Self {
        let TipRecord { height, hash, solid_height } = record;
        Self { height, hash: Hash32(hash), solid_height }
    }
}

impl From<&Rate> for RateRecord {
    fn from(rate: &Rate) -> Self {
        Self {
            price_units: rate.usd_per_coin.mantissa(),
            price_scale: rate.usd_per_coin.scale(),
            source: rate.source.clone(),
            at: rate.at.unix_ms(),
        }
    }
}

impl TryFrom<RateRecord> for Rate {
    type Error = Malformed;

    fn try_from(record: RateRecord) -> Result<Self, Malformed> {
        let RateRecord { price_units, price_scale, source, at } = record;
        let usd_per_coin = Decimal::try_from_i128_with_scale(price_units, price_scale)
            .map_err(|error| Malformed::because(error.to_string()))?;
        let at = instant(at);
        Ok(Self { usd_per_coin, source, sources: Vec::new(), spread_basis_points: 0, at })
    }
}

impl From<&SourcePrice> for RateRecord {
    fn from(price: &SourcePrice) -> Self {
        Self {
            price_units: price.usd_per_coin.mantissa(),
            price_scale: price.usd_per_coin.scale(),
            source: price.source.clone(),
            at: price.at.unix_ms(),
        }
    }
}

impl From<&Rate> for MarketRecord {
    fn from(rate: &Rate) -> Self {
        Self {
            spread_basis_points: rate.spread_basis_points,
            sources: rate.sources.iter().map(RateRecord::from).collect(),
        }
    }
}

impl MarketRecord {
    /// The rate with what stood behind it.
    pub(super) fn behind(self, rate: Rate) -> Result<Rate, Malformed> {
        let price = |record: RateRecord| {
            let Rate { usd_per_coin, source, at, .. } = record.try_into()?;
            Ok(SourcePrice { source, usd_per_coin, at })
        };
        let sources = self.sources.into_iter().map(price).collect::<Result<_, Malformed>>()?;
        Ok(Rate { sources, spread_basis_points: self.spread_basis_points, ..rate })
    }
}

/// The instant that a record's milliseconds stand for.
pub(super) fn instant(unix_ms: InstantRecord) -> Timestamp {
    Timestamp::from_unix_ms(unix_ms)
}
