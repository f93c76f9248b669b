//! Certificate authorities that the operator trusts beside the system's, for webhooks: a company's
//! own, whose certificates its shops show.

use reqwest::{Certificate, Client};

/// Authorities beside those of the system.
#[derive(Clone, Debug, Default)]
pub struct Authorities(Vec<Certificate>);

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
        let found = Certificate::from_pem_bundle(text).map_err(|_| NoAuthorities::Unreadable)?;
        if found.is_empty() {
            return Err(NoAuthorities::Empty);
        }
        // Only a client looks into them.
        let tried = Client::builder().tls_certs_only(found.clone()).build();
        tried.map(|_| Authorities(found)).map_err(|_| NoAuthorities::Unreadable)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn certificates(&self) -> Vec<Certificate> {
        self.0.clone()
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
