//! A real node of Ethereum's kind (anvil), a customer who pays there, and contracts to pay with.

pub mod anvil;
pub mod contracts;
pub mod customer;
pub mod wei;

pub use anvil::{Anvil, Coin};
