//! The layout of the views does not change unnoticed.

use sha2::{Digest, Sha256};

use super::*;
use crate::records::samples;
use crate::views::{Views, Writes};

/// SHA-256 over the rows that one fact of every kind makes, for the layout of that number. When
/// this test fails, other rows are made of the same facts: raise [`LAYOUT`], so that old views are
/// rebuilt, and only then set the new digest.
const DIGEST: (u32, &str) =
    (12, "3cfe853a314760051593b07813f826046fa79ce656d6b6910285219186404b65");

#[test]
fn the_same_facts_make_the_same_rows_as_long_as_the_layout_is_the_same() {
    let rows = rows_of(&samples::all());
    assert!(rows.len() > 20);
    let mut digest = Sha256::new();
    for (key, value) in &rows {
        let value = value.as_deref().unwrap_or_default();
        digest.update([u8::try_from(key.len()).unwrap()]);
        digest.update(key);
        digest.update(u32::try_from(value.len()).unwrap().to_be_bytes());
        digest.update(value);
    }
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((LAYOUT, digest.as_str()), DIGEST);
}

fn rows_of(facts: &[Fact]) -> Writes {
    let db = sled::Config::new().temporary(true).flush_every_ms(None).open().unwrap();
    let views = Views::of(sled::Tree::clone(&db), 0, None);
    let mut projection = Projection::over(&views);
    for (seq, fact) in (1..).zip(facts) {
        project(&mut projection, seq, fact).unwrap();
    }
    projection.into_writes()
}
