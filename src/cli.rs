//! The command line: what can be asked of the binary, and how.

use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// A self-hosted crypto payment gateway.
#[derive(Parser, Debug)]
#[command(name = "cryptopayment", version, about, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Where the settings or the data are.
#[derive(Args, Debug, Clone, Default)]
pub struct Place {
    /// Configuration file (default: cryptopayment.toml)
    #[arg(long, value_name = "FILE", conflicts_with = "data_dir")]
    pub config: Option<PathBuf>,
    /// Data folder of a sandbox, instead of a configuration file
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// Where the settings are, for commands that a sandbox has no use for.
#[derive(Args, Debug, Clone, Default)]
pub struct ConfigPlace {
    /// Configuration file (default: cryptopayment.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run the whole gateway on embedded simulated networks; needs no configuration
    Sandbox(SandboxArgs),
    /// Make the data folder, the wallet seed (its words are shown once) and the first admin
    Init(ConfigPlace),
    /// Run the gateway on real networks
    Serve(ServeArgs),
    /// Make, approve and list merchants
    #[command(subcommand)]
    Merchant(MerchantCommand),
    /// List the withdrawals that wait for you, approve and reject them
    #[command(subcommand)]
    Withdrawal(WithdrawalCommand),
    /// Replay the journal from its first byte and compare everything with the views
    Audit(ReportArgs),
    /// Make the views anew from the journal
    Rebuild(ReportArgs),
    /// Show every network's scanned block, its node's head and what is wrong
    Networks(ReportArgs),
    /// Hold the withdrawals of all merchants, or let them go on
    #[command(subcommand)]
    Freeze(FreezeCommand),
    /// List payments that no invoice could take and that wait for a human
    SetAside(ReportArgs),
    /// Write everything that must not be lost into one file, while the gateway runs or not
    Backup(BackupArgs),
    /// Put a backup back into an empty data folder; withdrawals are frozen from then on
    Restore(RestoreArgs),
    /// Show the configuration with all its defaults, or check it
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the version
    Version,
}

/// Options of `sandbox`.
#[derive(Args, Debug)]
pub struct SandboxArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where everything is kept
    #[arg(long, value_name = "DIR", default_value = "sandbox-data")]
    pub data_dir: PathBuf,
    /// Seconds between blocks; 0 mines only on request
    #[arg(long, value_name = "SECS", default_value = "2")]
    pub block_time: u32,
    /// Listen on an address that others can reach, although anybody can pay with play money
    #[arg(long)]
    pub yes_expose: bool,
    /// Go on although the journal has lost acknowledged facts that the views still show
    #[arg(long)]
    pub accept_loss: bool,
}

/// Options of `serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Where the settings are.
    #[command(flatten)]
    pub place: ConfigPlace,
    /// Go on although the journal has lost acknowledged facts that the views still show
    #[arg(long)]
    pub accept_loss: bool,
}

/// Options of commands that report.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// Where the settings or the data are.
    #[command(flatten)]
    pub place: Place,
    /// Print JSON on stdout
    #[arg(long)]
    pub json: bool,
}

/// `merchant …`.
#[derive(Subcommand, Debug)]
pub enum MerchantCommand {
    /// Make a merchant's account; its secrets are shown once
    Create {
        /// The merchant's e-mail address
        email: String,
        /// Where its webhooks go
        #[arg(long, value_name = "URL")]
        webhook: Option<String>,
        /// Approve it at once
        #[arg(long)]
        approve: bool,
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
    /// Approve a waiting merchant: its keys work from now on
    Approve {
        /// The merchant's id or e-mail address
        merchant: String,
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
    /// Issue, revoke and list API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// List all merchants
    List {
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
}

/// `withdrawal …`.
#[derive(Subcommand, Debug)]
pub enum WithdrawalCommand {
    /// List the withdrawals whose money is held: those that wait for review, then those that are
    /// approved, each the oldest first
    List {
        /// Only those that stand so: pending_review or approved
        #[arg(long)]
        status: Option<OpenStatus>,
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
    /// Approve a withdrawal; approved twice is once
    Approve {
        /// Its id
        id: String,
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
    /// Reject a withdrawal: the money is available to the merchant again
    Reject {
        /// Its id
        id: String,
        /// Why; the merchant reads it
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
    /// Put an address on a merchant's list; from the first on it can withdraw only to those on it
    Allow {
        /// The merchant's id or e-mail address
        merchant: String,
        /// btc, ltc, eth, trc20 or bep20
        network: String,
        /// The address
        address: String,
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
}

/// How a withdrawal stands whose money is held.
#[derive(Clone, Copy, Debug, clap::ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum OpenStatus {
    /// You decide.
    PendingReview,
    /// It waits to be paid.
    Approved,
}

/// `config …`.
#[derive(Subcommand, Debug)]
pub enum ConfigCommand {
    /// Print a configuration with every setting and its default
    Example,
    /// Connect to everything the configuration names, and say what was found
    Check(CheckArgs),
}

/// `freeze …`.
#[derive(Subcommand, Debug)]
pub enum FreezeCommand {
    /// Say whether withdrawals are frozen, since when and why
    Show {
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
    /// Hold all withdrawals of all merchants
    Set {
        /// Why; kept in the journal
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
    /// Let withdrawals go on
    Lift {
        /// Why that is safe; kept in the journal
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
}

/// Options of `backup`.
#[derive(Args, Debug)]
pub struct BackupArgs {
    /// The file to make; it must not exist
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Leave the sealed seed out: the words, or a copy of wallet/seed.sealed, must be kept elsewhere
    #[arg(long)]
    pub without_seed: bool,
    /// Where and how.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// Options of `restore`.
#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How far every address counter jumps. More than the default when this very backup was
    /// restored and used before
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    pub skip: u32,
    /// How many of the skipped addresses of each network are watched for payments to lost invoices
    #[arg(long, value_name = "COUNT", default_value_t = 10_000)]
    pub watch: u32,
    /// Where and how.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// Options of `config check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Where the settings are.
    #[command(flatten)]
    pub place: ConfigPlace,
    /// Print JSON on stdout
    #[arg(long)]
    pub json: bool,
}

/// `merchant key …`.
#[derive(Subcommand, Debug)]
pub enum KeyCommand {
    /// Issue one more API key; its secret is shown once
    Create {
        /// The merchant's id or e-mail address
        merchant: String,
        /// What it may do: a list of read, invoices, withdrawals, webhooks (default: everything)
        #[arg(long, value_name = "LIST")]
        scopes: Option<String>,
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
    /// Revoke an API key: it works no longer, at once and for good
    Revoke {
        /// The merchant's id or e-mail address
        merchant: String,
        /// The public half, pk_…
        key: String,
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
    /// List a merchant's API keys
    List {
        /// The merchant's id or e-mail address
        merchant: String,
        /// Where and how.
        #[command(flatten)]
        report: ReportArgs,
    },
}
