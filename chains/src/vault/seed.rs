//! The seed: 24 words (BIP39) from the operating system's randomness, and the accounts they derive.

use super::accounts::{Account, Accounts, AccountsError};
use super::branches;
use super::{NoRandomness, random_bytes};
use crate::chain_name::ChainName;
use bip39::{Language, Mnemonic};
use bitcoin::NetworkKind;
use bitcoin::bip32::{Xpriv, Xpub};
use bitcoin::secp256k1::Secp256k1;
use cryptopayment_domain::network::Network;
use zeroize::{Zeroize, Zeroizing};

/// A BIP39 seed without a BIP39 passphrase, kept as its entropy. Erased when dropped; prints as
/// nothing.
pub struct Seed {
    entropy: Zeroizing<Vec<u8>>,
}

/// Why there is no seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// See [`NoRandomness`].
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The words are not 12, 15, 18, 21 or 24 English BIP39 words with a right checksum.
    #[error("these are not the words of a wallet: {0}")]
    NotWords(bip39::Error),
    /// Stored bytes of a length that no seed has.
    #[error("the stored seed has {0} bytes, which no seed has")]
    Length(usize),
    /// One derivation in 2^127 has no key; nobody has ever met it.
    #[error("this seed cannot be used; make another one")]
    Unusable,
}

impl Seed {
    /// A new seed of 24 words.
    ///
    /// # Errors
    /// [`SeedError::NoRandomness`].
    pub fn generate() -> Result<Seed, SeedError> {
        let mut random = random_bytes::<32>()?;
        let entropy = Zeroizing::new(random.to_vec());
        random.zeroize();
        Ok(Seed { entropy })
    }

    /// The seed behind words that somebody kept: 12 to 24 of them, extra spaces do not matter.
    ///
    /// # Errors
    /// [`SeedError::NotWords`] names what is wrong (count, an unknown word, checksum).
    pub fn from_words(words: &str) -> Result<Seed, SeedError> {
        let mnemonic = Mnemonic::parse_in(Language::English, words).map_err(SeedError::NotWords)?;
        Ok(Seed { entropy: Zeroizing::new(mnemonic.to_entropy()) })
    }

    /// The seed with these stored bytes.
    ///
    /// # Errors
    /// [`SeedError::Length`].
    pub fn from_entropy(entropy: &[u8]) -> Result<Seed, SeedError> {
        match Mnemonic::from_entropy(entropy) {
            Ok(_) => Ok(Seed { entropy: Zeroizing::new(entropy.to_vec()) }),
            Err(_) => Err(SeedError::Length(entropy.len())),
        }
    }

    /// The bytes to store, sealed.
    pub fn entropy(&self) -> &[u8] {
        &self.entropy
    }

    /// The words, to be shown once and written on paper.
    ///
    /// # Errors
    /// None in practice: the length was checked when the seed was made.
    pub fn words(&self) -> Result<Zeroizing<String>, SeedError> {
        Ok(Zeroizing::new(self.mnemonic()?.to_string()))
    }

    /// The public halves of all five accounts, with Bitcoin and Litecoin on the chains named.
    ///
    /// # Errors
    /// [`SeedError::Unusable`], see there.
    pub fn accounts(&self, btc: ChainName, ltc: ChainName) -> Result<Accounts, SeedError> {
        let of = |network| self.account(network, chain_of(network, btc, ltc));
        Accounts::new([
            of(Network::Btc)?,
            of(Network::Ltc)?,
            of(Network::Eth)?,
            of(Network::Trc20)?,
            of(Network::Bep20)?,
        ])
        .map_err(|_| SeedError::Unusable)
    }

    fn account(&self, network: Network, chain: ChainName) -> Result<Account, SeedError> {
        let mut master_seed = Zeroizing::new([0; 64]);
        master_seed.copy_from_slice(&self.mnemonic()?.to_seed_normalized(""));
        let public = account_public(&master_seed, network, chain);
        let public = public.map_err(|_| SeedError::Unusable)?;
        Account::new(network, chain, public).map_err(|error: AccountsError| {
            tracing::error!(%network, %error, "an account derived from the seed was refused");
            SeedError::Unusable
        })
    }

    fn mnemonic(&self) -> Result<Mnemonic, SeedError> {
        Mnemonic::from_entropy(&self.entropy).map_err(|_| SeedError::Length(self.entropy.len()))
    }
}

const fn chain_of(network: Network, btc: ChainName, ltc: ChainName) -> ChainName {
    match network {
        Network::Btc => btc,
        Network::Ltc => ltc,
        Network::Eth | Network::Trc20 | Network::Bep20 => ChainName::Main,
    }
}

fn account_public(
    master_seed: &[u8; 64],
    network: Network,
    chain: ChainName,
) -> Result<Xpub, bitcoin::bip32::Error> {
    let kind = match chain {
        ChainName::Main => NetworkKind::Main,
        ChainName::Test | ChainName::Regtest => NetworkKind::Test,
    };
    let curve = Secp256k1::new();
    let mut master = Xpriv::new_master(kind, master_seed)?;
    let derived = master.derive_priv(&curve, &branches::account_steps(network, chain)?);
    master.private_key.non_secure_erase();
    let mut account = derived?;
    let public = Xpub::from_priv(&curve, &account);
    account.private_key.non_secure_erase();
    Ok(public)
}

#[cfg(test)]
mod tests;
