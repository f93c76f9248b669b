//! Clock: wakes whoever asked at an instant. The only place that asks the wall clock.

use crate::ports::TimeSource;
use actix::prelude::*;
use async_trait::async_trait;
use cryptopayment_domain::time::{Span, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl TimeSource for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one file that asks the wall clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_unix_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep_until(&self, instant: Timestamp) {
        // Long sleeps are cut, so that a clock that was set wakes late sleepers soon.
        loop {
            let left = instant.since(self.now());
            if left == Span::from_ms(0) {
                return;
            }
            tokio::time::sleep(left.min(Span::from_s(30)).as_duration()).await;
        }
    }
}

/// What a sleeper is told when its instant has come.
#[derive(Message, Clone, Copy, Debug)]
#[rtype(result = "()")]
pub struct Alarm;

/// Asks to be told [`Alarm`] at an instant. Alarms are not kept over a restart: whoever needs one
/// finds what is due in the views.
#[derive(Message)]
#[rtype(result = "()")]
pub struct WakeMe {
    /// When.
    pub at: Timestamp,
    /// Whom.
    pub sleeper: Recipient<Alarm>,
}

/// One per process.
pub struct Clock {
    time: Arc<dyn TimeSource>,
    alarms: BTreeMap<(Timestamp, u64), Recipient<Alarm>>,
    asked: u64,
    /// The one timer that runs, and the instant of the earliest alarm for which it runs.
    timer: Option<(Timestamp, SpawnHandle)>,
}

impl Clock {
    /// A clock on this source of time.
    pub fn new(time: Arc<dyn TimeSource>) -> Clock {
        Clock { time, alarms: BTreeMap::new(), asked: 0, timer: None }
    }

    fn ring(&mut self, ctx: &mut Context<Self>) {
        let now = self.time.now();
        while let Some(entry) = self.alarms.first_entry().filter(|entry| entry.key().0 <= now) {
            // A full mailbox has work to wake up to anyway.
            let _ = entry.remove().try_send(Alarm);
        }
        self.set_timer(ctx);
    }

    fn set_timer(&mut self, ctx: &mut Context<Self>) {
        let Some((next, _)) = self.alarms.keys().next().copied() else { return };
        match self.timer {
            Some((set, _)) if set <= next => return,
            // An earlier alarm takes the timer over: two would ring for ever after.
            Some((_, later)) => {
                ctx.cancel_future(later);
            }
            None => {}
        }
        let time = self.time.clone();
        let sleep = async move { time.sleep_until(next).await };
        let timer = ctx.spawn(sleep.into_actor(self).map(|(), clock, ctx| {
            clock.timer = None;
            clock.ring(ctx);
        }));
        self.timer = Some((next, timer));
    }
}

impl Actor for Clock {
    type Context = Context<Self>;
}

impl Handler<WakeMe> for Clock {
    type Result = ();

    fn handle(&mut self, WakeMe { at, sleeper }: WakeMe, ctx: &mut Context<Self>) {
        self.asked = self.asked.wrapping_add(1);
        self.alarms.insert((at, self.asked), sleeper);
        self.set_timer(ctx);
    }
}
