//! The freeze: one switch that holds the withdrawals of all merchants. Requests are still taken
//! and reviewed; nothing is handed out to be paid while it is on.

use super::fact::OperatorFact;
use crate::time::Timestamp;

/// The longest reason that is kept, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// All withdrawals stand still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// Why the switch is not moved. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has to be said why.
    #[error("say why in at most {REASON_CHARS_MAX} characters; it is kept in the journal")]
    NoReason,
    /// It is on.
    #[error("withdrawals are frozen already")]
    Frozen,
    /// It is off.
    #[error("withdrawals are not frozen")]
    NotFrozen,
}

/// Freezes all withdrawals.
///
/// # Errors
/// [`Refusal::NoReason`], [`Refusal::Frozen`].
pub fn freeze(now: Option<&Freeze>, reason: &str, at: Timestamp) -> Result<OperatorFact, Refusal> {
    let reason = checked(reason)?;
    match now {
        Some(_) => Err(Refusal::Frozen),
        None => Ok(OperatorFact::WithdrawalsFrozen { reason, at }),
    }
}

/// Lets withdrawals go on.
///
/// # Errors
/// [`Refusal::NoReason`], [`Refusal::NotFrozen`].
pub fn lift(now: Option<&Freeze>, reason: &str, at: Timestamp) -> Result<OperatorFact, Refusal> {
    let reason = checked(reason)?;
    match now {
        Some(_) => Ok(OperatorFact::FreezeLifted { reason, at }),
        None => Err(Refusal::NotFrozen),
    }
}

/// What a fact makes of the switch.
#[must_use]
pub fn after(now: Option<Freeze>, fact: &OperatorFact) -> Option<Freeze> {
    match fact {
        OperatorFact::Restored(restored) => Some(Freeze {
            reason: format!("restored from a backup of {}", restored.backup_at),
            since: restored.at,
        }),
        OperatorFact::WithdrawalsFrozen { reason, at } => {
            Some(Freeze { reason: reason.clone(), since: *at })
        }
        OperatorFact::FreezeLifted { .. } => None,
        OperatorFact::AdminRegistered { .. }
        | OperatorFact::PaymentSetAside(_)
        | OperatorFact::SuspenseBooked { .. } => now,
    }
}

fn checked(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(Refusal::NoReason);
    }
    Ok(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::Restored;

    const AT: Timestamp = Timestamp::from_unix_s(1_705_312_800);

    fn frozen(reason: &str) -> Option<Freeze> {
        Some(Freeze { reason: reason.to_owned(), since: AT })
    }

    #[test]
    fn the_switch_moves_only_where_it_is_not_already_and_only_with_a_reason() {
        let long = "x".repeat(REASON_CHARS_MAX + 1);
        let on = OperatorFact::WithdrawalsFrozen { reason: "audit".to_owned(), at: AT };
        let off = OperatorFact::FreezeLifted { reason: "audit".to_owned(), at: AT };
        let rows = [
            // Now, why, what freezing makes, what lifting makes.
            (None, "audit", Ok(on.clone()), Err(Refusal::NotFrozen)),
            (None, "  audit\n", Ok(on), Err(Refusal::NotFrozen)),
            (frozen("a"), "audit", Err(Refusal::Frozen), Ok(off)),
            (None, " ", Err(Refusal::NoReason), Err(Refusal::NoReason)),
            (frozen("a"), "", Err(Refusal::NoReason), Err(Refusal::NoReason)),
            (frozen("a"), long.as_str(), Err(Refusal::NoReason), Err(Refusal::NoReason)),
        ];
        for (now, reason, freezes, lifts) in rows {
            assert_eq!(freeze(now.as_ref(), reason, AT), freezes, "{now:?} {reason:?}");
            assert_eq!(lift(now.as_ref(), reason, AT), lifts, "{now:?} {reason:?}");
        }
    }

    #[test]
    fn a_restored_backup_freezes_until_somebody_lifts_it() {
        let restored = Restored { backup_at: AT, backup_seq: 7, skipped: Vec::new(), at: AT };
        let restored = OperatorFact::Restored(Box::new(restored));
        let by_backup = frozen("restored from a backup of 2024-01-15T10:00:00+00:00");
        assert_eq!(after(None, &restored), by_backup);
        assert_eq!(after(frozen("audit"), &restored), by_backup);
        let lifted = lift(by_backup.as_ref(), "looked", AT).unwrap();
        assert_eq!(after(by_backup, &lifted), None);
        let again = freeze(None, "audit", AT).unwrap();
        assert_eq!(after(None, &again), frozen("audit"));
    }
}
