//! Where all chance in the tests comes from: one number, printed, so that a run can be repeated.

use rand::SeedableRng;
use rand::rngs::StdRng;
use std::sync::OnceLock;

/// The variable that fixes the seed; `tests/run` always sets it.
pub const VARIABLE: &str = "CRYPTOPAYMENT_TEST_SEED";

/// The seed of this run: taken from [`VARIABLE`], else random; printed once.
pub fn of_this_run() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| {
        let given = std::env::var(VARIABLE).ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(rand::random);
        eprintln!("seed: {seed} (again with {VARIABLE}={seed})");
        seed
    })
}

/// A generator of its own for the test called `story`: tests don't disturb each other's draws.
pub fn chance_for(story: &str) -> StdRng {
    let salt = story.bytes().fold(0_u64, |sum, byte| sum.rotate_left(7) ^ u64::from(byte));
    StdRng::seed_from_u64(of_this_run() ^ salt)
}
