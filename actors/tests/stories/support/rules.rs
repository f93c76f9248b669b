//! Rules of invoices that break for chosen commands.

use cryptopayment_actors::house::InvoiceRules;
use cryptopayment_domain::invoice::{self, Command, Invoice};
use parking_lot::Mutex;
use std::sync::Arc;

type Breaks = dyn Fn(&Invoice, &Command) -> bool + Send;

/// `domain::invoice::decide`, but where a test wants it to panic.
#[derive(Clone, Default)]
pub struct BreakingRules {
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    breaks: Option<Box<Breaks>>,
    times_left: u32,
    panics: u32,
}

impl BreakingRules {
    /// From now on every command that `breaks` panics, so many times.
    pub fn break_on(
        &self,
        times: u32,
        breaks: impl Fn(&Invoice, &Command) -> bool + Send + 'static,
    ) {
        let mut script = self.script.lock();
        script.breaks = Some(Box::new(breaks));
        script.times_left = times;
    }

    /// From now on nothing breaks.
    pub fn mend(&self) {
        self.script.lock().breaks = None;
    }

    /// How often it has panicked.
    pub fn panics(&self) -> u32 {
        self.script.lock().panics
    }

    /// The rules to hand to the engine.
    pub fn rules(&self) -> Arc<InvoiceRules> {
        let script = self.script.clone();
        Arc::new(move |invoice, command, events, at| {
            let breaks = {
                let mut script = script.lock();
                let chosen = script.breaks.as_ref().is_some_and(|breaks| breaks(invoice, command));
                let breaks = chosen && script.times_left > 0;
                if breaks {
                    script.times_left -= 1;
                    script.panics += 1;
                }
                breaks
            };
            assert!(!breaks, "the rules break here because the story says so");
            invoice::decide(invoice, command, events, at)
        })
    }
}
