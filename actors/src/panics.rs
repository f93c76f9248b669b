//! What a panic said, and what becomes of it: a line in the log, a count, an answer that is none.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The message of a caught panic.
pub fn reason(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without words")
}

/// Runs a part of an actor's work that others' code may break (the views' store panics where its
/// files are damaged). None when it panicked: the actor goes on with the state it has.
pub fn survive<R>(
    actor: &'static str,
    handler: &'static str,
    run: impl FnOnce() -> R,
) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(done) => Some(done),
        Err(panic) => {
            let reason = reason(panic.as_ref());
            tracing::error!(actor, handler, reason, "a handler panicked");
            metrics::counter!("actor_restarts_total", "actor" => actor).increment(1);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_panics_is_survived_and_its_words_are_kept() {
        assert_eq!(survive("test", "well", || 7), Some(7));
        assert_eq!(survive("test", "badly", || -> u8 { panic!("with {} words", 3) }), None);
        let rows: [(Box<dyn Any + Send>, &str); 3] = [
            (Box::new("plain"), "plain"),
            (Box::new("owned".to_owned()), "owned"),
            (Box::new(7), "a panic without words"),
        ];
        for (panic, words) in rows {
            assert_eq!(reason(panic.as_ref()), words);
        }
    }
}
