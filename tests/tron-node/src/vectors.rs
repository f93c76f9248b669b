//! The repository's TRON vectors, made by independent libraries, read by this node's own code.

use crate::address::Address;
use crate::digest::keccak256;
use crate::json::{self, Look};
use crate::key::{self, Key};
use crate::transaction::Transaction;
use serde_json::Value;

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/tron.json");
    let text = std::fs::read_to_string(path).expect("the vectors are in the repository");
    serde_json::from_str(&text).expect("the vectors are JSON")
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}"))
}

/// All signed transactions, token calls and TRX.
fn signed(vectors: &Value) -> Vec<Value> {
    let lists = ["trc20_transfers", "trx_transfers"].map(|list| vectors[list].as_array().cloned());
    let all: Vec<Value> = lists.into_iter().flatten().flatten().collect();
    assert_eq!(all.len(), 8);
    all
}

fn decoded(row: &Value) -> Transaction {
    let bytes = hex::decode(text(row, "/signed_transaction_hex")).expect("it is hex");
    Transaction::decode(&bytes).expect("it is a transaction")
}

#[test]
fn keys_open_the_same_addresses() {
    let vectors = vectors();
    let keys = vectors["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 10);
    for row in keys {
        let address = Key::of_hex(text(row, "/private_key")).unwrap().address();
        assert_eq!(address.base58(), text(row, "/address_base58"));
        assert_eq!(address.hex(), text(row, "/address_hex41"));
        assert_eq!(format!("0x{}", hex::encode(address.evm())), text(row, "/address_evm20"));
    }
}

#[test]
fn addresses_are_read_as_they_should_be() {
    let vectors = vectors();
    for row in vectors["addresses"]["valid"].as_array().unwrap() {
        let read = Address::of_base58(text(row, "/address")).unwrap();
        assert_eq!(read.hex(), text(row, "/hex41"));
    }
    let wrong =
        ["", "T", "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdh", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"];
    for text in wrong {
        assert_eq!(Address::of_base58(text), None, "{text}");
    }
}

#[test]
fn selectors_are_the_ones_the_token_knows() {
    for (signature, selector) in vectors()["selectors"].as_object().unwrap() {
        assert_eq!(hex::encode(&keccak256(signature.as_bytes())[..4]), selector.as_str().unwrap());
    }
}

#[test]
fn signed_transactions_have_the_same_bytes_id_and_signer() {
    for row in signed(&vectors()) {
        let transaction = decoded(&row);
        assert_eq!(hex::encode(&transaction.raw_bytes), text(&row, "/raw_data_hex"));
        assert_eq!(hex::encode(transaction.id), text(&row, "/txID"));
        assert_eq!(hex::encode(transaction.encode()), text(&row, "/signed_transaction_hex"));
        let signer = key::signer(&transaction.id, &transaction.signatures[0]).unwrap();
        assert_eq!(signer.base58(), text(&row, "/inputs/owner_base58"));
    }
}

#[test]
fn the_same_key_signs_the_same_way() {
    let vectors = vectors();
    for row in signed(&vectors) {
        let path = text(&row, "/inputs/owner_key_path");
        let keys = vectors["keys"].as_array().unwrap();
        let key = keys.iter().find(|key| text(key, "/path") == path).unwrap();
        let signature = Key::of_hex(text(key, "/private_key")).unwrap().sign(&decoded(&row).id);
        assert_eq!(hex::encode(signature), text(&row, "/signature").to_lowercase());
    }
}

#[test]
fn anothers_signature_is_recovered_to_another() {
    for row in vectors()["negative_signatures"].as_array().unwrap() {
        let transaction = decoded(row);
        let signer = key::signer(&transaction.id, &transaction.signatures[0]).unwrap();
        assert_eq!(signer.base58(), text(row, "/recovers_to"));
    }
}

#[test]
fn json_says_the_same_and_is_packed_into_the_same_bytes() {
    for row in signed(&vectors()) {
        let transaction = decoded(&row);
        for visible in [false, true] {
            let look = Look { visible };
            let said = json::transaction(&transaction, None, look);
            if let Some(theirs) = row.get("raw_data_json").filter(|_| !visible) {
                assert_eq!(said["raw_data"], *theirs);
            }
            assert_eq!(json::read_transaction(&said, look).unwrap().id, transaction.id);
        }
    }
}
