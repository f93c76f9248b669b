//! What goes out: webhooks, and the guard that keeps them from where they have no business.
//!
//! - [`courier`]: sends one webhook once; implements the actors' port
//! - [`guard`]: which addresses may be reached
//! - [`endpoint_url`]: what a merchant may set as webhook URL
//! - `resolver`: names, resolved once, every address checked, and connected to exactly that
//! - `excerpt`: what is kept of an endpoint's answer
//! - `retry_after`: the header, in both its forms

pub mod courier;
pub mod endpoint_url;
mod excerpt;
pub mod guard;
mod resolver;
mod retry_after;
