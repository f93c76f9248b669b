//! Reading stories and playing them: see the format in the parent module.

use super::stage::{OPENED_AT, Stage, block, cents, payment, terms};
use crate::fact::Fact;
use crate::invoice::{Command, InvoiceFact, Observation, Opened, standing};
use crate::ledger::LedgerFact;
use crate::money::Money;
use crate::network::Network;
use crate::payment::{BlockRef, Hash32, PaymentId, Tip};
use crate::time::{Span, Timestamp};
use crate::webhook::{DeliveryFact, EventKind, EventSet};
use std::collections::BTreeMap;

/// One situation and what comes of it.
pub(super) struct Story<'t> {
    heading: &'t str,
    lines: Vec<&'t str>,
}

impl<'t> Story<'t> {
    /// Every story of the text; `#` begins a line for the reader alone.
    pub(super) fn read(text: &'t str) -> Vec<Story<'t>> {
        let mut stories: Vec<Story<'t>> = Vec::new();
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                Some(heading) => stories.push(Story { heading, lines: Vec::new() }),
                None => stories.last_mut().expect("a heading first").lines.push(line),
            }
        }
        stories
    }

    pub(super) fn suits(&self, network: Network) -> bool {
        let has = |word| self.lines.iter().any(|line| line.split(' ').any(|each| each == word));
        (network.has_mempool() || !has("seen")) && (network.needs_solidity() || !has("solid"))
    }

    /// Plays the story and returns where it went another way than written.
    pub(super) fn play(&self, network: Network) -> Vec<String> {
        let mut player = Player::new(network);
        let mut wrong = Vec::new();
        assert!(self.lines.last().is_some_and(|line| line.starts_with("=>")), "{}", self.heading);
        for line in &self.lines {
            let _reading = Reading(network, self.heading, line);
            let Some(expected) = line.strip_prefix("=> ") else {
                player.happens(line);
                continue;
            };
            let shown = player.shows();
            if shown != expected {
                let heading = self.heading;
                wrong.push(format!("[{heading}] {network}\n  want {expected}\n  have {shown}"));
            }
        }
        wrong
    }
}

/// The line being read; named if a law is broken there.
struct Reading<'t>(Network, &'t str, &'t str);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("on {} in [{}] at: {}", self.0, self.1, self.2);
        }
    }
}

/// Plays one story on one network.
struct Player {
    network: Network,
    stage: Stage,
    amounts: BTreeMap<PaymentId, Money>,
    /// Facts up to here have been shown.
    shown: usize,
    refused: Vec<String>,
}

impl Player {
    fn new(network: Network) -> Player {
        let stage = Stage::new(terms(network));
        Player { network, stage, amounts: BTreeMap::new(), shown: 1, refused: Vec::new() }
    }

    fn happens(&mut self, line: &str) {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if words[0].starts_with(['+', 'e']) {
            self.stage.clock = time(words.remove(0));
        }
        match words.as_slice() {
            ["asks", "for", amount] => self.asks_for(amount_of(self.network, amount)),
            ["wants", "everything"] => {
                self.stage = Stage::wanting(EventSet::everything(), terms(self.network));
            }
            ["tip", height] => self.grows(height, height),
            ["tip", height, "solid", solid] => self.grows(height, solid),
            ["scanned"] => self.told(Command::ScannedThrough { instant: self.stage.clock }),
            ["cancel"] => self.told(Command::Cancel),
            ["close"] => self.told(Command::Close { reason: "said so".into() }),
            ["mark", "paid", amount] => {
                let (credit, reason) = (amount_of(self.network, amount), "said so".into());
                let tip = Some(self.stage.tip);
                self.told(Command::MarkPaid { credit, reason, tip });
            }
            [name, doing @ ..] => self.pays(name, doing),
            [] => panic!("nothing happens in {line:?}"),
        }
        self.stage.settle();
    }

    /// Another amount than 100, with the same share of it as tolerance; a story's first line.
    fn asks_for(&mut self, due: Money) {
        let tolerance = Money::new(self.network, due.units() / 200).unwrap();
        self.stage = Stage::new(Opened { due, tolerance, ..terms(self.network) });
    }

    fn told(&mut self, command: Command) {
        if let Err(refusal) = self.stage.tell(&command) {
            self.refused.push(format!("{refusal:?}"));
        }
    }

    fn grows(&mut self, height: &str, solid: &str) {
        self.stage.tip = tip(height.parse().unwrap(), solid.parse().unwrap());
        self.stage.deepen();
    }

    fn pays(&mut self, name: &str, doing: &[&str]) {
        let (txid, index) = name.split_once('/').unwrap_or((name, "0"));
        let id = payment(self.network, txid, index.parse().unwrap());
        let doing = match doing {
            [amount, rest @ ..] if amount.starts_with(|first: char| first.is_ascii_digit()) => {
                self.amounts.insert(id, amount_of(self.network, amount));
                rest
            }
            all => all,
        };
        let amount = self.amounts.get(&id).copied();
        let observation = match doing {
            ["seen"] => Observation::Seen { amount: amount.unwrap() },
            ["vanished"] => Observation::Vanished,
            ["mined", "in", place] => self.mined(amount, block_of(place, self.stage.clock)),
            ["mined", "in", place, "stamped", at] => self.mined(amount, block_of(place, time(at))),
            ["unmined"] => self.unmined(self.stage.invoice.payment(id).unwrap().block().unwrap()),
            ["unmined", "from", place] => self.unmined(block_of(place, self.stage.clock)),
            other => panic!("{name} cannot do {other:?}"),
        };
        self.stage.observe(id, observation);
    }

    /// A block is read: the scanned tip is at least there.
    fn mined(&mut self, amount: Option<Money>, block: BlockRef) -> Observation {
        if self.stage.tip.height < block.height {
            self.stage.tip = tip(block.height, block.height);
        }
        Observation::Mined { amount: amount.unwrap(), block }
    }

    /// A block has left: the scan has gone back to below it.
    fn unmined(&mut self, block: BlockRef) -> Observation {
        self.stage.tip = tip(block.height - 1, block.height - 1);
        Observation::Unmined { block: block.hash }
    }

    /// All that the invoice shows, and what was told, booked and refused since the last time.
    fn shows(&mut self) -> String {
        let standing = standing(&self.stage.invoice);
        let figures = self.stage.invoice.figures(Some(&self.stage.tip));
        let mut text = format!("{} {}", standing.status, standing.detail.name());
        text += &format!("; paid {}; left {}", coins(figures.paid), coins(figures.remaining));
        text += &format!("; conf {}", figures.confirmations);
        let news = &self.stage.facts[self.shown..];
        let told: Vec<String> = news.iter().filter_map(told).collect();
        let booked: Vec<String> = news.iter().filter_map(booked).collect();
        let available = self.stage.ledger.balance(self.network).available;
        let balance = Money::new(self.network, u128::try_from(available).unwrap()).unwrap();
        if !told.is_empty() {
            text += &format!("; told {}", told.join(", "));
        }
        if !booked.is_empty() {
            text += &format!("; booked {}; balance {}", booked.join(", "), coins(balance));
        }
        if !self.refused.is_empty() {
            text += &format!("; refused {}", self.refused.join(", "));
        }
        self.shown = self.stage.facts.len();
        self.refused.clear();
        text
    }
}

/// The seed's events by what is queued; what was chosen by the invoice's own fact, which names the
/// payment. (That each is queued is a law.)
fn told(fact: &Fact) -> Option<String> {
    if let Fact::Invoice(_, InvoiceFact::Told { event, payment, .. }) = fact {
        let about = payment.map_or(String::new(), |payment| format!(" {}", name(payment)));
        return Some(format!("{}{about}", short(*event)));
    }
    let Fact::Delivery(_, DeliveryFact::Queued(queued)) = fact else { return None };
    EventSet::SEED.contains(queued.kind).then(|| short(queued.kind).to_owned())
}

fn short(event: EventKind) -> &'static str {
    event.name().trim_start_matches("payment_").trim_start_matches("invoice_")
}

fn booked(fact: &Fact) -> Option<String> {
    let Fact::Ledger(_, fact) = fact else { return None };
    match fact {
        LedgerFact::Credited { key, amount, .. } => {
            Some(format!("+{} {}", name(key.payment), coins(*amount)))
        }
        LedgerFact::Reversed { key, amount, .. } => {
            Some(format!("-{} {}", name(key.payment), coins(*amount)))
        }
        LedgerFact::CapitalGranted { amount, .. } => Some(format!("+grant {}", coins(*amount))),
        LedgerFact::WithdrawalsFrozen { .. } => Some("frozen".to_owned()),
        LedgerFact::ReversalOwed { .. } | LedgerFact::Held { .. } | LedgerFact::Released { .. } => {
            None
        }
    }
}

fn name(id: PaymentId) -> String {
    let text = String::from_utf8_lossy(&id.txid.0);
    let tx = text.trim_end_matches('\0');
    if id.index == 0 { tx.to_owned() } else { format!("{tx}/{}", id.index) }
}

fn tip(height: u64, solid: u64) -> Tip {
    Tip { height, hash: Hash32([0; 32]), solid_height: Some(solid) }
}

/// `100` is a block of the first chain, `100b` of a fork.
fn block_of(text: &str, time: Timestamp) -> BlockRef {
    let height = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let fork = text.as_bytes().last().filter(|byte| byte.is_ascii_alphabetic());
    block(height.parse().unwrap(), fork.copied().unwrap_or(b'a'), time)
}

/// `+5m` after the opening; `expiry`, `expiry+15m`, `expiry+24h+1ms`.
fn time(text: &str) -> Timestamp {
    let (mut at, spans) = match text.strip_prefix("expiry") {
        Some(spans) => (OPENED_AT.plus(Span::from_minutes(30)), spans),
        None => (OPENED_AT, text),
    };
    for span in spans.split('+').filter(|span| !span.is_empty()) {
        let digits = span.trim_end_matches(|last: char| last.is_ascii_alphabetic());
        let number: u64 = digits.parse().expect(text);
        at = at.plus(match &span[digits.len()..] {
            "ms" => Span::from_ms(number),
            "m" => Span::from_minutes(number),
            "h" => Span::from_hours(number),
            other => panic!("{other} is no unit of time"),
        });
    }
    at
}

/// `60`, `99.50`, `99.50-1u` (a base unit less), `100.50+1u` (one more).
fn amount_of(network: Network, text: &str) -> Money {
    let sign = text.find(['+', '-']).unwrap_or(text.len());
    let coins = Money::parse(network, &text[..sign]).unwrap().units();
    let units: i128 = text[sign..].trim_end_matches('u').parse().unwrap_or(0);
    Money::new(network, coins.checked_add_signed(units).unwrap()).unwrap()
}

/// The inverse of [`amount_of`].
fn coins(money: Money) -> String {
    let cent = cents(money.network(), 1).units();
    let whole = (money.units() + cent / 2) / cent;
    let rest = i128::try_from(money.units()).unwrap() - i128::try_from(whole * cent).unwrap();
    let text = match whole % 100 {
        0 => (whole / 100).to_string(),
        part => format!("{}.{part:02}", whole / 100),
    };
    if rest == 0 { text } else { format!("{text}{rest:+}u") }
}
