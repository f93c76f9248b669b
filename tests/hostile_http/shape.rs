//! What every refusal looks like.

use cryptopayment_test_support::wire::Response;
use cryptopayment_test_support::{Json, Told};

/// Checks that `answer` is the contract's error with this status and code, about this field.
pub fn is_refused(case: &str, answer: &Response, status: u16, code: &str, param: &str) -> Told<()> {
    let text = answer.text();
    assert_eq!(answer.status, status, "{case}: {text}");
    let kind = answer.headers.get("content-type").unwrap_or_default();
    assert!(kind.starts_with("application/json"), "{case}: {kind}: {text}");
    assert!(answer.headers.get("x-request-id").is_some(), "{case}: no X-Request-Id");
    let body = answer.json().map_err(|failure| failure.while_doing(case))?;
    assert_eq!(*body.at("success")?, Json::Bool(false), "{case}: {text}");
    assert_eq!(body.text("error.code")?, code, "{case}: {text}");
    assert!(body.text("error.message")?.len() > 10, "{case}: no sentence: {text}");
    assert!(!body.text("request_id")?.is_empty(), "{case}: {text}");
    if !param.is_empty() {
        assert_eq!(body.text("error.param")?, param, "{case}: {text}");
    }
    Ok(())
}
