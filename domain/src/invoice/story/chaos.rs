//! Chaos: rumours of payments in any order, twice, late and false; then the truth of the chain.
//!
//! The laws are held after every single decision (see [`super::laws`]). What is asked here besides
//! is where it all ends once the watcher has told the truth.

use super::stage::{Stage, block, cents, payment, terms};
use crate::invoice::{Command, Observation, Refusal, standing};
use crate::money::Money;
use crate::network::Network;
use crate::payment::{BlockRef, Hash32, PaymentId, Tip};
use crate::time::{Span, Timestamp};
use crate::webhook::EventSet;
use proptest::prelude::*;

/// Rumours speak of blocks and tips up to here; the truth's tip is here too.
const TOP: u64 = 110;
/// Chains that blocks may be on; the first is the true one.
const FORKS: u8 = 3;
/// Different amounts, by the payment's number: dust, parts, the last part, all, more than all.
const AMOUNTS: [u128; 6] = [5, 5_995, 4_000, 9_945, 10_000, 10_051];

/// What is said of one payment.
#[derive(Clone, Debug)]
enum Rumour {
    Seen,
    Mined { height: u64, fork: u8 },
    Unmined { height: u64, fork: u8 },
    UnminedFromWhereItIs,
    Vanished,
}

/// What happens next on the stage.
#[derive(Clone, Debug)]
enum Act {
    Observed { payment: usize, rumour: Rumour },
    Grown,
    Scanned { minutes_ago: u64 },
    Settled,
    Cancelled,
    Closed,
    MarkedPaid { coins: u128 },
}

/// An act, with the tip that is believed in, after a while.
type Moment = (Act, u64, u64, u64);

/// Where a payment ends.
#[derive(Clone, Copy, Debug)]
enum Truth {
    Block(u64),
    Mempool,
    Nowhere,
}

fn rumours() -> impl Strategy<Value = Rumour> {
    let (heights, forks) = (98..=TOP, 0..FORKS);
    let mined = (heights.clone(), forks.clone());
    prop_oneof![
        3 => Just(Rumour::Seen),
        6 => mined.prop_map(|(height, fork)| Rumour::Mined { height, fork }),
        1 => (heights, forks).prop_map(|(height, fork)| Rumour::Unmined { height, fork }),
        3 => Just(Rumour::UnminedFromWhereItIs),
        1 => Just(Rumour::Vanished),
    ]
}

/// Observations and growth only, as long as nobody lays hands on the invoice.
fn chain_acts() -> impl Strategy<Value = Act> {
    let observed = (0..AMOUNTS.len(), rumours());
    prop_oneof![
        8 => observed.prop_map(|(payment, rumour)| Act::Observed { payment, rumour }),
        2 => Just(Act::Grown),
        1 => (0u64..90).prop_map(|minutes_ago| Act::Scanned { minutes_ago }),
        1 => Just(Act::Settled),
    ]
}

fn any_acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        40 => chain_acts(),
        1 => Just(Act::Cancelled),
        1 => Just(Act::Closed),
        1 => (0u128..50).prop_map(|coins| Act::MarkedPaid { coins }),
    ]
}

fn moments(acts: impl Strategy<Value = Act>) -> impl Strategy<Value = Vec<Moment>> {
    // Mostly minutes pass, now and then most of a day, so that every deadline is met by some.
    let minutes = prop_oneof![8 => 0u64..12, 1 => 200u64..1300];
    prop::collection::vec((acts, 97..=TOP, 0u64..6, minutes), 0..70)
}

fn truths() -> impl Strategy<Value = Vec<Truth>> {
    let truth = prop_oneof![
        3 => (98..=TOP).prop_map(Truth::Block),
        1 => Just(Truth::Mempool),
        1 => Just(Truth::Nowhere),
    ];
    prop::collection::vec(truth, AMOUNTS.len())
}

/// Payments share transactions two by two.
fn id(network: Network, number: usize) -> PaymentId {
    let names = ["tx-one", "tx-one", "tx-two", "tx-two", "tx-three", "tx-three"];
    payment(network, names[number], u32::try_from(number % 2).unwrap())
}

/// A token transfer may pay another amount when its transaction runs again on a fork.
fn amount(network: Network, number: usize, fork: u8) -> Money {
    let one_more = Money::new(network, u128::from(fork)).unwrap();
    cents(network, AMOUNTS[number]).plus(one_more).unwrap()
}

fn block_at(height: u64, fork: u8) -> BlockRef {
    let opened = terms(Network::Btc).at;
    block(height, fork, opened.plus(Span::from_minutes((height - 98) * 5)))
}

fn tip(height: u64, solidity_lag: u64) -> Tip {
    Tip { height, hash: Hash32([0; 32]), solid_height: Some(height - solidity_lag) }
}

fn observation(stage: &Stage, number: usize, rumour: &Rumour) -> Observation {
    let network = stage.invoice.terms.network;
    match *rumour {
        Rumour::Seen => Observation::Seen { amount: amount(network, number, 0) },
        Rumour::Mined { height, fork } => Observation::Mined {
            amount: amount(network, number, fork),
            block: block_at(height, fork),
        },
        Rumour::Unmined { height, fork } => {
            Observation::Unmined { block: block_at(height, fork).hash }
        }
        Rumour::UnminedFromWhereItIs => {
            let known = stage.invoice.payment(id(network, number));
            let block = known.and_then(|payment| payment.block());
            Observation::Unmined { block: block.map_or(Hash32([0; 32]), |block| block.hash) }
        }
        Rumour::Vanished => Observation::Vanished,
    }
}

fn observed(stage: &mut Stage, number: usize, rumour: &Rumour) {
    let observation = observation(stage, number, rumour);
    stage.observe(id(stage.invoice.terms.network, number), observation);
}

fn play(stage: &mut Stage, moments: &[Moment]) {
    for (act, height, solidity_lag, minutes) in moments {
        stage.tip = tip(*height, *solidity_lag);
        stage.clock = stage.clock.plus(Span::from_minutes(*minutes));
        let command = match act {
            Act::Observed { payment, rumour } => {
                observed(stage, *payment, rumour);
                continue;
            }
            Act::Settled => {
                stage.settle();
                continue;
            }
            Act::Grown => Command::Deepen { tip: stage.tip },
            Act::Scanned { minutes_ago } => {
                let instant = stage.clock.minus(Span::from_minutes(*minutes_ago));
                Command::ScannedThrough { instant }
            }
            Act::Cancelled => Command::Cancel,
            Act::Closed => Command::Close { reason: "chaos".into() },
            Act::MarkedPaid { coins } => {
                let credit = cents(stage.invoice.terms.network, coins * 100);
                let (reason, tip) = ("chaos".into(), Some(stage.tip));
                Command::MarkPaid { credit, reason, tip }
            }
        };
        // Humans may be refused; that changes nothing.
        let before = stage.invoice.clone();
        if stage.tell(&command).is_err() {
            assert_eq!(stage.invoice, before);
        }
    }
}

/// The watcher's last word on every payment, then the tip.
fn tell_the_truth(stage: &mut Stage, truths: &[Truth]) {
    stage.tip = tip(TOP, 0);
    for (number, truth) in truths.iter().enumerate() {
        match *truth {
            Truth::Block(height) => observed(stage, number, &Rumour::Mined { height, fork: 0 }),
            Truth::Mempool => {
                observed(stage, number, &Rumour::UnminedFromWhereItIs);
                observed(stage, number, &Rumour::Seen);
            }
            Truth::Nowhere => {
                observed(stage, number, &Rumour::UnminedFromWhereItIs);
                observed(stage, number, &Rumour::Vanished);
            }
        }
    }
    stage.deepen();
    stage.settle();
}

/// What the true chain holds deep, of each payment, in base units.
fn deep_units(network: Network, truths: &[Truth]) -> Vec<i128> {
    let depth = u64::from(terms(network).confirmations_required);
    let deep = |(number, truth): (usize, &Truth)| match truth {
        Truth::Block(height) if TOP - height + 1 >= depth => {
            i128::try_from(amount(network, number, 0).units()).unwrap()
        }
        Truth::Block(_) | Truth::Mempool | Truth::Nowhere => 0,
    };
    truths.iter().enumerate().map(deep).collect()
}

fn networks() -> impl Strategy<Value = Network> {
    prop::sample::select(Network::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_chaos_credits_a_payment_twice_or_loses_one(
        network in networks(), moments in moments(any_acts()), truths in truths(),
    ) {
        let mut stage = Stage::wanting(EventSet::everything(), terms(network));
        play(&mut stage, &moments);
        tell_the_truth(&mut stage, &truths);
        let deep = deep_units(network, &truths);
        for (number, units) in deep.iter().enumerate() {
            prop_assert_eq!(stage.net_credit(id(network, number)), *units, "payment {}", number);
        }
        let granted: i128 = stage.ledger.balance(network).available - deep.iter().sum::<i128>();
        prop_assert!(granted >= 0 && granted < i128::try_from(cents(network, 5000).units()).unwrap());
        prop_assert!(stage.ledger.obligations().is_empty());
    }

    /// As long as nothing was ever deep and no time ran out, only the truth counts, not the way
    /// it was told.
    #[test]
    fn rumours_that_were_never_deep_leave_no_trace_in_the_figures(
        network in networks(), moments in moments(chain_acts()), truths in truths(),
    ) {
        let shallow = |height: u64| (height - 97) % 2 + 97;
        let on_time = moments.into_iter().filter(|(act, ..)| !matches!(act, Act::Scanned { .. }));
        let moments: Vec<Moment> =
            on_time.map(|(act, height, _, _)| (act, shallow(height), 0, 0)).collect();
        let mut told = Stage::new(terms(network));
        play(&mut told, &moments);
        let mut untold = Stage::new(terms(network));
        tell_the_truth(&mut told, &truths);
        tell_the_truth(&mut untold, &truths);
        prop_assert_eq!(standing(&told.invoice).status, standing(&untold.invoice).status);
        let figures = |stage: &Stage| {
            let figures = stage.invoice.figures(Some(&stage.tip));
            (figures.paid, figures.remaining, figures.confirmations)
        };
        prop_assert_eq!(figures(&told), figures(&untold));
    }

    /// Told in order or with everything shuffled and doubled: the same money, to the unit.
    #[test]
    fn order_duplication_and_delay_change_no_balance(
        network in networks(),
        history in prop::collection::vec((0..AMOUNTS.len(), rumours(), 97..=TOP), 1..40),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..80),
        truths in truths(),
    ) {
        let moment = |(payment, rumour, height): &(usize, Rumour, u64)| {
            (Act::Observed { payment: *payment, rumour: rumour.clone() }, *height, 0, 1)
        };
        let in_order: Vec<Moment> = history.iter().map(moment).collect();
        let jumbled: Vec<Moment> = picks.iter().map(|pick| moment(pick.get(&history))).collect();
        let balance = |moments: &[Moment]| {
            let mut stage = Stage::new(terms(network));
            play(&mut stage, moments);
            tell_the_truth(&mut stage, &truths);
            stage.ledger.balance(network).available
        };
        prop_assert_eq!(balance(&in_order), balance(&jumbled));
    }
}

/// A payment's fate may be learned at any instant around a deadline; none of them is waited for
/// twice or for ever (the laws ask after each), and money is credited whatever the status.
#[test]
fn every_instant_around_every_deadline() {
    let invoice_terms = terms(Network::Ltc);
    let deadlines = [
        invoice_terms.expires_at,
        invoice_terms.expires_at.plus(Span::from_minutes(15)),
        invoice_terms.expires_at.plus(Span::from_hours(24)),
    ];
    let around = deadlines.iter().flat_map(|deadline| {
        let ms = deadline.unix_ms();
        [ms - 1, ms, ms + 1].map(Timestamp::from_unix_ms)
    });
    let instants: Vec<Timestamp> = around.collect();
    for seen_at in &instants {
        for mined_at in instants.iter().filter(|mined_at| *mined_at >= seen_at) {
            let mut stage = Stage::new(terms(Network::Ltc));
            let id = payment(Network::Ltc, "a", 0);
            let amount = cents(Network::Ltc, 10_000);
            for (clock, observation) in [
                (*seen_at, Observation::Seen { amount }),
                (*mined_at, Observation::Mined { amount, block: block(100, 0, *mined_at) }),
            ] {
                stage.clock = clock;
                stage.observe(id, observation);
                stage.tell(&Command::ScannedThrough { instant: clock }).unwrap();
            }
            stage.tip = tip(TOP, 0);
            stage.deepen();
            assert_eq!(stage.net_credit(id), i128::try_from(amount.units()).unwrap());
        }
    }
}

/// An invoice has one coin: what pays in another is none of its payments, whoever tells it.
#[test]
fn a_payment_of_another_coin_is_no_payment_of_this_invoice() {
    let mut stage = Stage::new(terms(Network::Trc20));
    let (tron, bsc) = (Network::Trc20, Network::Bep20);
    stage.tip = tip(TOP, 0);
    for (network, coin) in [(bsc, bsc), (bsc, tron), (tron, bsc)] {
        let (amount, block) = (cents(coin, 10_000), block_at(98, 0));
        stage.observe(payment(network, "a", 0), Observation::Seen { amount });
        stage.observe(payment(network, "a", 0), Observation::Mined { amount, block });
    }
    assert_eq!(stage.invoice, Stage::new(terms(tron)).invoice);
    let grant = |network| Command::MarkPaid {
        credit: cents(network, 10_000),
        reason: "paid in cash".into(),
        tip: None,
    };
    assert_eq!(stage.tell(&grant(bsc)), Err(Refusal::OtherCoin));
    assert_eq!(stage.tell(&grant(tron)), Ok(()));
    assert_eq!(stage.tell(&grant(bsc)), Err(Refusal::AlreadyConfirmed), "the first rule is named");
}
