//! The socket itself: requests of other processes in, answers out.

use super::{Answer, Hands, Request, execute};
use crate::failure::Failure;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

/// How long a command waits for a gateway that is starting.
const WAIT_FOR_START: Duration = Duration::from_secs(30);
/// The longest request that is read.
const REQUEST_BYTES_MAX: u64 = 64 * 1024;

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
