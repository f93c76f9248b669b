//! A contract that pays many people at once, as exchanges pay out: one transaction, many logs.

use super::{Called, Code, Contracts, Energy, abi};
use crate::address::Address;
use crate::digest::{Hash, keccak256};

/// `batch(token, payees, amounts)`: out of what its caller has allowed it.
pub const BATCH: &str = "batch(address,address[],uint256[])";

pub fn call(
    contracts: &mut Contracts,
    here: Address,
    from: Address,
    selector: &str,
    arguments: &[u8],
) -> Called {
    if selector != hex::encode(&keccak256(BATCH.as_bytes())[..4]) {
        return Called::reverted("");
    }
    let read = || {
        let payees = abi::list(arguments, 1)?;
        Some((abi::address(arguments, 0)?, payees, abi::list(arguments, 2)?))
    };
    let Some((token, payees, amounts)) = read().filter(|(_, to, of)| to.len() == of.len()) else {
        return Called::reverted("");
    };
    pay(contracts, here, from, token, payees.into_iter().zip(amounts))
}

fn pay(
    contracts: &mut Contracts,
    here: Address,
    from: Address,
    token: Address,
    payments: impl Iterator<Item = (Hash, Hash)>,
) -> Called {
    let Some(Code::Token(ledger)) = contracts.get_mut(&token) else {
        return Called::reverted("");
    };
    let mut all = Called::returned(Energy::of(2_100, 0), Vec::new());
    for (payee, amount) in payments {
        let payee = Address::of_evm(&payee[12..]);
        let one = ledger.transfer_from(token, here, from, payee, amount);
        all.energy = all.energy.plus(one.energy);
        all.logs.extend(one.logs);
        if let Err(reason) = one.output {
            all.output = Err(reason);
            break;
        }
    }
    all
}
