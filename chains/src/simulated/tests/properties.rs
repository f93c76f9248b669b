//! Whatever is done in whatever order: the chain stays linked, money stays, records suffice.

use super::*;
use crate::simulated::chain::ChainState;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

#[derive(Clone, Debug)]
enum Step {
    Pay(Vec<(u8, u128)>, PayStyle),
    Mine(u32),
    Reorganise(u32, u32, ReorgStyle),
    DoubleSpend(prop::sample::Index),
    Evict(prop::sample::Index),
}

fn any_step() -> impl Strategy<Value = Step> {
    let style = prop::sample::select(vec![
        PayStyle::Plain,
        PayStyle::Failed,
        PayStyle::LookAlike,
        PayStyle::AmongLookAlikes,
    ]);
    let after = prop::sample::select(vec![
        ReorgStyle::BackToMempool,
        ReorgStyle::MinedAgain,
        ReorgStyle::DoubleSpent,
        ReorgStyle::Dropped,
    ]);
    let payees = prop::collection::vec((1u8..5, 0u128..1_000_000), 0..4);
    prop_oneof![
        4 => (payees, style).prop_map(|(payees, style)| Step::Pay(payees, style)),
        3 => (0u32..5).prop_map(Step::Mine),
        2 => (0u32..6, 0u32..6, after).prop_map(|(d, b, style)| Step::Reorganise(d, b, style)),
        1 => any::<prop::sample::Index>().prop_map(Step::DoubleSpend),
        1 => any::<prop::sample::Index>().prop_map(Step::Evict),
    ]
}

/// Takes the step; a refusal is fine and changes nothing.
fn take(bench: &Bench, step: &Step) {
    let waiting = bench.node.inner.state.read().waiting_ids();
    let pick = |index: &prop::sample::Index| {
        (!waiting.is_empty()).then(|| waiting[index.index(waiting.len())])
    };
    let before = bench.node.inner.state.read().clone();
    let refused = match step {
        Step::Pay(payees, style) => {
            let payee = |(to, units): &(u8, u128)| (bench.address(*to), bench.money(*units));
            let payees: Vec<_> = payees.iter().map(payee).collect();
            bench.node.pay_many(&payees, *style).is_err()
        }
        Step::Mine(blocks) => bench.node.mine(*blocks, NOW).is_err(),
        Step::Reorganise(depth, blocks, style) => {
            bench.node.reorganise_to(*depth, *blocks, *style, NOW).is_err()
        }
        Step::DoubleSpend(index) => {
            pick(index).is_none_or(|id| bench.node.double_spend(id).is_err())
        }
        Step::Evict(index) => pick(index).is_none_or(|id| bench.node.evict(id).is_err()),
    };
    if refused {
        assert_eq!(before, *bench.node.inner.state.read());
    }
}

/// What everybody has, added up anew from the raw blocks.
fn added_up(state: &ChainState) -> HashMap<Vec<u8>, i128> {
    let mut sums: HashMap<Vec<u8>, i128> = HashMap::new();
    for height in 0..=state.height() {
        for transaction in &state.block(height).unwrap().transactions {
            let moved = transaction.movements.iter().filter(|one| one.genuine);
            for one in moved.filter(|_| transaction.succeeded) {
                let units = i128::try_from(one.units).unwrap();
                *sums.entry(one.from.clone()).or_default() -= units;
                *sums.entry(one.to.clone()).or_default() += units;
            }
        }
    }
    sums
}

fn no_coin_is_spent_twice(state: &ChainState) -> bool {
    let mut coins = HashSet::new();
    let mined = (0..=state.height()).flat_map(|height| {
        state.block(height).unwrap().transactions.iter().map(|transaction| transaction.coin)
    });
    let waiting = state.waiting_ids().into_iter().map(|txid| state.waiting(txid).unwrap().coin);
    mined.chain(waiting).all(|coin| coins.insert(coin))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_sequence_of_steps_keeps_a_linked_chain_and_the_faucets_money(
        which in 0usize..5,
        steps in prop::collection::vec(any_step(), 0..40),
    ) {
        let bench = Bench::of(Network::ALL[which]);
        let supply = bench.node.inner.state.read().total();
        for step in &steps {
            take(&bench, step);
            let state = bench.node.inner.state.read();
            prop_assert_eq!(state.total(), supply);
            prop_assert!(no_coin_is_spent_twice(&state));
        }
        let state = bench.node.inner.state.read().clone();
        let faucet = state.identity().faucet();
        for (address, sum) in added_up(&state) {
            let began_with = if address == faucet { supply } else { 0 };
            let expected = i128::try_from(began_with).unwrap() + sum;
            prop_assert_eq!(i128::try_from(state.balance(&address)).unwrap(), expected);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        prop_assert!(runtime.block_on(bench.is_well_linked()));
        let again = SimulatedNode::open(bench.network, bench.store.clone(), BIRTH).unwrap();
        prop_assert_eq!(&*again.inner.state.read(), &state);
    }

    #[test]
    fn what_the_adapter_sees_paid_is_what_the_chain_says_is_there(
        which in 0usize..5,
        steps in prop::collection::vec(any_step(), 0..30),
    ) {
        let bench = Bench::of(Network::ALL[which]);
        steps.iter().for_each(|step| take(&bench, step));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut seen: HashMap<u8, u128> = HashMap::new();
        let mut payments = HashSet::new();
        for height in 0..=bench.node.height() {
            let block = runtime.block_on(bench.block(height));
            for transfer in &block.transfers {
                prop_assert!(payments.insert(transfer.payment), "{} twice", transfer.payment);
            }
            for (number, _, units) in bench.to_payees(&block.transfers) {
                *seen.entry(number).or_default() += units;
            }
        }
        for number in 1..5u8 {
            let balance = bench.node.balance(&bench.address(number)).unwrap().units();
            prop_assert_eq!(seen.get(&number).copied().unwrap_or(0), balance);
        }
    }
}
