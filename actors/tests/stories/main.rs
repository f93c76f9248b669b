//! Stories of the whole engine: real actors, a real store in a temporary folder, the simulated
//! networks, a clock that jumps, a courier that answers as it is told. Each story runs in an actix
//! system of its own and prints its seed; `STORY_SEED=n` tells it again.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod support;

mod addresses;
mod adversary;
mod branches;
mod chaos;
mod clock;
mod dispatcher;
mod expiry;
mod fairness;
mod floors;
mod idempotency;
mod mempool;
mod merchants;
mod networks;
mod overload;
mod passivation;
mod rates;
mod reorganisations;
mod restarts;
mod restoring;
mod sandbox;
mod solidity;
mod supervision;
mod suspense;
mod webhooks;
mod withdrawals;
