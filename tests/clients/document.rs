//! The API document's examples, cut out of its text while the test runs: what is tested is what
//! merchants copy. Only the host and the keys are replaced.

use cryptopayment_test_support::gateway::Merchant;
use cryptopayment_test_support::{Failure, Told};

/// The host in every example.
const HOST: &str = "https://cryptopayment.center";

/// The document, read from the repository.
pub struct Document(String);

impl Document {
    /// Reads it.
    pub fn read() -> Told<Self> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/seed-api.txt");
        Ok(Self(std::fs::read_to_string(path)?))
    }

    /// What stands between the line `heading` and the line `next` (or the end), to the letter.
    pub fn section(&self, heading: &str, next: Option<&str>) -> Told<&str> {
        let missing = |line: &str| Failure::new(format!("the document has no line `{line}`"));
        let start = format!("\n{heading}\n");
        let (_, rest) = self.0.split_once(&start).ok_or_else(|| missing(heading))?;
        let Some(next) = next else { return Ok(rest) };
        let end = rest.find(&format!("\n{next}\n")).ok_or_else(|| missing(next))?;
        Ok(&rest[..end])
    }

    /// The example under `heading`, with this gateway and these keys in place of the document's.
    pub fn example(&self, heading: &str, next: Option<&str>, shop: &Merchant) -> Told<String> {
        let mut code = self.section(heading, next)?.to_owned();
        let base_url = format!("http://{}", shop.address);
        for (theirs, ours) in [
            (HOST, base_url.as_str()),
            ("pk_your_key", &shop.key),
            ("sk_your_secret", &shop.secret),
        ] {
            if !code.contains(theirs) {
                return Err(Failure::new(format!("`{theirs}` is not in {heading}: {code}")));
            }
            code = code.replace(theirs, ours);
        }
        Ok(code)
    }
}
