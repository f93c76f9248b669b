//! Ledgers: a merchant's row, statement lines with running balances, credits, obligations, and the
//! sums of the accounts that belong to no merchant.

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::{InvoiceId, MerchantId};
use cryptopayment_domain::ledger::{Account, CreditKey, Entry, LedgerFact, Obligation, entry_of};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::time::Timestamp;

use super::Projection;
use crate::keys;
use crate::records::{AccountSum, CreditRow, LedgerRow, LineCause, LineRow, MerchantCoinRow};
use crate::views::{ReadRows, ViewError};

pub(super) fn project(
    views: &mut Projection<'_>,
    seq: u64,
    merchant: MerchantId,
    fact: &LedgerFact,
) -> Result<(), ViewError> {
    views.change(keys::ledger(merchant), |row: &mut LedgerRow| {
        row.ledger.apply(fact);
        row.last_seq = seq;
    })?;
    match fact {
        LedgerFact::Credited { key, invoice, amount, at } => {
            book_credit(views, seq, merchant, (*key, *invoice, *amount))?;
            let line = Line { invoice: Some(*invoice), cause: LineCause::Credit(*key), at: *at };
            write_line(views, seq, merchant, line, *amount, 1)
        }
        LedgerFact::ReversalOwed { key, invoice, amount, .. } => {
            let owed = Obligation { invoice: *invoice, amount: *amount };
            views.put(keys::obligation(merchant, *key), &owed)
        }
        LedgerFact::Reversed { key, invoice, amount, at } => {
            undo_credit(views, seq, merchant, *key, *amount)?;
            let cause = LineCause::Reversal(*key);
            let line = Line { invoice: Some(*invoice), cause, at: *at };
            write_line(views, seq, merchant, line, *amount, -1)
        }
        // Shown by the ledger's own row.
        LedgerFact::WithdrawalsFrozen { .. } => Ok(()),
        LedgerFact::CapitalGranted { invoice, amount, at } => {
            let cause = LineCause::CapitalGrant;
            let line = Line { invoice: Some(*invoice), cause, at: *at };
            write_line(views, seq, merchant, line, *amount, 1)
        }
        LedgerFact::Held { withdrawal, amount, at, .. } => {
            hold(views, merchant, *amount, u128::saturating_add)?;
            let line = Line { invoice: None, cause: LineCause::Held(*withdrawal), at: *at };
            write_line(views, seq, merchant, line, *amount, -1)
        }
        LedgerFact::Released { withdrawal, amount, why, at, .. } => {
            hold(views, merchant, *amount, u128::saturating_sub)?;
            let cause = LineCause::Released(*withdrawal, *why);
            write_line(views, seq, merchant, Line { invoice: None, cause, at: *at }, *amount, 1)
        }
    }
}

/// Within a round a payment is credited at most once.
fn book_credit(
    views: &mut Projection<'_>,
    seq: u64,
    merchant: MerchantId,
    (key, invoice, amount): (CreditKey, InvoiceId, Money),
) -> Result<(), ViewError> {
    if views.has(keys::credit(key))? {
        let what = format!("payment {} was credited before in round {}", key.payment, key.round);
        return views.contradiction(seq, what);
    }
    let credit = CreditRow { merchant, invoice, amount, seq, reversed: None };
    views.put(keys::credit(key), &credit)
}

/// A reversal undoes exactly one credit, of the same amount, once.
fn undo_credit(
    views: &mut Projection<'_>,
    seq: u64,
    merchant: MerchantId,
    key: CreditKey,
    amount: Money,
) -> Result<(), ViewError> {
    views.delete(keys::obligation(merchant, key));
    let credit = views.row::<CreditRow>(keys::credit(key))?;
    let open = |credit: &CreditRow| {
        credit.reversed.is_none() && credit.merchant == merchant && credit.amount == amount
    };
    match credit.filter(open) {
        Some(mut credit) => {
            credit.reversed = Some(seq);
            views.put(keys::credit(key), &credit)
        }
        None => {
            let CreditKey { payment, round } = key;
            let what = format!("no open credit of payment {payment} in round {round} to reverse");
            views.contradiction(seq, what)
        }
    }
}

fn hold(
    views: &mut Projection<'_>,
    merchant: MerchantId,
    amount: Money,
    by: impl FnOnce(u128, u128) -> u128,
) -> Result<(), ViewError> {
    let key = keys::merchant_coin(merchant, amount.network());
    views.change(key, |coin: &mut MerchantCoinRow| coin.held = by(coin.held, amount.units()))?;
    Ok(())
}

/// What a statement line says of its cause.
struct Line {
    invoice: Option<InvoiceId>,
    cause: LineCause,
    at: Timestamp,
}

fn write_line(
    views: &mut Projection<'_>,
    seq: u64,
    merchant: MerchantId,
    line: Line,
    amount: Money,
    sign: i128,
) -> Result<(), ViewError> {
    let network = amount.network();
    let change = 0_i128.saturating_add_unsigned(amount.units()).saturating_mul(sign);
    let key = keys::merchant_coin(merchant, network);
    let coin = views.change(key, |coin: &mut MerchantCoinRow| {
        coin.lines += 1;
        coin.balance = coin.balance.saturating_add(change);
    })?;
    let Line { invoice, cause, at } = line;
    let row = LineRow { seq, at, invoice, cause, change, balance: coin.balance };
    views.put(keys::line(merchant, network, coin.lines), &row)
}

/// Adds a fact's entry to the accounts that belong to no merchant, and checks that it balances.
pub(super) fn sum_house_accounts(
    views: &mut Projection<'_>,
    seq: u64,
    fact: &Fact,
) -> Result<(), ViewError> {
    let Some(entry) = entry_of(fact) else { return Ok(()) };
    if let Err(unbalanced) = Entry::new(entry.postings().to_vec()) {
        views.contradiction(seq, unbalanced.to_string())?;
    }
    for posting in entry.postings() {
        let account: Account = posting.account;
        let Some(key) = keys::house(account, posting.amount.network()) else { continue };
        views.change(key, |sum: &mut AccountSum| {
            sum.0 = sum.0.saturating_add(posting.credit_units());
        })?;
    }
    Ok(())
}
