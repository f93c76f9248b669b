//! Waiting for a condition, with a deadline and a failure that says what was last seen.

use crate::failure::{Failure, Told};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long anything may take before it counts as never: generous, because a loaded machine is
/// slow, and free, because waiting ends with the condition.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// What one look at a condition found.
pub enum Look<T> {
    /// It holds.
    There(T),
    /// It doesn't hold yet; the text says what was seen instead.
    NotYet(String),
}

impl<T> Look<T> {
    /// There if `held`, else not yet, because of `seen`.
    pub fn when(held: bool, found: T, seen: impl FnOnce() -> String) -> Self {
        if held { Self::There(found) } else { Self::NotYet(seen()) }
    }
}

/// Looks until `look` finds what it wants. A failing look counts as "not yet": whoever is being
/// waited for may just be starting.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Told<Look<T>>) -> Told<T> {
    within(PATIENCE, what, look).await
}

/// [`until`], with another deadline.
pub async fn within<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Told<Look<T>>,
) -> Told<T> {
    let deadline = Instant::now() + patience;
    loop {
        let seen = match look().await {
            Ok(Look::There(found)) => return Ok(found),
            Ok(Look::NotYet(seen)) => seen,
            Err(failure) => failure.to_string(),
        };
        if Instant::now() >= deadline {
            let seconds = patience.as_secs();
            return Err(Failure::new(format!("not within {seconds} s: {what}; last seen: {seen}")));
        }
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_never_comes_is_named_with_what_was_seen_instead() {
        let waited =
            within(Duration::ZERO, "the tide", async || Ok(Look::<()>::NotYet("sand".to_owned())));
        let Err(failure) = waited.await else { panic!("the tide came") };
        assert_eq!(failure.to_string(), "not within 0 s: the tide; last seen: sand");
    }
}
