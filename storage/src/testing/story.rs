//! A made-up history of a whole gateway: commits that the rules of `domain` really make.
//!
//! Merchants register, invoices are opened and paid, blocks are mined and leave again, deliveries
//! are tried, answers are kept. One seed tells one story; every commit agrees with those before it.

mod withdrawing;

use cryptopayment_domain::fact::{Fact, WatchingFact};
use cryptopayment_domain::id::{EventId, InvoiceId, MerchantId};
use cryptopayment_domain::invoice::{self, Command, Invoice, Observation, Opened, Place};
use cryptopayment_domain::ledger::Ledger;
use cryptopayment_domain::merchant::{Answered, MerchantFact, Scopes};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::operator::{OperatorFact, SetAside};
use cryptopayment_domain::payment::{BlockRef, Hash32, PaymentId, Tip};
use cryptopayment_domain::rate::Rate;
use cryptopayment_domain::time::{Span, Timestamp};
use cryptopayment_domain::usd::Usd;
use cryptopayment_domain::webhook::{
    Delivery, DeliveryFact, DeliveryState, Ended, EventSet, Outcome, RetrySchedule,
};
use cryptopayment_domain::withdrawal::Withdrawal;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use uuid::Uuid;

use super::dice::Dice;
use super::exchange::exchange;

/// Blocks are a minute apart.
const BLOCK_TIME: Span = Span::from_minutes(1);
/// Invoices that are still acted upon.
const LIVE_MAX: usize = 40;

/// A history in the making.
pub struct Story {
    dice: Dice,
    now: Timestamp,
    merchants: Vec<MerchantId>,
    /// The invoices that things still happen to; older ones rest.
    live: Vec<Invoice>,
    ledgers: BTreeMap<MerchantId, Ledger>,
    deliveries: BTreeMap<EventId, Delivery>,
    /// The withdrawals that somebody still decides on.
    withdrawals: Vec<Withdrawal>,
    /// One that has ended.
    told_last: Option<Delivery>,
    heights: BTreeMap<Network, u64>,
    next_index: BTreeMap<Network, u32>,
    made: u64,
}

impl Story {
    /// The story that `seed` tells.
    pub fn of(seed: u64) -> Self {
        Self {
            dice: Dice::of(seed),
            now: Timestamp::from_unix_s(1_700_000_000),
            merchants: Vec::new(),
            live: Vec::new(),
            ledgers: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            withdrawals: Vec::new(),
            told_last: None,
            heights: BTreeMap::new(),
            next_index: BTreeMap::new(),
            made: 0,
        }
    }

    /// The facts of the next commit; never empty.
    pub fn next_commit(&mut self) -> Vec<Fact> {
        loop {
            self.now = self.now.plus(Span::from_ms(self.dice.below_u64(20_000)));
            let facts = self.something_happens();
            if !facts.is_empty() {
                self.take_in(&facts);
                return facts;
            }
        }
    }

    /// Merchants so far.
    pub fn merchants(&self) -> &[MerchantId] {
        &self.merchants
    }

    /// The network's tip.
    pub fn tip(&self, network: Network) -> Tip {
        let height = self.heights.get(&network).copied().unwrap_or(100);
        Tip { height, hash: hash(network, height), solid_height: Some(height.saturating_sub(3)) }
    }

    fn something_happens(&mut self) -> Vec<Fact> {
        match self.dice.below(44) {
            0 if self.merchants.len() < 6 => self.register(),
            _ if self.merchants.is_empty() => self.register(),
            1..8 => self.open(),
            8..16 => self.pay(),
            16..20 => self.lose(),
            20..27 => self.grow(),
            27..30 => self.time_passes(),
            30..32 => self.human_hand(),
            32..35 => self.attempt(),
            35 => self.redeliver(),
            36..38 => self.settle(),
            38 => self.set_aside(),
            39..41 => self.withdraw(),
            41..43 => self.decide_withdrawal(),
            _ => self.change_merchant(),
        }
    }

    fn id(&mut self) -> Uuid {
        self.made += 1;
        let (high, low) = (self.dice.below_u64(u64::MAX), self.made);
        uuid::Builder::from_random_bytes((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
            .into_uuid()
    }

    fn merchant(&mut self) -> MerchantId {
        let which = self.dice.below(self.merchants.len());
        self.merchants[which]
    }

    fn register(&mut self) -> Vec<Fact> {
        let id = MerchantId(self.id());
        self.merchants.push(id);
        let digest = |part: u8| {
            let mut digest = [part; 32];
            digest[..16].copy_from_slice(id.0.as_bytes());
            digest
        };
        let at = self.now;
        let registered = MerchantFact::Registered {
            email_sealed: vec![1; 40],
            email_digest: digest(0),
            password_sealed: Vec::new(),
            at,
        };
        let key = format!("pk_{id}");
        let issued =
            MerchantFact::KeyIssued { key, secret_sha256: digest(1), scopes: Scopes::ALL, at };
        vec![
            Fact::Merchant(id, registered),
            Fact::Merchant(id, issued),
            Fact::Merchant(id, MerchantFact::Approved { at }),
        ]
    }

    fn change_merchant(&mut self) -> Vec<Fact> {
        let (id, at) = (self.merchant(), self.now);
        let made = self.id();
        let fact = match self.dice.below(5) {
            0 => MerchantFact::Suspended { reason: "asked to".into(), at },
            1 => MerchantFact::Reinstated { at },
            2 => MerchantFact::WebhookSet { url: Some(format!("https://{made}.example")), at },
            3 => MerchantFact::KeyIssued {
                key: format!("pk_{made}"),
                secret_sha256: [1; 32],
                scopes: Scopes::ALL,
                at,
            },
            _ => MerchantFact::AppSecretIssued { secret_sealed: made.as_bytes().to_vec(), at },
        };
        vec![Fact::Merchant(id, fact)]
    }

    fn open(&mut self) -> Vec<Fact> {
        let merchant = self.merchant();
        let network = Network::ALL[self.dice.below(5)];
        let index = self.next_index.entry(network).or_default();
        let address_index = *index;
        *index += 1;
        let due = Money::new(network, 1_000_000).unwrap_or(Money::zero(network));
        let part = |units| Money::new(network, units).unwrap_or(Money::zero(network));
        let order = self.dice.below(10);
        let invoice = InvoiceId(self.id());
        let opened = Opened {
            invoice,
            merchant,
            at: self.now,
            expires_at: self.now.plus(Span::from_minutes(30)),
            network,
            amount_usd: Usd::from_cents(5000),
            due,
            tolerance: part(5_000),
            dust: part(1_000),
            rate: Rate::one_to_one(self.now),
            confirmations_required: network.default_confirmations(),
            address: format!("{network}-{address_index}"),
            address_bytes: format!("{network}-{address_index}").into_bytes(),
            address_index,
            order_id: (order > 3).then(|| format!("ORD-{order}")),
            metadata_sealed: vec![7; self.dice.below(60)],
            success_url: None,
            cancel_url: None,
        };
        let decision = invoice::open(opened, events_of(merchant));
        self.live.push(decision.invoice);
        if self.live.len() > LIVE_MAX {
            let rested = self.dice.below(LIVE_MAX / 2);
            self.live.remove(rested);
        }
        let mut facts = decision.facts;
        if self.dice.below(2) == 0 {
            facts.push(self.answered(merchant, invoice));
        }
        if let Entry::Vacant(height) = self.heights.entry(network) {
            height.insert(100);
            let began = WatchingFact::WatchingBegan { height: 100, hash: hash(network, 100) };
            facts.insert(0, Fact::Watching(network, began));
        }
        facts
    }

    fn answered(&mut self, merchant: MerchantId, invoice: InvoiceId) -> Fact {
        let mut key_digest = [0; 32];
        key_digest[..16].copy_from_slice(invoice.0.as_bytes());
        let answered = Answered {
            key_digest,
            body_digest: [2; 32],
            status: 201,
            location: None,
            body_sealed: vec![3; 100],
            at: self.now,
        };
        Fact::Merchant(merchant, MerchantFact::Answered(Box::new(answered)))
    }

    /// Something of one live invoice, told as `command` says.
    fn with_invoice(
        &mut self,
        command: impl FnOnce(&mut Self, &Invoice) -> Option<Command>,
    ) -> Vec<Fact> {
        if self.live.is_empty() {
            return Vec::new();
        }
        let which = self.dice.below(self.live.len());
        let before = self.live[which].clone();
        let Some(command) = command(self, &before) else { return Vec::new() };
        let events = events_of(before.terms.merchant);
        match invoice::decide(&before, &command, events, self.now) {
            Ok(decision) => {
                self.live[which] = decision.invoice;
                decision.facts
            }
            Err(_refused) => Vec::new(),
        }
    }

    fn pay(&mut self) -> Vec<Fact> {
        self.with_invoice(|story, invoice| {
            let network = invoice.terms.network;
            let known = story.dice.below(invoice.payments.len() + 2);
            let (payment, amount) = match invoice.payments.get(known) {
                Some(payment) => (payment.id, payment.amount),
                None => story.new_payment(network),
            };
            let tip = story.tip(network);
            let observation = if network.has_mempool() && story.dice.below(2) == 0 {
                Observation::Seen { amount }
            } else {
                let height = tip.height - story.dice.below_u64(3);
                let time = story.now.minus(BLOCK_TIME);
                let block = BlockRef { height, hash: hash(network, height), time };
                Observation::Mined { amount, block }
            };
            Some(Command::Observe { payment, observation, tip })
        })
    }

    fn new_payment(&mut self, network: Network) -> (PaymentId, Money) {
        let mut txid = [0; 32];
        txid[..16].copy_from_slice(self.id().as_bytes());
        let units = [1, 500, 400_000, 600_000, 999_000, 1_000_000, 3_000_000];
        let units = units[self.dice.below(units.len())];
        let amount = Money::new(network, units).unwrap_or(Money::zero(network));
        (PaymentId { network, txid: Hash32(txid), index: 0 }, amount)
    }

    /// A payment leaves its block or the mempool.
    fn lose(&mut self) -> Vec<Fact> {
        self.with_invoice(|story, invoice| {
            let which = story.dice.below(invoice.payments.len());
            let payment = invoice.payments.get(which)?;
            let observation = match payment.place {
                Place::Mempool { .. } => Observation::Vanished,
                Place::Block(block) => Observation::Unmined { block: block.hash },
                Place::Gone => return None,
            };
            let tip = story.tip(invoice.terms.network);
            Some(Command::Observe { payment: payment.id, observation, tip })
        })
    }

    fn grow(&mut self) -> Vec<Fact> {
        let network = Network::ALL[self.dice.below(5)];
        let blocks = self.dice.below_u64(8);
        if let Some(height) = self.heights.get_mut(&network) {
            *height += blocks;
        }
        self.with_invoice(|story, invoice| {
            let tip = story.tip(invoice.terms.network);
            Some(Command::Deepen { tip })
        })
    }

    fn time_passes(&mut self) -> Vec<Fact> {
        self.now = self.now.plus(Span::from_minutes(self.dice.below_u64(20)));
        let instant = self.now;
        self.with_invoice(|_, _| Some(Command::ScannedThrough { instant }))
    }

    fn human_hand(&mut self) -> Vec<Fact> {
        self.with_invoice(|story, invoice| {
            let credit = invoice.terms.due;
            Some(match story.dice.below(3) {
                0 => Command::Cancel,
                1 => Command::MarkPaid { credit, reason: "by hand".into(), tip: None },
                _ => Command::Close { reason: "asked to".into() },
            })
        })
    }

    fn attempt(&mut self) -> Vec<Fact> {
        let due = self.deliveries.iter().find_map(|(event, delivery)| match delivery.state {
            DeliveryState::Due(at) => Some((*event, at)),
            DeliveryState::Acknowledged | DeliveryState::Failed => None,
        });
        let Some((event, at)) = due else { return Vec::new() };
        let outcome = match self.dice.below(4) {
            0 => Outcome::Answered { status: 500 },
            1 => Outcome::TimedOut,
            _ => Outcome::Answered { status: 200 },
        };
        let schedule = RetrySchedule::default();
        let (at, exchange) = (at.max(self.now), exchange(&mut self.dice));
        let ended = Ended { outcome, at, took_ms: 20, retry_after: None, exchange };
        let fact = self.deliveries[&event].attempted(ended, &schedule, 0);
        vec![Fact::Delivery(event, fact)]
    }

    /// A merchant asks for an event once more: also for one that was acknowledged long ago.
    fn redeliver(&mut self) -> Vec<Fact> {
        let Some(delivery) = self.told_last.clone() else { return Vec::new() };
        let event = delivery.queued.event;
        self.deliveries.entry(event).or_insert(delivery);
        vec![Fact::Delivery(event, DeliveryFact::Redelivered { at: self.now })]
    }

    fn settle(&mut self) -> Vec<Fact> {
        let owing = self.ledgers.iter().find(|(_, ledger)| !ledger.obligations().is_empty());
        let Some((merchant, ledger)) = owing else { return Vec::new() };
        let settled = ledger.settle(self.now);
        settled.into_iter().map(|fact| Fact::Ledger(*merchant, fact)).collect()
    }

    fn set_aside(&mut self) -> Vec<Fact> {
        if self.live.is_empty() {
            return Vec::new();
        }
        let which = self.dice.below(self.live.len());
        let (network, invoice) = (self.live[which].terms.network, self.live[which].terms.invoice);
        let (payment, amount) = self.new_payment(network);
        let (at, reason) = (self.now, "a handler panicked".to_owned());
        let invoice = Some(invoice);
        let aside = SetAside { payment, amount, invoice, block: None, reason, at };
        vec![
            Fact::Operator(OperatorFact::PaymentSetAside(Box::new(aside))),
            Fact::Operator(OperatorFact::SuspenseBooked { payment, amount, at }),
        ]
    }

    /// Keeps up the ledgers and deliveries that the facts are about.
    fn take_in(&mut self, facts: &[Fact]) {
        for fact in facts {
            match fact {
                Fact::Ledger(merchant, fact) => {
                    self.ledgers.entry(*merchant).or_default().apply(fact);
                }
                Fact::Delivery(event, DeliveryFact::Queued(queued)) => {
                    self.deliveries.insert(*event, Delivery::queued((**queued).clone()));
                }
                Fact::Delivery(
                    event,
                    fact @ (DeliveryFact::Attempted(_) | DeliveryFact::Redelivered { .. }),
                ) => {
                    if let Some(delivery) = self.deliveries.get_mut(event) {
                        delivery.apply(fact);
                    }
                }
                Fact::Merchant(..)
                | Fact::Invoice(..)
                | Fact::Watching(..)
                | Fact::Operator(_)
                | Fact::Withdrawal(..) => {}
            }
        }
        let ended = |delivery: &&Delivery| !matches!(delivery.state, DeliveryState::Due(_));
        if let Some(delivery) = self.deliveries.values().find(ended) {
            self.told_last = Some(delivery.clone());
        }
        self.deliveries.retain(|_, delivery| matches!(delivery.state, DeliveryState::Due(_)));
    }
}

/// Every other merchant wants to be told of everything.
fn events_of(merchant: MerchantId) -> EventSet {
    if merchant.0.as_u128().is_multiple_of(2) { EventSet::SEED } else { EventSet::everything() }
}

/// The hash of a block of the story: the same each time the block comes back.
fn hash(network: Network, height: u64) -> Hash32 {
    let mut bytes = [network.name().as_bytes()[0]; 32];
    bytes[..8].copy_from_slice(&height.to_be_bytes());
    Hash32(bytes)
}
