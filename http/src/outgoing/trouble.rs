//! How an attempt failed, in words of our own: a library's error text may hold the URL, and the URL a
//! merchant's secret.

use super::guard::BlockedAddress;
use super::resolver::BlockedName;
use cryptopayment_domain::webhook::Outcome;
use rustls::CertificateError;
use std::error::Error;
use std::io;

/// What became of an attempt that ended so.
pub(super) fn outcome(error: &hyper_util::client::legacy::Error) -> Outcome {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(reason) = blocked(error) {
            return Outcome::Blocked { reason };
        }
        if let Some(error) = error.downcast_ref::<io::Error>()
            && let Some(text) = certificate(error).or_else(|| connection(error))
        {
            return Outcome::Unreachable { error: text.to_owned() };
        }
        cause = inner(error);
    }
    let text = if error.is_connect() {
        "no connection could be made (name unknown, or no TLS)"
    } else {
        "what came back is no HTTP answer"
    };
    Outcome::Unreachable { error: text.to_owned() }
}

/// What is behind an error. What an I/O error was made of does not count as its source, but as itself.
fn inner<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let made_of = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    made_of.map(|error| error as &(dyn Error + 'static)).or_else(|| error.source())
}

fn blocked(error: &(dyn Error + 'static)) -> Option<String> {
    let by_address = error.downcast_ref::<BlockedAddress>().map(ToString::to_string);
    by_address.or_else(|| error.downcast_ref::<BlockedName>().map(ToString::to_string))
}

/// What is wrong with the endpoint's certificate, where that is what is wrong.
fn certificate(error: &io::Error) -> Option<&'static str> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::InvalidCertificate(wrong) = error else { return None };
    Some(if matches!(wrong, CertificateError::Expired | CertificateError::ExpiredContext { .. }) {
        "the endpoint's certificate has expired"
    } else if matches!(
        wrong,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }
    ) {
        "the endpoint's certificate is not valid yet"
    } else if matches!(
        wrong,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
    ) {
        "the endpoint's certificate is for another name"
    } else if *wrong == CertificateError::UnknownIssuer {
        "the endpoint's certificate is from no authority that is trusted here (self-signed, or \
         sent without the certificates between)"
    } else {
        "the endpoint's certificate is not valid"
    })
}

fn connection(error: &io::Error) -> Option<&'static str> {
    CONNECTION_TEXTS.iter().find(|(kind, _)| *kind == error.kind()).map(|(_, text)| *text)
}

const CONNECTION_TEXTS: [(io::ErrorKind, &str); 9] = [
    (io::ErrorKind::ConnectionRefused, "the connection was refused"),
    (io::ErrorKind::ConnectionReset, "the connection was reset"),
    (io::ErrorKind::ConnectionAborted, "the connection was reset"),
    (io::ErrorKind::BrokenPipe, "the connection was reset"),
    (io::ErrorKind::HostUnreachable, "there is no way to the endpoint"),
    (io::ErrorKind::NetworkUnreachable, "there is no way to the endpoint"),
    (io::ErrorKind::InvalidData, "the TLS handshake failed; check the certificate"),
    (io::ErrorKind::TimedOut, "the connection timed out"),
    (io::ErrorKind::UnexpectedEof, "the connection was closed before an answer came"),
];
