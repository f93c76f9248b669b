//! How the node writes: fields that are zero are left out, addresses and texts as the reader wants
//! to see them (`JsonFormat`, `Util`).

mod accounts;
mod blocks;
mod calls;
mod reading;
mod transactions;

use crate::address::Address;
use serde_json::{Map, Value};

pub use accounts::account;
pub use blocks::{block, header};
pub use calls::{constant_result, contract};
pub use reading::{NotATransaction, read_transaction};
pub use transactions::{info, transaction};

/// Whether addresses are base58 and texts are text, or both are hex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub visible: bool,
}

impl Look {
    /// An address.
    pub fn address(self, address: Address) -> Value {
        Value::String(if self.visible { address.base58() } else { address.hex() })
    }

    /// An address as it came, which may be none.
    pub fn address_bytes(self, bytes: &[u8]) -> Value {
        let whole = Address::of_bytes(bytes).filter(|_| self.visible);
        Value::String(whole.map_or_else(|| hex::encode(bytes), |address| address.base58()))
    }

    /// A sentence.
    pub fn text(self, text: &str) -> Value {
        Value::String(if self.visible { text.to_owned() } else { hex::encode(text) })
    }
}

/// An object being written.
#[derive(Default)]
pub struct Object(Map<String, Value>);

impl Object {
    /// A number, unless it is zero.
    pub fn number(mut self, key: &str, value: i64) -> Self {
        if value != 0 {
            self.0.insert(key.to_owned(), value.into());
        }
        self
    }

    /// Bytes as hex, unless there are none.
    pub fn bytes(mut self, key: &str, bytes: &[u8]) -> Self {
        if !bytes.is_empty() {
            self.0.insert(key.to_owned(), hex::encode(bytes).into());
        }
        self
    }

    /// Anything.
    pub fn put(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// Anything, where there is something.
    pub fn put_some(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.put(key, value),
            None => self,
        }
    }

    /// A list, unless it is empty.
    pub fn list(self, key: &str, items: Vec<Value>) -> Self {
        if items.is_empty() { self } else { self.put(key, items) }
    }

    pub fn end(self) -> Value {
        Value::Object(self.0)
    }
}
