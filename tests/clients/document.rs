//! Examples, cut out of the API document's text and of our own pages while the test runs: what is
//! tested is what merchants copy. Only the host and the keys are replaced.

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

/// Where the examples that verify a webhook stand in `docs/api.md`, and on the page `/docs`.
const VERIFIERS: [(&str, &str); 3] = [("php", "PHP"), ("js", "Node.js"), ("python", "Python")];

/// The examples that verify a webhook, in PHP, Node.js and Python: of this page, which says the same as
/// `docs/api.md`.
pub fn our_verifiers(page: &str) -> Told<[String; 3]> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/api.md"))?;
    let mut found = [const { String::new() }; 3];
    for (place, (mark, heading)) in found.iter_mut().zip(VERIFIERS) {
        let start = format!("<h4>{heading}</h4><pre><code>");
        let on_page = between(page, &start, "</code></pre>")?;
        let on_page = on_page.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        let on_page = on_page.replace("&amp;", "&");
        let in_text = between(&text, &format!("```{mark}\n"), "\n```")?;
        assert_eq!(in_text, on_page, "docs/api.md and /docs say the same in {heading}");
        *place = on_page;
    }
    Ok(found)
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Told<&'t str> {
    let found = text.split_once(start).and_then(|(_, rest)| rest.split_once(end));
    found.map(|(inside, _)| inside).ok_or_else(|| Failure::new(format!("there is no {start:?}")))
}
