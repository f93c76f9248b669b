//! JSON in and out without a float: bodies are read strictly, numbers stay text, answers are
//! written straight into a string.
//!
//! - [`strict`]: one object out of a body, or the 400 and 422 that it deserves
//! - [`fields`]: the typed fields of requests, each with its 422
//! - [`tree`]: documents that are put together
//! - [`mod@write`]: strings on their way out

pub mod fields;
pub mod strict;
pub mod tree;
pub mod write;
