//! The OpenAPI 3.1 document, made from the table of endpoints: each endpoint's file says what it
//! takes and answers beside the code that does it (`doc`, next to `answer`), and this puts it
//! together.
//!
//! - [`operation`]: what an endpoint says of itself
//! - [`schema`]: the shapes of bodies
//! - [`codes`]: every error code there is
//! - [`refusals`]: the answers that refuse, by status
//! - [`webhooks`]: what we send
//! - [`mod@document`]: the whole

pub mod codes;
pub mod document;
pub mod operation;
pub mod refusals;
pub mod schema;
pub mod webhooks;

pub use document::document;
pub use operation::{Operation, Tag};
pub use schema::{Schema, always, maybe};

#[cfg(test)]
mod tests;
