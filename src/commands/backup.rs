//! `backup FILE`: everything that must not be lost, in one file, while the gateway runs or not.

use crate::assembly;
use crate::cli::BackupArgs;
use crate::config;
use crate::control::{self, Answer, Request};
use crate::failure::Failure;
use crate::keys;
use cryptopayment_actors::clock::SystemClock;
use cryptopayment_actors::ports::TimeSource;
use cryptopayment_domain::network::Network;
use cryptopayment_storage::backup::{BackupCut, BackupReport, BackupSource, backup};
use cryptopayment_storage::disk::RealDisk;
use cryptopayment_storage::{Store, Views};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Makes a backup of the data folder.
///
/// # Errors
/// Why not; no file of that name was made then.
pub fn run(args: &BackupArgs) -> Result<(), Failure> {
    let data_dir = config::data_dir(&args.report.place)?;
    if !data_dir.is_dir() {
        return Err(Failure::at(&data_dir, "no such data folder"));
    }
    // Of a gateway that does not run: its store stays open, so that none starts meanwhile.
    let (cut, held) = actix::System::new().block_on(cut_of(&data_dir))?;
    let source = BackupSource {
        disk: Arc::new(RealDisk),
        cut,
        files: files(&data_dir, !args.without_seed)?,
        data_dir,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        now: SystemClock.now(),
    };
    let made = backup(&source, &args.file, assembly::say_copying);
    if let Some(store) = held {
        store.close().map_err(Failure::new)?;
    }
    say(args, &made.map_err(Failure::new)?);
    Ok(())
}

/// Where to cut: the running gateway says it, or the store where none runs.
async fn cut_of(data_dir: &Path) -> Result<(BackupCut, Option<Store>), Failure> {
    if let Some(store) = assembly::open_store(data_dir, 0, false)? {
        let cut = BackupCut::of(&store.views());
        return Ok((cut.map_err(Failure::new)?, Some(store)));
    }
    match control::ask(data_dir, &Request::CutBackup).await? {
        Answer::Done { done } => Ok((told(&done)?, None)),
        Answer::Refused { refused } => Err(Failure::new(refused)),
    }
}

/// The cut as it goes over the socket.
#[derive(Deserialize)]
struct Told {
    seq: u64,
    checkpoints: Vec<(String, Vec<u8>)>,
}

/// The cut of a running gateway, for [`Request::CutBackup`].
///
/// # Errors
/// When the views cannot be read.
pub fn cut_json(views: &Views) -> Result<serde_json::Value, String> {
    let cut = BackupCut::of(views).map_err(|error| error.to_string())?;
    let checkpoints: Vec<_> =
        cut.checkpoints.iter().map(|(network, bytes)| (network.name(), bytes)).collect();
    Ok(serde_json::json!({ "seq": cut.seq, "checkpoints": checkpoints }))
}

fn told(done: &serde_json::Value) -> Result<BackupCut, Failure> {
    let told = Told::deserialize(done).map_err(Failure::new)?;
    let checkpoints = told.checkpoints.into_iter().map(|(network, bytes)| {
        let network: Network = network.parse().map_err(|_| Failure::new("an unknown network"))?;
        Ok((network, bytes))
    });
    Ok(BackupCut { seq: told.seq, checkpoints: checkpoints.collect::<Result<_, Failure>>()? })
}

/// The sealed keys, and the sealed seed, as paths in the data folder.
fn files(data_dir: &Path, with_seed: bool) -> Result<Vec<String>, Failure> {
    let folder = keys::data_keys_folder(data_dir);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(|error| Failure::at(&folder, error))? {
        let name = entry.map_err(|error| Failure::at(&folder, error))?.file_name();
        let name = name.to_string_lossy().into_owned();
        if Path::new(&name).extension().is_some_and(|extension| extension == "key") {
            files.push(format!("keys/{name}"));
        }
    }
    files.sort();
    let seed: PathBuf = keys::seed_path(data_dir);
    if with_seed && seed.exists() {
        files.push("wallet/seed.sealed".to_owned());
    }
    Ok(files)
}

fn say(args: &BackupArgs, made: &BackupReport) {
    let BackupReport { manifest, bytes } = made;
    let seed = manifest.parts.iter().any(|part| part.name == "wallet/seed.sealed");
    let file = args.file.display();
    if args.report.json {
        let hash: String = manifest.hash.iter().map(|byte| format!("{byte:02x}")).collect();
        say!(
            "{}",
            serde_json::json!({
                "file": file.to_string(), "bytes": bytes, "facts": manifest.seq, "hash": hash,
                "made_at": manifest.made_at.to_string(), "parts": manifest.parts.len(), "seed": seed,
            })
        );
        return;
    }
    say!("{file}: {} facts, {bytes} bytes, made at {}", manifest.seq, manifest.made_at);
    let wallet = match seed {
        true => "With the passphrase it opens the wallet: keep the two apart.",
        false => "It has no seed: keep wallet/seed.sealed or the words elsewhere.",
    };
    eprintln!("{wallet} Without the passphrase nothing in it can be read.");
}
