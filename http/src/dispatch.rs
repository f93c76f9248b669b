//! A request's way: the checks that all endpoints share, in the order of the contract, then the
//! endpoint. Whatever goes wrong becomes one JSON error; nothing that a client sends becomes a 500.

use crate::answer::Answer;
use crate::body;
use crate::call::{Call, Caller};
use crate::client_address::client_address;
use crate::context::HttpContext;
use crate::credentials::Credentials;
use crate::error::Failure;
use crate::limits::{Limits, Subject};
use crate::meters::Meters;
use crate::pages::live::Live;
use crate::request_id::RequestIds;
use crate::table::{Handler, Outcome, Table};
use crate::{openapi, pages};
use bytes::{Buf, Bytes};
use cryptopayment_domain::merchant::Scope;
use futures::{FutureExt, Stream};
use std::convert::Infallible;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument;
use warp::Filter;
use warp::http::header::{HeaderName, HeaderValue};
use warp::http::{HeaderMap, Method};
use warp::path::FullPath;
use warp::reply::Response;

/// Everything that the server has, shared by all requests.
pub struct Site {
    /// What it was given.
    pub context: HttpContext,
    /// Every endpoint.
    pub table: Table,
    /// Who has asked how much.
    pub limits: Limits,
    /// Names of requests.
    pub ids: RequestIds,
    /// The checkout pages that are held open.
    pub live: Live,
    /// Counts and durations, a row per endpoint.
    pub meters: Meters,
    /// What `/openapi.json` says.
    pub document: Bytes,
    /// What `/docs` shows.
    pub docs: Bytes,
}

impl Site {
    /// A site that serves this context.
    pub fn new(context: HttpContext) -> Site {
        let table = Table::new(context.gateway.has_sandbox());
        let document = openapi::document(&table, &context.config.public_url);
        Site {
            limits: Limits::new(context.config.rate_limit),
            ids: RequestIds::new(),
            live: Live::new(context.config.streams_max),
            meters: Meters::new(&table),
            document: document.pretty().into(),
            docs: pages::docs::page(&document).text().into(),
            table,
            context,
        }
    }
}

/// The other end of a connection; put into each request's extensions by the accept loop.
#[derive(Clone, Copy)]
pub struct Peer(pub IpAddr);

/// A request's line and headers.
struct Head {
    method: Method,
    query: Option<String>,
    headers: HeaderMap,
    peer: Peer,
}

/// The whole site as one warp filter: warp takes the request apart, the table finds the endpoint.
/// (A chain of one filter per endpoint could not keep the order of checks, nor name in a 405 what
/// is allowed.)
pub fn filter(
    site: Arc<Site>,
) -> impl Filter<Extract = (Response,), Error = warp::Rejection> + Clone {
    let query =
        warp::query::raw().map(Some).or_else(|_| std::future::ready(Ok::<_, Infallible>((None,))));
    warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<Peer>())
        .and(warp::body::stream())
        .then(move |method, path, query, headers, peer, body| {
            let site = Arc::clone(&site);
            respond(site, path, Head { method, query, headers, peer }, body)
        })
}

async fn respond(
    site: Arc<Site>,
    path: FullPath,
    head: Head,
    body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send,
) -> Response {
    let began = Instant::now();
    let request_id = site.ids.next();
    let method = head.method.clone();
    let found = site.table.find(&method, path.as_str());
    let row = found.as_ref().ok().map(|(row, _)| *row);
    let id = found.map(|(row, id)| (row, id.map(str::to_owned)));
    // Every line that is written on the way to the answer carries the name of the request, whatever
    // the level.
    let span = tracing::error_span!("request", request_id);
    let handling = AssertUnwindSafe(handle(&site, id, head, body)).catch_unwind();
    let outcome = handling
        .instrument(span.clone())
        .await
        .unwrap_or_else(|_| Err(Failure::internal("the handler of this request panicked")));
    let answer = span.in_scope(|| {
        let answer = outcome.unwrap_or_else(|failure| {
            log(&failure, (&method, path.as_str()));
            failure.render(&request_id)
        });
        let (status, took) = (answer.status().as_u16(), began.elapsed());
        tracing::debug!(%method, path = path.as_str(), status, ?took, "answered");
        answer
    });
    site.meters.count(row, answer.status(), began.elapsed());
    finish(answer, request_id)
}

async fn handle(
    site: &Arc<Site>,
    found: Result<(usize, Option<String>), Failure>,
    head: Head,
    body: impl Stream<Item = Result<impl Buf, warp::Error>>,
) -> Outcome {
    let (row, id) = found?;
    let endpoint = &site.table.endpoints()[row];
    let config = &site.context.config;
    let body = body::read(&head.headers, body, config.body_read_timeout).await?;
    let client = client_address(head.peer.0, &head.headers, &config.trusted_proxies);
    let call = Call {
        site: Arc::clone(site),
        id,
        query: head.query.unwrap_or_default(),
        head_only: head.method == Method::HEAD,
        headers: head.headers,
        body,
        client,
    };
    // What has no body has no type either: a cancel needs none.
    let is_typed = matches!(endpoint.method, Method::POST | Method::PUT) && !call.body.is_empty();
    match &endpoint.handler {
        Handler::Open(handler) => {
            admit(site, None, client)?;
            if is_typed {
                body::check_type(&call.headers)?;
            }
            handler(call).await
        }
        Handler::Merchant(scope, handler) => {
            let caller = recognise(&site.context, &call.headers, *scope)?;
            admit(site, Some(&caller), client)?;
            if is_typed {
                body::check_type(&call.headers)?;
            }
            handler(call, caller).await
        }
    }
}

/// 401 and 403.
fn recognise(context: &HttpContext, headers: &HeaderMap, needed: Scope) -> Result<Caller, Failure> {
    let credentials = Credentials::read(headers)?;
    let caller = context.merchant_of_key(credentials.key)?.ok_or_else(Credentials::unknown)?;
    credentials.check(&caller.merchant, needed)?;
    Ok(caller)
}

/// 429.
fn admit(site: &Site, caller: Option<&Caller>, client: IpAddr) -> Result<(), Failure> {
    let now = Instant::now();
    if let Some(caller) = caller {
        site.limits.take(Subject::Key(caller.key.clone()), now)?;
    }
    site.limits.take(Subject::address(client), now)
}

fn log(failure: &Failure, (method, path): (&Method, &str)) {
    let (code, status) = (failure.code, failure.status.as_u16());
    match &failure.detail {
        Some(detail) => tracing::error!(%method, path, status, code, detail, "failed"),
        None => tracing::debug!(%method, path, status, code, "refused"),
    }
}

/// What every answer carries.
fn finish(answer: Answer, request_id: String) -> Response {
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(request_id)) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(HeaderName::from_static("x-content-type-options"), nosniff);
    response
}
