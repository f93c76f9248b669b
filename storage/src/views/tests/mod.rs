//! The overlay merges as one map would, whatever is laid, applied and lifted, and when.

mod answers;
mod queries;
mod stretches;
mod withdrawals;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::keys::{Key, Prefix};

/// Views over a tree in memory.
fn views() -> Views {
    let db = sled::Config::new().temporary(true).flush_every_ms(None).open().unwrap();
    Views::of(sled::Tree::clone(&db), 0, None)
}

fn apply_to_tree(views: &Views, writes: &Writes) {
    for (key, value) in writes {
        match value {
            Some(value) => drop(views.inner.tree.insert(key, value).unwrap()),
            None => drop(views.inner.tree.remove(key).unwrap()),
        }
    }
}

fn rows(rows: impl Iterator<Item = Result<RawRow, ViewError>>) -> Vec<(Vec<u8>, Vec<u8>)> {
    rows.map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())).unwrap()).collect()
}

#[derive(Debug, Clone)]
enum Step {
    /// A group of writes: key to value, or to nothing.
    Lay(Vec<(u8, Option<u8>)>),
    /// The tree takes in the oldest so many groups.
    Apply(usize),
    /// A range is read.
    Read(u8, u8),
}

fn step() -> impl Strategy<Value = Step> {
    let writes = proptest::collection::vec((0u8..60, proptest::option::of(any::<u8>())), 1..12);
    prop_oneof![
        3 => writes.prop_map(Step::Lay),
        2 => (1usize..4).prop_map(Step::Apply),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(a, b)| Step::Read(a % 70, b % 70)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_is_read_over_the_overlay_is_what_one_map_holds(
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let views = views();
        let mut model: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let mut waiting: VecDeque<(u64, Writes)> = VecDeque::new();
        let mut group = 0;
        for step in steps {
            match step {
                Step::Lay(writes) => {
                    group += 1;
                    for (key, value) in &writes {
                        match value {
                            Some(value) => drop(model.insert(vec![1, *key], vec![*value])),
                            None => drop(model.remove(&vec![1, *key])),
                        }
                    }
                    let writes: Writes = writes
                        .into_iter()
                        .map(|(key, value)| {
                            (IVec::from(&[1, key]), value.map(|value| IVec::from(&[value])))
                        })
                        .collect();
                    views.inner.overlay.write().lay(group, group, &writes);
                    waiting.push_back((group, writes));
                }
                Step::Apply(count) => {
                    for (group, writes) in waiting.drain(..count.min(waiting.len())) {
                        apply_to_tree(&views, &writes);
                        // Between these two lines the tree and the overlay both hold the group.
                        prop_assert_eq!(rows(views.snapshot().scan(
                            &KeyRange::within([1]), Direction::Forward)).len(), model.len());
                        views.inner.overlay.write().lift(group, writes.keys());
                    }
                }
                Step::Read(a, b) => {
                    let range = KeyRange::within([1]).starting_at([1, a]).before([1, b]);
                    let within = model.iter().filter(|(key, _)| key[1] >= a && key[1] < b);
                    let expected: Vec<_> =
                        within.map(|(key, value)| (key.clone(), value.clone())).collect();
                    let backward: Vec<_> = expected.iter().rev().cloned().collect();
                    let snapshot = views.snapshot();
                    prop_assert_eq!(&rows(snapshot.scan(&range, Direction::Forward)), &expected);
                    prop_assert_eq!(&rows(snapshot.scan(&range, Direction::Backward)), &backward);
                    drop(snapshot);
                    prop_assert_eq!(&rows(views.rows(range.clone(), Direction::Forward)), &expected);
                    prop_assert_eq!(&rows(views.rows(range, Direction::Backward)), &backward);
                }
            }
            for key in 0u8..60 {
                let value = Rows::get(&views, &[1, key]).unwrap().map(|value| value.to_vec());
                prop_assert_eq!(&value, &model.get(&vec![1, key]).cloned());
                let value = views.snapshot().get(&[1, key]).unwrap().map(|value| value.to_vec());
                prop_assert_eq!(&value, &model.get(&vec![1, key]).cloned());
            }
        }
        while let Some((group, writes)) = waiting.pop_front() {
            apply_to_tree(&views, &writes);
            views.inner.overlay.write().lift(group, writes.keys());
        }
        prop_assert!(views.inner.overlay.read().rows().is_empty());
    }
}

#[test]
fn a_long_range_is_read_in_chunks_without_losing_a_row() {
    let views = views();
    for number in 0..2_000_u64 {
        let key = Key::of(Prefix::Mined).number(number);
        views.inner.tree.insert(key.as_ref(), &[1]).unwrap();
    }
    let all = KeyRange::within(Key::of(Prefix::Mined));
    assert_eq!(views.rows(all.clone(), Direction::Forward).count(), 2_000);
    let backward = rows(views.rows(all, Direction::Backward));
    assert_eq!(backward.len(), 2_000);
    assert!(backward.is_sorted_by(|a, b| a.0 > b.0));
}
