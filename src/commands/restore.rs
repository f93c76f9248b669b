//! `restore FILE`: a backup put back into an empty data folder. Withdrawals are frozen from then on.

use crate::assembly;
use crate::cli::RestoreArgs;
use crate::config;
use crate::failure::Failure;
use crate::keys;
use cryptopayment_actors::clock::SystemClock;
use cryptopayment_actors::ports::TimeSource;
use cryptopayment_domain::operator::restored::SKIPPED_DEFAULT;
use cryptopayment_storage::StoreConfig;
use cryptopayment_storage::backup::{RestorePlan, RestoreReport, restore};
use std::path::Path;

/// Restores into the data folder of the configuration.
///
/// # Errors
/// Why not; the folder is as empty as it was then.
pub fn run(args: &RestoreArgs) -> Result<(), Failure> {
    if args.skip < SKIPPED_DEFAULT {
        return Err(Failure::usage(format!(
            "--skip is at least {SKIPPED_DEFAULT}: no address may be given out twice"
        )));
    }
    let data_dir = config::data_dir(&args.report.place)?;
    let plan = RestorePlan { skipped: args.skip, watched: args.watch, now: SystemClock.now() };
    let store = StoreConfig::new(&data_dir);
    let done = restore(&store, &args.file, plan, assembly::say_copying, assembly::say_progress);
    say(args, &data_dir, &done.map_err(|error| Failure::at(&args.file, error))?);
    Ok(())
}

fn say(args: &RestoreArgs, data_dir: &Path, done: &RestoreReport) {
    let RestoreReport { manifest, restored } = done;
    let seed = keys::seed_path(data_dir).exists();
    if args.report.json {
        let networks = restored.skipped.iter().map(|skipped| {
            serde_json::json!({
                "network": skipped.network.name(), "watched_from": skipped.watched_from,
                "watched_until": skipped.watched_until, "next": skipped.next,
            })
        });
        say!(
            "{}",
            serde_json::json!({
                "data_dir": data_dir.display().to_string(), "facts": manifest.seq,
                "backup_made_at": manifest.made_at.to_string(), "seed": seed,
                "networks": networks.collect::<Vec<_>>(),
            })
        );
    } else {
        say!(
            "{}: {} facts, as they were at {}",
            data_dir.display(),
            manifest.seq,
            manifest.made_at
        );
    }
    if !seed {
        let path = keys::seed_path(data_dir);
        eprintln!("The backup has no seed: copy it to {} before `serve`.", path.display());
    }
    eprintln!(
        "What happened after the backup is lost here; the chains still know what was paid. Every \
         address counter jumped by {}.\nWithdrawals are frozen. Next: `cryptopayment config check`, \
         `cryptopayment serve`, `cryptopayment set-aside` (payments to lost invoices), and when all \
         is looked at, `cryptopayment freeze lift --reason …`.",
        args.skip
    );
}
