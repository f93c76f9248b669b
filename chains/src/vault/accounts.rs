//! Account public keys: from them alone every deposit address is derived (BIP32), so a gateway that
//! only watches runs without the seed.
//!
//! As text, one line per network, for `wallet accounts` files and backups:
//! ```text
//! cryptopayment accounts 1
//! btc main m/84'/0'/0' xpub6Cat…
//! ```

use super::branches::{self, Branch};
use crate::address::{
    Address, AddressError, evm_address_of_key, tron_address_of_key, utxo_script_of_key,
};
use crate::chain_name::ChainName;
use bitcoin::NetworkKind;
use bitcoin::bip32::{ChildNumber, Xpub};
use bitcoin::secp256k1::{PublicKey, Secp256k1, VerifyOnly};
use cryptopayment_domain::network::Network;
use std::fmt;
use std::str::FromStr;

/// The first line of the text form.
const TITLE: &str = "cryptopayment accounts 1";

/// The public account keys of all five networks.
#[derive(Clone, Debug)]
pub struct Accounts {
    accounts: Vec<Account>,
    curve: Secp256k1<VerifyOnly>,
}

/// The public key of one network's account, with its two branches derived ahead: an address then
/// costs one derivation, not two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    network: Network,
    chain: ChainName,
    key: Xpub,
    deposits: Xpub,
    treasury: Xpub,
}

/// Why account keys cannot be used, or an address cannot be derived.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountsError {
    /// Not the text of account keys at all.
    #[error("not a list of account keys: the first line must be \"{TITLE}\"")]
    Title,
    /// A line that is not `network chain path key`.
    #[error("line {0} is not \"network chain path key\"")]
    Line(usize),
    /// The key of a line cannot be read.
    #[error("line {0} has no readable extended public key")]
    Key(usize),
    /// The path is not the one this gateway uses.
    #[error("the account of {network} must be {expected}")]
    Path {
        /// The network of the account.
        network: Network,
        /// The path it must have.
        expected: String,
    },
    /// The key is no account key, or of the wrong number, or for another kind of chain.
    #[error("the key of {0} does not belong to its path")]
    OtherKey(Network),
    /// A network twice or not at all.
    #[error("{0} must be there exactly once")]
    Count(Network),
    /// No address has this index: it is 2^31 or more.
    #[error("an address index must be below 2147483648")]
    Index,
    /// One index in 2^127 has no key. It is left out; the next one has.
    #[error("this index has no key")]
    NoKey,
}

impl Account {
    /// The account of `network` on `chain` with this key.
    ///
    /// # Errors
    /// [`AccountsError::OtherKey`] when depth, number or kind of chain are not the account's.
    pub fn new(network: Network, chain: ChainName, key: Xpub) -> Result<Account, AccountsError> {
        let other = |_| AccountsError::OtherKey(network);
        let [_, _, number] = branches::account_steps(network, chain).map_err(other)?;
        let kind_fits = key.network == kind(chain);
        if key.depth != 3 || key.child_number != number || !kind_fits {
            return Err(AccountsError::OtherKey(network));
        }
        let curve = Secp256k1::verification_only();
        let step = |branch: Branch| {
            let number = ChildNumber::from_normal_idx(branch.number()).map_err(other)?;
            key.ckd_pub(&curve, number).map_err(other)
        };
        let (deposits, treasury) = (step(Branch::Deposit)?, step(Branch::Treasury)?);
        Ok(Account { network, chain, key, deposits, treasury })
    }

    /// The account's extended public key: `xpub…`, `tpub…` on test chains (the generic BIP32
    /// versions, on Litecoin too).
    pub const fn key(&self) -> &Xpub {
        &self.key
    }

    /// The chain it is for.
    pub const fn chain(&self) -> ChainName {
        self.chain
    }

    /// The network it is for.
    pub const fn network(&self) -> Network {
        self.network
    }
}

const fn kind(chain: ChainName) -> NetworkKind {
    match chain {
        ChainName::Main => NetworkKind::Main,
        ChainName::Test | ChainName::Regtest => NetworkKind::Test,
    }
}

impl Accounts {
    /// All five accounts.
    ///
    /// # Errors
    /// [`AccountsError::Count`] when a network is missing or there twice.
    pub fn new(accounts: impl IntoIterator<Item = Account>) -> Result<Accounts, AccountsError> {
        let accounts: Vec<Account> = accounts.into_iter().collect();
        for network in Network::ALL {
            let count = accounts.iter().filter(|account| account.network == network).count();
            if count != 1 {
                return Err(AccountsError::Count(network));
            }
        }
        Ok(Accounts { accounts, curve: Secp256k1::verification_only() })
    }

    /// The account of a network.
    ///
    /// # Errors
    /// None in practice: all five are there since [`Accounts::new`].
    pub fn account(&self, network: Network) -> Result<&Account, AccountsError> {
        let of_network = |account: &&Account| account.network == network;
        self.accounts.iter().find(of_network).ok_or(AccountsError::Count(network))
    }

    /// The address that the invoice with this index is paid at.
    ///
    /// # Errors
    /// [`AccountsError::Index`], [`AccountsError::NoKey`].
    pub fn deposit_address(&self, network: Network, index: u32) -> Result<Address, AccountsError> {
        self.address(network, Branch::Deposit, index)
    }

    /// An address of the treasury: change, the hot wallet.
    ///
    /// # Errors
    /// [`AccountsError::Index`], [`AccountsError::NoKey`].
    pub fn treasury_address(&self, network: Network, index: u32) -> Result<Address, AccountsError> {
        self.address(network, Branch::Treasury, index)
    }

    fn address(
        &self,
        network: Network,
        branch: Branch,
        index: u32,
    ) -> Result<Address, AccountsError> {
        let account = self.account(network)?;
        let parent = match branch {
            Branch::Deposit => &account.deposits,
            Branch::Treasury => &account.treasury,
        };
        let number = ChildNumber::from_normal_idx(index).map_err(|_| AccountsError::Index)?;
        let child = parent.ckd_pub(&self.curve, number).map_err(|_| AccountsError::NoKey)?;
        address_of_key(network, account.chain, &child.public_key).map_err(|_| AccountsError::NoKey)
    }
}

fn address_of_key(
    network: Network,
    chain: ChainName,
    key: &PublicKey,
) -> Result<Address, AddressError> {
    match network {
        Network::Btc | Network::Ltc => {
            Address::from_bytes(network, chain, &utxo_script_of_key(key))
        }
        Network::Eth | Network::Bep20 => {
            Address::from_bytes(network, chain, &evm_address_of_key(key))
        }
        Network::Trc20 => Address::from_bytes(network, chain, &tron_address_of_key(key)),
    }
}

impl fmt::Display for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        self.accounts.iter().try_for_each(|account| {
            let path = branches::account_path(account.network, account.chain);
            writeln!(f, "{} {} {path} {}", account.network, account.chain, account.key)
        })
    }
}

impl FromStr for Accounts {
    type Err = AccountsError;

    fn from_str(text: &str) -> Result<Accounts, AccountsError> {
        let mut lines = text.lines().zip(1..);
        if lines.next().map(|(title, _)| title.trim_end()) != Some(TITLE) {
            return Err(AccountsError::Title);
        }
        let filled = lines.filter(|(line, _)| !line.trim().is_empty());
        let accounts: Result<Vec<Account>, _> =
            filled.map(|(line, number)| account_of_line(line, number)).collect();
        Accounts::new(accounts?)
    }
}

fn account_of_line(line: &str, number: usize) -> Result<Account, AccountsError> {
    let mut words = line.split_whitespace();
    let (Some(network), Some(chain), Some(path), Some(key), None) =
        (words.next(), words.next(), words.next(), words.next(), words.next())
    else {
        return Err(AccountsError::Line(number));
    };
    let network = Network::from_str(network).map_err(|_| AccountsError::Line(number))?;
    let chain = ChainName::from_str(chain).map_err(|_| AccountsError::Line(number))?;
    let expected = branches::account_path(network, chain);
    if path != expected {
        return Err(AccountsError::Path { network, expected });
    }
    let key = Xpub::from_str(key).map_err(|_| AccountsError::Key(number))?;
    Account::new(network, chain, key)
}
