//! What goes out: webhooks, the guard that keeps them from where they have no business, and
//! questions to price sources.
//!
//! - [`courier`]: sends one webhook once; implements the actors' port
//! - [`authorities`]: whose certificates the operator trusts beside the system's
//! - [`guard`]: which addresses may be reached
//! - [`endpoint_url`]: what a merchant may set as webhook URL
//! - [`prices`]: public price sources, an adapter each; implement the actors' port
//! - `resolver`: names, resolved once, every address checked, and connected to exactly that
//! - `kept`: how many endpoints keep their connections
//! - `transport`, `metered`: the way to an endpoint, and how much comes back over it
//! - `trouble`: how a delivery failed, in words of our own
//! - `excerpt`: what is kept of an endpoint's answer
//! - `retry_after`: the header, in both its forms

pub mod authorities;
pub mod courier;
pub mod endpoint_url;
mod excerpt;
pub mod guard;
mod kept;
mod metered;
pub mod prices;
mod resolver;
mod retry_after;
mod transport;
mod trouble;
