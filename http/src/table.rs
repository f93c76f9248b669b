//! Every endpoint there is, in one table: method, path, who may call it, and its handler.
//! Adding an endpoint is one line here and one file in `endpoints`.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::endpoints as ep;
use crate::error::Failure;
use crate::openapi::Operation;
use cryptopayment_domain::merchant::Scope;
use futures::future::BoxFuture;
use warp::http::{Method, StatusCode};

/// What an endpoint's handler gives back.
pub type Outcome = Result<Answer, Failure>;

/// Who may call an endpoint, and what it does.
pub enum Handler {
    /// Anyone.
    Open(Box<dyn Fn(Call) -> BoxFuture<'static, Outcome> + Send + Sync>),
    /// A merchant with a good key that has this scope.
    Merchant(Scope, Box<dyn Fn(Call, Caller) -> BoxFuture<'static, Outcome> + Send + Sync>),
}

/// One row.
pub struct Endpoint {
    /// The method; `GET` answers `HEAD` too.
    pub method: Method,
    /// The path, with at most one name in braces in it: `/api/v1/invoices/{id}`.
    pub pattern: &'static str,
    /// Access and handler.
    pub handler: Handler,
    /// What the document says of it.
    pub doc: fn() -> Operation,
}

impl Endpoint {
    /// The name in braces of the path; none if there is none.
    pub fn parameter(&self) -> Option<&'static str> {
        let (_, rest) = self.pattern.split_once('{')?;
        rest.split_once('}').map(|(name, _)| name)
    }
}

/// All rows that this gateway serves.
pub struct Table {
    endpoints: Vec<Endpoint>,
}

impl Table {
    /// The table; the sandbox's endpoints are in it only where there is a sandbox.
    pub fn new(sandbox: bool) -> Table {
        let mut endpoints = account();
        endpoints.extend(money_out());
        endpoints.extend(webhooks());
        endpoints.extend(pages());
        if sandbox {
            endpoints.extend([
                post("/sandbox/pay", open(ep::sandbox_pay::answer), ep::sandbox_pay::doc),
                post("/sandbox/mine", open(ep::sandbox_mine::answer), ep::sandbox_mine::doc),
                post(
                    "/sandbox/reorg",
                    open(ep::sandbox_reorganise::answer),
                    ep::sandbox_reorganise::doc,
                ),
            ]);
        }
        Table { endpoints }
    }

    /// Every row, in order.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The place of the row for this request, and the path's `{id}`.
    ///
    /// # Errors
    /// 404 `not_found`, or 405 `method_not_allowed` with what is allowed.
    pub fn find<'p>(
        &self,
        method: &Method,
        path: &'p str,
    ) -> Result<(usize, Option<&'p str>), Failure> {
        let wanted = if *method == Method::HEAD { &Method::GET } else { method };
        // The first pattern that fits is the one meant: `/pay/{id}.json` stands before `/pay/{id}`.
        let fitting = self.endpoints.iter().find_map(|row| Some((row.pattern, fit(row, path)?)));
        let (pattern, id) = fitting.ok_or_else(|| unknown_route(path))?;
        let row = |row: &Endpoint| row.pattern == pattern && row.method == *wanted;
        let place = self.endpoints.iter().position(row);
        place.map(|place| (place, id)).ok_or_else(|| self.not_allowed(method, pattern))
    }

    fn not_allowed(&self, method: &Method, pattern: &str) -> Failure {
        let rows = self.endpoints.iter().filter(|row| row.pattern == pattern);
        let allowed = rows.flat_map(|row| match row.method {
            Method::GET => vec!["GET", "HEAD"],
            Method::POST => vec!["POST"],
            _ => vec!["PUT"],
        });
        let allow = allowed.collect::<Vec<_>>().join(", ");
        let message = format!("{method} is not possible here; use one of {allow}");
        let failure = Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message);
        Failure { allow: Some(allow.into()), ..failure }
    }
}

/// Invoices, and what became of them in the balances.
fn account() -> Vec<Endpoint> {
    vec![
        post(
            "/api/v1/invoices",
            merchant(Scope::Invoices, ep::invoices_open::answer),
            ep::invoices_open::doc,
        ),
        get(
            "/api/v1/invoices",
            merchant(Scope::Read, ep::invoices_list::answer),
            ep::invoices_list::doc,
        ),
        get(
            "/api/v1/invoices/{id}",
            merchant(Scope::Read, ep::invoice_show::answer),
            ep::invoice_show::doc,
        ),
        get(
            "/api/v1/balances",
            merchant(Scope::Read, ep::balances_show::answer),
            ep::balances_show::doc,
        ),
        post(
            "/api/v1/invoices/{id}/cancel",
            merchant(Scope::Invoices, ep::invoice_cancel::answer),
            ep::invoice_cancel::doc,
        ),
        get(
            "/api/v1/balances/{coin}/entries",
            merchant(Scope::Read, ep::balance_entries::answer),
            ep::balance_entries::doc,
        ),
    ]
}

/// Withdrawals, what networks ask for them, and what coins are worth.
fn money_out() -> Vec<Endpoint> {
    vec![
        post(
            "/api/v1/withdrawals",
            merchant(Scope::Withdrawals, ep::withdrawals_request::answer),
            ep::withdrawals_request::doc,
        ),
        get(
            "/api/v1/withdrawals",
            merchant(Scope::Read, ep::withdrawals_list::answer),
            ep::withdrawals_list::doc,
        ),
        get(
            "/api/v1/withdrawals/{id}",
            merchant(Scope::Read, ep::withdrawal_show::answer),
            ep::withdrawal_show::doc,
        ),
        post(
            "/api/v1/withdrawals/{id}/cancel",
            merchant(Scope::Withdrawals, ep::withdrawal_cancel::answer),
            ep::withdrawal_cancel::doc,
        ),
        get(
            "/api/v1/networks",
            merchant(Scope::Read, ep::networks_list::answer),
            ep::networks_list::doc,
        ),
        get("/api/v1/rates", merchant(Scope::Read, ep::rates_show::answer), ep::rates_show::doc),
    ]
}

/// What is told, and where.
fn webhooks() -> Vec<Endpoint> {
    vec![
        get(
            "/api/v1/webhook",
            merchant(Scope::Read, ep::webhook_show::answer),
            ep::webhook_show::doc,
        ),
        put(
            "/api/v1/webhook",
            merchant(Scope::Webhooks, ep::webhook_set::answer),
            ep::webhook_set::doc,
        ),
        post(
            "/api/v1/webhook/test",
            merchant(Scope::Webhooks, ep::webhook_test::answer),
            ep::webhook_test::doc,
        ),
        post(
            "/api/v1/webhook/rotate-secret",
            merchant(Scope::Webhooks, ep::webhook_rotate::answer),
            ep::webhook_rotate::doc,
        ),
        get(
            "/api/v1/webhook/deliveries",
            merchant(Scope::Read, ep::deliveries_list::answer),
            ep::deliveries_list::doc,
        ),
        post(
            "/api/v1/webhook/deliveries/{id}/redeliver",
            merchant(Scope::Webhooks, ep::delivery_redeliver::answer),
            ep::delivery_redeliver::doc,
        ),
        get("/api/v1/events", merchant(Scope::Read, ep::events_list::answer), ep::events_list::doc),
    ]
}

/// What needs no key: pages, documents, the state of the gateway.
fn pages() -> Vec<Endpoint> {
    vec![
        get("/pay/{id}.json", open(ep::checkout_state::answer), ep::checkout_state::doc),
        get("/pay/{id}/qr.svg", open(ep::checkout_qr::answer), ep::checkout_qr::doc),
        get("/pay/{id}/events", open(ep::checkout_events::answer), ep::checkout_events::doc),
        get("/pay/{id}", open(ep::checkout_page::answer), ep::checkout_page::doc),
        get("/assets/checkout.css", open(ep::assets::style), ep::assets::doc),
        get("/assets/docs.css", open(ep::assets::docs_style), ep::assets::doc),
        get("/assets/checkout.js", open(ep::assets::script), ep::assets::doc),
        get("/assets/icon.svg", open(ep::assets::icon), ep::assets::doc),
        get("/openapi.json", open(ep::openapi_show::answer), ep::openapi_show::doc),
        get("/docs", open(ep::docs_page::answer), ep::docs_page::doc),
        get("/healthz", open(ep::healthz::answer), ep::healthz::doc),
        get("/readyz", open(ep::readyz::answer), ep::readyz::doc),
        get("/metrics", open(ep::metrics::answer), ep::metrics::doc),
    ]
}

fn unknown_route(path: &str) -> Failure {
    let shown: String = path.chars().take(100).collect();
    let message = format!(
        "there is nothing at {shown}; the API is under /api/v1, for example /api/v1/invoices"
    );
    Failure::not_found("not_found", message)
}

/// Whether a path fits a row's pattern, and what stands for `{id}`.
fn fit<'p>(row: &Endpoint, path: &'p str) -> Option<Option<&'p str>> {
    match row.pattern.split_once('{') {
        None => (row.pattern == path).then_some(None),
        Some((before, rest)) => {
            let (_, after) = rest.split_once('}')?;
            let id = path.strip_prefix(before)?.strip_suffix(after)?;
            (!id.is_empty() && !id.contains('/')).then_some(Some(id))
        }
    }
}

fn get(pattern: &'static str, handler: Handler, doc: fn() -> Operation) -> Endpoint {
    Endpoint { method: Method::GET, pattern, handler, doc }
}

fn post(pattern: &'static str, handler: Handler, doc: fn() -> Operation) -> Endpoint {
    Endpoint { method: Method::POST, pattern, handler, doc }
}

fn put(pattern: &'static str, handler: Handler, doc: fn() -> Operation) -> Endpoint {
    Endpoint { method: Method::PUT, pattern, handler, doc }
}

fn open<F, Fut>(handler: F) -> Handler
where
    F: Fn(Call) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Outcome> + Send + 'static,
{
    Handler::Open(Box::new(move |call| Box::pin(handler(call))))
}

fn merchant<F, Fut>(scope: Scope, handler: F) -> Handler
where
    F: Fn(Call, Caller) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Outcome> + Send + 'static,
{
    Handler::Merchant(scope, Box::new(move |call, caller| Box::pin(handler(call, caller))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pattern and `{id}` found, or the status and the methods allowed.
    fn find(method: Method, path: &str, sandbox: bool) -> Result<(String, String), (u16, String)> {
        let table = Table::new(sandbox);
        match table.find(&method, path) {
            Ok((place, id)) => {
                let pattern = table.endpoints()[place].pattern.to_owned();
                Ok((pattern, id.unwrap_or_default().to_owned()))
            }
            Err(failure) => {
                Err((failure.status.as_u16(), failure.allow.unwrap_or_default().into()))
            }
        }
    }

    #[test]
    fn paths_find_their_row() {
        let rows = [
            (Method::POST, "/api/v1/invoices", "/api/v1/invoices", ""),
            (Method::GET, "/api/v1/invoices", "/api/v1/invoices", ""),
            (Method::HEAD, "/api/v1/invoices/abc", "/api/v1/invoices/{id}", "abc"),
            (Method::POST, "/api/v1/invoices/abc/cancel", "/api/v1/invoices/{id}/cancel", "abc"),
            (Method::GET, "/api/v1/balances/BTC/entries", "/api/v1/balances/{coin}/entries", "BTC"),
            (Method::GET, "/pay/abc", "/pay/{id}", "abc"),
            (Method::GET, "/pay/abc.json", "/pay/{id}.json", "abc"),
            (Method::GET, "/pay/abc/qr.svg", "/pay/{id}/qr.svg", "abc"),
            (Method::GET, "/pay/abc/events", "/pay/{id}/events", "abc"),
        ];
        for (method, path, pattern, id) in rows {
            let found = find(method, path, false);
            assert_eq!(found, Ok((pattern.to_owned(), id.to_owned())), "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_404_and_a_wrong_method_405_with_what_is_allowed() {
        let rows = [
            (Method::GET, "/", 404, ""),
            (Method::GET, "/api/v1/invoices/", 404, ""),
            (Method::GET, "/api/v1/invoices/a/b", 404, ""),
            (Method::GET, "/api/v1/Invoices", 404, ""),
            (Method::POST, "/sandbox/pay", 404, ""),
            (Method::GET, "/pay//events", 404, ""),
            (Method::DELETE, "/api/v1/invoices", 405, "POST, GET, HEAD"),
            (Method::OPTIONS, "/api/v1/webhook", 405, "GET, HEAD, PUT"),
            (Method::POST, "/api/v1/invoices/abc", 405, "GET, HEAD"),
            (Method::POST, "/pay/abc.json", 405, "GET, HEAD"),
        ];
        for (method, path, status, allow) in rows {
            let found = find(method, path, false);
            assert_eq!(found, Err((status, allow.to_owned())), "{path}");
        }
    }

    #[test]
    fn the_sandbox_is_there_only_where_there_is_one() {
        for path in ["/sandbox/pay", "/sandbox/mine", "/sandbox/reorg"] {
            assert!(find(Method::POST, path, true).is_ok());
            assert_eq!(find(Method::GET, path, true), Err((405, "POST".to_owned())));
        }
    }
}
