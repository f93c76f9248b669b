//! The payload: the seed document's keys, in its order, without `signature`.

use super::event::EventKind;
use super::fact::Queued;
use crate::invoice::{Invoice, Status};
use crate::payment::Tip;
use crate::time::Timestamp;
use std::fmt::Write;

/// The event `kind` of `invoice`, ready to be queued, with the figures of this moment.
pub fn queue(
    invoice: &Invoice,
    kind: EventKind,
    status: Status,
    tip: Option<&Tip>,
    at: Timestamp,
) -> Queued {
    let id = invoice.terms.invoice;
    let after = match kind {
        EventKind::PaymentDetected => None,
        EventKind::PaymentConfirmed => {
            invoice.detected_at.map(|_| EventKind::PaymentDetected.id_for(id))
        }
    };
    Queued {
        event: kind.id_for(id),
        merchant: invoice.terms.merchant,
        invoice: id,
        kind,
        payload: payload(invoice, kind, status, tip, at).into_bytes(),
        after,
        at,
    }
}

/// JSON text up to the last field before `signature`, closing brace included.
fn payload(
    invoice: &Invoice,
    kind: EventKind,
    status: Status,
    tip: Option<&Tip>,
    at: Timestamp,
) -> String {
    let terms = &invoice.terms;
    let figures = invoice.figures(tip);
    let order_id = terms.order_id.as_deref().map_or_else(|| "null".to_owned(), json_string);
    let txid = figures.latest.map_or_else(|| "null".to_owned(), |id| json_string(&id.txid_text()));
    format!(
        concat!(
            r#"{{"event":"{event}","invoice_id":"{id}","order_id":{order_id},"#,
            r#""status":"{status}","network":"{network}","coin":"{coin}","#,
            r#""amount_usd":{amount_usd},"amount_crypto":{due},"paid_amount":{paid},"#,
            r#""txid":{txid},"confirmations":{confirmations},"address":{address},"#,
            r#""timestamp":"{at}"}}"#
        ),
        event = kind,
        id = terms.invoice,
        order_id = order_id,
        status = status,
        network = terms.network,
        coin = terms.network.coin(),
        amount_usd = terms.amount_usd,
        due = terms.due,
        paid = figures.paid,
        txid = txid,
        confirmations = figures.confirmations,
        address = json_string(&terms.address),
        at = at,
    )
}

/// `text` as a JSON string (RFC 8259 §7): UTF-8 as it is, `/` unescaped.
pub fn json_string(text: &str) -> String {
    let mut json = String::with_capacity(text.len().saturating_add(2));
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            // Writing to a string cannot fail.
            control if control < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            plain => json.push(plain),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::json_string;

    #[test]
    fn strings_are_escaped_as_json_asks_and_no_further() {
        let rows = [
            ("ORD-12345", r#""ORD-12345""#),
            ("a/b", r#""a/b""#),
            ("quote \" and \\", r#""quote \" and \\""#),
            ("zwölf €", "\"zwölf €\""),
            ("line\nbreak\ttab\u{1}", r#""line\nbreak\ttab\u0001""#),
        ];
        for (text, json) in rows {
            assert_eq!(json_string(text), json);
        }
    }
}
