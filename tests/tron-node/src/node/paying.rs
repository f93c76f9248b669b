//! The levers that pay.

use super::{TronNode, read};
use crate::key::Key;
use crate::paying;
use crate::refusal::Refusal;
use crate::transaction::{Order, Transaction};
use crate::world::{self, Failing, LOOK_ALIKE, USDT};
use cryptopayment_test_support::{Failure, Told};

impl TronNode {
    /// Who pays unless said otherwise: a billion TRX, a billion dollars.
    #[must_use]
    pub fn payer(&self) -> Key {
        world::payer()
    }

    /// Dollars, in base units, from the payer into the pool: the transaction's id. Zero may be paid
    /// too, as spammers do.
    pub fn pay(&self, to: &str, units: u128) -> Told<String> {
        let to = read(to)?;
        said(paying::token(&mut self.shared.chain.lock(), USDT, to, units))
    }

    /// The same of a token that only looks like it.
    pub fn pay_look_alike(&self, to: &str, units: u128) -> Told<String> {
        let to = read(to)?;
        said(paying::token(&mut self.shared.chain.lock(), LOOK_ALIKE, to, units))
    }

    /// Many payments in one transaction, which calls another contract than the token.
    pub fn pay_batch(&self, payments: &[(&str, u128)]) -> Told<String> {
        let read = |(to, units): &(&str, u128)| Ok((read(to)?, *units));
        let payments = payments.iter().map(read).collect::<Told<Vec<_>>>()?;
        said(paying::batch(&mut self.shared.chain.lock(), USDT, &payments))
    }

    /// A payment that comes into a block and fails there: no log, nothing moved.
    pub fn pay_failing(&self, to: &str, units: u128, why: Failing) -> Told<String> {
        let to = read(to)?;
        said(paying::failing(&mut self.shared.chain.lock(), to, units, why))
    }

    /// TRX from the payer; activates an account that does not exist.
    pub fn send_trx(&self, to: &str, sun: i64) -> Told<String> {
        let to = read(to)?;
        said(paying::trx(&mut self.shared.chain.lock(), to, sun))
    }

    /// Anybody's call of any contract.
    pub fn call(&self, from: &Key, to: &str, data: Vec<u8>, fee_limit: i64) -> Told<String> {
        let order = Order::call(from.address(), read(to)?, data);
        said(paying::offer(&mut self.shared.chain.lock(), from, &order, fee_limit))
    }

    /// Signed bytes, as `broadcasthex` takes them.
    pub fn broadcast(&self, hex: &str) -> Told<String> {
        let decoded = Transaction::decode(&hex::decode(hex)?);
        let transaction = decoded.map_err(|_| Failure::new("no transaction"))?;
        let id = hex::encode(transaction.id);
        said(self.shared.chain.lock().offer(transaction).map(|()| id))
    }
}

fn said(offered: Result<String, Refusal>) -> Told<String> {
    offered.map_err(|refusal| {
        Failure::new(format!("refused: {} {}", refusal.code(), refusal.message()))
    })
}
