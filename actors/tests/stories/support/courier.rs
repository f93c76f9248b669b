//! A courier that answers as it is told, and remembers everything.

use async_trait::async_trait;
use cryptopayment_actors::ports::{Courier, Parcel, Receipt};
use cryptopayment_domain::id::EventId;
use cryptopayment_domain::time::Span;
use cryptopayment_domain::webhook::Outcome;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::watch;

/// How an endpoint answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With this status.
    Status(u16),
    /// With this status, asking for a pause.
    Busy(u16, Span),
    /// With 200, after so long.
    TakesTime(Duration),
    /// The courier gives up at once, as if its time limit had passed.
    TimesOut,
    /// Not before the endpoint is told to answer otherwise; then it has timed out.
    Hangs,
    /// Like [`Answer::Hangs`], but then it has answered 200, fourteen seconds after it was asked.
    Drips,
    /// Nobody listens.
    Refuses,
    /// The courier itself is broken.
    Panics,
}

/// One attempt as it went out.
#[derive(Clone, Debug)]
pub struct Delivered {
    pub event: EventId,
    pub url: String,
    pub signature: String,
    pub body: Value,
    /// The body as it was sent: amounts are compared by their text.
    pub text: String,
}

impl Delivered {
    /// The `event` of the payload.
    pub fn kind(&self) -> &str {
        self.body["event"].as_str().unwrap()
    }
}

#[derive(Default)]
struct Book {
    attempts: Vec<Delivered>,
    /// Now, and the most there ever were.
    in_flight: HashMap<String, (usize, usize)>,
    in_all: (usize, usize),
}

/// One answer per endpoint; 200 where none was told.
pub struct ScriptedCourier {
    answers: watch::Sender<HashMap<String, Answer>>,
    book: Mutex<Book>,
}

impl ScriptedCourier {
    pub fn new() -> ScriptedCourier {
        let (answers, _) = watch::channel(HashMap::new());
        ScriptedCourier { answers, book: Mutex::default() }
    }

    /// From now on this endpoint answers so.
    pub fn answer(&self, url: &str, answer: Answer) {
        self.answers.send_modify(|answers| {
            answers.insert(url.to_owned(), answer);
        });
    }

    /// Everything that went out, in order.
    pub fn attempts(&self) -> Vec<Delivered> {
        self.book.lock().attempts.clone()
    }

    /// What went out to an endpoint, in order.
    pub fn attempts_to(&self, url: &str) -> Vec<Delivered> {
        self.attempts().into_iter().filter(|attempt| attempt.url == url).collect()
    }

    /// Events of an invoice in the order of their attempts.
    pub fn kinds_of(&self, invoice: cryptopayment_domain::id::InvoiceId) -> Vec<String> {
        let id = invoice.to_string();
        let attempts = self.attempts();
        let own = attempts.iter().filter(|attempt| attempt.body["invoice_id"] == id.as_str());
        own.map(|attempt| attempt.kind().to_owned()).collect()
    }

    /// Attempts in flight to an endpoint now, and the most there ever were.
    pub fn in_flight(&self, url: &str) -> (usize, usize) {
        self.book.lock().in_flight.get(url).copied().unwrap_or_default()
    }

    /// The same of all endpoints together.
    pub fn in_flight_in_all(&self) -> (usize, usize) {
        self.book.lock().in_all
    }

    fn sent(&self, parcel: &Parcel) {
        let mut book = self.book.lock();
        book.attempts.push(Delivered {
            event: parcel.event,
            url: parcel.url.clone(),
            signature: parcel.signature.clone(),
            body: serde_json::from_slice(&parcel.body).unwrap(),
            text: String::from_utf8(parcel.body.clone()).unwrap(),
        });
        let endpoint = book.in_flight.entry(parcel.url.clone()).or_default();
        *endpoint = (endpoint.0 + 1, endpoint.1.max(endpoint.0 + 1));
        book.in_all = (book.in_all.0 + 1, book.in_all.1.max(book.in_all.0 + 1));
    }
}

/// Takes an attempt out of the book of those in flight, however it ended.
struct InFlight<'c>(&'c ScriptedCourier, String);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut book = self.0.book.lock();
        if let Some(endpoint) = book.in_flight.get_mut(&self.1) {
            endpoint.0 -= 1;
        }
        book.in_all.0 -= 1;
    }
}

#[async_trait]
impl Courier for ScriptedCourier {
    async fn deliver(&self, parcel: Parcel) -> Receipt {
        self.sent(&parcel);
        let _in_flight = InFlight(self, parcel.url.clone());
        let mut answers = self.answers.subscribe();
        let told = |answers: &HashMap<String, Answer>| {
            answers.get(&parcel.url).copied().unwrap_or(Answer::Status(200))
        };
        let answer = told(&answers.borrow());
        let mut took_ms = 0;
        let (outcome, retry_after) = match answer {
            Answer::Status(status) => (Outcome::Answered { status }, None),
            Answer::Busy(status, pause) => (Outcome::Answered { status }, Some(pause)),
            Answer::TakesTime(time) => {
                tokio::time::sleep(time).await;
                (Outcome::Answered { status: 200 }, None)
            }
            Answer::TimesOut => (Outcome::TimedOut, None),
            Answer::Hangs => {
                answers.wait_for(|answers| told(answers) != Answer::Hangs).await.unwrap();
                (Outcome::TimedOut, None)
            }
            Answer::Drips => {
                answers.wait_for(|answers| told(answers) != Answer::Drips).await.unwrap();
                took_ms = 14_000;
                (Outcome::Answered { status: 200 }, None)
            }
            Answer::Refuses => {
                (Outcome::Unreachable { error: "connection refused".to_owned() }, None)
            }
            Answer::Panics => panic!("the courier fell off its bicycle"),
        };
        Receipt { outcome, retry_after, took_ms, answer: "noted".to_owned() }
    }
}
