//! Descriptors of the process: connections may not take those that the journal needs, for a journal
//! that cannot open its next segment ends the process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Left to everyone else: the journal, the views, nodes, and 512 webhooks in flight.
const RESERVED: u64 = 640;
/// Connections that are held however few descriptors there are.
const CONNECTIONS_MIN: usize = 64;

/// Asks the system for as many descriptors as it gives, and answers how many connections may be
/// held: `wanted`, or fewer.
pub(super) fn connections_max(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let descriptors = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let held = bounded(wanted, descriptors);
    if held < wanted {
        tracing::warn!(
            wanted,
            held,
            "few descriptors: fewer connections are held; raise the limit"
        );
    }
    held
}

/// None stands for as many as one likes.
fn bounded(wanted: usize, descriptors: Option<u64>) -> usize {
    let Some(descriptors) = descriptors else { return wanted };
    let left = usize::try_from(descriptors.saturating_sub(RESERVED)).unwrap_or(usize::MAX);
    wanted.min(left.max(CONNECTIONS_MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_journal() {
        let rows = [
            (8192, None, 8192),
            (8192, Some(1_048_576), 8192),
            (8192, Some(1024), 384),
            (100, Some(1024), 100),
            (8192, Some(256), 64),
            (2, Some(256), 2),
        ];
        for (wanted, descriptors, held) in rows {
            assert_eq!(bounded(wanted, descriptors), held, "{descriptors:?}");
        }
    }
}
