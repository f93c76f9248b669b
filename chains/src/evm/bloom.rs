//! A header's filter of who wrote logs in the block, and under which topics (yellow paper, 4.3.1).

use crate::address::keccak256;

/// 2,048 bits, of which each address and topic of a log sets three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bloom([u8; 256]);

impl Bloom {
    /// Reads its 512 hexadecimal digits.
    pub(super) fn read(text: &str) -> Result<Bloom, String> {
        let mut bytes = [0; 256];
        let digits = text.strip_prefix("0x").unwrap_or_default();
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| "its logsBloom is none".to_owned())?;
        Ok(Bloom(bytes))
    }

    /// Whether a log with this address or topic may be in the block. False is certain.
    pub(super) fn may_hold(&self, item: &[u8]) -> bool {
        let hash = keccak256(item);
        let (pairs, _) = hash.as_chunks::<2>();
        pairs.iter().take(3).all(|pair| {
            let bit = u16::from_be_bytes(*pair) % 2048;
            let byte = self.0.iter().rev().nth(usize::from(bit / 8));
            byte.is_some_and(|byte| byte.checked_shr(u32::from(bit % 8)).unwrap_or(0) % 2 == 1)
        })
    }
}
