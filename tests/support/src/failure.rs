//! An error that a person reads in a test's output: what went wrong, and where in the test.

use std::fmt;
use std::panic::Location;

/// What every step of a test answers.
pub type Told<T> = Result<T, Failure>;

/// One sentence and the place it was said. Deliberately not a `std::error::Error`, so that every
/// error converts into it with `?`.
pub struct Failure {
    sentence: String,
    place: &'static Location<'static>,
}

impl Failure {
    /// A failure that says `sentence`.
    #[track_caller]
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), place: Location::caller() }
    }

    /// The same failure, with what was being done put before it.
    #[must_use]
    pub fn while_doing(mut self, what: &str) -> Self {
        self.sentence = format!("{what}: {}", self.sentence);
        self
    }
}

impl<E: std::error::Error> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        Self { sentence: error.to_string(), place: Location::caller() }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  at {}", self.sentence, self.place)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
