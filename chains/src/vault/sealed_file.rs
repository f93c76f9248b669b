//! Secret files on disk: readable by their owner only, and there whole or not at all.
//!
//! Written beside the target under another name, synced, renamed, and the folder synced: after a
//! crash at any instant the target has its old bytes (or is absent) or all of the new ones.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes a folder for secrets (mode 0700) with its parents; it may be there already.
///
/// # Errors
/// What the file system says.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    folder.parent().map_or(Ok(()), sync_folder)
}

/// Writes a new file (mode 0600), durable when this returns.
///
/// Callers keep others out (the data folder's lock), so that between the look and the rename nobody
/// else makes the file.
///
/// # Errors
/// `AlreadyExists` when it is there: a seed or a key is never written over. Else what the file
/// system says; then the file is as it was.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.try_exists()? {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "it is there already"));
    }
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut temporary = name.to_os_string();
    temporary.push(".new");
    let temporary = folder.join(temporary);
    // A leftover of a crash in the middle of an earlier write; it was never the file.
    fs::remove_file(&temporary).or_else(absent_is_fine)?;
    write_synced(&temporary, bytes)?;
    fs::rename(&temporary, path)?;
    sync_folder(folder)
}

/// Removes a file, durably. It may be gone already.
///
/// # Errors
/// What the file system says.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path).or_else(absent_is_fine)?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn absent_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(here)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_file_is_its_owners_and_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet.seed");
        write_new(&path, b"first").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let refused = write_new(&path, b"second").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }

    #[test]
    fn what_a_crash_left_of_an_earlier_write_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet.seed");
        fs::write(folder.path().join("wallet.seed.new"), b"half a se").unwrap();
        write_new(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn removing_twice_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gone");
        write_new(&path, b"x").unwrap();
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert!(!path.exists());
    }
}
