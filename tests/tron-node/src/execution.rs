//! Runs a transaction against a state: bandwidth, then what it orders, then the bill
//! (`Manager.processTransaction`).

use crate::address::Address;
use crate::contract;
use crate::parameters::{
    CREATE_ACCOUNT_FEE, ENERGY_FEE, MAX_FEE_LIMIT, MEMO_FEE, NEW_ACCOUNT_FEE, Parameters,
    TRANSACTION_FEE,
};
use crate::receipt::{Outcome, Receipt};
use crate::refusal::Refusal;
use crate::state::{Account, FREE_NET_LIMIT, State};
use crate::transaction::{Order, Transaction, Transfer, Trigger};

/// Bytes that a result may take, paid for beforehand.
const RESULT_BYTES: i64 = 64;

/// When and by which rules something runs.
pub struct Setting<'a> {
    pub parameters: &'a Parameters,
    /// Of the block before.
    pub slot: i64,
    pub time_ms: i64,
    /// What happens to the next contract call instead of what it asks for.
    pub doom: Option<Outcome>,
}

/// Runs `tx` on what was `before`: what is after it, and what it came to.
pub fn run(
    before: &State,
    tx: &Transaction,
    at: &Setting<'_>,
) -> Result<(State, Receipt), Refusal> {
    let mut attempt = before.clone();
    let mut receipt = Receipt::of(tx.id);
    let order = tx.order().map_err(Refusal::Validate)?;
    let owner = Address::of_bytes(order.owner());
    let owner = owner.ok_or_else(|| Refusal::Validate("Invalid ownerAddress!".to_owned()))?;
    if !attempt.accounts.contains_key(&owner) {
        return Err(Refusal::Validate(format!("account [{owner}] does not exist")));
    }
    pay_bandwidth(&mut attempt, tx, &order, owner, at, &mut receipt)?;
    if !tx.raw.data.is_empty() {
        let fee = at.parameters.get(MEMO_FEE);
        if !attempt.burn(owner, fee) {
            return Err(Refusal::Bandwidth);
        }
        receipt.fee += fee;
    }
    match &order {
        Order::Transfer(transfer) => {
            receipt.fee += run_transfer(&mut attempt, owner, transfer, at)?;
        }
        Order::Trigger(trigger) => {
            let limit = energy_limit(&attempt, owner, trigger, tx.raw.fee_limit, at)?;
            run_trigger(&mut attempt, owner, trigger, limit, at, &mut receipt)?;
            if receipt.outcome != Outcome::Success {
                attempt.contracts = before.contracts.clone();
            }
        }
    }
    receipt.fee += receipt.net_fee + receipt.energy_fee;
    Ok((attempt, receipt))
}

fn pay_bandwidth(
    state: &mut State,
    tx: &Transaction,
    order: &Order,
    owner: Address,
    at: &Setting<'_>,
    receipt: &mut Receipt,
) -> Result<(), Refusal> {
    let bytes = tx.encode().len() as i64 + RESULT_BYTES;
    let creates = match order {
        Order::Transfer(transfer) => {
            Address::of_bytes(&transfer.to).is_some_and(|to| !state.accounts.contains_key(&to))
        }
        Order::Trigger(_) => false,
    };
    let Some(account) = state.accounts.get_mut(&owner) else { return Err(Refusal::Bandwidth) };
    if bytes <= account.net_limit - account.net.used_at(at.slot) {
        account.net.add(bytes, at.slot);
        receipt.net_usage = bytes;
        return Ok(());
    }
    if !creates && bytes <= FREE_NET_LIMIT - account.free_net.used_at(at.slot) {
        account.free_net.add(bytes, at.slot);
        receipt.net_usage = bytes;
        return Ok(());
    }
    receipt.net_fee = if creates {
        at.parameters.get(CREATE_ACCOUNT_FEE)
    } else {
        bytes * at.parameters.get(TRANSACTION_FEE)
    };
    if state.burn(owner, receipt.net_fee) { Ok(()) } else { Err(Refusal::Bandwidth) }
}

/// Moves TRX, and says what a new account has cost (`TransferActuator`).
fn run_transfer(
    state: &mut State,
    owner: Address,
    transfer: &Transfer,
    at: &Setting<'_>,
) -> Result<i64, Refusal> {
    let refuse = |why: &str| Err(Refusal::Validate(why.to_owned()));
    let Some(to) = Address::of_bytes(&transfer.to) else { return refuse("Invalid toAddress!") };
    if to == owner {
        return refuse("Cannot transfer TRX to yourself.");
    }
    if transfer.amount <= 0 {
        return refuse("Amount must be greater than 0.");
    }
    if state.contracts.contains_key(&to) {
        return refuse(
            "Cannot transfer TRX to a smartContract which version is one. \
             Instead please use TriggerSmartContract ",
        );
    }
    let is_new = !state.accounts.contains_key(&to);
    let fee = if is_new { at.parameters.get(NEW_ACCOUNT_FEE) } else { 0 };
    let Some(needed) = transfer.amount.checked_add(fee) else { return refuse("long overflow") };
    let Some(from) = state.accounts.get_mut(&owner).filter(|from| from.balance >= needed) else {
        return refuse("Validate TransferContract error, balance is not sufficient.");
    };
    from.balance -= needed;
    state.burned += fee;
    let new = || Account { created_ms: at.time_ms, ..Account::default() };
    state.accounts.entry(to).or_insert_with(new).balance += transfer.amount;
    Ok(fee)
}

/// How much energy a call may use: what its owner has and can buy, and no more than `fee_limit`
/// says (`VMActuator.getTotalEnergyLimit`). First of all, whether it can be called.
fn energy_limit(
    state: &State,
    owner: Address,
    trigger: &Trigger,
    fee_limit: i64,
    at: &Setting<'_>,
) -> Result<i64, Refusal> {
    let refuse = |why: &str| Err(Refusal::Validate(why.to_owned()));
    let contract = Address::of_bytes(&trigger.contract);
    if !contract.is_some_and(|contract| state.contracts.contains_key(&contract)) {
        return refuse("No contract or not a smart contract");
    }
    if trigger.call_value < 0 {
        return refuse("callValue must be >= 0");
    }
    let max = at.parameters.get(MAX_FEE_LIMIT);
    if !(0..=max).contains(&fee_limit) {
        return refuse(&format!("feeLimit must be >= 0 and <= {max}"));
    }
    let account = state.accounts.get(&owner).cloned().unwrap_or_default();
    if account.balance < trigger.call_value {
        return refuse("Validate InternalTransfer error, balance is not sufficient.");
    }
    let price = at.parameters.get(ENERGY_FEE).max(1);
    let bought = (account.balance - trigger.call_value) / price;
    Ok((account.energy_left(at.slot) + bought).min(fee_limit / price))
}

/// Calls a contract and pays its energy, staked first (`ReceiptCapsule.payEnergyBill`).
fn run_trigger(
    state: &mut State,
    owner: Address,
    trigger: &Trigger,
    limit: i64,
    at: &Setting<'_>,
    receipt: &mut Receipt,
) -> Result<(), Refusal> {
    let used = call(state, owner, trigger, limit, at.doom, receipt);
    let price = at.parameters.get(ENERGY_FEE);
    if let Some(account) = state.accounts.get_mut(&owner) {
        receipt.energy_usage = used.min(account.energy_left(at.slot));
        account.energy.add(receipt.energy_usage, at.slot);
    }
    receipt.energy_usage_total = used;
    receipt.energy_fee = (used - receipt.energy_usage) * price;
    if state.burn(owner, receipt.energy_fee) {
        return Ok(());
    }
    Err(Refusal::Execute("insufficient balance for the energy bill".to_owned()))
}

/// The call itself, and the energy it took. What failed has no log.
fn call(
    state: &mut State,
    owner: Address,
    trigger: &Trigger,
    limit: i64,
    doom: Option<Outcome>,
    receipt: &mut Receipt,
) -> i64 {
    receipt.contract = Address::of_bytes(&trigger.contract);
    if let Some(doom) = doom {
        receipt.outcome = doom;
        return limit;
    }
    let Some(contract) = receipt.contract else { return 0 };
    let mut called = contract::call(&mut state.contracts, owner, contract, &trigger.data);
    if trigger.call_value > 0 {
        // No contract here takes TRX.
        called.output = Err(Vec::new());
    }
    if called.energy.total() > limit {
        receipt.outcome = Outcome::OutOfEnergy;
        return limit;
    }
    receipt.energy_penalty_total = called.energy.penalty;
    match called.output {
        Ok(output) => {
            receipt.output = output;
            receipt.logs = called.logs;
        }
        Err(reason) => {
            receipt.outcome = Outcome::Revert;
            receipt.output = reason;
        }
    }
    called.energy.total()
}

/// Calls without a transaction: on a copy, by anybody, with as much energy as it takes.
pub fn simulate(state: &State, owner: Address, contract: Address, data: &[u8]) -> contract::Called {
    contract::call(&mut state.contracts.clone(), owner, contract, data)
}
