//! Certificates made while a test runs, and a door that speaks TLS with them.

use crate::failure::Told;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What is wrong with a certificate, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// Its time was over long ago.
    Expired,
    /// Its time has not come.
    Early,
    /// Nobody signed it but itself.
    SelfSigned,
}

/// A certificate authority of a test's own.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// A new one, known to nobody.
    pub fn new(name: &str) -> Told<Self> {
        let mut wanted = CertificateParams::new(Vec::new())?;
        wanted.distinguished_name.push(DnType::CommonName, name);
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        Ok(Self(CertifiedIssuer::self_signed(wanted, key)?))
    }

    /// Its own certificate, which those who trust it are given.
    #[must_use]
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// What a server of this name (or address) needs to speak TLS.
    pub fn server(&self, name: &str, flaw: Flaw) -> Told<Arc<ServerConfig>> {
        let key = KeyPair::generate()?;
        let mut wanted = CertificateParams::new(vec![name.to_owned()])?;
        match flaw {
            Flaw::Expired => wanted.not_after = date_time_ymd(2020, 1, 1),
            Flaw::Early => wanted.not_before = date_time_ymd(4000, 1, 1),
            Flaw::None | Flaw::SelfSigned => {}
        }
        let made = match flaw {
            Flaw::SelfSigned => wanted.self_signed(&key),
            Flaw::None | Flaw::Expired | Flaw::Early => wanted.signed_by(&key, &self.0),
        };
        let made = CertificateDer::from(made?);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![made], key)?;
        Ok(Arc::new(config))
    }
}

/// Speaks TLS to whoever comes, and passes on what they say in the clear. Closed when dropped.
pub struct TlsDoor {
    /// Where it listens.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl TlsDoor {
    /// A door to `inside`.
    pub async fn to(inside: SocketAddr, config: Arc<ServerConfig>) -> Told<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(config);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever does not like the certificate goes away again.
                tokio::spawn(pass(stream, acceptor.clone(), inside));
            }
        });
        Ok(Self { address, task })
    }
}

impl Drop for TlsDoor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(stream: TcpStream, acceptor: TlsAcceptor, inside: SocketAddr) -> Option<()> {
    let mut outer = acceptor.accept(stream).await.ok()?;
    let mut inner = TcpStream::connect(inside).await.ok()?;
    copy_bidirectional(&mut outer, &mut inner).await.ok()?;
    Some(())
}
