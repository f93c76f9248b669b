//! Arguments and results of contract calls, and what a contract says of itself.

use crate::address::Address;
use crate::contract::Code;
use crate::digest::{Hash, keccak256};
use serde_json::{Value, json};

/// The `index`th word of the arguments.
pub fn word(arguments: &[u8], index: usize) -> Option<Hash> {
    let begin = index.checked_mul(32)?;
    arguments.get(begin..begin.checked_add(32)?)?.try_into().ok()
}

/// The address a word ends with; what stands before it is not looked at, as on TRON, where some
/// clients leave the 0x41 there.
pub fn address(arguments: &[u8], index: usize) -> Option<Address> {
    word(arguments, index).map(|word| Address::of_evm(&word[12..]))
}

/// A word as a number; `None` where it is more than anybody can have.
pub fn amount(word: &Hash) -> Option<u128> {
    let (high, low) = word.split_at(16);
    let low: [u8; 16] = low.try_into().ok()?;
    high.iter().all(|byte| *byte == 0).then(|| u128::from_be_bytes(low))
}

/// A number as a word.
pub fn number(value: u128) -> Hash {
    let mut word = [0; 32];
    word[16..].copy_from_slice(&value.to_be_bytes());
    word
}

/// A list of words that begins where the `index`th word says.
pub fn list(arguments: &[u8], index: usize) -> Option<Vec<Hash>> {
    let place = |word: &Hash| usize::try_from(amount(word)?).ok();
    let begin = place(&word(arguments, index)?)?;
    let at = arguments.get(begin..)?;
    let length = place(&word(at, 0)?)?;
    (1..=length.min(at.len() / 32))
        .map(|item| word(at, item))
        .collect::<Option<Vec<_>>>()
        .filter(|items| items.len() == length)
}

/// A text as a result.
pub fn text(text: &str) -> Vec<u8> {
    let mut bytes = [number(32), number(text.len() as u128)].concat();
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(64 + text.len().div_ceil(32) * 32, 0);
    bytes
}

/// `Error(string)`, as `require` with a sentence reverts with; without one there is nothing.
pub fn error(reason: &str) -> Vec<u8> {
    if reason.is_empty() {
        return Vec::new();
    }
    [&[0x08, 0xc3, 0x79, 0xa0][..], &text(reason)].concat()
}

/// A call of `signature` with arguments that are one word each.
#[must_use]
pub fn call_data(signature: &str, words: &[Hash]) -> Vec<u8> {
    let mut data = keccak256(signature.as_bytes())[..4].to_vec();
    data.extend(words.iter().flatten());
    data
}

/// What `getcontract` says a contract can do, so that clients need not be told.
#[must_use]
pub fn describe(code: &Code) -> Value {
    let function = |name: &str, inputs: &[&str], output: &str, constant: bool| {
        let inputs: Vec<_> =
            inputs.iter().map(|kind| json!({"name": "value", "type": kind})).collect();
        let mut entry = json!({"name": name, "type": "Function", "inputs": inputs});
        if !output.is_empty() {
            entry["outputs"] = json!([{"type": output}]);
        }
        if constant {
            entry["constant"] = json!(true);
        }
        entry["stateMutability"] = json!(if constant { "View" } else { "Nonpayable" });
        entry
    };
    let event = |name: &str, second: &str| {
        json!({"name": name, "type": "Event", "inputs": [
            {"name": "from", "type": "address", "indexed": true},
            {"name": second, "type": "address", "indexed": true},
            {"name": "value", "type": "uint256"},
        ]})
    };
    let entries = match code {
        Code::Token(_) => vec![
            function("name", &[], "string", true),
            function("symbol", &[], "string", true),
            function("decimals", &[], "uint256", true),
            function("totalSupply", &[], "uint256", true),
            function("balanceOf", &["address"], "uint256", true),
            function("allowance", &["address", "address"], "uint256", true),
            function("transfer", &["address", "uint256"], "bool", false),
            function("transferFrom", &["address", "address", "uint256"], "bool", false),
            function("approve", &["address", "uint256"], "bool", false),
            event("Transfer", "to"),
            event("Approval", "spender"),
        ],
        Code::Batcher => vec![function("batch", &["address", "address[]", "uint256[]"], "", false)],
    };
    json!({"entrys": entries})
}
