//! One connection, from its first byte to its last.

use super::wire::Wire;
use crate::dispatch::{Peer, Site};
use crate::error::Failure;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use warp::http::{Request, StatusCode};
use warp::reply::Response;

/// The bytes that a request's line and headers may have together.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// What is still read of a client that talks on after its answer, so that the answer reaches it.
const LINGER_BYTES_MAX: usize = 1024 * 1024;
const LINGER_MAX: Duration = Duration::from_secs(1);

/// What is fixed about a connection.
pub(super) struct Connection {
    pub(super) peer: IpAddr,
    pub(super) header_read_timeout: Duration,
    pub(super) write_stall_timeout: Duration,
}

impl Connection {
    /// Serves requests until either side is done. When `stopping` says so, the request under way
    /// is still answered.
    pub(super) async fn serve<S, F>(
        self,
        stream: TcpStream,
        service: S,
        stopping: watch::Receiver<bool>,
        site: &Site,
    ) where
        S: Service<Request<Incoming>, Response = Response, Error = Infallible, Future = F>,
        F: Future<Output = Result<Response, Infallible>>,
    {
        let peer = Peer(self.peer);
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            service.call(request)
        });
        let wire = Wire::new(TokioIo::new(stream), site.ids.clone(), self.write_stall_timeout);
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_read_timeout)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(wire, service);
        let ended = {
            let mut stopped = pin!(stop_said(stopping));
            let mut told = false;
            poll_fn(|cx| {
                if !told && stopped.as_mut().poll(cx).is_ready() {
                    told = true;
                    Pin::new(&mut connection).graceful_shutdown();
                }
                Pin::new(&mut connection).poll(cx)
            })
            .await
        };
        let parts = connection.into_parts();
        let mut stream = parts.io.into_inner().into_inner();
        // A head that never came whole deserves an answer; silence on a kept connection does not.
        if ended.is_err_and(|error| error.is_timeout()) && !parts.read_buf.is_empty() {
            let _ = stream.write_all(&too_slow(&site.ids.next())).await;
        }
        linger(stream).await;
    }
}

async fn stop_said(mut stopping: watch::Receiver<bool>) {
    // The sender lives as long as the server; without it there is nothing to wait for either.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// Reads what is still under way, for a while: closing on unread bytes resets the connection, and
/// the client would lose the answer it was just given (RFC 9112 §9.6).
async fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut left = LINGER_BYTES_MAX;
    let mut buffer = [0u8; 4096];
    let reading = async {
        while left > 0 {
            match stream.read(&mut buffer).await {
                Ok(read) if read > 0 => left = left.saturating_sub(read),
                Ok(_) | Err(_) => return,
            }
        }
    };
    let _ = tokio::time::timeout(LINGER_MAX, reading).await;
}

/// 408 for a head that took too long.
fn too_slow(request_id: &str) -> Vec<u8> {
    let message = "the request's headers took too long; send them at once";
    let failure = Failure::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", message);
    super::wire::plain(&failure, request_id)
}
