//! What an endpoint gives back: status, headers, and bytes or a stream of events.

use crate::error::Failure;
use bytes::Bytes;
use cryptopayment_actors::gateway::RenderedAnswer;
use warp::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use warp::http::{HeaderMap, Response, StatusCode};
use warp::reply::Response as WarpResponse;

/// JSON as the contract has it.
pub const JSON: &str = "application/json";

/// An answer on its way out.
pub struct Answer {
    response: WarpResponse,
}

impl Answer {
    /// Bytes of any kind.
    pub fn bytes(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
        let mut response = Response::new(body.into().into());
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Answer { response }
    }

    /// A JSON text; never kept by caches, for all of ours is of this moment.
    pub fn json(status: StatusCode, body: impl Into<Bytes>) -> Answer {
        let mut answer = Answer::bytes(status, JSON, body);
        answer.set("cache-control", HeaderValue::from_static("no-store"));
        answer
    }

    /// A recorded or fresh answer of the engine, as it goes over the wire.
    ///
    /// # Errors
    /// 500 where a record is no answer.
    pub fn rendered(rendered: RenderedAnswer) -> Result<Answer, Failure> {
        let status = StatusCode::from_u16(rendered.status)
            .map_err(|_| Failure::internal("a recorded answer has no HTTP status"))?;
        let mut answer = Answer::json(status, rendered.body);
        if let Some(location) = rendered.location {
            answer = answer.with_header("location", location);
        }
        if rendered.replayed {
            answer = answer.with_static("idempotency-replayed", "true");
        }
        Ok(answer)
    }

    /// Whatever warp has made: the streams of checkout pages.
    pub fn from_response(response: WarpResponse) -> Answer {
        Answer { response }
    }

    /// This answer with a header whose value was made at run time. A value that no header can
    /// carry is left out: ours are URLs, numbers and names.
    pub fn with_header(mut self, name: &'static str, value: String) -> Answer {
        if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value)) {
            self.set(name, value);
        }
        self
    }

    /// This answer with a header that is always the same.
    pub fn with_static(mut self, name: &'static str, value: &'static str) -> Answer {
        self.set(name, HeaderValue::from_static(value));
        self
    }

    fn set(&mut self, name: &'static str, value: HeaderValue) {
        self.response.headers_mut().insert(HeaderName::from_static(name), value);
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// For the wire.
    pub fn into_response(self) -> WarpResponse {
        self.response
    }
}
