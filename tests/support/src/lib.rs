//! What the end-to-end tests stand on. It shares no code with what it judges: its own HTTP, its
//! own JSON (numbers stay the text they came as), its own signatures.
//!
//! | part | is |
//! |---|---|
//! | [`gateway`] | the binary under test, run as a merchant and an operator run it |
//! | [`nodes`] | real litecoind and bitcoind on regtest, and a door to them that misbehaves |
//! | [`evm`] | a real node of Ethereum's kind, contracts, and a customer who pays there |
//! | [`exchanges`] | five price sources that can fail, hang and lie |
//! | [`contract`] | the served `/openapi.json`, held against every answer |
//! | [`certificates`] | certificates made while a test runs, and a door that speaks TLS with them |
//! | [`receiver`] | a merchant's webhook endpoint that keeps every byte it is sent |
//! | [`hostile`] | webhook endpoints that mean harm |
//! | [`signature`] | webhook signatures computed a second time |
//! | [`wire`], [`json`] | HTTP/1.1 and JSON as bytes |
//! | [`events`] | a browser's event stream |
//! | [`process`] | children that die with the test, however it dies |
//! | [`wait`], [`seed`], [`failure`] | conditions with deadlines, chance from one number, errors that read |
//!
//! Only tests use it.

pub mod certificates;
pub mod contract;
pub mod events;
pub mod evm;
pub mod exchanges;
pub mod failure;
pub mod gateway;
pub mod hostile;
pub mod json;
pub mod nodes;
pub mod process;
pub mod receiver;
pub mod seed;
pub mod signature;
pub mod wait;
pub mod wire;

pub use failure::{Failure, Told};
pub use json::Json;
