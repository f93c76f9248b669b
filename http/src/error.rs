//! A failed request: a code for programs, a sentence with the next step for people, and a detail
//! for the log that no client ever sees.

use crate::answer::Answer;
use crate::json::write::push_string;
use std::borrow::Cow;
use warp::http::StatusCode;

/// Why a request is not done. Becomes the JSON error of the contract (see [`Failure::render`]).
#[derive(Debug)]
pub struct Failure {
    /// The HTTP status.
    pub status: StatusCode,
    /// For programs: `invalid_amount`.
    pub code: &'static str,
    /// For people, with the next step.
    pub message: Cow<'static, str>,
    /// The field that is wrong.
    pub param: Option<&'static str>,
    /// Seconds after which another try makes sense, for 429 and 503.
    pub retry_after_s: Option<u32>,
    /// Methods for the `Allow` header of a 405.
    pub allow: Option<Box<str>>,
    /// For the operator's log only.
    pub detail: Option<Box<str>>,
}

impl Failure {
    /// A failure of this status and code.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Failure {
        let message = message.into();
        Failure {
            status,
            code,
            message,
            param: None,
            retry_after_s: None,
            allow: None,
            detail: None,
        }
    }

    /// 422: a field's value is wrong.
    pub fn invalid(
        code: &'static str,
        param: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Failure {
        let failure = Failure::new(StatusCode::UNPROCESSABLE_ENTITY, code, message);
        Failure { param: Some(param), ..failure }
    }

    /// 404: the thing asked for is not there, or belongs to somebody else.
    pub fn not_found(code: &'static str, message: impl Into<Cow<'static, str>>) -> Failure {
        Failure::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 400: the body is not what it has to be before its fields are looked at.
    pub fn bad_json(message: impl Into<Cow<'static, str>>) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, "invalid_json", message)
    }

    /// 503: not now.
    pub fn unavailable(
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
        retry_after_s: u32,
    ) -> Failure {
        let failure = Failure::new(StatusCode::SERVICE_UNAVAILABLE, code, message);
        Failure { retry_after_s: Some(retry_after_s), ..failure }
    }

    /// 500: something of ours went wrong; `detail` goes to the log.
    pub fn internal(detail: impl Into<String>) -> Failure {
        let failure = Failure::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong on our side; it is in the operator's log under this request_id",
        );
        Failure { detail: Some(detail.into().into_boxed_str()), ..failure }
    }

    /// The answer to the client: the contract's error object and the headers that belong to it.
    pub fn render(&self, request_id: &str) -> Answer {
        let mut answer = Answer::json(self.status, self.body(request_id));
        if let Some(seconds) = self.retry_after_s {
            answer = answer.with_header("retry-after", seconds.to_string());
        }
        if let Some(allow) = &self.allow {
            answer = answer.with_header("allow", allow.to_string());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            answer = answer.with_header("www-authenticate", r#"Bearer realm="api""#.to_owned());
        }
        answer
    }

    /// `{"success":false,"error":{…},"request_id":"…"}`.
    pub fn body(&self, request_id: &str) -> String {
        let mut out = String::with_capacity(192);
        out.push_str(r#"{"success":false,"error":{"code":""#);
        out.push_str(self.code);
        out.push_str(r#"","message":"#);
        push_string(&mut out, &self.message);
        if let Some(param) = self.param {
            out.push_str(r#","param":"#);
            push_string(&mut out, param);
        }
        out.push_str(r#"},"request_id":"#);
        push_string(&mut out, request_id);
        out.push('}');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_speaks_to_programs_and_people_and_keeps_the_detail() {
        let failure =
            Failure::invalid("invalid_amount", "amount_usd", "send a \"positive\" number");
        assert_eq!(
            failure.body("req_1"),
            r#"{"success":false,"error":{"code":"invalid_amount","message":"send a \"positive\" number","param":"amount_usd"},"request_id":"req_1"}"#
        );
        let hidden = Failure::internal("sled says no");
        assert!(!hidden.body("req_2").contains("sled"));
    }
}
