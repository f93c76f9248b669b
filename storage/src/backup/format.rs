//! The layout of a backup.
//!
//! ```text
//! head       "CPBKUP\r\n" · format u32
//! part       "PART" · name length u16 · name · length u64 · bytes · SHA-256 of the bytes
//! …
//! manifest   "LIST" · length u32 · text · SHA-256 of the text
//! tail       "CPBKEND\n"
//! ```
//! Numbers are little-endian. The manifest is text that a person can read: the program's version,
//! when it was made, the last fact and its hash, and every part with its length and hash. A file
//! without its tail was cut; the newline in the head shows a copy that changed line ends.

use cryptopayment_domain::time::Timestamp;

use super::{BackupError, hex};
use crate::Seq;
use crate::journal::ChainHash;

/// What a backup begins with.
pub(super) const MAGIC: &[u8; 8] = b"CPBKUP\r\n";
/// The format that is written, and the newest that is read.
pub(super) const FORMAT: u32 = 1;
/// Before a part.
pub(super) const PART: &[u8; 4] = b"PART";
/// Before the manifest.
pub(super) const LIST: &[u8; 4] = b"LIST";
/// What a backup ends with.
pub(super) const TAIL: &[u8; 8] = b"CPBKEND\n";
/// The longest name of a part, in bytes.
pub(super) const NAME_BYTES_MAX: usize = 200;
/// The longest manifest, in bytes: some hundred thousand parts.
pub(super) const MANIFEST_BYTES_MAX: u32 = 64 << 20;

/// The first line of a manifest.
const TITLE: &str = "cryptopayment backup";

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The version of the program that made it.
    pub program: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The last fact in it.
    pub seq: Seq,
    /// Hash of the journal's last group.
    pub hash: ChainHash,
    /// Everything in it, in order.
    pub parts: Vec<Part>,
}

/// One file in a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its path in the data folder.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

impl Manifest {
    pub(super) fn to_text(&self) -> String {
        let Self { program, made_at, seq, hash, parts } = self;
        let mut text = format!(
            "{TITLE}\nprogram {program}\nmade_at_unix_ms {}\nmade_at {made_at}\nfacts {seq}\nhash {}\n",
            made_at.unix_ms(),
            hex(hash)
        );
        for Part { name, bytes, sha256 } in parts {
            text.push_str(&format!("part {} {bytes} {name}\n", hex(sha256)));
        }
        text
    }

    pub(super) fn from_text(text: &str) -> Result<Self, BackupError> {
        let wrong = |what: &str| BackupError::damaged("manifest", format!("it has no {what}"));
        let mut lines = text.lines();
        if lines.next() != Some(TITLE) {
            return Err(wrong("title"));
        }
        let mut manifest = Self {
            program: String::new(),
            made_at: Timestamp::from_unix_ms(0),
            seq: 0,
            hash: [0; 32],
            parts: Vec::new(),
        };
        for line in lines {
            let (key, value) = line.split_once(' ').ok_or_else(|| wrong("key in a line"))?;
            match key {
                "program" => value.clone_into(&mut manifest.program),
                "made_at_unix_ms" => {
                    let ms = value.parse().map_err(|_| wrong("readable time"))?;
                    manifest.made_at = Timestamp::from_unix_ms(ms);
                }
                "facts" => manifest.seq = value.parse().map_err(|_| wrong("count of facts"))?,
                "hash" => manifest.hash = unhex(value).ok_or_else(|| wrong("hash"))?,
                "part" => manifest.parts.push(part(value).ok_or_else(|| wrong("readable part"))?),
                // For people, or of a later program of the same format.
                _ => {}
            }
        }
        Ok(manifest)
    }
}

fn part(text: &str) -> Option<Part> {
    let mut words = text.splitn(3, ' ');
    let sha256 = unhex(words.next()?)?;
    let bytes = words.next()?.parse().ok()?;
    Some(Part { name: words.next()?.to_owned(), bytes, sha256 })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// Whether a part of this name may be put into a data folder: a plain file, or one in a plain
/// folder; nothing that leads elsewhere or is one of the store's own.
pub(super) fn is_plain(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let plain = |part: &&str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    name.len() <= NAME_BYTES_MAX && parts.len() == 2 && parts.iter().all(plain)
}
