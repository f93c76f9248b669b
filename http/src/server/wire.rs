//! The bytes of a connection, watched on their way out: a client that reads nothing is let go, and
//! hyper's own refusals (a request line that is none, headers without end) leave as JSON like all
//! others.

use crate::error::Failure;
use crate::request_id::RequestIds;
use hyper::rt::{Read, ReadBufCursor, Write};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::Sleep;
use warp::http::StatusCode;

/// A connection's bytes.
pub(super) struct Wire<T> {
    inner: T,
    ids: RequestIds,
    stall_max: Duration,
    /// Runs while the client takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    /// What is sent in place of hyper's bytes, and how much of it has been.
    replacement: Option<(Vec<u8>, usize)>,
}

impl<T> Wire<T> {
    pub(super) fn new(inner: T, ids: RequestIds, stall_max: Duration) -> Wire<T> {
        Wire { inner, ids, stall_max, stalled: None, replacement: None }
    }

    pub(super) fn into_inner(self) -> T {
        self.inner
    }

    /// Passes progress on; where there is none, lets the clock decide.
    fn watched<R>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let stall_max = self.stall_max;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(stall_max)));
        ready!(stalled.as_mut().poll(cx));
        let message = "the client has read nothing for too long";
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, message)))
    }
}

impl<T: Write + Unpin> Wire<T> {
    /// Puts our own words in place of hyper's, if these bytes are such.
    fn replace(&mut self, bytes: &[u8]) {
        self.replacement = hypers_own(bytes).map(|refusal| {
            let request_id = self.ids.next();
            tracing::debug!(request_id, code = refusal.code, "refused before it was a request");
            (plain(&refusal, &request_id), 0)
        });
    }

    /// Writes the replacement out; hyper's `length` bytes count as written once it is gone.
    fn write_replacement(
        &mut self,
        cx: &mut Context<'_>,
        length: usize,
    ) -> Poll<io::Result<usize>> {
        while let Some((bytes, sent)) = &mut self.replacement {
            let polled = Pin::new(&mut self.inner).poll_write(cx, &bytes[*sent..]);
            if let Poll::Ready(Ok(written)) = polled {
                *sent += written;
                if written == 0 || *sent >= bytes.len() {
                    self.replacement = None;
                }
            } else {
                ready!(self.watched(cx, polled))?;
            }
        }
        Poll::Ready(Ok(length))
    }
}

impl<T: Read + Unpin> Read for Wire<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<T: Write + Unpin> Write for Wire<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.replacement.is_none() {
            self.replace(bytes);
        }
        if self.replacement.is_some() {
            return self.write_replacement(cx, bytes.len());
        }
        let polled = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.watched(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let head: &[u8] = slices.first().map_or(&[], |slice| slice);
        if self.replacement.is_none() {
            self.replace(head);
        }
        if self.replacement.is_some() {
            return self.write_replacement(cx, head.len());
        }
        let polled = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.watched(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(cx);
        self.watched(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// The refusal to send instead, if these bytes begin an answer that is not ours. All of ours
/// carry a request id; what hyper answers by itself carries nothing.
fn hypers_own(bytes: &[u8]) -> Option<Failure> {
    let status = bytes.strip_prefix(b"HTTP/1.1 ").or_else(|| bytes.strip_prefix(b"HTTP/1.0 "))?;
    if !status.starts_with(b"4") || contains(bytes, b"x-request-id") {
        return None;
    }
    let failure = match status.get(..3) {
        Some(b"431") => Failure::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "headers_too_large",
            "the request's headers are too large; send fewer or shorter ones",
        ),
        Some(b"414") => Failure::new(
            StatusCode::URI_TOO_LONG,
            "uri_too_long",
            "the request's address is too long; send a shorter one",
        ),
        _ => Failure::new(
            StatusCode::BAD_REQUEST,
            "bad_request",
            "this is no HTTP/1.1 request; check the request line and the headers",
        ),
    };
    Some(failure)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A refusal as the bytes of a whole answer, after which the connection is closed.
pub(super) fn plain(failure: &Failure, request_id: &str) -> Vec<u8> {
    let body = failure.body(request_id);
    let (status, length) = (failure.status, body.len());
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\ncache-control: no-store\r\nx-request-id: {request_id}\r\n\r\n"
    );
    [head.into_bytes(), body.into_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper_util::rt::TokioIo;
    use std::future::poll_fn;
    use std::time::Instant;

    async fn write<T: Write + Unpin>(wire: &mut Wire<T>, bytes: &[u8]) -> io::Result<usize> {
        poll_fn(|cx| Pin::new(&mut *wire).poll_write(cx, bytes)).await
    }

    #[tokio::test]
    async fn who_reads_nothing_is_let_go_and_who_reads_slowly_is_not() {
        let stall_max = Duration::from_millis(50);
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut wire = Wire::new(TokioIo::new(ours), RequestIds::new(), stall_max);
        let bytes = [b'x'; 64];
        assert_eq!(write(&mut wire, &bytes).await.unwrap(), 64);
        let began = Instant::now();
        let error = write(&mut wire, &bytes).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() >= stall_max);

        let mut read = [0; 64];
        tokio::io::AsyncReadExt::read_exact(&mut theirs, &mut read).await.unwrap();
        assert_eq!(write(&mut wire, &bytes).await.unwrap(), 64, "there is room again");
    }

    #[tokio::test]
    async fn hypers_own_refusals_leave_as_json_even_through_a_narrow_pipe() {
        let (ours, mut theirs) = tokio::io::duplex(7);
        let mut wire = Wire::new(TokioIo::new(ours), RequestIds::new(), Duration::from_secs(60));
        let own = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\r\n";
        let reading = tokio::spawn(async move {
            let mut text = String::new();
            tokio::io::AsyncReadExt::read_to_string(&mut theirs, &mut text).await.unwrap();
            text
        });
        assert_eq!(write(&mut wire, own).await.unwrap(), own.len());
        drop(wire);
        let text = reading.await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        assert!(body.contains(r#""code":"headers_too_large""#), "{body}");
    }

    #[test]
    fn our_own_answers_pass_as_they_are() {
        for ours in [
            &b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 404 Not Found\r\nx-request-id: req_1\r\n\r\n",
            b"{\"success\":true}",
            b"",
        ] {
            assert!(hypers_own(ours).is_none());
        }
    }
}
