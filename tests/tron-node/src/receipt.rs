//! What became of a transaction: the shape of `TransactionInfo`.

use crate::address::Address;
use crate::contract::Log;
use crate::digest::Hash;

/// `contractResult`, as numbers and names have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was asked to.
    Success,
    /// The contract refused.
    Revert,
    /// A jump to where no code is.
    BadJumpDestination,
    /// No such operation.
    IllegalOperation,
    /// The energy limit was reached: all of it is burned.
    OutOfEnergy,
    /// The producer's processor was too slow for it.
    OutOfTime,
}

impl Outcome {
    /// Its number in `Transaction.Result.contractResult`.
    pub fn number(self) -> i64 {
        match self {
            Self::Success => 1,
            Self::Revert => 2,
            Self::BadJumpDestination => 3,
            Self::IllegalOperation => 8,
            Self::OutOfEnergy => 10,
            Self::OutOfTime => 11,
        }
    }

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Revert => "REVERT",
            Self::BadJumpDestination => "BAD_JUMP_DESTINATION",
            Self::IllegalOperation => "ILLEGAL_OPERATION",
            Self::OutOfEnergy => "OUT_OF_ENERGY",
            Self::OutOfTime => "OUT_OF_TIME",
        }
    }

    /// What the node says of it, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Success => "",
            Self::Revert => "REVERT opcode executed",
            Self::BadJumpDestination => "Operation with pc isn't 'JUMPDEST': PC[-1];",
            Self::IllegalOperation => "Invalid operation code: opCode[fe];",
            Self::OutOfEnergy => "Not enough energy for 'SSTORE' operation executing",
            Self::OutOfTime => "CPU timeout for 'SSTORE' operation executing",
        }
    }
}

/// Everything that is said of a transaction once it is in a block.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub id: Hash,
    pub outcome: Outcome,
    /// Whether a contract ran: only then the receipt has a result.
    pub contract: Option<Address>,
    pub output: Vec<u8>,
    pub logs: Vec<Log>,
    /// Sun in all.
    pub fee: i64,
    pub net_usage: i64,
    pub net_fee: i64,
    pub energy_usage: i64,
    pub energy_fee: i64,
    pub energy_usage_total: i64,
    pub energy_penalty_total: i64,
}

impl Receipt {
    /// Of a transaction that has cost nothing yet.
    pub fn of(id: Hash) -> Self {
        Self {
            id,
            outcome: Outcome::Success,
            contract: None,
            output: Vec::new(),
            logs: Vec::new(),
            fee: 0,
            net_usage: 0,
            net_fee: 0,
            energy_usage: 0,
            energy_fee: 0,
            energy_usage_total: 0,
            energy_penalty_total: 0,
        }
    }
}
