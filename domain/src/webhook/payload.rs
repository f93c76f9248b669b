//! The payload: the seed document's keys, in its order, without `signature`.

use super::event::EventKind;
use super::fact::Queued;
use crate::id::{EventId, InvoiceId, MerchantId, WithdrawalId};
use crate::invoice::{Invoice, Status};
use crate::payment::{PaymentId, Tip};
use crate::time::Timestamp;
use std::fmt::Write;

/// What an invoice's event tells, beside the invoice itself.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'t> {
    /// Which event.
    pub kind: EventKind,
    /// The payment it is about: its transaction and its confirmations are shown. None where it is
    /// about the invoice, whose figures are shown then.
    pub payment: Option<PaymentId>,
    /// The status it tells.
    pub status: Status,
    /// The scanned tip: where confirmations are counted from.
    pub tip: Option<&'t Tip>,
    /// The invoice's event before this one.
    pub after: Option<EventId>,
    /// When.
    pub at: Timestamp,
}

/// An event of `invoice`, ready to be queued, with the figures of this moment.
pub fn queue(invoice: &Invoice, telling: &Telling<'_>) -> Queued {
    let Telling { kind, after, at, .. } = *telling;
    let (subject, merchant) = (invoice.terms.invoice.into(), invoice.terms.merchant);
    let payload = payload(invoice, telling).into_bytes();
    let event = invoice.event_id(kind, telling.payment);
    Queued { event, merchant, subject, kind, payload, after, at }
}

/// A test of a merchant's endpoint, ready to be queued: the seed's keys with figures of nothing, of
/// an invoice that does not exist.
pub fn queue_test(merchant: MerchantId, invoice: InvoiceId, at: Timestamp) -> Queued {
    let kind = EventKind::WebhookTest;
    let payload = format!(
        concat!(
            r#"{{"event":"{event}","invoice_id":"{id}","order_id":null,"status":"pending","#,
            r#""network":"btc","coin":"BTC","amount_usd":0,"amount_crypto":0,"paid_amount":0,"#,
            r#""txid":null,"confirmations":0,"address":"","timestamp":"{at}"}}"#
        ),
        event = kind,
        id = invoice,
        at = at,
    );
    let (event, subject) = (kind.id_for(invoice), invoice.into());
    Queued { event, merchant, subject, kind, payload: payload.into_bytes(), after: None, at }
}

/// A withdrawal's event, ready to be queued. `payload` is its JSON object, made once, with the keys
/// `event` and `withdrawal_id` first and without `signature`, which each attempt appends as the
/// last key; `after` is the withdrawal's event before this one.
pub fn queue_for_withdrawal(
    withdrawal: WithdrawalId,
    merchant: MerchantId,
    kind: EventKind,
    payload: String,
    after: Option<EventId>,
    at: Timestamp,
) -> Queued {
    let (event, subject) = (kind.id_for(withdrawal), withdrawal.into());
    Queued { event, merchant, subject, kind, payload: payload.into_bytes(), after, at }
}

/// JSON text up to the last field before `signature`, closing brace included.
fn payload(invoice: &Invoice, telling: &Telling<'_>) -> String {
    let Telling { kind, status, tip, at, .. } = *telling;
    let terms = &invoice.terms;
    let figures = invoice.figures(tip);
    let about = telling.payment.and_then(|payment| invoice.payment(payment));
    let latest = about.map(|payment| payment.id).or(figures.latest);
    let confirmations = about.map_or(figures.confirmations, |payment| payment.confirmations(tip));
    let order_id = terms.order_id.as_deref().map_or_else(|| "null".to_owned(), json_string);
    let txid = latest.map_or_else(|| "null".to_owned(), |id| json_string(&id.txid_text()));
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
        confirmations = confirmations,
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
    use super::*;
    use crate::fact::Fact;
    use crate::invoice::story::stage::{OPENED_AT, Stage, block, cents, terms};
    use crate::invoice::{Command, Observation, Opened};
    use crate::network::Network;
    use crate::payment::{BlockRef, Hash32, PaymentId, Tip};
    use crate::time::Span;
    use crate::usd::Usd;
    use crate::webhook::{AppSecret, DeliveryFact};

    const SEED_DOCUMENT: &str = include_str!("../../../docs/seed-api.txt");
    const INVOICE: &str = "550e8400-e29b-41d4-a716-446655440000";
    const ADDRESS: &str = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";

    /// The sample as it stands in the document, without its line breaks and spaces, and with what
    /// it abbreviates written out.
    fn sample(txid: &str, signature: &str) -> String {
        let from = SEED_DOCUMENT.find("{\n\"event\": \"payment_confirmed\"").unwrap();
        let (sample, _) = SEED_DOCUMENT[from..].split_once("\n}").unwrap();
        format!("{sample}}}")
            .replace('\n', "")
            .replace("\": ", "\":")
            .replace("550e8400-...", INVOICE)
            .replace("a1b2c3...", txid)
            .replace("TXxx...", ADDRESS)
            .replace("hmac-sha256-hash", signature)
    }

    /// The sample's invoice: 50 USDT on TRON, opened at 10:00.
    fn sample_terms() -> Opened {
        Opened {
            invoice: INVOICE.parse().unwrap(),
            amount_usd: Usd::from_cents(5000),
            due: cents(Network::Trc20, 5000),
            confirmations_required: 19,
            address: ADDRESS.into(),
            order_id: Some("ORD-12345".into()),
            ..terms(Network::Trc20)
        }
    }

    /// Mines one payment of so many cents in block 100 and lets the chain grow to `height`.
    fn pay(stage: &mut Stage, network: Network, paid: u128, height: u64) -> PaymentId {
        let payment = PaymentId { network, txid: Hash32([0xa1; 32]), index: 0 };
        let BlockRef { hash, .. } = block(100, b'a', stage.clock);
        let tip = |height| Tip { height, hash, solid_height: Some(height) };
        stage.tip = tip(100);
        let amount = cents(network, paid);
        stage.observe(payment, Observation::Mined { amount, block: block(100, b'a', stage.clock) });
        stage.tip = tip(height);
        stage.deepen();
        payment
    }

    fn queued(stage: &Stage) -> Vec<&Queued> {
        let mut queued = Vec::new();
        for fact in &stage.facts {
            if let Fact::Delivery(_, DeliveryFact::Queued(event)) = fact {
                queued.push(&**event);
            }
        }
        queued
    }

    fn text(queued: &Queued) -> &str {
        std::str::from_utf8(&queued.payload).unwrap()
    }

    #[test]
    fn the_payload_is_the_seed_documents_sample_byte_for_byte() {
        let mut stage = Stage::new(sample_terms());
        stage.clock = stage.clock.plus(Span::from_minutes(5));
        let payment = pay(&mut stage, Network::Trc20, 5000, 118);
        let [_, confirmed] = queued(&stage)[..] else { panic!("two events") };
        let secret = AppSecret::from_key([7; 32]);
        let signed = secret.sign_payload(&confirmed.payload, confirmed.subject, confirmed.kind);
        let signature = secret.sign_body(confirmed.subject, confirmed.kind);
        let expected = sample(&payment.txid_text(), &signature);
        assert_eq!(String::from_utf8(signed).unwrap(), expected);
    }

    #[test]
    fn each_event_has_the_figures_of_its_own_moment() {
        let mut stage = Stage::new(sample_terms());
        pay(&mut stage, Network::Trc20, 5000, 118);
        let [detected, confirmed] = queued(&stage)[..] else { panic!("two events") };
        let money = r#""amount_crypto":50.00,"paid_amount":50.00,"txid":"a1a1"#;
        for (event, status, confirmations) in [
            (detected, r#""status":"confirming","#, r#""confirmations":1,"#),
            (confirmed, r#""status":"confirmed","#, r#""confirmations":19,"#),
        ] {
            for part in [status, money, confirmations] {
                assert!(text(event).contains(part), "{part} is not in {}", text(event));
            }
        }
        assert_eq!((detected.after, confirmed.after), (None, Some(detected.event)));
    }

    #[test]
    fn straight_to_confirmed_the_first_event_still_says_confirming() {
        let mut stage = Stage::new(Opened { confirmations_required: 1, ..sample_terms() });
        pay(&mut stage, Network::Trc20, 5000, 100);
        let [detected, confirmed] = queued(&stage)[..] else { panic!("two events") };
        for (event, status) in [(detected, "confirming"), (confirmed, "confirmed")] {
            assert!(text(event).contains(&format!(r#""status":"{status}","#)), "{}", text(event));
            assert!(text(event).contains(r#""confirmations":1,"#), "{}", text(event));
        }
    }

    #[test]
    fn marked_paid_the_event_still_says_how_deep_the_credited_money_lies() {
        let mut stage = Stage::new(terms(Network::Ltc));
        pay(&mut stage, Network::Ltc, 6000, 104);
        let (credit, reason) = (cents(Network::Ltc, 4000), "the rest in cash".into());
        stage.tell(&Command::MarkPaid { credit, reason, tip: Some(stage.tip) }).unwrap();
        let [_, confirmed] = queued(&stage)[..] else { panic!("two events") };
        assert!(text(confirmed).contains(r#""paid_amount":60.00,"#), "{}", text(confirmed));
        assert!(text(confirmed).contains(r#""confirmations":5,"#), "{}", text(confirmed));
    }

    #[test]
    fn what_is_absent_is_null_and_evm_transactions_carry_their_prefix() {
        let mut stage = Stage::new(terms(Network::Eth));
        let (credit, reason) = (cents(Network::Eth, 0), "paid in cash".into());
        stage.tell(&Command::MarkPaid { credit, reason, tip: None }).unwrap();
        let [confirmed] = queued(&stage)[..] else { panic!("one event") };
        assert_eq!(confirmed.after, None, "there was nothing to detect");
        assert!(text(confirmed).contains(r#""order_id":null,"#));
        assert!(text(confirmed).contains(r#""paid_amount":0,"txid":null,"confirmations":0,"#));

        let mut stage = Stage::new(terms(Network::Bep20));
        pay(&mut stage, Network::Bep20, 10_000, 102);
        assert!(text(queued(&stage)[1]).contains(r#""txid":"0xa1a1"#));
    }

    #[test]
    fn a_test_has_the_seeds_keys_in_the_seeds_order() {
        let invoice = InvoiceId(uuid::Uuid::from_u128(7));
        let test = queue_test(MerchantId(uuid::Uuid::nil()), invoice, OPENED_AT);
        let keys = |text: &str| -> Vec<String> {
            text.split(',').map(|field| field.split(':').next().unwrap().to_owned()).collect()
        };
        let mut sample = keys(&sample("", ""));
        assert_eq!(sample.pop().as_deref(), Some("\"signature\""));
        assert_eq!(keys(text(&test)), sample);
        assert_eq!(test.event, EventKind::WebhookTest.id_for(invoice));
    }

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
