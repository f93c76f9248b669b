//! Reading a backup from its first byte to its last, once, in order: a pipe will do. Every part is
//! held against its hash, and all of them against the manifest.

use std::io::{ErrorKind, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::BackupError;
use super::format::{
    FORMAT, LIST, MAGIC, MANIFEST_BYTES_MAX, Manifest, NAME_BYTES_MAX, PART, Part, TAIL, is_plain,
};

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 1 << 20;

/// Takes what is read.
pub(super) trait Taker {
    /// A part begins.
    fn begin(&mut self, name: &str, bytes: u64) -> Result<(), BackupError>;
    /// Its next bytes; the first call has at least 512 where there are so many.
    fn take(&mut self, bytes: &[u8]) -> Result<(), BackupError>;
    /// It has ended, and is what was written.
    fn end(&mut self) -> Result<(), BackupError>;
}

/// Reads all of `input`.
pub(super) fn read(
    input: impl Read,
    path: &Path,
    taker: &mut dyn Taker,
) -> Result<Manifest, BackupError> {
    let mut reader = Reader { input, path, offset: 0, part: "its head".to_owned() };
    reader.head()?;
    let mut parts = Vec::new();
    loop {
        "a part's head".clone_into(&mut reader.part);
        let tag = reader.array::<4>()?;
        match &tag {
            PART => parts.push(reader.part(taker)?),
            LIST => break,
            _ => return Err(BackupError::damaged("a part's head", "it is not where one begins")),
        }
    }
    let manifest = reader.manifest()?;
    if manifest.parts != parts {
        return Err(BackupError::damaged("manifest", "it lists other parts than there are"));
    }
    Ok(manifest)
}

struct Reader<'p, R> {
    input: R,
    path: &'p Path,
    offset: u64,
    /// What is being read, for people.
    part: String,
}

impl<R: Read> Reader<'_, R> {
    fn head(&mut self) -> Result<(), BackupError> {
        let mut magic = [0; 8];
        let read = self.some(&mut magic)?;
        if &magic[..read] != MAGIC.get(..read).unwrap_or_default() || read == 0 {
            return Err(BackupError::Foreign);
        }
        if read < magic.len() {
            return Err(self.cut());
        }
        match u32::from_le_bytes(self.array()?) {
            FORMAT => Ok(()),
            0 => Err(BackupError::damaged("its head", "there is no format 0")),
            found => Err(BackupError::Newer { found, known: FORMAT }),
        }
    }

    fn part(&mut self, taker: &mut dyn Taker) -> Result<Part, BackupError> {
        let length = usize::from(u16::from_le_bytes(self.array()?));
        if length > NAME_BYTES_MAX {
            return Err(BackupError::damaged("a part's head", "its name is too long"));
        }
        let mut name = vec![0; length];
        self.exact(&mut name)?;
        let name = String::from_utf8(name).unwrap_or_default();
        if !is_plain(&name) {
            return Err(BackupError::damaged("a part's head", format!("{name:?} is no part")));
        }
        let bytes = u64::from_le_bytes(self.array()?);
        self.part.clone_from(&name);
        taker.begin(&name, bytes)?;
        let (mut sha256, mut left) = (Sha256::new(), bytes);
        let mut chunk = vec![0; CHUNK_BYTES];
        while left > 0 {
            let length = usize::try_from(left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
            self.exact(&mut chunk[..length])?;
            sha256.update(&chunk[..length]);
            taker.take(&chunk[..length])?;
            left -= length as u64;
        }
        let found: [u8; 32] = sha256.finalize().into();
        if self.array::<32>()? != found {
            return Err(BackupError::damaged(&name, "its hash is another"));
        }
        taker.end()?;
        Ok(Part { name, bytes, sha256: found })
    }

    fn manifest(&mut self) -> Result<Manifest, BackupError> {
        "its manifest".clone_into(&mut self.part);
        let length = u32::from_le_bytes(self.array()?);
        if length > MANIFEST_BYTES_MAX {
            return Err(BackupError::damaged("manifest", "it is too long"));
        }
        let mut text = vec![0; usize::try_from(length).unwrap_or_default()];
        self.exact(&mut text)?;
        let found: [u8; 32] = Sha256::digest(&text).into();
        if self.array::<32>()? != found {
            return Err(BackupError::damaged("manifest", "its hash is another"));
        }
        if &self.array::<8>()? != TAIL {
            return Err(BackupError::damaged("its tail", "it does not end as a backup does"));
        }
        if self.some(&mut [0])? > 0 {
            return Err(BackupError::damaged("its tail", "bytes follow that are none of it"));
        }
        let text = String::from_utf8(text);
        let text = text.map_err(|_| BackupError::damaged("manifest", "it is no text"))?;
        Manifest::from_text(&text)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BackupError> {
        let mut bytes = [0; N];
        self.exact(&mut bytes)?;
        Ok(bytes)
    }

    fn exact(&mut self, buffer: &mut [u8]) -> Result<(), BackupError> {
        if self.some(buffer)? < buffer.len() { Err(self.cut()) } else { Ok(()) }
    }

    /// Reads until the buffer is full or the file ends.
    fn some(&mut self, buffer: &mut [u8]) -> Result<usize, BackupError> {
        let mut read = 0;
        while read < buffer.len() {
            match self.input.read(&mut buffer[read..]) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(BackupError::io(self.path)(error)),
            }
        }
        self.offset += read as u64;
        Ok(read)
    }

    fn cut(&self) -> BackupError {
        BackupError::Cut { part: self.part.clone(), offset: self.offset }
    }
}
