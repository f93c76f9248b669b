//! The binary under test, run as a merchant and an operator run it: a process, a data folder, an
//! address.

pub mod configuration;
pub mod merchant;
pub mod process;

pub use configuration::Configuration;
pub use merchant::Merchant;
pub use process::Gateway;
