//! Admins, payments set aside for a human, restored backups, and the freeze of all withdrawals.

use cryptopayment_domain::operator::{Freeze, OperatorFact, Restored, freeze};

use super::Projection;
use crate::keys;
use crate::records::{AdminRow, SetAsideRow};
use crate::views::{ReadRows, ViewError};

pub(super) fn project(
    views: &mut Projection<'_>,
    seq: u64,
    fact: &OperatorFact,
) -> Result<(), ViewError> {
    match fact {
        OperatorFact::AdminRegistered { email_sealed, email_digest, password_sealed, at } => {
            let key = keys::admin(email_digest);
            if views.has(&key)? {
                return views.contradiction(seq, "an admin has another one's e-mail address");
            }
            let admin = AdminRow {
                email_sealed: email_sealed.clone(),
                password_sealed: password_sealed.clone(),
                registered_at: *at,
            };
            views.put(key, &admin)
        }
        OperatorFact::PaymentSetAside(aside) => {
            let key = keys::set_aside(aside.payment);
            // Set aside again (in another block, say): what is booked stays booked.
            let booked = views.row::<SetAsideRow>(&key)?.is_some_and(|row| row.booked);
            views.put(key, &SetAsideRow { aside: (**aside).clone(), booked })
        }
        OperatorFact::SuspenseBooked { payment, .. } => {
            let key = keys::set_aside(*payment);
            match views.row::<SetAsideRow>(&key)? {
                Some(row) if row.booked => {
                    views.contradiction(seq, format!("payment {payment} was booked before"))
                }
                Some(row) => views.put(key, &SetAsideRow { booked: true, ..row }),
                None => views.contradiction(seq, format!("payment {payment} was never set aside")),
            }
        }
        OperatorFact::Restored(restored) => {
            skip(views, seq, restored)?;
            follow_freeze(views, fact)
        }
        OperatorFact::WithdrawalsFrozen { .. } | OperatorFact::FreezeLifted { .. } => {
            follow_freeze(views, fact)
        }
    }
}

fn follow_freeze(views: &mut Projection<'_>, fact: &OperatorFact) -> Result<(), ViewError> {
    match freeze::after(views.row::<Freeze>(keys::freeze())?, fact) {
        Some(frozen) => views.put(keys::freeze(), &frozen)?,
        None => views.delete(keys::freeze()),
    }
    Ok(())
}

/// No address that may have been shown after the backup is given to anybody else.
fn skip(views: &mut Projection<'_>, seq: u64, restored: &Restored) -> Result<(), ViewError> {
    for skipped in &restored.skipped {
        let counter = keys::next_index(skipped.network);
        let next = views.row::<u32>(&counter)?.unwrap_or(0);
        views.put(counter, &next.max(skipped.next))?;
        views.put(keys::skipped(skipped.network, seq), skipped)?;
    }
    Ok(())
}
