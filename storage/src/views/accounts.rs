//! Money: ledgers, balances, statements, credits, what is owed to be reversed, the house's sums.

use cryptopayment_domain::id::{InvoiceId, MerchantId};
use cryptopayment_domain::ledger::{Account, CreditKey, Ledger, Obligation};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::time::Timestamp;

use super::{Direction, ReadRows, Row, ViewError, Views, part, read};
use crate::Seq;
use crate::keys::{self, Key, KeyRange, Parts, Prefix};
use crate::records::{AccountSum, CreditRow, LedgerRow, LineCause, LineRow, MerchantCoinRow};

/// One coin of one merchant, in base units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CoinFigures {
    /// What is free to withdraw; below zero only after a reversal.
    pub balance: i128,
    /// What is in blocks and not yet deep.
    pub pending: u128,
    /// What is held for withdrawals under way.
    pub held: u128,
    /// How many lines the statement has.
    pub lines: u64,
}

/// One line of a merchant's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// Its number, counted from 1 per merchant and coin.
    pub number: u64,
    /// Sequence of the fact it stands on.
    pub seq: Seq,
    /// When that happened.
    pub at: Timestamp,
    /// The invoice it is about; none where it is about a withdrawal.
    pub invoice: Option<InvoiceId>,
    /// What it stands on.
    pub cause: LineCause,
    /// What it adds, in base units; below zero where it takes.
    pub change: i128,
    /// The balance after it, in base units.
    pub balance: i128,
}

/// A page of a statement, newest line first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementPage {
    /// The lines; none past the end.
    pub lines: Vec<StatementLine>,
    /// How many lines there are on all pages.
    pub total: u64,
}

/// A credit that was booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    /// To whom.
    pub merchant: MerchantId,
    /// For which invoice.
    pub invoice: InvoiceId,
    /// How much.
    pub amount: Money,
    /// Sequence of its fact.
    pub seq: Seq,
    /// Sequence of the fact that reversed it, if one did.
    pub reversed: Option<Seq>,
}

/// A reversal that a ledger still owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenObligation {
    /// Whose ledger.
    pub merchant: MerchantId,
    /// The credit to reverse.
    pub key: CreditKey,
    /// Invoice and amount.
    pub owed: Obligation,
}

impl Views {
    /// A merchant's ledger; empty where nothing was ever booked.
    pub fn ledger(&self, merchant: MerchantId) -> Result<Row<Ledger>, ViewError> {
        let row = self.row::<LedgerRow>(keys::ledger(merchant))?.unwrap_or_default();
        Ok(Row { value: row.ledger, last_seq: row.last_seq })
    }

    /// The figures of one coin of a merchant.
    pub fn coin(&self, merchant: MerchantId, network: Network) -> Result<CoinFigures, ViewError> {
        let row = self.row::<MerchantCoinRow>(keys::merchant_coin(merchant, network))?;
        Ok(row.unwrap_or_default().into())
    }

    /// The figures of every coin of a merchant, in the order in which balances are listed.
    pub fn balances(&self, merchant: MerchantId) -> Result<Vec<(Network, CoinFigures)>, ViewError> {
        let coin = |network| Ok((network, self.coin(merchant, network)?));
        Network::IN_BALANCE_ORDER.into_iter().map(coin).collect()
    }

    /// A page of a merchant's statement, newest line first; pages are counted from 1.
    pub fn statement(
        &self,
        merchant: MerchantId,
        network: Network,
        page: u64,
        per_page: u64,
    ) -> Result<StatementPage, ViewError> {
        let total = self.coin(merchant, network)?.lines;
        let newest = total.saturating_sub(page.saturating_sub(1).saturating_mul(per_page));
        let oldest = newest.saturating_sub(per_page) + 1;
        let all = keys::lines(merchant, network);
        let range = KeyRange::within(&all)
            .starting_at(all.clone().number(oldest))
            .before(all.number(newest + 1));
        let mut lines = Vec::new();
        for row in self.rows(range, Direction::Backward) {
            let (key, value) = row?;
            let number = part(&key, key.last_chunk().copied().map(u64::from_be_bytes))?;
            lines.push(line(number, read(&key, &value)?));
        }
        Ok(StatementPage { lines, total })
    }

    /// The lines of a merchant's statement behind that number, oldest first, at most `limit`.
    pub fn statement_after(
        &self,
        merchant: MerchantId,
        network: Network,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StatementLine>, ViewError> {
        let all = keys::lines(merchant, network);
        let range = KeyRange::within(&all).after(all.number(after));
        let mut lines = Vec::new();
        for row in self.rows(range, Direction::Forward).take(limit) {
            let (key, value) = row?;
            let number = part(&key, key.last_chunk().copied().map(u64::from_be_bytes))?;
            lines.push(line(number, read(&key, &value)?));
        }
        Ok(lines)
    }

    /// The credit of a payment in a round.
    pub fn credit(&self, key: CreditKey) -> Result<Option<Credit>, ViewError> {
        let row = self.row::<CreditRow>(keys::credit(key))?;
        Ok(row.map(|CreditRow { merchant, invoice, amount, seq, reversed }| Credit {
            merchant,
            invoice,
            amount,
            seq,
            reversed,
        }))
    }

    /// Every reversal that some ledger still owes: told to the ledgers at the start.
    pub fn open_obligations(&self) -> Result<Vec<OpenObligation>, ViewError> {
        let all = KeyRange::within(Key::of(Prefix::Obligation));
        let mut open = Vec::new();
        for row in self.rows(all, Direction::Forward) {
            let (key, value) = row?;
            let mut parts = Parts::of(&key);
            let merchant = MerchantId(part(&key, parts.id())?);
            let credit = part(&key, parts.credit())?;
            open.push(OpenObligation { merchant, key: credit, owed: read(&key, &value)? });
        }
        Ok(open)
    }

    /// The sum of an account that belongs to no merchant: credits less debits, in base units.
    /// None for a merchant's account.
    pub fn house_sum(&self, account: Account, network: Network) -> Result<Option<i128>, ViewError> {
        let Some(key) = keys::house(account, network) else { return Ok(None) };
        Ok(Some(self.row::<AccountSum>(key)?.unwrap_or_default().0))
    }
}

impl From<MerchantCoinRow> for CoinFigures {
    fn from(row: MerchantCoinRow) -> Self {
        let MerchantCoinRow { lines, balance, pending, held } = row;
        Self { balance, pending, held, lines }
    }
}

fn line(number: u64, row: LineRow) -> StatementLine {
    let LineRow { seq, at, invoice, cause, change, balance } = row;
    StatementLine { number, seq, at, invoice, cause, change, balance }
}
