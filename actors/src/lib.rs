//! The actors: one file each, its messages at the top. They decide nothing that `domain` can
//! decide; they own, order, wait and tell.
//!
//! `http` and the command line come in through [`gateway`]; what the actors need from outside is in
//! [`ports`]. Whoever reads one handler has read them all: decide → apply to a copy → append → swap
//! → answer when durable.
//!
//! | actor | one per | file |
//! |---|---|---|
//! | Invoice, Ledger, Merchant, Delivery | aggregate, while live | [`invoice`], [`ledger`], [`merchant`], [`delivery`] |
//! | Watcher, Addresses | network | [`watcher`], [`addresses`] |
//! | Registry, Clock, Dispatcher, Rates, Operator, Sandbox | process | [`registry`], [`clock`], [`dispatcher`], [`rates`], [`operator`], [`sandbox`] |
//!
//! What they share: [`house`] (what each is given), [`live`] (a copy of an aggregate, rebuilt when
//! a handler panics), [`hold`] (what keeps a copy from being let go), [`post`] (foreign facts),
//! [`payees`] (where withdrawals may go), [`watched`] (the addresses that are ours), [`skipped`] (those
//! of invoices that a restore lost).

pub mod addresses;
pub mod asks;
pub mod clock;
pub mod credentials;
pub mod delivery;
pub mod dispatcher;
pub mod engine;
pub mod gateway;
pub mod hold;
pub mod house;
pub mod invoice;
pub mod ledger;
pub mod live;
pub mod merchant;
pub mod operator;
mod panics;
pub mod payees;
pub mod ports;
pub mod post;
pub mod rates;
pub mod registry;
pub mod sandbox;
pub mod skipped;
pub mod watched;
pub mod watcher;

use gateway::Unwilling;

/// Messages an actor's mailbox takes at once. `send` gives every waiting sender a place beyond that,
/// so what bounds a mailbox is how many wait for an answer: the gateway counts those who open
/// invoices and refuses beyond [`gateway::OPENING_MAX`]; watchers, post and dispatcher send one by
/// one, or as many as they have bounds for.
pub const MAILBOX_CAPACITY: usize = 8192;

fn read_failed(error: cryptopayment_storage::ViewError) -> Unwilling {
    tracing::error!(%error, "the views cannot be read");
    Unwilling::Unreadable
}

fn sealing_failed(error: ports::PrivacyError) -> Unwilling {
    tracing::error!(%error, "a secret cannot be sealed or opened");
    Unwilling::Crashed
}
