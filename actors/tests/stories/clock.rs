//! The clock: rings when the time has come, with one timer.

use crate::support::*;
use actix::prelude::*;
use cryptopayment_actors::clock::{Alarm, Clock, SystemClock, WakeMe};
use cryptopayment_actors::ports::TimeSource;
use parking_lot::Mutex;
use std::sync::Arc;

/// Writes down when it was woken.
struct Sleeper {
    clock: Arc<JumpingClock>,
    woken: Arc<Mutex<Vec<Timestamp>>>,
}

impl Actor for Sleeper {
    type Context = Context<Self>;
}

impl Handler<Alarm> for Sleeper {
    type Result = ();

    fn handle(&mut self, Alarm: Alarm, _: &mut Self::Context) {
        self.woken.lock().push(self.clock.now());
    }
}

#[test]
fn however_many_alarms_are_set_one_timer_runs_and_each_rings_once_in_its_time() {
    story(|_| async {
        let time = Arc::new(JumpingClock::new());
        let woken = Arc::new(Mutex::new(Vec::new()));
        let sleeper = Sleeper { clock: time.clone(), woken: woken.clone() }.start();
        let clock = Clock::new(time.clone()).start();
        let began = time.now();
        let wake = |at: Timestamp| clock.send(WakeMe { at, sleeper: sleeper.clone().recipient() });
        wake(began.plus(Span::from_hours(6))).await.unwrap();
        for minute in 1..=50 {
            // Earlier than the one that is set, again and again.
            wake(began.plus(Span::from_minutes(minute))).await.unwrap();
            wake(began.plus(Span::from_minutes(minute))).await.unwrap();
            a_moment(|| time.sleepers() == 1).await;
            assert_eq!(time.sleepers(), 1, "timers multiply");
            time.jump(Span::from_minutes(1));
            until("both have rung", || woken.lock().len() as u64 == minute * 2).await;
        }
        time.jump(Span::from_hours(5));
        a_while().await;
        assert_eq!(woken.lock().len(), 100, "an alarm rang before its time");
        time.jump(Span::from_hours(1));
        until("the last has rung", || woken.lock().len() == 101).await;
        for (ring, at) in woken.lock().iter().enumerate() {
            let minute = if ring == 100 { 360 } else { ring as u64 / 2 + 1 };
            assert!(*at >= began.plus(Span::from_minutes(minute)), "ring {ring}");
        }
        assert_eq!(time.sleepers(), 0);
    });
}

/// Gives what is about to happen anyway the chance to happen.
async fn a_moment(mut holds: impl FnMut() -> bool) {
    for _ in 0..200 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

#[test]
fn the_machines_clock_wakes_at_the_instant_and_at_once_where_it_has_passed() {
    story(|_| async {
        let began = SystemClock.now();
        let instant = began.plus(Span::from_ms(30));
        SystemClock.sleep_until(instant).await;
        assert!(SystemClock.now() >= instant);
        SystemClock.sleep_until(began).await;
        SystemClock.sleep_until(Timestamp::from_unix_ms(i64::MIN)).await;
    });
}
