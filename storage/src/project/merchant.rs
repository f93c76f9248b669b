//! A merchant's row, what finds it, and the answers kept under idempotency keys.

use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::merchant::{Answered, Merchant, MerchantFact};
use cryptopayment_domain::time::{Span, Timestamp};

use super::Projection;
use crate::keys::{self, Key, KeyRange, Parts, Prefix};
use crate::records::MerchantRow;
use crate::views::{Direction, ReadRows, Rows, ViewError, part};

/// How many outlived answers are dropped for each new one, so that none costs much.
const ANSWERS_DROPPED: usize = 2;

pub(super) fn project(
    views: &mut Projection<'_>,
    seq: u64,
    id: MerchantId,
    fact: &MerchantFact,
) -> Result<(), ViewError> {
    let known = views.row::<MerchantRow>(keys::merchant(id))?;
    let Some(mut row) = known else {
        return register(views, seq, id, fact);
    };
    match fact {
        MerchantFact::Registered { .. } => {
            return views.contradiction(seq, format!("merchant {id} was registered before"));
        }
        // An answer is no part of the merchant's state; its row need not be written again.
        MerchantFact::Answered(answered) => return keep_answer(views, id, answered),
        MerchantFact::KeyIssued { key, .. } => views.put_id(keys::api_key(key), id.0),
        MerchantFact::KeyRevoked { key, .. } => views.delete(keys::api_key(key)),
        MerchantFact::Approved { .. }
        | MerchantFact::Suspended { .. }
        | MerchantFact::Reinstated { .. }
        | MerchantFact::AppSecretIssued { .. }
        | MerchantFact::AddressAllowed { .. }
        | MerchantFact::WebhookSet { .. }
        | MerchantFact::EventsChosen { .. }
        | MerchantFact::RotationBegan { .. }
        | MerchantFact::RotationEnded { .. }
        | MerchantFact::WebhookPaused { .. } => {}
    }
    row.merchant.apply(fact);
    row.last_seq = seq;
    views.put(keys::merchant(id), &row)
}

fn register(
    views: &mut Projection<'_>,
    seq: u64,
    id: MerchantId,
    fact: &MerchantFact,
) -> Result<(), ViewError> {
    let Some(merchant) = Merchant::registered(fact) else {
        return views.contradiction(seq, format!("merchant {id} was never registered"));
    };
    let by_email = keys::merchant_email(&merchant.email_digest);
    if views.has(&by_email)? {
        views.contradiction(seq, format!("merchant {id} has another merchant's e-mail address"))?;
    } else {
        views.put_id(by_email, id.0);
    }
    views.put(keys::merchant(id), &MerchantRow { merchant, last_seq: seq })
}

fn keep_answer(
    views: &mut Projection<'_>,
    merchant: MerchantId,
    answered: &Answered,
) -> Result<(), ViewError> {
    let (week, digest) = (answer_week(answered.at), &answered.key_digest);
    views.put_id(keys::answered_week(week).id(merchant.0).bytes(digest), merchant.0);
    views.put(keys::answered(merchant, digest), answered)?;
    drop_outlived(views, week)
}

/// Answers of this week and the last are kept, so each for at least seven days. A clock that was
/// wrong for a while costs a few answers, and hides none.
fn drop_outlived(views: &mut Projection<'_>, week: u64) -> Result<(), ViewError> {
    let all = Key::of(Prefix::AnsweredWeek);
    let outlived = KeyRange::within(&all).before(keys::answered_week(week.saturating_sub(1)));
    let oldest = views.scan(&outlived, Direction::Forward).take(ANSWERS_DROPPED);
    for (key, _) in oldest.collect::<Result<Vec<_>, _>>()? {
        let mut parts = Parts::of(&key);
        let given_in = part(&key, parts.number())?;
        let merchant = MerchantId(part(&key, parts.id())?);
        let answer = keys::answered(merchant, part(&key, key.last_chunk())?);
        // A key that was used once more since then has a younger answer.
        let younger = views.row::<Answered>(&answer)?;
        if younger.is_some_and(|kept| answer_week(kept.at) == given_in) {
            views.delete(&answer);
        }
        views.delete(&key);
    }
    Ok(())
}

/// The week in which an answer was given, counted from the Unix epoch.
fn answer_week(at: Timestamp) -> u64 {
    const WEEK: Span = Span::from_hours(7 * 24);
    u64::try_from(at.unix_ms().div_euclid(WEEK.ms())).unwrap_or(0)
}
