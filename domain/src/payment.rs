//! What a chain says: blocks, and payments to our addresses with their identity.

use crate::network::Network;
use crate::time::Timestamp;
use std::fmt;

/// The 32-byte hash of a transaction or a block, in the byte order in which the network prints it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash32(pub [u8; 32]);

impl Hash32 {
    /// Reads 64 hexadecimal digits, with or without `0x`.
    pub fn from_hex(text: &str) -> Option<Hash32> {
        let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
        let mut bytes = [0u8; 32];
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        if pairs.len() != bytes.len() {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let value = nibble(*high)?.checked_mul(16)?.checked_add(nibble(*low)?)?;
            *byte = u8::try_from(value).ok()?;
        }
        Some(Hash32(bytes))
    }
}

fn nibble(digit: u8) -> Option<u32> {
    char::from(digit).to_digit(16)
}

impl fmt::Display for Hash32 {
    /// 64 lower-case hexadecimal digits without a prefix.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A block of a chain: which one, at which height, and the time its producer wrote into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlockRef {
    /// Distance from the genesis block.
    pub height: u64,
    /// The block's hash.
    pub hash: Hash32,
    /// The block's own time (of its producer's clock).
    pub time: Timestamp,
}

/// The identity of a payment: seen twice is once.
///
/// `index` is the output's number (btc, ltc); the place in the trace, 0 for the transaction's own
/// transfer (eth); the ordinal among the token contract's Transfer logs *of that transaction*
/// (trc20, bep20), because block-wide log numbers change with a reorganisation or a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaymentId {
    /// The network it was made on.
    pub network: Network,
    /// The transaction that made it.
    pub txid: Hash32,
    /// Its place within that transaction.
    pub index: u32,
}

impl PaymentId {
    /// The transaction's id as the network's users write it: `0x` in front on the EVM networks.
    pub fn txid_text(&self) -> String {
        match self.network {
            Network::Eth | Network::Bep20 => format!("0x{}", self.txid),
            Network::Btc | Network::Ltc | Network::Trc20 => self.txid.to_string(),
        }
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}:{}", self.network, self.txid, self.index)
    }
}

/// How far a chain has been scanned, and what it calls final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The newest scanned block.
    pub height: u64,
    /// Its hash.
    pub hash: Hash32,
    /// TRON: the newest solidified height; a payment above it is never deep.
    pub solid_height: Option<u64>,
}

impl Tip {
    /// Confirmations of a payment in a block at `height`: tip − height + 1, or 0 above the tip.
    pub const fn confirmations(&self, height: u64) -> u64 {
        match self.height.checked_sub(height) {
            Some(above) => above.saturating_add(1),
            None => 0,
        }
    }

    /// Whether a payment in a block at `height` is final when `required` confirmations are asked.
    pub fn is_deep(&self, network: Network, height: u64, required: u32) -> bool {
        let solid = !network.needs_solidity() || self.solid_height.is_some_and(|top| height <= top);
        solid && self.confirmations(height) >= u64::from(required.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_read_and_print() {
        let text = "00ff".repeat(16);
        assert_eq!(Hash32::from_hex(&text).unwrap().to_string(), text);
        assert_eq!(Hash32::from_hex(&format!("0x{text}")).unwrap().to_string(), text);
        for bad in ["", "0x", "zz", &text[1..], &format!("{text}00"), &text.replace('f', "é")] {
            assert_eq!(Hash32::from_hex(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_payment_is_deep_when_enough_blocks_lie_on_it_and_tron_calls_it_solid() {
        let tip = |height, solid_height| Tip { height, hash: Hash32([0; 32]), solid_height };
        let rows = [
            (Network::Btc, tip(100, None), 100, 1, true),
            (Network::Btc, tip(100, None), 100, 2, false),
            (Network::Btc, tip(101, None), 100, 2, true),
            (Network::Btc, tip(99, None), 100, 1, false),
            (Network::Btc, tip(100, None), 100, 0, true),
            (Network::Btc, tip(99, None), 100, 0, false),
            (Network::Trc20, tip(118, Some(100)), 100, 19, true),
            (Network::Trc20, tip(118, Some(99)), 100, 19, false),
            (Network::Trc20, tip(118, None), 100, 19, false),
        ];
        for (network, tip, height, required, deep) in rows {
            assert_eq!(tip.is_deep(network, height, required), deep, "{network} {tip:?} {height}");
        }
    }
}
