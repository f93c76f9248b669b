//! One withdrawal as merchants see it, and pages of them.

use super::list::Pagination;
use crate::json::write::{push, push_optional, push_string};
use cryptopayment_domain::withdrawal::{Status, Withdrawal};

/// `{"success":true,"withdrawal":{…}}`.
pub fn answer(withdrawal: &Withdrawal) -> String {
    let mut out = String::with_capacity(512);
    out.push_str(r#"{"success":true,"withdrawal":"#);
    push_withdrawal(&mut out, withdrawal);
    out.push('}');
    out
}

/// `{"success":true,"withdrawals":[…],"pagination":{…}}`.
pub fn page(withdrawals: &[Withdrawal], pagination: Pagination) -> String {
    let mut out = String::with_capacity(8 * 1024);
    out.push_str(r#"{"success":true,"withdrawals":["#);
    for (place, withdrawal) in withdrawals.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push_withdrawal(&mut out, withdrawal);
    }
    out.push_str("],");
    pagination.push(&mut out);
    out.push('}');
    out
}

/// The object of one withdrawal.
pub fn push_withdrawal(out: &mut String, withdrawal: &Withdrawal) {
    let request = &withdrawal.request;
    let (id, key) = (request.withdrawal, request.amount.network().balance_key());
    push(out, format_args!(r#"{{"id":"{id}","coin":"{key}","amount":{}"#, request.amount));
    push(out, format_args!(r#","network_fee":{},"net_amount":{}"#, request.fee, request.net()));
    out.push_str(r#","address":"#);
    push_string(out, &request.address);
    let status = withdrawal.status;
    push(out, format_args!(r#","status":"{status}","txid":null,"usd_value":"#));
    match request.usd_value {
        Some(value) => push(out, value),
        None => out.push_str("null"),
    }
    push(out, format_args!(r#","created_at":"{}""#, request.at));
    push(out, format_args!(r#","network":"{}","status_detail":"#, request.amount.network()));
    push_string(out, detail(withdrawal));
    out.push_str(r#","approved_at":"#);
    push_optional(out, withdrawal.approved_at.map(|at| at.to_string()).as_deref());
    out.push_str(r#","ended_at":"#);
    push_optional(out, withdrawal.ended_at.map(|at| at.to_string()).as_deref());
    out.push('}');
}

/// What the status means for the money, in a sentence; of a rejected one the operator's reason.
fn detail(withdrawal: &Withdrawal) -> &str {
    match withdrawal.status {
        Status::PendingReview => "the amount is held; the operator decides",
        Status::Approved => {
            "the amount is held; this version of the gateway does not pay out yet: it waits, and can be cancelled"
        }
        Status::Cancelled => "cancelled; the amount is available again",
        Status::Rejected => withdrawal.reason.as_deref().unwrap_or("rejected by the operator"),
    }
}
