//! A connection that brings only so much between two requests.
//!
//! An HTTP client reads on for as long as something comes that is no answer yet: `100 Continue`
//! without end kept its thread busy, and everybody else on it waiting. So the bound is here, below
//! HTTP: whatever it is that comes, it is not more than this.

use hyper_util::client::legacy::connect::{Connected, Connection};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What may come after a request: a head, and more of a body than is wanted.
pub(super) const BYTES_PER_REQUEST_MAX: usize = 64 * 1024;

/// What TCP and TLS have in common.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// The connection.
pub(super) struct Metered {
    stream: Box<dyn Stream>,
    left: usize,
}

impl Metered {
    pub(super) fn new(stream: impl Stream + 'static) -> Metered {
        Metered { stream: Box::new(stream), left: BYTES_PER_REQUEST_MAX }
    }
}

impl Connection for Metered {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 {
            let error = io::Error::other("more came than belongs to an answer");
            return Poll::Ready(Err(error));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let came = buffer.filled().len().saturating_sub(before);
        self.left = self.left.saturating_sub(came);
        read
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // HTTP writes nothing but requests.
        self.left = BYTES_PER_REQUEST_MAX;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn each_request_may_be_answered_by_so_much_and_no_more() {
        let (mut theirs, ours) = tokio::io::duplex(4 * BYTES_PER_REQUEST_MAX);
        theirs.write_all(&[b'x'; 3 * BYTES_PER_REQUEST_MAX]).await.unwrap();
        let mut ours = Metered::new(ours);
        for _ in 0..2 {
            ours.write_all(b"a request").await.unwrap();
            let mut answer = vec![0; BYTES_PER_REQUEST_MAX];
            ours.read_exact(&mut answer).await.unwrap();
            let more = ours.read_u8().await.unwrap_err();
            assert_eq!(more.kind(), io::ErrorKind::Other);
        }
    }
}
