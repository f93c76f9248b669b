//! How the courier gets to an endpoint: name, addresses that were checked, TCP, TLS where it is to be
//! spoken.

use super::metered::Metered;
use super::resolver::GuardedResolver;
use futures::future::select_ok;
use hyper::Uri;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::error::Error;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;

/// Makes connections for one of the courier's two clients.
#[derive(Clone)]
pub(super) struct Transport {
    pub(super) resolver: GuardedResolver,
    /// None where nothing is encrypted.
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// How long making one may take. A connection that is begun and then not needed, because another
    /// became free, goes on being made behind its attempt's back: it must have an end of its own.
    pub(super) time_max: Duration,
}

/// Of a name that has more, the others are checked and not tried.
const ADDRESSES_TRIED_MAX: usize = 8;
/// RFC 8305 §5.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

type Trouble = Box<dyn Error + Send + Sync>;

impl Transport {
    async fn connect(self, uri: Uri) -> Result<Metered, Trouble> {
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if self.tls.is_some() { 443 } else { 80 });
        let stream = reach(&self.resolver.addresses(host, port).await?).await?;
        stream.set_nodelay(true)?;
        let Some(tls) = self.tls else { return Ok(Metered::new(stream)) };
        let name = ServerName::try_from(host.to_owned())?;
        Ok(Metered::new(TlsConnector::from(tls).connect(name, stream).await?))
    }
}

/// The first of these addresses that lets itself be connected to. The next is tried a moment after the
/// one before, whether that one has failed or says nothing: as in RFC 8305, a way that is broken (IPv6,
/// often) must not take the others' time.
async fn reach(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut wait = Duration::ZERO;
    let tries = addresses.iter().take(ADDRESSES_TRIED_MAX).map(|address| {
        let after = wait;
        wait = wait.saturating_add(NEXT_ADDRESS_AFTER);
        Box::pin(async move {
            tokio::time::sleep(after).await;
            TcpStream::connect(address).await
        })
    });
    select_ok(tries.collect::<Vec<_>>()).await.map(|(stream, _)| stream)
}

impl Service<Uri> for Transport {
    type Response = TokioIo<Metered>;
    type Error = Trouble;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Metered>, Trouble>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Trouble>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (transport, time_max) = (self.clone(), self.time_max);
        Box::pin(async move {
            let made = tokio::time::timeout(time_max, transport.connect(uri)).await;
            made.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?.map(TokioIo::new)
        })
    }
}
