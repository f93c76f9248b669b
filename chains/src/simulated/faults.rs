//! How a simulated node misbehaves when told to: what real ones do on their bad days, as switches.
//!
//! Faults change what the node answers, never its chain, and are forgotten at a restart.

use std::time::Duration;

/// One way of answering badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Takes the question and never answers.
    Hangs,
    /// Answers after this time.
    Slow(Duration),
    /// The connection is refused.
    Unreachable,
    /// "Too many requests".
    RateLimited,
    /// Something that is no answer: cut JSON, an HTML page.
    Garbage,
    /// "Still starting".
    Starting,
    /// Knows no block above this height, as a node does that no longer hears of new ones.
    Stalled {
        /// The newest height it knows.
        height: u64,
    },
    /// Lags this many blocks behind.
    Behind {
        /// How many.
        blocks: u64,
    },
    /// Names a parent that is not the block before.
    WrongParent,
    /// Answers the block below the one asked for.
    OtherBlock,
    /// Leaves the last transaction of a block out.
    CutBlock,
    /// Is on another chain.
    OtherChain,
}

/// The switches that are on.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    on: Vec<Fault>,
}

impl Faults {
    pub(super) fn set(&mut self, faults: &[Fault]) {
        self.on = faults.to_vec();
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.on.contains(&fault)
    }

    /// How long an answer takes; `None` when it never comes.
    pub(super) fn delay(&self) -> Option<Duration> {
        self.on.iter().try_fold(Duration::ZERO, |longest, fault| match fault {
            Fault::Hangs => None,
            Fault::Slow(delay) => Some(longest.max(*delay)),
            Fault::Unreachable
            | Fault::RateLimited
            | Fault::Garbage
            | Fault::Starting
            | Fault::Stalled { .. }
            | Fault::Behind { .. }
            | Fault::WrongParent
            | Fault::OtherBlock
            | Fault::CutBlock
            | Fault::OtherChain => Some(longest),
        })
    }

    /// The newest height the node knows of, when the chain's is `tip`.
    pub(super) fn visible_height(&self, tip: u64) -> u64 {
        self.on.iter().fold(tip, |visible, fault| match fault {
            Fault::Stalled { height } => visible.min(*height),
            Fault::Behind { blocks } => visible.min(tip.saturating_sub(*blocks)),
            Fault::Hangs
            | Fault::Slow(_)
            | Fault::Unreachable
            | Fault::RateLimited
            | Fault::Garbage
            | Fault::Starting
            | Fault::WrongParent
            | Fault::OtherBlock
            | Fault::CutBlock
            | Fault::OtherChain => visible,
        })
    }
}
