//! Descriptors of the process: connections may not take those that the journal needs, for a journal
//! that cannot open its next segment ends the process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Left to everyone else: the journal, the views, nodes, and 512 webhooks in flight.
const RESERVED: u64 = 640;
/// Connections that are held however few descriptors there are.
const CONNECTIONS_MIN: usize = 64;
/// Connections to webhook endpoints that wait for their next use, with descriptors enough.
const KEPT_MAX: usize = 4096;
/// What part of the descriptors that are not reserved they may take.
const KEPT_PART: u64 = 4;

/// Asks the system for as many descriptors as it gives, and answers how many connections of clients
/// may be held: `wanted`, or fewer.
pub(crate) fn connections_max(wanted: usize) -> usize {
    let held = bounded(wanted, raised());
    if held < wanted {
        tracing::warn!(
            wanted,
            held,
            "few descriptors: fewer connections are held; raise the limit"
        );
    }
    held
}

/// How many connections to webhook endpoints may wait for their next use.
pub(crate) fn kept_max() -> usize {
    kept(raised())
}

/// As many as the system gives; none stands for as many as one likes.
fn raised() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    }
}

fn bounded(wanted: usize, descriptors: Option<u64>) -> usize {
    let Some(descriptors) = descriptors else { return wanted };
    let left = usize::try_from(descriptors.saturating_sub(RESERVED)).unwrap_or(usize::MAX);
    wanted.min(left.saturating_sub(kept(Some(descriptors))).max(CONNECTIONS_MIN))
}

fn kept(descriptors: Option<u64>) -> usize {
    let Some(descriptors) = descriptors else { return KEPT_MAX };
    let part = descriptors.saturating_sub(RESERVED) / KEPT_PART;
    usize::try_from(part).unwrap_or(KEPT_MAX).min(KEPT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_journal() {
        // Wanted, descriptors; connections held, webhook connections kept.
        let rows = [
            (8192, None, 8192, 4096),
            (8192, Some(1_048_576), 8192, 4096),
            (8192, Some(4096), 2592, 864),
            (8192, Some(1024), 288, 96),
            (100, Some(1024), 100, 96),
            (8192, Some(256), 64, 0),
            (2, Some(256), 2, 0),
        ];
        for (wanted, descriptors, held, kept_for_webhooks) in rows {
            assert_eq!(bounded(wanted, descriptors), held, "{descriptors:?}");
            assert_eq!(kept(descriptors), kept_for_webhooks, "{descriptors:?}");
        }
    }
}
