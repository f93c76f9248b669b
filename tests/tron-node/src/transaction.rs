//! A transaction: what it asks for, its bytes, its id (`Tron.proto`, `balance_contract.proto`,
//! `smart_contract.proto`).

use crate::address::Address;
use crate::digest::{Hash, sha256};
use crate::protobuf::{Malformed, Message, fields};

/// `ContractType.TransferContract`
pub const TRANSFER: i64 = 1;
/// `ContractType.TriggerSmartContract`
pub const TRIGGER: i64 = 31;

const TYPE_URL: &str = "type.googleapis.com/protocol.";

/// What is signed.
#[derive(Clone, Debug, Default)]
pub struct Raw {
    pub ref_block_bytes: Vec<u8>,
    pub ref_block_num: i64,
    pub ref_block_hash: Vec<u8>,
    pub expiration_ms: i64,
    pub auths: Vec<Vec<u8>>,
    pub data: Vec<u8>,
    pub contracts: Vec<Contract>,
    pub scripts: Vec<u8>,
    pub timestamp_ms: i64,
    pub fee_limit: i64,
    /// Fields of a newer protocol: kept, as they belong to the id.
    pub unknown: Vec<u8>,
}

/// One thing asked for; a transaction has exactly one.
#[derive(Clone, Debug, Default)]
pub struct Contract {
    pub kind: i64,
    pub type_url: String,
    pub value: Vec<u8>,
    pub provider: Vec<u8>,
    pub name: Vec<u8>,
    pub permission_id: i64,
}

/// TRX from one account to another. Addresses as they came: nobody has checked them yet.
#[derive(Clone, Debug, Default)]
pub struct Transfer {
    pub owner: Vec<u8>,
    pub to: Vec<u8>,
    pub amount: i64,
}

/// A call of a contract.
#[derive(Clone, Debug, Default)]
pub struct Trigger {
    pub owner: Vec<u8>,
    pub contract: Vec<u8>,
    pub call_value: i64,
    pub data: Vec<u8>,
    pub call_token_value: i64,
    pub token_id: i64,
}

/// What this node can run.
#[derive(Clone, Debug)]
pub enum Order {
    Transfer(Transfer),
    Trigger(Trigger),
}

/// A transaction with its signatures.
#[derive(Clone, Debug)]
pub struct Transaction {
    pub raw: Raw,
    pub raw_bytes: Vec<u8>,
    pub id: Hash,
    pub signatures: Vec<Vec<u8>>,
}

impl Transaction {
    /// Writes `raw` down; the id follows from these bytes.
    pub fn new(raw: Raw, signatures: Vec<Vec<u8>>) -> Self {
        let raw_bytes = raw.encode();
        let id = sha256(&raw_bytes);
        Self { raw, raw_bytes, id, signatures }
    }

    /// A transaction as it is broadcast. It is written anew: another encoding of the same fields
    /// has the same id here, and another one at whoever made it.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let (mut raw, mut signatures) = (Raw::default(), Vec::new());
        for field in fields(bytes)? {
            match field.number {
                1 => raw = Raw::decode(field.held_bytes()?)?,
                2 => signatures.push(field.held_bytes()?.to_vec()),
                _ => {}
            }
        }
        Ok(Self::new(raw, signatures))
    }

    /// The bytes without a result: what bandwidth is paid for.
    pub fn encode(&self) -> Vec<u8> {
        Message::default().message(1, &self.raw_bytes).all(2, &self.signatures).end()
    }

    /// The bytes a block holds, with the result (`ret`, `contractRet` of which is `outcome`).
    pub fn encode_with(&self, outcome: i64) -> Vec<u8> {
        let ret = Message::default().number(3, outcome).end();
        let mut bytes = self.encode();
        bytes.extend(Message::default().message(5, &ret).end());
        bytes
    }

    /// What it asks for, if this node can run it.
    pub fn order(&self) -> Result<Order, String> {
        let [contract] = self.raw.contracts.as_slice() else {
            let count = self.raw.contracts.len();
            return Err(format!(
                "tx {} contract size should be exactly 1, this is extend feature, actual :{count}",
                hex::encode(self.id)
            ));
        };
        contract.order()
    }
}

impl Raw {
    fn encode(&self) -> Vec<u8> {
        let contracts: Vec<_> = self.contracts.iter().map(Contract::encode).collect();
        Message::default()
            .bytes(1, &self.ref_block_bytes)
            .number(3, self.ref_block_num)
            .bytes(4, &self.ref_block_hash)
            .number(8, self.expiration_ms)
            .all(9, &self.auths)
            .bytes(10, &self.data)
            .all(11, &contracts)
            .bytes(12, &self.scripts)
            .number(14, self.timestamp_ms)
            .number(18, self.fee_limit)
            .unknown(&self.unknown)
            .end()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut raw = Self::default();
        for field in fields(bytes)? {
            match field.number {
                1 => raw.ref_block_bytes = field.held_bytes()?.to_vec(),
                3 => raw.ref_block_num = field.signed()?,
                4 => raw.ref_block_hash = field.held_bytes()?.to_vec(),
                8 => raw.expiration_ms = field.signed()?,
                9 => raw.auths.push(field.held_bytes()?.to_vec()),
                10 => raw.data = field.held_bytes()?.to_vec(),
                11 => raw.contracts.push(Contract::decode(field.held_bytes()?)?),
                12 => raw.scripts = field.held_bytes()?.to_vec(),
                14 => raw.timestamp_ms = field.signed()?,
                18 => raw.fee_limit = field.signed()?,
                _ => raw.unknown.extend_from_slice(field.bytes),
            }
        }
        Ok(raw)
    }
}

impl Contract {
    /// The contract that orders `order`.
    pub fn of(order: &Order) -> Self {
        let (kind, name, value) = match order {
            Order::Transfer(transfer) => (TRANSFER, "TransferContract", transfer.encode()),
            Order::Trigger(trigger) => (TRIGGER, "TriggerSmartContract", trigger.encode()),
        };
        Self { kind, type_url: format!("{TYPE_URL}{name}"), value, ..Self::default() }
    }

    fn encode(&self) -> Vec<u8> {
        let any = Message::default().bytes(1, self.type_url.as_bytes()).bytes(2, &self.value).end();
        Message::default()
            .number(1, self.kind)
            .message(2, &any)
            .bytes(3, &self.provider)
            .bytes(4, &self.name)
            .number(5, self.permission_id)
            .end()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut contract = Self::default();
        for field in fields(bytes)? {
            match field.number {
                1 => contract.kind = field.signed()?,
                2 => contract.decode_parameter(field.held_bytes()?)?,
                3 => contract.provider = field.held_bytes()?.to_vec(),
                4 => contract.name = field.held_bytes()?.to_vec(),
                5 => contract.permission_id = field.signed()?,
                _ => {}
            }
        }
        Ok(contract)
    }

    fn decode_parameter(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        for field in fields(bytes)? {
            match field.number {
                1 => {
                    let url = field.held_bytes()?.to_vec();
                    self.type_url = String::from_utf8(url).map_err(|_| Malformed)?;
                }
                2 => self.value = field.held_bytes()?.to_vec(),
                _ => {}
            }
        }
        Ok(())
    }

    fn order(&self) -> Result<Order, String> {
        let unparsable = |_| "Protocol message contained an invalid tag (zero).".to_owned();
        let name = self.type_url.strip_prefix(TYPE_URL).unwrap_or_default();
        match (self.kind, name) {
            (TRANSFER, "TransferContract") => {
                Transfer::decode(&self.value).map(Order::Transfer).map_err(unparsable)
            }
            (TRIGGER, "TriggerSmartContract") => {
                Trigger::decode(&self.value).map(Order::Trigger).map_err(unparsable)
            }
            (kind, name) => Err(format!("this node runs no contract of type {kind} [{name}]")),
        }
    }
}

impl Transfer {
    fn encode(&self) -> Vec<u8> {
        let addresses = Message::default().bytes(1, &self.owner).bytes(2, &self.to);
        addresses.number(3, self.amount).end()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut transfer = Self::default();
        for field in fields(bytes)? {
            match field.number {
                1 => transfer.owner = field.held_bytes()?.to_vec(),
                2 => transfer.to = field.held_bytes()?.to_vec(),
                3 => transfer.amount = field.signed()?,
                _ => {}
            }
        }
        Ok(transfer)
    }
}

impl Trigger {
    fn encode(&self) -> Vec<u8> {
        Message::default()
            .bytes(1, &self.owner)
            .bytes(2, &self.contract)
            .number(3, self.call_value)
            .bytes(4, &self.data)
            .number(5, self.call_token_value)
            .number(6, self.token_id)
            .end()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut trigger = Self::default();
        for field in fields(bytes)? {
            match field.number {
                1 => trigger.owner = field.held_bytes()?.to_vec(),
                2 => trigger.contract = field.held_bytes()?.to_vec(),
                3 => trigger.call_value = field.signed()?,
                4 => trigger.data = field.held_bytes()?.to_vec(),
                5 => trigger.call_token_value = field.signed()?,
                6 => trigger.token_id = field.signed()?,
                _ => {}
            }
        }
        Ok(trigger)
    }
}

impl Order {
    /// Who orders, as it came.
    pub fn owner(&self) -> &[u8] {
        match self {
            Self::Transfer(transfer) => &transfer.owner,
            Self::Trigger(trigger) => &trigger.owner,
        }
    }

    /// A call of `contract` with `data`.
    pub fn call(owner: Address, contract: Address, data: Vec<u8>) -> Self {
        let (owner, contract) = (owner.bytes().to_vec(), contract.bytes().to_vec());
        Self::Trigger(Trigger { owner, contract, data, ..Trigger::default() })
    }
}
