//! Every error code that this API knows, with its status: one line each. An endpoint names those
//! that are its own (`refuses`); those of the checks that all share follow from its row.

/// A code of an error object.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// For programs: `invalid_amount`.
    pub code: &'static str,
    /// The HTTP status it comes with; a few codes have a line for each of two.
    pub status: u16,
    /// The field that `param` names; none where it names none, or one of several.
    pub param: Option<&'static str>,
    /// What it means, with the next step.
    pub means: &'static str,
}

const fn code(status: u16, code: &'static str, means: &'static str) -> Code {
    Code { code, status, param: None, means }
}

const fn field(status: u16, code: &'static str, param: &'static str, means: &'static str) -> Code {
    Code { code, status, param: Some(param), means }
}

/// All codes, by status, then in the order in which they are checked.
#[rustfmt::skip]
pub const CODES: &[Code] = &[
    code(400, "bad_request", "This is no HTTP/1.1; send a well-formed request."),
    code(400, "incomplete_body", "The body ended before it was whole; send it again."),
    code(400, "invalid_json", "The body is no JSON, or names a key twice; the message says where."),
    code(401, "unauthorized", "No key, or a wrong one; send `Authorization: Bearer {api_key}:{api_secret}`."),
    code(403, "account_not_approved", "The operator has to approve the account first."),
    code(403, "account_suspended", "The account is suspended; ask the operator."),
    code(403, "insufficient_scope", "This key may not do this; use one that has the scope which the message names."),
    code(403, "withdrawals_frozen", "Withdrawals are stopped, by the operator or by a balance below zero; the message says which."),
    code(403, "address_not_allowed", "The operator keeps a list of your addresses, and this is none of them."),
    code(404, "not_found", "There is nothing at this path; compare it with this document."),
    code(404, "invoice_not_found", "There is no such invoice, or it is not yours; check the id."),
    code(404, "unknown_coin", "There is no such coin; the message names those there are."),
    code(404, "withdrawal_not_found", "There is no such withdrawal, or it is not yours; check the id."),
    code(404, "delivery_not_found", "There is no such delivery, or it is not yours; check the id."),
    code(405, "method_not_allowed", "The header `Allow` names the methods that are possible here."),
    code(408, "request_timeout", "The request took too long to arrive; send it at once."),
    code(409, "idempotency_in_progress", "A request with this `Idempotency-Key` is still running; ask again in a second."),
    code(409, "invoice_not_cancellable", "Only a pending invoice that has received nothing can be cancelled; the message says where it stands."),
    code(409, "not_cancellable", "The withdrawal can no longer be cancelled; the message says where it stands."),
    code(409, "insufficient_balance", "Less is available than you ask for; the message says how much."),
    code(409, "no_webhook_url", "No webhook is set; set one with `PUT /api/v1/webhook` first."),
    code(409, "not_rotating", "No rotation of the app secret is under way; begin one first."),
    code(413, "body_too_large", "The body is larger than 64 KiB; send less."),
    code(414, "uri_too_long", "The request's address is too long; send a shorter one."),
    code(415, "unsupported_media_type", "Send the body uncompressed, with `Content-Type: application/json`."),
    code(422, "invalid_body", "The body is JSON, but no object."),
    field(422, "invalid_idempotency_key", "Idempotency-Key", "An `Idempotency-Key` has 1 to 255 printed ASCII characters."),
    code(422, "idempotency_key_reused", "This `Idempotency-Key` was used with another body; use a new one for a new request."),
    field(422, "invalid_network", "network", "`network` is none of those that this gateway takes; the message names them."),
    field(422, "invalid_amount", "amount_usd", "The amount is no positive decimal number such as 50.00."),
    field(422, "amount_too_small", "amount_usd", "The amount is below the minimum, which the message names."),
    field(422, "amount_too_large", "amount_usd", "The amount is above the maximum, which the message names."),
    field(422, "invalid_order_id", "order_id", "`order_id` is a string of at most 255 characters."),
    field(422, "invalid_metadata", "metadata", "`metadata` is an object of at most 8 KiB, 50 keys and 5 levels."),
    field(422, "invalid_url", "success_url", "The address begins with https:// or http:// and has at most 2048 bytes."),
    field(422, "invalid_expires_in", "expires_in", "`expires_in` is a whole number of seconds from 300 to 86400."),
    field(422, "unknown_coin", "coin", "`coin` is none of those that this gateway has; the message names them."),
    field(422, "invalid_address", "address", "The address is none of this coin's network; compare every character."),
    field(422, "below_minimum", "amount", "The amount is below the minimum, which the message names."),
    field(422, "own_address", "address", "The address is one of the gateway's own, the token's contract or zero; use one of your wallet."),
    field(422, "invalid_page", "page", "`page` is a whole number from 1 to 1000000000."),
    code(422, "invalid_filter", "The filter that `param` names has a value that it cannot have; the message says which."),
    field(422, "invalid_webhook_url", "url", "`url` is an https address of at most 2048 bytes, or null."),
    field(422, "blocked_address", "url", "The address leads into a private network, or its name cannot be resolved."),
    field(422, "invalid_events", "events", "`events` is a list of names of events; the message names them."),
    field(422, "invalid_finish", "finish", "`finish` is true or false; leave it out to begin a rotation."),
    field(422, "unknown_address", "address", "No invoice has this address."),
    code(422, "out_of_bounds", "The number is outside its bounds, which the message names."),
    code(429, "rate_limited", "Too many requests; wait as long as `Retry-After` says, and send fewer at once."),
    code(431, "headers_too_large", "The request's headers are too large; send fewer or shorter ones."),
    code(500, "internal", "Something went wrong on our side; the operator finds it in the log under this `request_id`."),
    code(503, "overloaded", "Too much is going on at the moment; ask again in a second."),
    code(503, "store_full", "The operator's disk is nearly full; ask again later."),
    code(503, "network_unavailable", "The network is not reached or not caught up; offer another, or try again later."),
    code(503, "rate_unavailable", "There is no price for this coin at the moment; offer another network, or try again later."),
    code(503, "too_many_streams", "Too many payment pages are held open; ask for the `.json` of this page instead."),
    code(503, "not_ready", "Payments cannot be taken right now; the message names each reason."),
    code(503, "sandbox_failed", "The simulated network could not do it; the message says why."),
];

/// The entry of a code with this status; none if there is no such code.
pub fn find(code: &str, status: u16) -> Option<&'static Code> {
    CODES.iter().find(|entry| entry.code == code && entry.status == status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_listed_once_by_status() {
        let names: BTreeSet<_> = CODES.iter().map(|entry| (entry.status, entry.code)).collect();
        assert_eq!(names.len(), CODES.len(), "a code is listed twice");
        assert!(CODES.is_sorted_by_key(|entry| entry.status), "not by status");
        for entry in CODES {
            assert!(entry.means.ends_with('.') && entry.means.len() > 20, "{}", entry.code);
        }
    }
}
