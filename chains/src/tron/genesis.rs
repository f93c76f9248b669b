//! The first blocks of the public chains: how a node is known to be on the right one.
//!
//! Their last four bytes are the chain ids of TRON's JSON-RPC (main 0x2b6653dc, Nile 0xcd8690dc,
//! Shasta 0x94a9059e), as TRON's documentation lists them.

use crate::chain_name::ChainName;

const MAIN: &[&str] = &["00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc"];
/// Nile, Shasta.
const TEST: &[&str] = &[
    "0000000000000000d698d4192c56cb6be724a558448e2684802de4d6cd8690dc",
    "0000000000000000de1aa88295e1fcf982742f773e0419c5a9c134c994a9059e",
];

/// Whether a chain that begins with this block may be called so. Private chains begin with any
/// block but those of the public ones.
pub(super) fn may_be(chain: ChainName, first: &str) -> bool {
    match chain {
        ChainName::Main => MAIN.contains(&first),
        ChainName::Test => TEST.contains(&first),
        ChainName::Regtest => name_of(first).is_none(),
    }
}

/// What the public chain is called that begins with this block.
pub(super) fn name_of(first: &str) -> Option<ChainName> {
    [(ChainName::Main, MAIN), (ChainName::Test, TEST)]
        .into_iter()
        .find_map(|(name, firsts)| firsts.contains(&first).then_some(name))
}
