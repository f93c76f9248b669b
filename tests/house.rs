//! The house keeps itself: doors between rooms, no drawers, files and functions that do not grow.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which rooms a room may call. Downhill only.
const DOORS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("chains", &["domain"]),
    ("storage", &["domain"]),
    ("actors", &["domain", "chains", "storage"]),
    ("http", &["domain", "actors", "storage"]),
    ("benches", &["domain", "chains", "storage", "actors", "http"]),
    ("tests/support", &[]),
    // The stand-in shares no code with the adapter it judges.
    ("tests/tron-node", &["test-support"]),
];

/// Names that say nothing about what is inside.
const DRAWERS: &[&str] =
    &["utils", "util", "helpers", "helper", "common", "misc", "types", "manager"];

/// The longest file and the longest function of the tree. A ratchet: lower them when you can,
/// never raise them without saying why in the same commit.
const FILE_LINES_MAX: usize = 420;
const FUNCTION_LINES_MAX: usize = 80;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file of the repository that we wrote.
fn rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let rooms = ["actors", "benches", "chains", "domain", "http", "src", "storage", "tests"];
    let mut folders: Vec<PathBuf> = rooms.iter().map(|room| root().join(room)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder can be listed") {
            let path = entry.expect("an entry can be read").path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("rs") => files.push(path),
                _ if path.is_dir() && !path.ends_with("target") => folders.push(path),
                _ => {}
            }
        }
    }
    assert!(files.len() > 50, "the walk found only {} files", files.len());
    files
}

#[test]
fn doors_between_rooms_lead_downhill_only() {
    for (room, allowed) in DOORS {
        let manifest = std::fs::read_to_string(root().join(room).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        for line in dependencies.lines().filter(|line| !line.starts_with("name")) {
            let Some(rest) = line.trim().strip_prefix("cryptopayment-") else { continue };
            let other = rest.split(['.', ' ', '=']).next().unwrap();
            assert!(allowed.contains(&other), "{room} may not call {other}");
        }
    }
}

#[test]
fn only_storage_knows_sled_and_bincode() {
    for room in ["domain", "chains", "actors", "http", "benches", "tests/support", "."] {
        let manifest = std::fs::read_to_string(root().join(room).join("Cargo.toml")).unwrap();
        let package = manifest.split("[package]").nth(1).unwrap();
        for secret in ["sled", "bincode"] {
            let names = |line: &&str| line.trim().starts_with(secret);
            assert_eq!(package.lines().find(names), None, "{room} knows {secret}");
        }
    }
}

#[test]
fn no_module_is_a_drawer() {
    for path in rust_files() {
        let relative = path.strip_prefix(root()).unwrap();
        for part in relative.with_extension("").components() {
            let part = part.as_os_str().to_str().unwrap();
            assert!(!DRAWERS.contains(&part), "{} is a drawer", relative.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in rust_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not begin with //!", path.display());
    }
}

#[test]
fn files_and_functions_do_not_grow() {
    let mut longest_functions = BTreeMap::new();
    for path in rust_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        assert!(lines <= FILE_LINES_MAX, "{} has {lines} lines", path.display());
        if let Some((length, line)) = longest_function(&text) {
            longest_functions.insert(length, (path, line));
        }
    }
    let (length, (path, line)) = longest_functions.last_key_value().unwrap();
    assert!(
        *length <= FUNCTION_LINES_MAX,
        "the function at {}:{line} has {length} lines",
        path.display()
    );
}

/// Length and first line of the longest function, by rustfmt's indentation: a function ends at the
/// first line that is its own indentation and a closing brace.
fn longest_function(text: &str) -> Option<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut longest = None;
    for (start, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let is_function =
            ["fn ", "pub fn ", "pub(crate) fn ", "pub(super) fn ", "async fn ", "pub async fn "]
                .iter()
                .any(|head| trimmed.starts_with(head));
        if !is_function || line.ends_with(';') || line.ends_with('}') {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - trimmed.len()]);
        let length = lines[start..].iter().position(|line| *line == end).map(|end| end + 1);
        longest = longest.max(length.map(|length| (length, start + 1)));
    }
    longest
}

#[test]
fn nothing_speaks_of_one_machine() {
    let skipped = ["Cargo.lock", "house.rs"];
    for path in rust_files() {
        if skipped.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let home = ["/home/", "/root/"].iter().any(|home| line.contains(home));
            assert!(!home, "{}:{} names a path of one machine", path.display(), number + 1);
        }
    }
}
