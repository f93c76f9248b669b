//! Pages for people: the checkout, which works without JavaScript and is alive with it.
//!
//! - [`checkout`]: the page of one invoice
//! - [`docs`]: the API for people
//! - [`state`]: what the page says, as JSON: for `.json` and for the stream
//! - [`sentences`]: what is said to the customer in each situation
//! - [`live`]: who holds a page open, and wakes it when its invoice changes
//! - [`qr`]: the code that a wallet's camera reads
//! - [`shell`]: the frame of every page, its headers, and its assets

pub mod checkout;
pub mod docs;
pub mod live;
pub mod qr;
pub mod sentences;
pub mod shell;
pub mod state;
