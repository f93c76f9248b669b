//! Stored shapes: what facts and rows look like on disk, each in a type of its own.
//!
//! A rename in `domain` touches no byte here; a change here is a new version of the format. Every
//! value is a version byte and then bincode's standard encoding. New variants and new last fields
//! of rows go to the end; anything else needs a new version byte and a reader for the old one.
//! The golden bytes in `golden` hold all of that.

mod delivery;
mod fact;
mod invoice;
mod ledger;
mod merchant;
mod operator;
mod parts;
mod payment;
mod rows;
mod withdrawal;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::{Decode, Encode};

pub use rows::LineCause;
pub(crate) use rows::{
    AccountSum, AddressRow, AdminRow, AppliedRow, CreditRow, DeliveryRow, InvoiceRow, LedgerRow,
    LineRow, ListedLine, ListedRow, MerchantCoinRow, MerchantCountsRow, MerchantRow, MinedRow,
    SetAsideRow, TallyRow, WatchingRow, WithdrawalCountsRow, WithdrawalRow,
};

/// The first byte of every stored value.
const VERSION: u8 = 1;

/// The most that one stored value may claim to hold, in bytes: garbage asks for no more memory.
const VALUE_BYTES_MAX: usize = 64 << 20;

const CONFIG: Configuration<LittleEndian, Varint, Limit<VALUE_BYTES_MAX>> =
    bincode::config::standard().with_limit::<VALUE_BYTES_MAX>();

/// Bytes that are not the stored form of what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stored value cannot be read: {0}")]
pub struct Malformed(String);

impl Malformed {
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// Something with a stored form.
pub(crate) trait Stored: Sized {
    /// The shape on disk.
    type Record: Encode + Decode<()>;

    /// Its shape on disk.
    fn to_record(&self) -> Self::Record;

    /// What the shape stands for.
    fn from_record(record: Self::Record) -> Result<Self, Malformed>;

    /// The bytes on disk, version byte first.
    fn to_bytes(&self) -> Result<Vec<u8>, Malformed> {
        let mut bytes = vec![VERSION];
        bincode::encode_into_std_write(self.to_record(), &mut bytes, CONFIG)
            .map_err(|error| Malformed::because(error.to_string()))?;
        Ok(bytes)
    }

    /// Reads what [`Stored::to_bytes`] made, to the last byte.
    fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let Some((&version, rest)) = bytes.split_first() else {
            return Err(Malformed::because("it is empty"));
        };
        if version != VERSION {
            return Err(Malformed::because(format!("its version is {version}, not {VERSION}")));
        }
        let (record, read) = bincode::decode_from_slice(rest, CONFIG)
            .map_err(|error| Malformed::because(error.to_string()))?;
        if read != rest.len() {
            return Err(Malformed::because(format!("{} bytes too many", rest.len() - read)));
        }
        Self::from_record(record)
    }
}
