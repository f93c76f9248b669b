//! Those who judge our signatures: libraries of Standard Webhooks that nobody here wrote, the
//! verifiers of our own documentation, and the API document's.

use crate::document::{Document, our_verifiers};
use crate::php::PhpServer;
use cryptopayment_test_support::gateway::Gateway;
use cryptopayment_test_support::nodes::program::find;
use cryptopayment_test_support::process::tied_to_this_test;
use cryptopayment_test_support::receiver::Delivery;
use cryptopayment_test_support::wire::{exchange, request};
use cryptopayment_test_support::{Failure, Told};
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use tempfile::TempDir;

const LIBRARY_PY: &str = include_str!("judges/library.py");
const LIBRARY_MJS: &str = include_str!("judges/library.mjs");
const PAGE_PY: &str = include_str!("judges/page.py");
const PAGE_MJS: &str = include_str!("judges/page.mjs");

/// A delivery and the secret that it is judged with; an empty header is one that did not come.
pub struct Case<'c> {
    /// `whsec_…`
    pub secret: &'c str,
    /// As it came, or as a forger made it.
    pub delivery: Delivery,
}

/// Which of the two signatures somebody looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// The one in the headers.
    AtHeaders,
    /// The one in the body.
    AtBody,
}

/// Somebody who judges.
pub struct Judge {
    /// Who.
    pub name: &'static str,
    /// At what.
    pub looks: Looks,
    way: Way,
}

enum Way {
    /// A program in a folder of its own that reads cases and writes verdicts.
    Program { command: Vec<std::ffi::OsString>, _folder: TempDir },
    /// A shop in PHP that lets requests through, or not.
    Shop(PhpServer),
}

impl Judge {
    /// All that this machine has the languages for.
    pub async fn all(gateway: &Gateway) -> Told<Vec<Self>> {
        let [php, node, python] = our_verifiers(&gateway.get("/docs").await?.text())?;
        let mut judges = Vec::new();
        if let Some(program) = find("python", "CRYPTOPAYMENT_TEST_PYTHON")? {
            judges.push(Self::program("PyPI", &program, "judge.py", LIBRARY_PY, None)?);
            let ours = format!("{python}\n\n{PAGE_PY}");
            judges.push(Self::program("our Python", &program, "judge.py", &ours, None)?);
        }
        if let Some(program) = find("nodejs", "CRYPTOPAYMENT_TEST_NODE")? {
            if let Some(modules) = find("playwright", "CRYPTOPAYMENT_TEST_NODE_MODULES")? {
                let modules = Some(modules.as_path());
                judges.push(Self::program("npm", &program, "judge.mjs", LIBRARY_MJS, modules)?);
            }
            let ours = format!("{node}\n\n{PAGE_MJS}");
            judges.push(Self::program("our Node.js", &program, "judge.mjs", &ours, None)?);
        }
        if let Some(program) = find("php-cli", "CRYPTOPAYMENT_TEST_PHP")? {
            let ours = format!("<?php\n$appSecret = $_SERVER['HTTP_X_SECRET'];\n{php}");
            let way = Way::Shop(PhpServer::start(&program, &ours).await?);
            judges.push(Self { name: "our PHP", looks: Looks::AtHeaders, way });
            let way = Way::Shop(PhpServer::start(&program, &the_documents_shop()?).await?);
            judges.push(Self { name: "the document's PHP", looks: Looks::AtBody, way });
        }
        Ok(judges)
    }

    fn program(
        name: &'static str,
        program: &Path,
        file: &str,
        code: &str,
        argument: Option<&Path>,
    ) -> Told<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join(file);
        std::fs::write(&file, code)?;
        let mut command = vec![program.into(), file.into_os_string()];
        command.extend(argument.map(|argument| argument.as_os_str().to_owned()));
        let way = Way::Program { command, _folder: folder };
        Ok(Self { name, looks: Looks::AtHeaders, way })
    }

    /// Whether each case is accepted.
    pub async fn accepts(&self, cases: &[Case<'_>]) -> Told<Vec<bool>> {
        match &self.way {
            Way::Program { command, _folder } => run(command, _folder.path(), cases),
            Way::Shop(shop) => {
                let mut verdicts = Vec::new();
                for case in cases {
                    verdicts.push(visit(shop, case).await?);
                }
                Ok(verdicts)
            }
        }
    }
}

/// The document's verifier, and a shop's few lines before it.
fn the_documents_shop() -> Told<String> {
    let document = Document::read()?;
    let verifier = document.section("Verify Webhook Signature", Some("PHP Example"))?;
    Ok(format!(
        "<?php
define('YOUR_APP_SECRET', $_SERVER['HTTP_X_SECRET']);
$body = json_decode(file_get_contents('php://input'), true);
$invoiceId = $body['invoice_id'];
$event = $body['event'];
$receivedSignature = $body['signature'];
{verifier}"
    ))
}

fn run(command: &[std::ffi::OsString], folder: &Path, cases: &[Case<'_>]) -> Told<Vec<bool>> {
    let mut lines = String::new();
    for Case { secret, delivery } in cases {
        let header = |name| delivery.header(name);
        let (id, at) = (header("webhook-id")?, header("webhook-timestamp")?);
        let signature = header("webhook-signature")?;
        let body = std::str::from_utf8(&delivery.request.body)?;
        writeln!(lines, "{secret}\t{id}\t{at}\t{signature}\t{body}")?;
    }
    let input = folder.join("cases");
    std::fs::write(&input, lines)?;
    let Some((program, arguments)) = command.split_first() else { return Ok(Vec::new()) };
    let ended =
        tied_to_this_test(program.as_ref()).args(arguments).stdin(File::open(&input)?).output()?;
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    if !ended.status.success() || said.lines().count() != cases.len() {
        let complaint = String::from_utf8_lossy(&ended.stderr);
        return Err(Failure::new(format!("{said}{complaint}")));
    }
    Ok(said.lines().map(|line| line == "accepted").collect())
}

async fn visit(shop: &PhpServer, Case { secret, delivery }: &Case<'_>) -> Told<bool> {
    let mut headers = vec![("X-Secret", *secret), ("Connection", "close")];
    for name in ["content-type", "webhook-id", "webhook-timestamp", "webhook-signature"] {
        let value = delivery.header(name)?;
        headers.extend((!value.is_empty()).then_some((name, value)));
    }
    let bytes = request("POST", "/webhook", &headers, &delivery.request.body);
    let answer = exchange(shop.address(), &bytes).await?;
    match answer.status {
        200 => Ok(true),
        401 => Ok(false),
        status => Err(Failure::new(format!("the shop answered {status}: {}", answer.text()))),
    }
}
