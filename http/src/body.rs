//! A request's body: whole, bounded in bytes and in time, and of the right kind.

use crate::config::HttpConfig;
use crate::error::Failure;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures::{Stream, StreamExt};
use std::pin::pin;
use std::time::Duration;
use warp::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use warp::http::{HeaderMap, StatusCode};

/// Reads the body, at most [`HttpConfig::BODY_BYTES_MAX`] of it, chunked or not.
///
/// # Errors
/// 413 `body_too_large`, 408 `request_timeout`, 400 `incomplete_body`.
pub async fn read(
    headers: &HeaderMap,
    body: impl Stream<Item = Result<impl Buf, warp::Error>>,
    time_max: Duration,
) -> Result<Bytes, Failure> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|digits| digits.parse::<u64>().ok()).unwrap_or(0);
    if announced > HttpConfig::BODY_BYTES_MAX as u64 {
        return Err(too_large());
    }
    let reading = tokio::time::timeout(time_max, collect(body));
    reading.await.unwrap_or_else(|_| Err(too_slow()))
}

async fn collect(
    body: impl Stream<Item = Result<impl Buf, warp::Error>>,
) -> Result<Bytes, Failure> {
    let mut body = pin!(body);
    let Some(first) = body.next().await else { return Ok(Bytes::new()) };
    let mut first = first.map_err(|error| incomplete(&error))?;
    if first.remaining() > HttpConfig::BODY_BYTES_MAX {
        return Err(too_large());
    }
    let first = first.copy_to_bytes(first.remaining());
    // Nearly every body comes in one piece, and is not copied.
    let Some(second) = body.next().await else { return Ok(first) };
    let mut whole = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(piece) = next {
        let piece = piece.map_err(|error| incomplete(&error))?;
        if whole.len() + piece.remaining() > HttpConfig::BODY_BYTES_MAX {
            return Err(too_large());
        }
        whole.put(piece);
        next = body.next().await;
    }
    Ok(whole.freeze())
}

/// Whether the body is said to be JSON in UTF-8.
///
/// # Errors
/// 415 `unsupported_media_type`.
pub fn check_type(headers: &HeaderMap) -> Result<(), Failure> {
    let plain = headers
        .get(CONTENT_ENCODING)
        .is_none_or(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if plain && named.is_some_and(is_json) {
        return Ok(());
    }
    Err(Failure::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "send the body as JSON, uncompressed, with Content-Type: application/json",
    ))
}

/// `application/json`, in any case; of its parameters only a `charset` of UTF-8 says anything.
fn is_json(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    let is_json =
        parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let charset_fits = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    is_json && parts.all(charset_fits)
}

fn too_large() -> Failure {
    let most = HttpConfig::BODY_BYTES_MAX / 1024;
    let message = format!("the body is larger than {most} KiB; send less");
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
}

fn too_slow() -> Failure {
    let message = "the body took too long to arrive; send it at once";
    Failure::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", message)
}

fn incomplete(error: &warp::Error) -> Failure {
    let message = "the body ended before it was whole; send it again";
    let failure = Failure::new(StatusCode::BAD_REQUEST, "incomplete_body", message);
    tracing::debug!(%error, "a body could not be read");
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_json_in_utf_8_or_refused() {
        let rows = [
            (Some("application/json"), None, true),
            (Some("Application/JSON; charset=UTF-8"), None, true),
            (Some("application/json;charset=\"utf-8\"; x=y"), None, true),
            (Some("application/json"), Some("identity"), true),
            (Some("application/json"), Some("gzip"), false),
            (Some("application/json; charset=latin-1"), None, false),
            (Some("application/x-www-form-urlencoded"), None, false),
            (Some("text/json"), None, false),
            (Some(""), None, false),
            (None, None, false),
        ];
        for (media_type, encoding, good) in rows {
            let mut headers = HeaderMap::new();
            let named = [(CONTENT_TYPE, media_type), (CONTENT_ENCODING, encoding)];
            for (name, value) in named {
                if let Some(value) = value {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            assert_eq!(check_type(&headers).is_ok(), good, "{media_type:?} {encoding:?}");
        }
    }

    #[tokio::test]
    async fn an_announced_body_is_refused_before_it_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, "65537".parse().unwrap());
        let never = futures::stream::pending::<Result<Bytes, warp::Error>>();
        let read = read(&headers, never, Duration::from_secs(1)).await;
        assert_eq!(read.unwrap_err().status.as_u16(), 413);
    }

    #[tokio::test]
    async fn pieces_are_joined_up_to_the_bound() {
        let pieces = |count: usize| {
            let piece = || Ok::<_, warp::Error>(Bytes::from(vec![b'x'; 1024]));
            futures::stream::iter((0..count).map(move |_| piece()))
        };
        for (count, length) in [(0, 0), (1, 1024), (64, HttpConfig::BODY_BYTES_MAX)] {
            assert_eq!(collect(pieces(count)).await.unwrap().len(), length);
        }
        assert_eq!(collect(pieces(65)).await.unwrap_err().code, "body_too_large");
    }
}
