//! What a merchant's endpoint is told of a withdrawal, if it has asked for it.

use super::state::Withdrawal;
use crate::fact::Fact;
use crate::id::EventId;
use crate::time::Timestamp;
use crate::webhook::{DeliveryFact, EventKind, EventSet, json_string, queue_for_withdrawal};

/// The queued event, for the commit of what it tells; none where it is not wanted.
pub(super) fn tell(
    withdrawal: &Withdrawal,
    kind: EventKind,
    wanted: EventSet,
    after: Option<EventId>,
    at: Timestamp,
) -> Option<Fact> {
    if !wanted.contains(kind) {
        return None;
    }
    let request = &withdrawal.request;
    let (id, merchant) = (request.withdrawal, request.merchant);
    let payload = payload(withdrawal, kind, at);
    let queued = queue_for_withdrawal(id, merchant, kind, payload, after, at);
    Some(Fact::Delivery(queued.event, DeliveryFact::Queued(Box::new(queued))))
}

fn payload(withdrawal: &Withdrawal, kind: EventKind, at: Timestamp) -> String {
    let request = &withdrawal.request;
    let usd_value = request.usd_value.map_or_else(|| "null".to_owned(), |usd| usd.to_string());
    format!(
        concat!(
            r#"{{"event":"{event}","withdrawal_id":"{id}","status":"{status}","coin":"{coin}","#,
            r#""amount":{amount},"network_fee":{fee},"net_amount":{net},"address":{address},"#,
            r#""txid":null,"usd_value":{usd_value},"timestamp":"{at}"}}"#
        ),
        event = kind,
        id = request.withdrawal,
        status = withdrawal.status,
        coin = request.amount.network().balance_key(),
        amount = request.amount,
        fee = request.fee,
        net = request.net(),
        address = json_string(&request.address),
        usd_value = usd_value,
        at = at,
    )
}
