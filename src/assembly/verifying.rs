//! Verifying: the journal read back and the books added up, from the start on and hourly.

use cryptopayment_http::Probe;
use cryptopayment_storage::{Store, Verified, Verifier};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often what is new is verified.
const EVERY: Duration = Duration::from_secs(3600);

/// Verifies on a thread of its own as long as the process lives, and answers what `/readyz` asks:
/// what does not hold, if anything.
pub fn start(store: &Store) -> Probe {
    let breach = Arc::new(Mutex::new(None));
    let (mut verifier, found) = (Verifier::of(store), Arc::clone(&breach));
    let thread = std::thread::Builder::new().name("verifier".to_owned());
    let started = thread.spawn(move || {
        loop {
            // Once something did not hold, it is said until a human has looked and restarted.
            if let Some(said) = verify(&mut verifier) {
                *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
            }
            std::thread::sleep(EVERY);
        }
    });
    if let Err(error) = started {
        tracing::error!(%error, "the books are not verified: no thread");
    }
    Arc::new(move || breach.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

fn verify(verifier: &mut Verifier) -> Option<String> {
    let said = match verifier.run() {
        Ok(Verified { through, findings }) if findings.is_empty() => {
            tracing::debug!(through, "the books hold");
            return None;
        }
        Ok(Verified { findings, .. }) => {
            let findings = findings.iter().map(ToString::to_string).collect::<Vec<_>>();
            findings.join("; ")
        }
        Err(error) => error.to_string(),
    };
    tracing::error!(said, "THE BOOKS DO NOT HOLD: stop, and run `cryptopayment audit`");
    Some(format!("ledger: {said}"))
}
