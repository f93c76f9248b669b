//! A merchant's row, what finds it, and the answers kept under idempotency keys.

use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::merchant::{Answered, Merchant, MerchantFact};
use cryptopayment_domain::time::Span;

use super::Projection;
use crate::keys::{self, Key, KeyRange, Parts, Prefix};
use crate::records::MerchantRow;
use crate::views::{Direction, ReadRows, Rows, ViewError, part};

/// How long an answer is kept for repetitions of its request: seven days.
const ANSWER_KEPT: Span = Span::from_hours(7 * 24);
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
        | MerchantFact::WebhookSet { .. } => {}
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
    let key = keys::answered(merchant, &answered.key_digest);
    if let Some(before) = views.row::<Answered>(&key)? {
        views.delete(keys::answered_at(before.at, merchant, &before.key_digest));
    }
    drop_outlived(views, answered)?;
    views.put_mark(keys::answered_at(answered.at, merchant, &answered.key_digest));
    views.put(key, answered)
}

fn drop_outlived(views: &mut Projection<'_>, newest: &Answered) -> Result<(), ViewError> {
    let all = Key::of(Prefix::AnsweredAt);
    let limit = all.clone().instant(newest.at.minus(ANSWER_KEPT));
    let outlived = KeyRange::within(&all).before(limit);
    let oldest = views.scan(&outlived, Direction::Forward).take(ANSWERS_DROPPED);
    for (key, _) in oldest.collect::<Result<Vec<_>, _>>()? {
        let mut parts = Parts::of(&key);
        part(&key, parts.instant())?;
        let merchant = MerchantId(part(&key, parts.id())?);
        let digest = part(&key, parts.take())?;
        views.delete(keys::answered(merchant, &digest));
        views.delete(&key);
    }
    Ok(())
}
