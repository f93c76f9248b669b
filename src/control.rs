//! The local socket `DATA_DIR/control.sock` (mode 0600), by which commands speak to a running
//! gateway: one JSON request a line, one JSON answer a line.
//!
//! A command first tries the data folder's lock. Free: it runs the same actors in its own process.
//! Held: it asks here, and waits for a gateway that is starting.

use crate::failure::Failure;
use cryptopayment_actors::gateway::{Gateway, NetworkStatus, Unwilling};
use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::merchant::{Approval, Merchant};
use cryptopayment_http::Guard;
use cryptopayment_http::outgoing::endpoint_url;
use cryptopayment_storage::Views;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

/// How long a command waits for a gateway that is starting.
const WAIT_FOR_START: Duration = Duration::from_secs(30);
/// The longest request that is read.
const REQUEST_BYTES_MAX: u64 = 64 * 1024;
/// Merchants read in one go.
const MERCHANTS_PER_READ: usize = 1000;

/// What can be asked.
#[derive(Serialize, Deserialize, Debug)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    /// Make a merchant.
    CreateMerchant {
        /// E-mail address.
        email: String,
        /// Where its webhooks go.
        webhook: Option<String>,
        /// Approve it at once.
        approve: bool,
    },
    /// Approve a merchant, by id or e-mail address.
    ApproveMerchant {
        /// Which.
        merchant: String,
    },
    /// List merchants.
    ListMerchants,
    /// What every network says of itself.
    Networks,
}

/// The answer: JSON for the caller, or a sentence why not.
#[derive(Serialize, Deserialize, Debug)]
#[serde(untagged)]
pub enum Answer {
    /// Done.
    Done {
        /// What to print.
        done: Done,
    },
    /// Not done; nothing has changed.
    Refused {
        /// Why.
        refused: String,
    },
}

/// What came of a request, as it is printed.
#[derive(Serialize, Deserialize, Debug)]
#[serde(untagged)]
pub enum Done {
    /// A merchant was made.
    Made(Made),
    /// Whatever else was done.
    Else(serde_json::Value),
}

/// A new merchant's credentials, in the order in which they are printed.
#[derive(Serialize, Deserialize, Debug)]
pub struct Made {
    merchant_id: String,
    api_key: String,
    api_secret: String,
    app_secret: String,
}

/// What a request is done with.
#[derive(Clone)]
pub struct Hands {
    /// The actors.
    pub gateway: Gateway,
    /// What they have done.
    pub views: Views,
    /// Where webhooks may go.
    pub guard: Guard,
}

/// Does what is asked, with the actors of this process.
pub async fn execute(hands: &Hands, request: Request) -> Answer {
    let Hands { gateway, views, guard } = hands;
    let done = match request {
        Request::CreateMerchant { email, webhook, approve } => {
            let url = webhook.as_deref().map(|url| endpoint_url::check(url, guard));
            match url.transpose() {
                Ok(_) => create_merchant(gateway, &email, webhook, approve).await.map(Done::Made),
                Err(bad) => Err(bad.to_string()),
            }
        }
        Request::ApproveMerchant { merchant } => {
            approve_merchant(gateway, views, &merchant).await.map(Done::Else)
        }
        Request::ListMerchants => list_merchants(gateway, views).map(Done::Else),
        Request::Networks => {
            let networks = gateway.network_statuses().iter().map(network_json).collect::<Vec<_>>();
            Ok(Done::Else(networks.into()))
        }
    };
    match done {
        Ok(done) => Answer::Done { done },
        Err(refused) => Answer::Refused { refused },
    }
}

async fn create_merchant(
    gateway: &Gateway,
    email: &str,
    webhook: Option<String>,
    approve: bool,
) -> Result<Made, String> {
    if !email.contains('@') || email.len() > 254 || email.chars().any(char::is_whitespace) {
        return Err(format!("{email:?} is no e-mail address"));
    }
    let new = gateway.register_merchant(email, None, webhook, approve).await.map_err(sentence)?;
    Ok(Made {
        merchant_id: new.merchant_id.to_string(),
        api_key: new.api_key,
        api_secret: new.api_secret,
        app_secret: new.app_secret,
    })
}

async fn approve_merchant(
    gateway: &Gateway,
    views: &Views,
    merchant: &str,
) -> Result<serde_json::Value, String> {
    let id = match merchant.parse::<MerchantId>() {
        Ok(id) => id,
        Err(_) => {
            let salt = gateway.privacy().digest_salt();
            let digest = cryptopayment_domain::merchant::email_digest(&salt, merchant);
            let found = views.merchant_by_email(&digest).map_err(|error| error.to_string())?;
            found.ok_or_else(|| format!("there is no merchant {merchant}"))?.0
        }
    };
    if let Err(unwilling) = gateway.approve_merchant(id).await {
        let missing = unwilling == Unwilling::NotFound;
        let nobody = format!("there is no merchant {merchant}");
        return Err(if missing { nobody } else { sentence(unwilling) });
    }
    Ok(serde_json::json!({ "merchant_id": id.to_string(), "approval": "approved" }))
}

fn list_merchants(gateway: &Gateway, views: &Views) -> Result<serde_json::Value, String> {
    let mut list = Vec::new();
    let mut after = None;
    loop {
        let rows = views.merchants(after, MERCHANTS_PER_READ).map_err(|error| error.to_string())?;
        let Some((last, _)) = rows.last() else { return Ok(list.into()) };
        after = Some(*last);
        list.extend(rows.iter().map(|(id, row)| merchant_json(gateway, *id, &row.value)));
    }
}

fn merchant_json(gateway: &Gateway, id: MerchantId, merchant: &Merchant) -> serde_json::Value {
    let email = gateway.privacy().open(id, &merchant.email_sealed).ok();
    let email = email.and_then(|email| String::from_utf8(email).ok());
    let approval = match merchant.approval {
        Approval::Waiting => "waiting",
        Approval::Approved => "approved",
        Approval::Suspended { .. } => "suspended",
    };
    serde_json::json!({
        "merchant_id": id.to_string(),
        "email": email,
        "approval": approval,
        "webhook_url": merchant.webhook_url,
        "registered_at": merchant.registered_at.to_string(),
    })
}

fn network_json(status: &NetworkStatus) -> serde_json::Value {
    serde_json::json!({
        "network": status.network.name(),
        "scanned_height": status.tip.map(|tip| tip.height),
        "scanned_hash": status.tip.map(|tip| tip.hash.to_string()),
        "head_height": status.head_height,
        "scanned_through": status.scanned_through.map(|at| at.to_string()),
        "open_for_invoices": status.open_for_invoices,
        "trouble": status.trouble,
    })
}

fn sentence(unwilling: Unwilling) -> String {
    unwilling.to_string()
}

/// Where the socket is in a data folder.
pub fn socket_path(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}

/// Listens for commands until the process ends.
///
/// # Errors
/// When the socket cannot be made.
pub fn listen(data_dir: &Path, hands: Hands) -> Result<(), Failure> {
    let path = socket_path(data_dir);
    // The data folder's lock is ours, so whatever is there is a dead gateway's.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).map_err(|error| Failure::at(&path, error))?;
    let owner_only = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&path, owner_only).map_err(|error| Failure::at(&path, error))?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let hands = hands.clone();
            tokio::spawn(async move {
                if let Err(error) = answer(stream, &hands).await {
                    tracing::debug!(%error, "a command hung up");
                }
            });
        }
    });
    Ok(())
}

async fn answer(mut stream: UnixStream, hands: &Hands) -> std::io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut line = String::new();
    BufReader::new(reader.take(REQUEST_BYTES_MAX)).read_line(&mut line).await?;
    let answer = match serde_json::from_str(&line) {
        Ok(request) => execute(hands, request).await,
        Err(error) => Answer::Refused { refused: format!("not understood: {error}") },
    };
    let mut text = serde_json::to_string(&answer)?;
    text.push('\n');
    writer.write_all(text.as_bytes()).await
}

/// Asks the gateway that holds the data folder.
///
/// # Errors
/// When none answers in time.
pub async fn ask(data_dir: &Path, request: &Request) -> Result<Answer, Failure> {
    let path = socket_path(data_dir);
    let deadline = Instant::now() + WAIT_FOR_START;
    let mut stream = loop {
        match UnixStream::connect(&path).await {
            Ok(stream) => break stream,
            Err(error) if Instant::now() >= deadline => {
                return Err(Failure::at(
                    &path,
                    format!("the data folder is in use, and no gateway answers: {error}"),
                ));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    };
    let mut text = serde_json::to_string(request).map_err(Failure::new)?;
    text.push('\n');
    stream.write_all(text.as_bytes()).await.map_err(|error| Failure::at(&path, error))?;
    let mut line = String::new();
    let read = BufReader::new(stream).read_line(&mut line).await;
    read.map_err(|error| Failure::at(&path, error))?;
    serde_json::from_str(&line).map_err(|error| Failure::at(&path, error))
}
