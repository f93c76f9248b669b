//! `config check`: connects to everything the configuration names and says what it found.

mod networks;
mod places;
mod prices;

use crate::cli::CheckArgs;
use crate::config;
use crate::failure::Failure;

/// How one thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// As it should be.
    Well,
    /// The gateway would start; look at it all the same.
    Look,
    /// The gateway would not start, or would not work.
    Wrong,
}

/// One thing that was looked at.
struct Finding {
    /// The key of the configuration, or what it is about.
    subject: String,
    verdict: Verdict,
    /// What was found, with the next step where it is wrong. Never a secret.
    said: String,
}

impl Finding {
    fn well(subject: &str, said: impl Into<String>) -> Finding {
        Finding { subject: subject.to_owned(), verdict: Verdict::Well, said: said.into() }
    }

    fn look(subject: &str, said: impl Into<String>) -> Finding {
        Finding { subject: subject.to_owned(), verdict: Verdict::Look, said: said.into() }
    }

    fn wrong(subject: &str, said: impl Into<String>) -> Finding {
        Finding { subject: subject.to_owned(), verdict: Verdict::Wrong, said: said.into() }
    }
}

/// Looks at everything, changes nothing.
///
/// # Errors
/// When something is wrong, or the configuration cannot be read at all.
pub fn run(args: &CheckArgs) -> Result<(), Failure> {
    let settings = config::settings(args.place.config.as_deref())?;
    let mut findings = places::data_dir(&settings);
    findings.extend(places::wallet(&settings));
    findings.extend(places::http(&settings));
    findings.extend(places::webhooks(&settings));
    let system = actix::System::new();
    findings.extend(system.block_on(networks::check(&settings)));
    findings.extend(system.block_on(prices::check(&settings)));
    let wrong = findings.iter().filter(|finding| finding.verdict == Verdict::Wrong).count();
    if args.json {
        let rows = findings.iter().map(|Finding { subject, verdict, said }| {
            serde_json::json!({ "subject": subject, "verdict": word(*verdict), "said": said })
        });
        let rows: Vec<_> = rows.collect();
        say!("{}", serde_json::json!({ "well": wrong == 0, "findings": rows }));
    } else {
        let width = findings.iter().map(|finding| finding.subject.len()).max().unwrap_or(0);
        for Finding { subject, verdict, said } in &findings {
            say!("{:5}  {subject:width$}  {said}", word(*verdict));
        }
    }
    match wrong {
        0 => Ok(()),
        1 => Err(Failure::new("one thing is wrong; the line says what to do")),
        wrong => Err(Failure::new(format!("{wrong} things are wrong; the lines say what to do"))),
    }
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Well => "well",
        Verdict::Look => "look",
        Verdict::Wrong => "WRONG",
    }
}
