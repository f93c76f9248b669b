//! The checkout page of one invoice. Everything is there without JavaScript; the script keeps it
//! fresh, copies, counts down, and shows the sandbox's levers.

use super::sentences::{Told, tell};
use super::shell::{Page, STYLE};
use super::{qr, state::State};
use crate::context::HttpContext;
use crate::error::Failure;
use cryptopayment_domain::invoice::{Figures, Invoice, Status, standing};
use cryptopayment_domain::money::Money;
use maud::{Markup, PreEscaped, html};

/// Seconds after which a browser without JavaScript looks again.
const RELOAD_S: u32 = 15;

/// The page of an invoice, as it is now.
///
/// # Errors
/// 500, when no QR code can be made.
pub fn page(context: &HttpContext, invoice: &Invoice) -> Result<Page, Failure> {
    let tip = context.tip(invoice.terms.network);
    let figures = invoice.figures(tip.as_ref());
    let uri = context.payment_uri(invoice);
    let state = State::of(invoice, tip.as_ref(), &uri).at(context.gateway.now());
    let view = View {
        invoice,
        told: tell(invoice, &figures),
        figures,
        uri: &uri,
        code: qr::svg(&uri)?,
        sandbox: context.gateway.has_sandbox(),
        state: &state,
    };
    Ok(Page {
        title: format!("Pay {} USD", invoice.terms.amount_usd),
        style: &STYLE,
        live: true,
        reload_s: (!view.is_over()).then_some(RELOAD_S),
        main: view.main(),
    })
}

struct View<'a> {
    invoice: &'a Invoice,
    told: Told,
    figures: Figures,
    uri: &'a str,
    code: String,
    sandbox: bool,
    state: &'a str,
}

impl View<'_> {
    fn is_over(&self) -> bool {
        matches!(standing(self.invoice).status, Status::Confirmed)
    }

    /// What is to be sent: the rest where a part is there.
    fn asked(&self) -> Money {
        let remaining = self.figures.remaining;
        if remaining.is_zero() { self.invoice.terms.due } else { remaining }
    }

    fn main(&self) -> Markup {
        let terms = &self.invoice.terms;
        html! {
            main id="checkout" data-id=(terms.invoice) data-network=(terms.network)
                data-status=(standing(self.invoice).status) data-state=(self.state) {
                header {
                    p.amount { (terms.amount_usd) " USD" }
                    p.network { (terms.network.label()) }
                }
                div role="status" aria-live="polite" {
                    h1 data-text="headline" { (self.told.headline) }
                    p data-text="sentence" { (self.told.sentence) }
                }
                (self.pay())
                (self.progress())
                (self.details())
                (self.links())
                @if self.sandbox { (levers()) }
            }
        }
    }

    fn pay(&self) -> Markup {
        let terms = &self.invoice.terms;
        let expires_at = terms.expires_at.to_string();
        html! {
            section id="pay" hidden[!self.told.payable] aria-label="How to pay" {
                figure {
                    div id="qr" role="img" aria-label=(self.code_label()) {
                        (PreEscaped(&self.code))
                    }
                    figcaption { "Scan it with your wallet, or copy amount and address." }
                }
                a.button id="wallet" href=(self.uri) hidden[!is_uri(self.uri)] { "Open in wallet" }
                p.left {
                    "Pay before "
                    time id="expires" datetime=(expires_at) { (readable(&expires_at)) }
                    span id="left" hidden {}
                }
                p.warning {
                    strong { "Only " (terms.network.label()) ". " }
                    "Coins sent over another network cannot be seen here and may be lost."
                }
            }
        }
    }

    /// TRON's wallets read a bare address; the others find the amount in the code too.
    fn code_label(&self) -> &'static str {
        if is_uri(self.uri) {
            "QR code with address and amount"
        } else {
            "QR code with the address"
        }
    }

    fn progress(&self) -> Markup {
        let required = u64::from(self.invoice.terms.confirmations_required);
        let received = self.figures.confirmations;
        let seen = self.invoice.payments.iter().any(|payment| payment.is_present());
        html! {
            section id="progress" hidden[!seen] aria-label="Confirmations" {
                progress id="bar" max=(required) value=(received.min(required)) {}
                p {
                    span data-text="received" { (received.min(required)) }
                    " of "
                    span { (required) }
                    " confirmations"
                }
            }
        }
    }

    fn details(&self) -> Markup {
        let terms = &self.invoice.terms;
        let coin = terms.network.coin();
        html! {
            dl {
                dt { "Amount" }
                dd {
                    span { code id="amount" data-text="asked" { (self.asked()) } " " (coin) }
                    (copy("amount", "Copy the amount"))
                }
                dt { "Address" }
                dd { code id="address" { (terms.address) } (copy("address", "Copy the address")) }
                dt { "Received" }
                dd { span { span data-text="paid" { (self.figures.paid) } " " (coin) } }
            }
        }
    }

    fn links(&self) -> Markup {
        let terms = &self.invoice.terms;
        let over = self.is_over();
        let back = self.told.payable || standing(self.invoice).status == Status::Expired;
        html! {
            nav {
                @if let Some(url) = &terms.success_url {
                    a.button id="success" href=(url) rel="noreferrer" hidden[!over] {
                        "Back to the shop"
                    }
                }
                @if let Some(url) = &terms.cancel_url {
                    a id="cancel" href=(url) rel="noreferrer" hidden[!back] { "Back without paying" }
                }
            }
        }
    }
}

/// A button that the script brings to life; without it there is nothing to press.
fn copy(what: &str, label: &str) -> Markup {
    html! { button type="button" data-copy=(what) aria-label=(label) hidden { "Copy" } }
}

/// What only simulated networks have.
fn levers() -> Markup {
    html! {
        section id="sandbox" hidden aria-label="Sandbox" {
            h2 { "Sandbox" }
            p { "Simulated networks: no real money moves." }
            button type="button" data-lever="pay" { "Pay" }
            button type="button" data-lever="mine" { "Mine a block" }
            button type="button" data-lever="reorg" { "Reorganise" }
            p id="said" role="status" {}
        }
    }
}

/// TRON's wallets read bare addresses, which lead nowhere as a link.
fn is_uri(text: &str) -> bool {
    text.contains(':')
}

/// `2024-01-15T10:30:00+00:00` for people.
fn readable(instant: &str) -> String {
    match (instant.get(..10), instant.get(11..16)) {
        (Some(date), Some(time)) => format!("{time} UTC on {date}"),
        _ => instant.to_owned(),
    }
}

/// The page for whoever has no invoice.
pub fn not_found() -> Page {
    Page {
        title: "Nothing to pay here".to_owned(),
        style: &STYLE,
        live: false,
        reload_s: None,
        main: html! {
            main {
                h1 { "Nothing to pay here" }
                p { "There is no payment page at this address. Please go back to the shop, and ask \
                     there for a new link." }
            }
        },
    }
}
