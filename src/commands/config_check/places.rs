//! What is on this machine: the data folder, the wallet, the addresses to listen on.

use super::Finding;
use crate::config::Settings;
use crate::keys;
use cryptopayment_storage::backup::UNFINISHED;
use cryptopayment_storage::disk::{Disk, RealDisk};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Permissions of others and of the group.
const NOT_THE_OWNERS: u32 = 0o077;

/// The data folder: there, ours, with room, and held by whom.
pub(super) fn data_dir(settings: &Settings) -> Vec<Finding> {
    let (subject, path) = ("data_dir", settings.data_dir.as_path());
    if !path.is_dir() {
        let said = format!("{}: no such folder; `cryptopayment init` makes it", path.display());
        return vec![Finding::wrong(subject, said)];
    }
    if path.join(UNFINISHED).exists() {
        let said = "a restore was interrupted there; empty the folder and restore again";
        return vec![Finding::wrong(subject, format!("{}: {said}", path.display()))];
    }
    let mut findings = vec![lock(path), room(settings, path)];
    let (keys, wallet) = (keys::data_keys_folder(path), keys::seed_path(path));
    for secret in [keys.as_path(), wallet.as_path()] {
        let mode = secret.metadata().map_or(0, |known| known.permissions().mode());
        if mode & NOT_THE_OWNERS != 0 {
            let said = format!("{} can be read by others; chmod go= it", secret.display());
            findings.push(Finding::wrong(subject, said));
        }
    }
    findings
}

fn lock(path: &Path) -> Finding {
    if !path.join("lock").exists() {
        return Finding::look("data_dir", format!("{}: never used", path.display()));
    }
    match RealDisk.lock(&path.join("lock")) {
        Ok(_) => Finding::well("data_dir", format!("{}: free", path.display())),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            Finding::well("data_dir", format!("{}: a gateway runs on it", path.display()))
        }
        Err(error) => Finding::wrong(
            "data_dir",
            format!("{}: {error}; does the folder belong to this user?", path.display()),
        ),
    }
}

fn room(settings: &Settings, path: &Path) -> Finding {
    let (subject, mib) = ("storage.minimum_free", |bytes: u64| bytes >> 20);
    match RealDisk.free_bytes(path) {
        Ok(free) if free < settings.minimum_free_bytes => Finding::wrong(
            subject,
            format!(
                "{} MiB are free and {} are wanted: no invoice would be taken; make room",
                mib(free),
                mib(settings.minimum_free_bytes)
            ),
        ),
        Ok(free) => Finding::well(subject, format!("{} MiB are free", mib(free))),
        Err(error) => Finding::wrong(subject, format!("{}: {error}", path.display())),
    }
}

/// Whether the passphrase is there, and opens what it must.
pub(super) fn wallet(settings: &Settings) -> Vec<Finding> {
    let subject = "wallet";
    let seed = keys::seed_path(&settings.data_dir);
    if !seed.exists() {
        let said = match keys::data_keys_exist(&settings.data_dir) {
            true => "the seed is missing beside the data keys; copy it from where it is kept",
            false => "no wallet; `cryptopayment init` makes one",
        };
        return vec![Finding::wrong(subject, format!("{}: {said}", seed.display()))];
    }
    let passphrase = match keys::passphrase(settings) {
        Ok(passphrase) => passphrase,
        Err(failure) => return vec![Finding::wrong(subject, failure.to_string())],
    };
    match keys::open(&settings.data_dir, &passphrase) {
        Ok(_) => vec![Finding::well(subject, "the passphrase opens the seed and the data keys")],
        Err(failure) => vec![Finding::wrong(subject, failure.to_string())],
    }
}

/// Whether the address can be listened on, and customers can trust what they see.
pub(super) fn http(settings: &Settings) -> Vec<Finding> {
    let (subject, listen) = ("http.listen", settings.listen);
    let running = settings.data_dir.join("lock").exists()
        && RealDisk.lock(&settings.data_dir.join("lock")).is_err();
    let bound = match TcpListener::bind(listen) {
        Ok(_) => Finding::well(subject, format!("{listen} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse && running => {
            Finding::well(subject, format!("{listen} is in use; the gateway runs"))
        }
        Err(error) => Finding::wrong(subject, format!("{listen}: {error}")),
    };
    let url = &settings.public_url;
    let local = ["http://127.", "http://localhost", "http://[::1]"];
    let public = match url.starts_with("https://") {
        true => Finding::well("http.public_url", url.clone()),
        false if local.iter().any(|local| url.starts_with(local)) => {
            Finding::look("http.public_url", format!("{url}: only this machine can reach that"))
        }
        false => Finding::look(
            "http.public_url",
            format!("{url}: customers would pay over a connection that anybody can change"),
        ),
    };
    vec![bound, public]
}

/// Where webhooks may go although the address is private, and whom they trust.
pub(super) fn webhooks(settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![allowed(settings)];
    if let Some(path) = &settings.extra_ca_file {
        let subject = "webhooks.extra_ca_file";
        findings.push(match crate::assembly::authorities(Some(path)) {
            Ok(found) => Finding::well(
                subject,
                format!("authorities beside the system's: {}", found.count()),
            ),
            Err(failure) => Finding::wrong(subject, failure.to_string()),
        });
    }
    findings
}

fn allowed(settings: &Settings) -> Finding {
    let subject = "webhooks.allow_networks";
    if settings.allow_networks.is_empty() {
        return Finding::well(subject, "webhooks reach public addresses only, over https");
    }
    let networks: Vec<_> = settings.allow_networks.iter().map(|cidr| format!("{cidr}")).collect();
    let said = "merchants can have requests sent into these networks; is that meant?";
    Finding::look(subject, format!("{}: {said}", networks.join(", ")))
}
