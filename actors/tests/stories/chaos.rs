//! Whatever happens in whatever order: in the end every merchant has what the chains hold.

use crate::support::*;
use cryptopayment_chains::adapter::Chain;
use cryptopayment_domain::invoice::{Command, Observation};
use std::collections::{BTreeMap, BTreeSet};

const SHOP: &str = "https://shop.example/webhook";
const STYLES: [ReorgStyle; 4] = [
    ReorgStyle::BackToMempool,
    ReorgStyle::MinedAgain,
    ReorgStyle::DoubleSpent,
    ReorgStyle::Dropped,
];

/// What is played with.
struct Play {
    world: World,
    network: Network,
    shop: MerchantId,
    invoices: Vec<Invoice>,
    txids: Vec<Hash32>,
    /// Commands may panic, so that payments may end in suspense.
    clumsy: bool,
}

impl Play {
    async fn step(&mut self, running: Running, chance: &mut StdRng) -> Running {
        match chance.random_range(0..100) {
            0..15 => self.open(&running, chance).await,
            15..40 => self.pay(chance),
            40..60 => drop(self.world.mine(self.network, chance.random_range(1..5))),
            60..70 => self.reorganise(chance),
            70..76 => self.spend_twice(chance),
            76..80 => self.misbehave(chance),
            80..85 => self.world.clock.jump(Span::from_minutes(chance.random_range(1..20))),
            85..88 => running.let_idle_go().await,
            88..94 => {
                let pause = chance.random_range(0..30);
                tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
            }
            94..96 => {
                running.crash();
                return self.world.start_unready().await;
            }
            _ if self.clumsy => self.stumble(chance),
            _ => {}
        }
        running
    }

    async fn open(&mut self, running: &Running, chance: &mut StdRng) {
        let id = InvoiceId(uuid::Uuid::new_v4());
        let usd = chance.random_range(5..100);
        // A network in trouble refuses.
        if running.try_open(id, self.shop, self.network, usd, None).await.is_ok() {
            self.invoices.push(running.invoice(id));
        }
    }

    fn pay(&mut self, chance: &mut StdRng) {
        if self.invoices.is_empty() {
            return;
        }
        let invoice = &self.invoices[chance.random_range(0..self.invoices.len())];
        let part = percent(invoice.terms.due, chance.random_range(1..120));
        self.txids.push(self.world.pay(invoice, part));
    }

    fn reorganise(&self, chance: &mut StdRng) {
        let (depth, style) = (chance.random_range(1..25), STYLES[chance.random_range(0..4)]);
        let blocks = chance.random_range(0..depth + 3);
        let now = self.world.clock.now();
        // More than the chain allows now is no reorganisation.
        let _ = self.world.node(self.network).reorganise_to(depth, blocks, style, now);
    }

    fn spend_twice(&self, chance: &mut StdRng) {
        if let Some(txid) = self.txids.last() {
            let node = self.world.node(self.network);
            // What is mined already cannot be spent twice.
            let _ = match chance.random_bool(0.5) {
                true => node.double_spend(*txid).map(drop),
                false => node.evict(*txid),
            };
        }
    }

    fn misbehave(&self, chance: &mut StdRng) {
        let faults = [Fault::Unreachable, Fault::WrongParent, Fault::Behind { blocks: 3 }];
        let node = self.world.node(self.network);
        match chance.random_range(0..5) {
            fault @ 0..3 => node.set_faults(&[faults[fault]]),
            _ => node.set_faults(&[]),
        }
    }

    /// From now on some commands panic: once is made good, twice sets a payment aside.
    fn stumble(&self, chance: &mut StdRng) {
        let (times, nth) = (chance.random_range(1..6), chance.random_range(0..3_u8));
        self.world.rules.break_on(times, move |_, command| match command {
            Command::Observe { payment, observation, .. } => {
                // What cannot be forgotten stays credited: that is another story.
                !matches!(observation, Observation::Unmined { .. }) && payment.txid.0[20] % 3 == nth
            }
            Command::Deepen { .. } => nth == 0,
            Command::ScannedThrough { .. }
            | Command::Cancel
            | Command::MarkPaid { .. }
            | Command::Close { .. } => false,
        });
    }

    /// Every payment that the chain holds for our invoices.
    async fn in_chain(&self) -> BTreeMap<PaymentId, u128> {
        let chain = &self.world.chains[&self.network];
        let mut payments = BTreeMap::new();
        for height in 0..=self.world.node(self.network).height() {
            for transfer in chain.block_at(height).await.unwrap().unwrap().transfers {
                let is_ours = |invoice: &Invoice| invoice.terms.address_bytes == transfer.recipient;
                if self.invoices.iter().any(is_ours) {
                    payments.insert(transfer.payment, transfer.amount.units());
                }
            }
        }
        payments
    }

    /// The chain grows until everything is final, and everything is held against it.
    async fn end(self, running: Running) {
        let (world, network, shop) = (&self.world, self.network, self.shop);
        world.rules.mend();
        world.node(network).set_faults(&[]);
        world.mine(network, 60);
        world.clock.jump(Span::from_minutes(5));
        running.until_open(network).await;
        running.scanned(network).await;
        let in_chain = self.in_chain().await;
        let aside = running.views().payments_set_aside().unwrap();
        let aside: BTreeSet<_> = aside.iter().map(|one| one.aside.payment).collect();
        let held = |is_aside: bool| -> i128 {
            let held = in_chain.iter().filter(|(id, _)| aside.contains(id) == is_aside);
            held.map(|(_, units)| i128::try_from(*units).unwrap()).sum()
        };
        let expected = held(false);
        let what = format!("{expected} units are the shop's, {} of suspense", held(true));
        println!("  {network}: {} payments, {} aside: {what}", in_chain.len(), aside.len());
        until(&what, || running.balance(shop, network) == expected).await;
        let booked = |running: &Running| {
            let aside = running.views().payments_set_aside().unwrap();
            aside.iter().all(|one| one.booked || !in_chain.contains_key(&one.aside.payment))
        };
        until("what is set aside and final is booked", || booked(&running)).await;
        running.scanned(network).await;
        assert_eq!(running.balance(shop, network), expected, "{what}");
        for payment in &aside {
            let credits = (0..9).filter_map(|round| running.credit(*payment, round));
            let standing = credits.filter(|credit| credit.reversed.is_none()).count();
            assert_eq!(standing, 0, "{payment} is credited and set aside");
        }
        assert!(running.views().open_obligations().unwrap().is_empty());
        running.until_ledgers_agree(shop).await;
        self.world.end(running).await;
    }
}

fn play(clumsy: bool) {
    story(|mut chance| async move {
        for network in Network::ALL {
            let world = World::of(&[network]);
            let mut running = world.start().await;
            let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
            let (invoices, txids) = (Vec::new(), Vec::new());
            let mut play = Play { world, network, shop, invoices, txids, clumsy };
            for _ in 0..120 {
                running = play.step(running, &mut chance).await;
            }
            play.end(running).await;
        }
    });
}

#[test]
fn in_the_end_every_merchant_has_what_the_chain_holds() {
    play(false);
}

#[test]
fn with_rules_that_panic_what_the_merchant_lacks_is_in_suspense() {
    play(true);
}
