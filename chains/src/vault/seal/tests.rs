//! The seal: the right passphrase, the wrong one, and every flipped byte.

use super::*;

const SECRET: &[u8] = b"what nobody else may read";

fn sealed() -> Vec<u8> {
    seal(b"right", "seed", SECRET, SealCost::LEAST).unwrap()
}

#[test]
fn what_was_sealed_opens_with_its_passphrase_only() {
    let sealed = sealed();
    assert_eq!(unseal(b"right", "seed", &sealed).unwrap().as_slice(), SECRET);
    assert_eq!(unseal(b"Right", "seed", &sealed), Err(SealError::WrongPassphrase));
    assert_eq!(unseal(b"", "seed", &sealed), Err(SealError::WrongPassphrase));
    assert_eq!(unseal(b"right", "keys", &sealed), Err(SealError::WrongPassphrase));
    assert!(!sealed.windows(SECRET.len()).any(|part| part == SECRET));
}

#[test]
fn every_flipped_bit_and_every_cut_is_called_damage_or_another_file() {
    let whole = sealed();
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        let expected = if place < 8 { SealError::Unknown } else { SealError::Damaged };
        assert_eq!(unseal(b"right", "seed", &bytes), Err(expected), "byte {place}");
        let cut = if place < 8 { SealError::Unknown } else { SealError::Damaged };
        assert_eq!(unseal(b"right", "seed", &whole[..place]), Err(cut), "cut at {place}");
    }
}

#[test]
fn a_forged_header_can_neither_weaken_nor_hang_a_start() {
    let forge = |place: usize, value: u32| {
        let mut bytes = sealed();
        bytes.truncate(bytes.len() - DIGEST_BYTES);
        bytes[place..place + 4].copy_from_slice(&value.to_le_bytes());
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        bytes
    };
    let hungry = unseal(b"right", "seed", &forge(9, 4_000_000_000));
    assert!(matches!(hungry, Err(SealError::Cost(_))));
    let endless = unseal(b"right", "seed", &forge(13, 1_000_000));
    assert!(matches!(endless, Err(SealError::Cost(_))));
    assert_eq!(unseal(b"right", "seed", &forge(13, 2)), Err(SealError::WrongPassphrase));
}

#[test]
fn a_newer_version_is_not_called_damage() {
    let mut bytes = sealed();
    bytes.truncate(bytes.len() - DIGEST_BYTES);
    bytes[8] = 2;
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    assert_eq!(unseal(b"right", "seed", &bytes), Err(SealError::Unknown));
}

#[test]
fn an_empty_passphrase_seals_nothing() {
    assert_eq!(seal(b"", "seed", SECRET, SealCost::LEAST), Err(SealError::EmptyPassphrase));
}

#[test]
fn the_recommended_cost_works_and_no_two_seals_are_alike() {
    let sealed = seal(b"right", "seed", SECRET, SealCost::RECOMMENDED).unwrap();
    assert_eq!(unseal(b"right", "seed", &sealed).unwrap().as_slice(), SECRET);
    let (one, other) = (self::sealed(), self::sealed());
    assert_ne!(one[21..61], other[21..61]);
}
