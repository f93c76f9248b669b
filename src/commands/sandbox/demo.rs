//! The demo merchant and the admin of a sandbox, and the word of welcome.

use crate::failure::Failure;
use cryptopayment_actors::gateway::{Gateway, Unwilling};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the first scan of the simulated networks is waited for before the welcome.
const OPEN_WITHIN: Duration = Duration::from_secs(20);

/// `sandbox.json`: everything that somebody who tries the gateway needs.
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct SandboxFile {
    /// Where the gateway answers.
    pub base_url: String,
    /// Public half of the demo merchant's API key.
    pub api_key: String,
    /// Secret half.
    pub api_secret: String,
    /// Keys the signatures of webhooks.
    pub app_secret: String,
    /// The demo merchant.
    pub merchant: Person,
    /// The admin.
    pub admin: Person,
}

/// Somebody with a password.
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct Person {
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
}

/// Makes the demo merchant and the admin on a new folder; on a known one only the address is new.
///
/// # Errors
/// When they cannot be made or the file cannot be written.
pub async fn introduce(
    gateway: &Gateway,
    data_dir: &Path,
    base_url: &str,
) -> Result<SandboxFile, Failure> {
    let path = data_dir.join("sandbox.json");
    let file = match std::fs::read_to_string(&path) {
        Ok(text) => {
            let known: SandboxFile = serde_json::from_str(&text).map_err(|error| {
                Failure::at(&path, format!("{error}; delete it to make a new demo merchant"))
            })?;
            SandboxFile { base_url: base_url.to_owned(), ..known }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            make(gateway, base_url).await?
        }
        Err(error) => return Err(Failure::at(&path, error)),
    };
    write(&path, &file).map_err(|error| Failure::at(&path, error))?;
    Ok(file)
}

async fn make(gateway: &Gateway, base_url: &str) -> Result<SandboxFile, Failure> {
    let mut merchant = person("merchant");
    let mut admin = person("admin");
    // A kill before the file was written leaves accounts whose secrets nobody knows: the next ones
    // get other addresses.
    let new = loop {
        let password = Some(merchant.password.as_str());
        match gateway.register_merchant(&merchant.email, password, None, true).await {
            Ok(new) => break new,
            Err(Unwilling::EmailTaken) => merchant.email = another("merchant"),
            Err(error) => return Err(Failure::new(error)),
        }
    };
    loop {
        match gateway.register_admin(&admin.email, &admin.password).await {
            Ok(()) => break,
            Err(Unwilling::EmailTaken) => admin.email = another("admin"),
            Err(error) => return Err(Failure::new(error)),
        }
    }
    Ok(SandboxFile {
        base_url: base_url.to_owned(),
        api_key: new.api_key,
        api_secret: new.api_secret,
        app_secret: new.app_secret,
        merchant,
        admin,
    })
}

fn person(name: &str) -> Person {
    let password = (0..3).map(|_| format!("{:08x}", rand::random::<u32>())).collect::<Vec<_>>();
    Person { email: format!("{name}@sandbox.invalid"), password: password.join("-") }
}

fn another(name: &str) -> String {
    format!("{name}-{:08x}@sandbox.invalid", rand::random::<u32>())
}

/// Whole or not at all, and for the owner's eyes only.
fn write(path: &Path, file: &SandboxFile) -> std::io::Result<()> {
    let beside: PathBuf = path.with_extension("json.new");
    let mut options = std::fs::OpenOptions::new();
    let mut out = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    out.write_all(serde_json::to_string_pretty(file)?.as_bytes())?;
    out.write_all(b"\n")?;
    out.sync_all()?;
    std::fs::rename(&beside, path)
}

/// Waits until every network takes invoices, so that what the welcome says to try works.
pub async fn wait_until_open(gateway: &Gateway) {
    let all_open = async {
        for status in gateway.network_statuses() {
            if let Some(mut receiver) = gateway.network_status(status.network) {
                // A watcher that has ended is named by /readyz.
                let _ = receiver.wait_for(|status| status.open_for_invoices).await;
            }
        }
    };
    if tokio::time::timeout(OPEN_WITHIN, all_open).await.is_err() {
        tracing::warn!("not every network is ready yet; see /readyz");
    }
}

/// What to try next, on stdout.
pub fn print_welcome(file: &SandboxFile, data_dir: &Path) {
    let SandboxFile { base_url, api_key, api_secret, .. } = file;
    say!(
        r#"CryptoPayment sandbox: play money on five simulated networks.

  gateway   {base_url}
  API key   {api_key}:{api_secret}
  secrets   {file}

Open an invoice:

  curl -s {base_url}/api/v1/invoices \
    -H 'Authorization: Bearer {api_key}:{api_secret}' \
    -H 'Content-Type: application/json' \
    -d '{{"network":"trc20","amount_usd":50.00,"order_id":"ORD-1"}}'

Its answer has a `checkout_url` such as {base_url}/pay/550e8400-e29b-41d4-a716-446655440000:
open it in a browser and press «Pay», or pay from here:

  curl -s {base_url}/sandbox/pay -H 'Content-Type: application/json' -d '{{"address":"…"}}'

Then look at the balance:

  curl -s {base_url}/api/v1/balances -H 'Authorization: Bearer {api_key}:{api_secret}'

Stop with Ctrl-C; started again on the same folder it goes on where it was."#,
        file = data_dir.join("sandbox.json").display(),
    );
    // Whoever waits for the welcome through a pipe gets it now.
    let _ = std::io::stdout().flush();
}
