//! The accounts of the ledger. Each exists once per coin; the coin is in the amount.

use crate::id::MerchantId;

/// Whose money, or where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Account {
    /// Owed to a merchant, free to withdraw. Grows by credit.
    MerchantAvailable(MerchantId),
    /// Owed to a merchant and held for withdrawals under way. Grows by credit.
    MerchantHeld(MerchantId),
    /// Coins on our deposit addresses. Grows by debit.
    OnChainDeposits,
    /// Money that belongs to nobody yet. Grows by credit.
    Suspense,
    /// The operator's own money. Grows by credit.
    OperatorCapital,
}

impl Account {
    /// The merchant whose account it is; none for the house's own.
    pub const fn merchant(self) -> Option<MerchantId> {
        match self {
            Account::MerchantAvailable(merchant) | Account::MerchantHeld(merchant) => {
                Some(merchant)
            }
            Account::OnChainDeposits | Account::Suspense | Account::OperatorCapital => None,
        }
    }
}
