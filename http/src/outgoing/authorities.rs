//! Certificate authorities that the operator trusts beside the system's, for webhooks: a company's
//! own, whose certificates its shops show.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, crypto};
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

/// Authorities beside those of the system.
#[derive(Clone, Debug, Default)]
pub struct Authorities(Vec<CertificateDer<'static>>);

/// The file names no authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAuthorities {
    /// There is no certificate in it.
    #[error("there is no certificate in it; it must hold PEM: -----BEGIN CERTIFICATE-----")]
    Empty,
    /// What it holds as a certificate is none.
    #[error("what it holds as a certificate is none; is the file whole?")]
    Unreadable,
}

impl Authorities {
    /// The certificates of a PEM text (RFC 7468); whatever else is in it is passed over.
    ///
    /// # Errors
    /// [`NoAuthorities`].
    pub fn from_pem(text: &[u8]) -> Result<Authorities, NoAuthorities> {
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
        let found = found.map_err(|_| NoAuthorities::Unreadable)?;
        let mut tried = RootCertStore::empty();
        for certificate in &found {
            tried.add(certificate.clone()).map_err(|_| NoAuthorities::Unreadable)?;
        }
        if found.is_empty() { Err(NoAuthorities::Empty) } else { Ok(Authorities(found)) }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// How TLS is spoken with whom these or the system's authorities speak for.
    ///
    /// # Errors
    /// Where there are none at all.
    pub(super) fn tls(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        let provider = Arc::new(crypto::aws_lc_rs::default_provider());
        let verifier = Verifier::new_with_extra_roots(self.0.clone(), Arc::clone(&provider))?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            // What is called dangerous is to bring a verifier of one's own: this is the system's.
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptopayment_test_support::Told;
    use cryptopayment_test_support::certificates::Authority;

    #[test]
    fn a_bundle_is_read_whole_or_not_at_all() -> Told<()> {
        let (one, two) = (Authority::new("one")?.pem(), Authority::new("two")?.pem());
        let of = |text: &str| Authorities::from_pem(text.as_bytes()).map(|found| found.count());
        let cut = one.lines().take(3).collect::<Vec<_>>().join("\n");
        let no_der = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let rows = [
            (one.clone(), Ok(1)),
            (format!("# ours\n{one}\n{two}"), Ok(2)),
            (String::new(), Err(NoAuthorities::Empty)),
            ("certificate".to_owned(), Err(NoAuthorities::Empty)),
            (cut, Err(NoAuthorities::Unreadable)),
            (format!("{one}{no_der}"), Err(NoAuthorities::Unreadable)),
        ];
        for (text, expected) in rows {
            assert_eq!(of(&text), expected, "{text}");
        }
        Ok(())
    }
}
