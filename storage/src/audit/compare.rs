//! Two trees of views, row by row and byte by byte.

use std::cmp::Ordering;

use super::{AuditReport, Finding};
use crate::keys::{KeyRange, Prefix};
use crate::views::{Direction, RawRow, Rows, ViewError};

/// Compares what the views hold with what the facts make. Checkpoints are no facts and are left
/// out.
pub(super) fn compare(
    views: &sled::Tree,
    fresh: &sled::Tree,
    report: &mut AuditReport,
) -> Result<(), ViewError> {
    let all = KeyRange { from: vec![0], to: vec![0xFF; 64] };
    let is_view =
        |row: &Result<RawRow, ViewError>| !matches!(row, Ok((key, _)) if is_checkpoint(key));
    let mut views = Rows::scan(views, &all, Direction::Forward).filter(is_view).peekable();
    let mut fresh = Rows::scan(fresh, &all, Direction::Forward).filter(is_view).peekable();
    loop {
        let order = match (views.peek(), fresh.peek()) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(Ok((views, _))), Some(Ok((fresh, _)))) => views.cmp(fresh),
            (Some(_), Some(_)) => Ordering::Equal,
        };
        report.rows += 1;
        match order {
            Ordering::Less => differs(report, views.next(), "no fact makes it")?,
            Ordering::Greater => differs(report, fresh.next(), "it is missing")?,
            Ordering::Equal => {
                let (Some(in_views), Some(in_fresh)) = (views.next(), fresh.next()) else {
                    return Ok(());
                };
                let (in_views, in_fresh) = (in_views?, in_fresh?);
                if in_views.1 != in_fresh.1 {
                    differs(report, Some(Ok(in_views)), "the facts make another value")?;
                }
            }
        }
    }
}

fn is_checkpoint(key: &[u8]) -> bool {
    key.first() == Some(&(Prefix::Checkpoint as u8))
}

fn differs(
    report: &mut AuditReport,
    row: Option<Result<RawRow, ViewError>>,
    what: &'static str,
) -> Result<(), ViewError> {
    if let Some((key, _)) = row.transpose()? {
        let key = key.iter().map(|byte| format!("{byte:02x}")).collect();
        report.found(Finding::Row { key, what });
    }
    Ok(())
}
