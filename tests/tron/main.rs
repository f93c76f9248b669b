//! A TRON node (a stand-in written from the specification: `tests/tron-node`), and a gateway that
//! takes USDT there: what happens to payments, row by row, and what a node can do wrong.

mod misbehaving;
mod paying;
mod reorganising;
mod shop;
