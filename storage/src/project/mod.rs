//! From facts to views: pure functions that read current rows and say what becomes of them.
//!
//! The same facts in the same order make the same rows, byte for byte, however they were grouped;
//! so views can be deleted at any time. One file per aggregate.

mod delivery;
mod invoice;
mod ledger;
mod merchant;
mod operator;
mod projection;
mod withdrawal;

#[cfg(test)]
mod tests;

use cryptopayment_domain::fact::{Fact, WatchingFact};

pub(crate) use projection::Projection;

use crate::keys;
use crate::records::WatchingRow;
use crate::views::ViewError;

/// Which rows the facts make, and how. Whatever makes other rows of the same facts (a key, a row's
/// shape, a projection, an `apply` in `domain`) raises it: views of another layout are rebuilt.
pub(crate) const LAYOUT: u32 = 12;

/// What `fact`, the `seq`-th of the journal, makes of the views.
pub(crate) fn project(views: &mut Projection<'_>, seq: u64, fact: &Fact) -> Result<(), ViewError> {
    match fact {
        Fact::Merchant(id, fact) => merchant::project(views, seq, *id, fact)?,
        Fact::Invoice(id, fact) => invoice::project(views, seq, *id, fact)?,
        Fact::Ledger(id, fact) => ledger::project(views, seq, *id, fact)?,
        Fact::Delivery(id, fact) => delivery::project(views, seq, *id, fact)?,
        Fact::Watching(network, WatchingFact::WatchingBegan { height, hash }) => {
            let key = keys::watching(*network);
            if views.has(&key)? {
                // The lower floor stays: scanning from further back changes nothing.
                return views.contradiction(seq, format!("{network} was watched before"));
            }
            views.put(key, &WatchingRow { height: *height, hash: *hash })?;
        }
        Fact::Operator(fact) => operator::project(views, seq, fact)?,
        Fact::Withdrawal(id, fact) => withdrawal::project(views, seq, *id, fact)?,
    }
    ledger::sum_house_accounts(views, seq, fact)
}
