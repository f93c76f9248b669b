//! Data keys: made, used, forgotten, damaged.

use super::*;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use uuid::Uuid;

const PASSPHRASE: &[u8] = b"correct horse";
const ANNA: MerchantId = MerchantId(Uuid::from_u128(1));
const BORIS: MerchantId = MerchantId(Uuid::from_u128(2));

struct House {
    folder: tempfile::TempDir,
}

impl House {
    fn new() -> House {
        let house = House { folder: tempfile::tempdir().unwrap() };
        DataKeys::create(&house.keys(), PASSPHRASE, SealCost::LEAST).unwrap();
        house
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("data").join("keys")
    }

    fn open(&self) -> DataKeys {
        DataKeys::open(&self.keys(), PASSPHRASE).unwrap()
    }
}

#[test]
fn what_is_sealed_for_a_merchant_opens_after_a_restart() {
    let house = House::new();
    let keys = house.open();
    keys.create_key(ANNA).unwrap();
    let sealed = keys.seal(ANNA, b"anna@example.com").unwrap();
    assert_eq!(sealed.len(), 16 + 41);
    drop(keys);
    let opened = house.open().open_sealed(ANNA, &sealed).unwrap();
    assert_eq!(opened.as_slice(), b"anna@example.com");
}

#[test]
fn a_sealed_text_opens_for_its_merchant_only_and_only_unchanged() {
    let keys = House::new();
    let keys = keys.open();
    keys.create_key(ANNA).unwrap();
    keys.create_key(BORIS).unwrap();
    let sealed = keys.seal(ANNA, b"anna@example.com").unwrap();
    let refused = |result: Result<_, DataKeyError>| {
        assert!(matches!(result, Err(DataKeyError::DoesNotOpen(_))));
    };
    refused(keys.open_sealed(BORIS, &sealed));
    refused(keys.open_sealed(ANNA, b""));
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        refused(keys.open_sealed(ANNA, &changed));
        refused(keys.open_sealed(ANNA, &sealed[..place]));
    }
}

#[test]
fn a_forgotten_merchant_cannot_be_read_again() {
    let house = House::new();
    let keys = house.open();
    keys.create_key(ANNA).unwrap();
    keys.create_key(BORIS).unwrap();
    let sealed = keys.seal(ANNA, b"{}").unwrap();
    keys.forget(ANNA).unwrap();
    keys.forget(ANNA).unwrap();
    for keys in [keys, house.open()] {
        let opened = keys.open_sealed(ANNA, &sealed);
        assert!(matches!(opened, Err(DataKeyError::NoKey(ANNA))));
        assert!(keys.seal(BORIS, b"{}").is_ok());
    }
    let keys = house.open();
    keys.create_key(ANNA).unwrap();
    let opened = keys.open_sealed(ANNA, &sealed);
    assert!(matches!(opened, Err(DataKeyError::DoesNotOpen(ANNA))));
}

#[test]
fn making_a_key_again_keeps_the_first() {
    let house = House::new();
    let keys = house.open();
    keys.create_key(ANNA).unwrap();
    let sealed = keys.seal(ANNA, b"whsec_").unwrap();
    house.open().create_key(ANNA).unwrap();
    assert!(house.open().open_sealed(ANNA, &sealed).is_ok());
}

#[test]
fn a_wrong_passphrase_and_damage_are_told_apart() {
    let house = House::new();
    let wrong = DataKeys::open(&house.keys(), b"wrong").map(|_| ());
    assert!(matches!(wrong, Err(DataKeyError::Seal(SealError::WrongPassphrase))));
    house.open().create_key(ANNA).unwrap();
    let file = house.keys().join(format!("{ANNA}.key"));
    let whole = std::fs::read(&file).unwrap();
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        let result = house.open().seal(ANNA, b"x");
        assert!(matches!(result, Err(DataKeyError::Damaged(_))), "byte {place}");
    }
    std::fs::rename(&file, house.keys().join(format!("{BORIS}.key"))).unwrap();
    let moved = house.open().seal(BORIS, b"x");
    assert!(matches!(moved, Err(DataKeyError::Damaged(_))));
}

#[test]
fn a_master_key_is_never_made_over_another_or_beside_keys_it_cannot_open() {
    let house = House::new();
    house.open().create_key(ANNA).unwrap();
    let again = DataKeys::create(&house.keys(), PASSPHRASE, SealCost::LEAST).map(|_| ());
    assert!(matches!(again, Err(DataKeyError::Io { .. })));
    std::fs::remove_file(house.keys().join(MASTER_FILE)).unwrap();
    assert!(!DataKeys::exist(&house.keys()));
    let orphaned = DataKeys::create(&house.keys(), PASSPHRASE, SealCost::LEAST).map(|_| ());
    assert!(matches!(orphaned, Err(DataKeyError::MasterMissing(_))));
    let opened = DataKeys::open(&house.keys(), PASSPHRASE).map(|_| ());
    assert!(matches!(opened, Err(DataKeyError::MasterMissing(_))));
}

#[test]
fn key_files_are_their_owners_and_have_no_key_in_the_clear() {
    let house = House::new();
    let keys = house.open();
    keys.create_key(ANNA).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&house.keys()), 0o700);
    let key = keys.read(ANNA).unwrap().unwrap();
    for name in [MASTER_FILE.to_owned(), format!("{ANNA}.key")] {
        let path = house.keys().join(name);
        assert_eq!(mode(&path), 0o600);
        let bytes = std::fs::read(path).unwrap();
        for secret in [key.as_slice(), keys.master.as_slice()] {
            assert!(!bytes.windows(32).any(|part| part == secret));
        }
    }
}

#[test]
fn the_salt_of_digests_stays_and_is_another_in_another_folder() {
    let house = House::new();
    let salt = house.open().digest_salt();
    assert_eq!(house.open().digest_salt(), salt);
    assert_ne!(House::new().open().digest_salt(), salt);
}

#[test]
fn many_threads_make_and_use_one_key() {
    let house = House::new();
    let keys = house.open();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                keys.create_key(ANNA).unwrap();
                for text in 0u32..100 {
                    let text = text.to_le_bytes();
                    let sealed = keys.seal(ANNA, &text).unwrap();
                    let opened = keys.open_sealed(ANNA, &sealed).unwrap();
                    assert_eq!(opened.as_slice(), text);
                }
            });
        }
    });
}
