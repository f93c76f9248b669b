//! Lines of a statement: as JSON by pages, as CSV (RFC 4180) in one go.

use super::list::Pagination;
use crate::json::write::{push, push_optional, push_string};
use cryptopayment_domain::ledger::Release;
use cryptopayment_domain::money::signed_text;
use cryptopayment_domain::network::Network;
use cryptopayment_storage::{LineCause, StatementLine};

/// The first line of the CSV.
pub const CSV_TITLES: &str =
    "number,created_at,type,amount,balance,invoice_id,order_id,withdrawal_id,txid\r\n";

/// A line, and the order id of its invoice.
pub struct Entry {
    /// The line.
    pub line: StatementLine,
    /// The merchant's own name for what was paid.
    pub order_id: Option<String>,
}

/// The texts of a line that both forms print.
struct Texts {
    kind: &'static str,
    amount: String,
    balance: String,
    invoice: Option<String>,
    withdrawal: Option<String>,
    txid: Option<String>,
}

impl Texts {
    fn of(line: &StatementLine, network: Network) -> Texts {
        let (kind, withdrawal, payment) = match line.cause {
            LineCause::Credit(key) => ("payment", None, Some(key.payment)),
            LineCause::Reversal(key) => ("reversal", None, Some(key.payment)),
            LineCause::CapitalGrant => ("grant", None, None),
            LineCause::Held(id) => ("withdrawal", Some(id), None),
            LineCause::Released(id, Release::Cancelled) => ("withdrawal_cancelled", Some(id), None),
            LineCause::Released(id, Release::Rejected) => ("withdrawal_rejected", Some(id), None),
        };
        Texts {
            kind,
            amount: signed_text(line.change, network),
            balance: signed_text(line.balance, network),
            invoice: line.invoice.map(|id| id.to_string()),
            withdrawal: withdrawal.map(|id| id.to_string()),
            txid: payment.map(|payment| payment.txid_text()),
        }
    }
}

/// `{"success":true,"coin":"…","entries":[…],"pagination":{…}}`.
pub fn page(network: Network, entries: &[Entry], pagination: Pagination) -> String {
    let mut out = String::with_capacity(8 * 1024);
    let key = network.balance_key();
    push(&mut out, format_args!(r#"{{"success":true,"coin":"{key}","entries":["#));
    for (place, entry) in entries.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push_entry(&mut out, network, entry);
    }
    out.push_str("],");
    pagination.push(&mut out);
    out.push('}');
    out
}

fn push_entry(out: &mut String, network: Network, entry: &Entry) {
    let texts = Texts::of(&entry.line, network);
    let (number, kind) = (entry.line.number, texts.kind);
    push(out, format_args!(r#"{{"number":{number},"type":"{kind}","amount":{}"#, texts.amount));
    push(out, format_args!(r#","balance":{},"created_at":"{}""#, texts.balance, entry.line.at));
    for (name, text) in [
        ("invoice_id", &texts.invoice),
        ("order_id", &entry.order_id),
        ("withdrawal_id", &texts.withdrawal),
        ("txid", &texts.txid),
    ] {
        out.push(',');
        push_string(out, name);
        out.push(':');
        push_optional(out, text.as_deref());
    }
    out.push('}');
}

/// One line of the CSV, its end included.
pub fn push_csv(out: &mut String, network: Network, entry: &Entry) {
    let texts = Texts::of(&entry.line, network);
    let (line, kind) = (&entry.line, texts.kind);
    push(out, format_args!("{},{},{kind}", line.number, line.at));
    // Numbers of ours: a sign before digits is no formula.
    push(out, format_args!(",{},{}", texts.amount, texts.balance));
    for text in [texts.invoice, entry.order_id.clone(), texts.withdrawal, texts.txid] {
        out.push(',');
        push_field(out, text.as_deref().unwrap_or_default());
    }
    out.push_str("\r\n");
}

/// A field of text from outside: quoted where it has to be (RFC 4180 §2), and never the beginning
/// of a formula, which a spreadsheet would run (OWASP, "CSV injection").
fn push_field(out: &mut String, text: &str) {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let quoted = formula || text.contains([',', '"', '\r', '\n']);
    if !quoted {
        out.push_str(text);
        return;
    }
    out.push('"');
    if formula {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptopayment_domain::id::{InvoiceId, WithdrawalId};
    use cryptopayment_domain::ledger::CreditKey;
    use cryptopayment_domain::payment::{Hash32, PaymentId};
    use cryptopayment_domain::time::Timestamp;
    use uuid::Uuid;

    fn entry(cause: LineCause, change: i128, order_id: Option<&str>) -> Entry {
        let line = StatementLine {
            number: 3,
            seq: 9,
            at: Timestamp::from_unix_s(1_705_312_800),
            invoice: order_id.map(|_| InvoiceId(Uuid::from_u128(1))),
            cause,
            change,
            balance: 50_000_000,
        };
        Entry { line, order_id: order_id.map(str::to_owned) }
    }

    fn csv(entry: &Entry) -> String {
        let mut out = String::new();
        push_csv(&mut out, Network::Trc20, entry);
        out
    }

    #[test]
    fn each_cause_has_its_line_in_both_forms() {
        let payment = PaymentId { network: Network::Trc20, txid: Hash32([0xAB; 32]), index: 0 };
        let key = CreditKey { payment, round: 0 };
        let credit = entry(LineCause::Credit(key), 50_000_000, Some("ORD-1"));
        assert_eq!(
            csv(&credit),
            format!(
                "3,2024-01-15T10:00:00+00:00,payment,50.00,50.00,{},ORD-1,,{}\r\n",
                Uuid::from_u128(1),
                "ab".repeat(32)
            )
        );
        let id = WithdrawalId(Uuid::from_u128(2));
        let held = entry(LineCause::Held(id), -5_000_000, None);
        let text = csv(&held);
        assert_eq!(
            text,
            format!("3,2024-01-15T10:00:00+00:00,withdrawal,-5.00,50.00,,,{},\r\n", id)
        );
        let pagination = Pagination { page: 1, total: 1 };
        let json = page(Network::Trc20, &[held], pagination);
        let expected = format!(
            concat!(
                r#"{{"success":true,"coin":"USDT-TRC20","entries":[{{"number":3,"#,
                r#""type":"withdrawal","amount":-5.00,"balance":50.00,"#,
                r#""created_at":"2024-01-15T10:00:00+00:00","invoice_id":null,"order_id":null,"#,
                r#""withdrawal_id":"{}","txid":null}}],"pagination":{{"#
            ),
            id
        );
        assert!(json.starts_with(&expected), "{json}");
        for (why, kind) in [
            (Release::Cancelled, "withdrawal_cancelled"),
            (Release::Rejected, "withdrawal_rejected"),
        ] {
            let released = entry(LineCause::Released(id, why), 5_000_000, None);
            assert!(csv(&released).contains(&format!(",{kind},5.00,")), "{kind}");
        }
    }

    #[test]
    fn what_merchants_write_is_quoted_and_never_a_formula() {
        let rows = [
            ("ORD-1", "ORD-1"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("=1+1", "\"'=1+1\""),
            ("+49 30", "\"'+49 30\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("=cmd|' /C calc'!A0,\"x\"", "\"'=cmd|' /C calc'!A0,\"\"x\"\"\""),
            ("zwölf €", "zwölf €"),
        ];
        for (order_id, field) in rows {
            let text = csv(&entry(LineCause::CapitalGrant, 1, Some(order_id)));
            assert!(text.contains(&format!(",{field},,\r\n")), "{order_id:?} → {text:?}");
        }
    }
}
