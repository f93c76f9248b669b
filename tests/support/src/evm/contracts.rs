//! The tests' contracts, compiled by `solc` on this machine: no bytecode of unknown origin is
//! checked in. What was compiled is kept beside the compiler, under the hash of sources and compiler.

use crate::failure::{Failure, Told};
use crate::json::Json;
use crate::nodes::program::find;
use crate::process::tied_to_this_test;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const SOURCES: [(&str, &str); 2] = [
    ("Dollar", include_str!("../../contracts/Dollar.sol")),
    ("Forwarder", include_str!("../../contracts/Forwarder.sol")),
];

/// Reads sources as JSON from its first argument; writes code and selectors.
const COMPILE: &str = r#"
const told = JSON.parse(process.argv[1]);
const sources = Object.fromEntries(told.map(([name, content]) => [name, { content }]));
const outputSelection = { "*": { "*": ["evm.bytecode.object", "evm.methodIdentifiers"] } };
const input = { language: "Solidity", sources, settings: { evmVersion: "paris", outputSelection } };
const { contracts, errors = [] } = JSON.parse(require("solc").compile(JSON.stringify(input)));
const bad = errors.filter(({ severity }) => severity === "error");
if (bad.length) throw new Error(bad.map(({ formattedMessage }) => formattedMessage).join("\n"));
const made = told.map(([name]) => {
  const { bytecode, methodIdentifiers } = contracts[name][name].evm;
  return [name, { code: bytecode.object, methods: methodIdentifiers }];
});
process.stdout.write(JSON.stringify(Object.fromEntries(made)));
"#;

/// What was compiled.
#[derive(Debug, Clone)]
pub struct Contracts(Json);

impl Contracts {
    /// Compiles them, or takes what was compiled before; `None` if that cannot be had here.
    pub fn compiled() -> Told<Option<Self>> {
        let Some(node) = find("nodejs", "CRYPTOPAYMENT_TEST_NODE")? else { return Ok(None) };
        let Some(modules) = find("anvil", "CRYPTOPAYMENT_TEST_NODE_MODULES")? else {
            return Ok(None);
        };
        let kept = kept_at(&modules)?;
        if let Ok(bytes) = std::fs::read(&kept) {
            return Json::parse(&bytes).map(Self).map(Some);
        }
        let told = SOURCES.map(|(name, source)| {
            format!("[{},{}]", crate::json::quoted(name), crate::json::quoted(source))
        });
        let mut solc = tied_to_this_test(&node);
        solc.args(["-e", COMPILE, "--", &format!("[{}]", told.join(","))]);
        let ended = solc.env("NODE_PATH", &modules).output()?;
        if !ended.status.success() {
            return Err(Failure::new(String::from_utf8_lossy(&ended.stderr).into_owned()));
        }
        // Tests run side by side: each writes its own file, and the last one stands.
        let new = kept.with_extension(format!("{}.new", std::process::id()));
        std::fs::write(&new, &ended.stdout)?;
        std::fs::rename(&new, &kept)?;
        Json::parse(&ended.stdout).map(Self).map(Some)
    }

    /// A contract's code to be deployed, with the words of its constructor: hexadecimal.
    pub fn code(&self, contract: &str, words: &[String]) -> Told<String> {
        Ok(format!("0x{}{}", self.0.text(&format!("{contract}.code"))?, words.concat()))
    }

    /// The data of a call of `method` (`transfer(address,uint256)`) with these words.
    pub fn call(&self, contract: &str, method: &str, words: &[String]) -> Told<String> {
        let Json::Object(methods) = self.0.at(&format!("{contract}.methods"))? else {
            return Err(Failure::new("methods are no object"));
        };
        let selector = methods.iter().find(|(name, _)| name == method);
        let selector = selector.ok_or_else(|| Failure::new(format!("no {method}")))?;
        Ok(format!("0x{}{}", selector.1.text("")?, words.concat()))
    }
}

fn kept_at(modules: &Path) -> Told<PathBuf> {
    let mut hash = Sha256::new();
    hash.update(std::fs::read(modules.join("solc/package.json"))?);
    hash.update(COMPILE);
    for (_, source) in SOURCES {
        hash.update(source);
    }
    Ok(modules.join(format!("contracts-{}.json", hex::encode(&hash.finalize()[..8]))))
}

/// An address as a word of a call.
#[must_use]
pub fn address(text: &str) -> String {
    format!("{:0>64}", text.trim_start_matches("0x").to_lowercase())
}

/// A number as a word of a call.
#[must_use]
pub fn number(units: u128) -> String {
    format!("{units:064x}")
}

/// The words of two lists, addresses and amounts, as the only parameters of a call.
#[must_use]
pub fn payees(outputs: &[(&str, u128)]) -> Vec<String> {
    let count = outputs.len() as u128;
    let mut words = vec![number(64), number(64 + 32 * (count + 1)), number(count)];
    words.extend(outputs.iter().map(|(to, _)| address(to)));
    words.push(number(count));
    words.extend(outputs.iter().map(|(_, units)| number(*units)));
    words
}
