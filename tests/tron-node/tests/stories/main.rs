//! The node's own stories, asked over HTTP as anybody asks it. What foreign clients think of it is
//! in `tests/clients`.

mod asking;
mod broadcasting;
mod chain;
mod chaos;
mod faults;
mod jsonrpc;
mod money;
