//! The store: a journal of facts, which is the truth, and views projected from it.

pub mod disk;
pub mod journal;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
