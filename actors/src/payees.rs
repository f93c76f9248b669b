//! Payees: what is known of the addresses that withdrawals may go to, per network, and the
//! operator's terms. Read by the ledgers, which parse destinations; `http` never does.

use crate::gateway::Unwilling;
use cryptopayment_chains::address::Address;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::vault::accounts::Accounts;
use cryptopayment_domain::merchant::Merchant;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::withdrawal::{
    Destination, Ours, Refusal, WithdrawalPolicy, WithdrawalTerms,
};
use cryptopayment_storage::{ViewError, Views};
use std::collections::{BTreeMap, HashSet};

/// Addresses of the treasury that are known as such: more than it uses.
const TREASURY_ADDRESSES: u32 = 20;

/// What is known of payees.
pub struct Payees {
    /// The operator's rules.
    pub policy: WithdrawalPolicy,
    networks: BTreeMap<Network, PayeeNetwork>,
    treasury: HashSet<(Network, Vec<u8>)>,
}

/// What a network's payees are held against.
#[derive(Clone, Debug)]
pub struct PayeeNetwork {
    /// Which chain's addresses are taken.
    pub chain: ChainName,
    /// The operator's terms.
    pub terms: WithdrawalTerms,
    /// The contract of the very token; none where the coin itself is paid.
    pub token: Option<Address>,
}

impl Payees {
    /// The payees of these networks. The treasury's own addresses are derived here.
    pub fn new(
        policy: WithdrawalPolicy,
        networks: BTreeMap<Network, PayeeNetwork>,
        accounts: &Accounts,
    ) -> Payees {
        let mut treasury = HashSet::new();
        for network in networks.keys() {
            // One index in 2^127 has no address; it is nobody's then.
            let known = (0..TREASURY_ADDRESSES)
                .filter_map(|index| accounts.treasury_address(*network, index).ok());
            treasury.extend(known.map(|address| (*network, address.into_bytes())));
        }
        Payees { policy, networks, treasury }
    }

    /// What is asked of withdrawals of a network's coin; none where it is not enabled.
    pub fn terms(&self, network: Network) -> Option<WithdrawalTerms> {
        self.networks.get(&network).map(|known| known.terms)
    }

    /// The canonical address that a text stands for.
    ///
    /// # Errors
    /// [`Refusal::InvalidAddress`] with what is wrong; the network is not enabled.
    pub fn parse(&self, network: Network, text: &str) -> Result<Address, Unwilling> {
        let known = self.networks.get(&network).ok_or_else(|| not_enabled(network))?;
        Address::parse(network, known.chain, text).map_err(|error| {
            Unwilling::Withdrawal(Refusal::InvalidAddress { network, why: error.to_string() })
        })
    }

    /// What is known of the destination that a merchant names.
    ///
    /// # Errors
    /// As [`Payees::parse`]; [`Unwilling::Unreadable`] when the views cannot be read.
    pub fn destination(
        &self,
        views: &Views,
        merchant: &Merchant,
        network: Network,
        text: &str,
    ) -> Result<Destination, Unwilling> {
        let address = self.parse(network, text)?;
        let ours = self.ours(views, &address).map_err(crate::read_failed)?;
        let allowed = merchant.may_withdraw_to(network, address.bytes());
        let text = address.to_string();
        Ok(Destination { address: text, bytes: address.into_bytes(), ours, allowed })
    }

    fn ours(&self, views: &Views, address: &Address) -> Result<Option<Ours>, ViewError> {
        let (network, bytes) = (address.network(), address.bytes());
        let known = self.networks.get(&network);
        let token = known.and_then(|known| known.token.as_ref());
        if token.is_some_and(|token| token.bytes() == bytes) {
            return Ok(Some(Ours::TokenContract));
        }
        if is_zero(network, bytes) {
            return Ok(Some(Ours::Zero));
        }
        // On Ethereum and BSC one key has one address: what is ours there is not watched here.
        let same_keys: &[Network] = match network {
            Network::Eth | Network::Bep20 => &[Network::Eth, Network::Bep20],
            Network::Btc => &[Network::Btc],
            Network::Ltc => &[Network::Ltc],
            Network::Trc20 => &[Network::Trc20],
        };
        for network in same_keys {
            if self.treasury.contains(&(*network, bytes.to_vec())) {
                return Ok(Some(Ours::Treasury));
            }
            if views.invoice_at(*network, bytes)?.is_some() {
                return Ok(Some(Ours::Deposit));
            }
        }
        Ok(None)
    }
}

/// Twenty zero bytes, behind the prefix on TRON. A script of zeros is no address anyway.
fn is_zero(network: Network, bytes: &[u8]) -> bool {
    let key = match network {
        Network::Eth | Network::Bep20 => bytes,
        Network::Trc20 => bytes.get(1..).unwrap_or_default(),
        Network::Btc | Network::Ltc => return false,
    };
    !key.is_empty() && key.iter().all(|byte| *byte == 0)
}

pub(crate) fn not_enabled(network: Network) -> Unwilling {
    let reason = "it is not enabled on this gateway".to_owned();
    Unwilling::NetworkUnavailable { network, reason }
}
