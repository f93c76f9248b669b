//! What nodes write as text, read exactly: quantities (`0x1b4`), hashes, addresses.

use super::asset::Bytes20;
use cryptopayment_domain::payment::Hash32;

/// A quantity of at most 128 bits. More than that is no amount that can be had.
pub(super) fn quantity(text: &str) -> Result<u128, String> {
    let digits = text.strip_prefix("0x").filter(|digits| !digits.is_empty());
    let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    let digits = digits.ok_or_else(|| format!("{text:?} is no quantity such as 0x1b4"))?;
    match digits.trim_start_matches('0') {
        "" => Ok(0),
        significant => u128::from_str_radix(significant, 16)
            .map_err(|_| format!("{text:?} is more than 128 bits hold")),
    }
}

/// A quantity that counts something.
pub(super) fn count(text: &str) -> Result<u64, String> {
    u64::try_from(quantity(text)?).map_err(|_| format!("{text:?} is more than 64 bits hold"))
}

/// 32 bytes.
pub(super) fn hash(text: &str) -> Result<Hash32, String> {
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 64);
    digits.and_then(Hash32::from_hex).ok_or_else(|| format!("{text:?} is no hash"))
}

/// 20 bytes.
pub(super) fn address(text: &str) -> Result<Bytes20, String> {
    let mut bytes = [0; 20];
    let digits = text.strip_prefix("0x").unwrap_or_default();
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| format!("{text:?} is no address"))?;
    Ok(bytes)
}

/// A word of 32 bytes that holds an address: twelve zero bytes and its twenty.
pub(super) fn address_in_word(text: &str) -> Option<Bytes20> {
    let word = hash(text).ok()?;
    let (zeros, address) = word.0.split_at(12);
    let is_padded = zeros.iter().all(|byte| *byte == 0);
    is_padded.then(|| address.try_into().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_to_the_last_digit_or_not_at_all() {
        let rows = [
            ("0x0", Some(0)),
            ("0x00ff", Some(255)),
            ("0x20000000000001", Some(9_007_199_254_740_993)),
            ("0xffffffffffffffffffffffffffffffff", Some(u128::MAX)),
            ("0x100000000000000000000000000000000", None),
            ("0x", None),
            ("12", None),
            ("0x+1", None),
            ("0x-1", None),
            ("0x1_0", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(quantity(text).ok(), expected, "{text}");
        }
        assert_eq!(count("0xffffffffffffffff"), Ok(u64::MAX));
        assert!(count("0x10000000000000000").is_err());
    }

    #[test]
    fn an_address_in_a_word_has_nothing_before_it() {
        let word = |first: &str| format!("0x{first}{}", "ab".repeat(20));
        assert_eq!(address_in_word(&word(&"00".repeat(12))), Some([0xab; 20]));
        assert_eq!(address_in_word(&word(&format!("01{}", "00".repeat(11)))), None);
        assert_eq!(address_in_word("0xab"), None);
        assert_eq!(address(&format!("0x{}", "ab".repeat(20))), Ok([0xab; 20]));
        assert!(address(&"ab".repeat(20)).is_err() && address("0xab").is_err());
    }
}
