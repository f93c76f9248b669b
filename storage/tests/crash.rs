//! A real process, killed with SIGKILL under load, again and again.
//!
//! The child tells a story to a store and prints what was acknowledged; it is killed at a moment
//! that the seed chooses, sometimes while it recovers from the kill before. Then nothing acknowledged
//! may be missing, nothing may be there that the story does not tell, and the views must be what
//! the facts make. A sample runs with every test; `CRASH_CYCLES=1000` runs as many as one likes.
#![expect(clippy::unwrap_used, reason = "in a test a step that fails is the failure")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use cryptopayment_domain::fact::Fact;
use cryptopayment_storage::disk::RealDisk;
use cryptopayment_storage::testing::Story;
use cryptopayment_storage::{Progress, Seq, Store, StoreConfig, audit, read_facts, rebuild};

/// Where the child lives, if this process is the child.
const FOLDER: &str = "CRASH_FOLDER";
/// Which story it tells.
const SEED: &str = "CRASH_SEED";
/// Commits that the child has under way at once.
const UNDER_WAY: usize = 64;
/// Kills that one data folder lives through.
const KILLS_PER_FOLDER: u64 = 40;

fn config(dir: &Path) -> StoreConfig {
    StoreConfig { segment_bytes: 4 << 20, min_free_bytes: 0, ..StoreConfig::new(dir) }
}

/// The child's life. Without a folder to live in this is no child, and nothing happens.
#[test]
fn the_child_tells_its_story_until_it_is_killed() {
    let (Ok(folder), Ok(seed)) = (std::env::var(FOLDER), std::env::var(SEED)) else { return };
    let store = Store::open(config(Path::new(&folder)), |_| {}).unwrap();
    let mut out = std::io::stdout().lock();
    let known = store.durable_seq();
    writeln!(out, "durable {known}").unwrap();
    let (mut story, mut told) = (Story::of(seed.parse().unwrap()), 0);
    let mut tickets = VecDeque::new();
    loop {
        let facts = story.next_commit();
        told += facts.len() as u64;
        // A commit lies in the journal whole or not at all: what is known is not told again.
        if told <= known {
            continue;
        }
        let ticket = store.append(facts);
        assert_eq!(ticket.last, told);
        tickets.push_back(ticket);
        if tickets.len() >= UNDER_WAY {
            let ticket = tickets.pop_front().unwrap();
            let last = ticket.last;
            ticket.wait();
            writeln!(out, "durable {last}").unwrap();
        }
    }
}

fn child(dir: &Path, seed: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_child_tells_its_story_until_it_is_killed", "--nocapture"])
        .env(FOLDER, dir)
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// When a child is killed.
enum Moment {
    /// So soon after its birth: while it starts and recovers, mostly.
    After(Duration),
    /// Once it has acknowledged so many facts more than it found.
    Acknowledged(Seq),
}

impl Moment {
    fn by(chance: u64) -> Self {
        match chance % 4 {
            0 => Self::After(Duration::from_millis(chance % 60)),
            _ => Self::Acknowledged(chance % 700),
        }
    }

    /// Returns when the child is to be killed.
    fn wait(&self, durable: &Receiver<Seq>) -> Seq {
        match self {
            Self::After(time) => durable.recv_timeout(*time).unwrap_or(0),
            Self::Acknowledged(facts) => {
                let found = durable.recv().unwrap_or(0);
                durable.iter().find(|seq| *seq >= found + facts).unwrap_or(found)
            }
        }
    }
}

/// Lets a child live until its moment and kills it; answers what it acknowledged last.
fn live_and_die(dir: &Path, seed: u64, chance: u64) -> Seq {
    let mut child = child(dir, seed);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (said, durable) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let lines = lines.map_while(Result::ok);
        let seqs = lines.filter_map(|line| line.strip_prefix("durable ")?.parse::<Seq>().ok());
        seqs.for_each(|seq| said.send(seq).unwrap());
    });
    let mut last = Moment::by(chance).wait(&durable);
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it died counts, heard or not.
    last = durable.iter().last().unwrap_or(last);
    reader.join().unwrap();
    last
}

/// The story's facts, one by one, as far as they were compared.
struct Told {
    story: Story,
    facts: VecDeque<Fact>,
    compared: Seq,
}

impl Told {
    fn by(seed: u64) -> Self {
        Self { story: Story::of(seed), facts: VecDeque::new(), compared: 0 }
    }

    /// The journal must go on exactly as the story does, up to `through`.
    fn compare(&mut self, dir: &Path, through: Seq) {
        let journal = dir.join("journal");
        let facts = read_facts(Arc::new(RealDisk), &journal, self.compared + 1, through).unwrap();
        for fact in facts {
            let (seq, fact) = fact.unwrap();
            if self.facts.is_empty() {
                self.facts.extend(self.story.next_commit());
            }
            assert_eq!(seq, self.compared + 1);
            assert_eq!(Some(fact), self.facts.pop_front());
            self.compared = seq;
        }
        assert_eq!(self.compared, through);
        assert!(self.facts.is_empty(), "a commit was split");
    }
}

#[test]
fn in_any_number_of_kills_no_acknowledged_fact_is_lost_and_the_views_agree() {
    let cycles = std::env::var("CRASH_CYCLES").ok().and_then(|count| count.parse().ok());
    let cycles: u64 = cycles.unwrap_or(8);
    let (mut acknowledged_in_all, mut rebuilt) = (0, 0);
    for folder in 0..cycles.div_ceil(KILLS_PER_FOLDER) {
        let dir = tempfile::tempdir().unwrap();
        let mut told = Told::by(folder);
        for kill in 0..KILLS_PER_FOLDER.min(cycles - folder * KILLS_PER_FOLDER) {
            let chance = (folder * 977 + kill + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            let acknowledged = live_and_die(dir.path(), folder, chance);
            let store = Store::open(config(dir.path()), |progress| {
                rebuilt += u64::from(matches!(progress, Progress::ViewsSetAside { .. }));
            });
            let store = store.unwrap();
            let found = store.durable_seq();
            assert!(found >= acknowledged, "{found} of {acknowledged} after kill {kill}");
            assert_eq!(store.check_sums().unwrap(), []);
            assert!(store.views().contradictions(1).unwrap().is_empty());
            store.close().unwrap();
            told.compare(dir.path(), found);
            acknowledged_in_all = acknowledged_in_all.max(acknowledged);
        }
        let report = audit(&config(dir.path()), |_| {}).unwrap();
        assert!(report.is_clean(), "{:?}", report.findings);
        rebuild(&config(dir.path()), |_| {}).unwrap();
        let again = audit(&config(dir.path()), |_| {}).unwrap();
        assert!(again.is_clean() && again.hash == report.hash, "{:?}", again.findings);
    }
    assert!(acknowledged_in_all > 0, "the children never got to work");
    println!("{cycles} kills, views rebuilt {rebuilt} times");
}
