//! A clock that runs, and jumps when told to.

use async_trait::async_trait;
use cryptopayment_actors::ports::TimeSource;
use cryptopayment_domain::time::{Span, Timestamp};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Real time from a fixed beginning, and what was jumped over.
pub struct JumpingClock {
    began: Instant,
    jumped: watch::Sender<Span>,
    sleepers: AtomicUsize,
}

impl JumpingClock {
    /// The instant at which every story begins.
    pub const BEGINNING: Timestamp = Timestamp::from_unix_s(1_700_000_000);

    pub fn new() -> JumpingClock {
        let (jumped, _) = watch::channel(Span::from_ms(0));
        JumpingClock { began: Instant::now(), jumped, sleepers: AtomicUsize::new(0) }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap();
        JumpingClock::BEGINNING.plus(Span::from_ms(elapsed)).plus(*self.jumped.borrow())
    }

    /// Lets so much time pass at once; whoever sleeps shorter wakes.
    pub fn jump(&self, span: Span) {
        self.jumped.send_modify(|jumped| {
            *jumped = Span::from_ms(jumped.ms().unsigned_abs() + span.ms().unsigned_abs());
        });
    }

    /// How many sleep now.
    pub fn sleepers(&self) -> usize {
        self.sleepers.load(Ordering::SeqCst)
    }
}

/// Counts a sleeper for as long as it sleeps, however it ends.
struct Asleep<'c>(&'c AtomicUsize);

impl<'c> Asleep<'c> {
    fn on(count: &'c AtomicUsize) -> Asleep<'c> {
        count.fetch_add(1, Ordering::SeqCst);
        Asleep(count)
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl TimeSource for JumpingClock {
    fn now(&self) -> Timestamp {
        JumpingClock::now(self)
    }

    async fn sleep_until(&self, instant: Timestamp) {
        let _asleep = Asleep::on(&self.sleepers);
        let mut jumps = self.jumped.subscribe();
        loop {
            let left = instant.since(self.now());
            if left == Span::from_ms(0) {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left.as_duration().min(Duration::from_secs(3600))) => {}
                jumped = jumps.changed() => jumped.unwrap(),
            }
        }
    }
}
