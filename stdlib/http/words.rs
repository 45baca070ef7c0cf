//! What went wrong with a connection, in our own words: those of the libraries below are for whoever wrote them, and some of
//! them hold whole addresses with what is secret there.

use reqwest::Url;
use rustls::CertificateError;
use std::error::Error;
use std::io::ErrorKind;

/// Who is called, as it can be shown: scheme, host and port, and never what stands behind them or a name and a password.
pub(super) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or("nobody");
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

/// What an error of the client comes to; `connecting` while there is no connection yet.
pub(super) fn broke(error: &reqwest::Error, place: &str, connecting: bool) -> String {
    if error.is_timeout() {
        return match connecting {
            true => format!("`{place}` cannot be reached: nothing comes back from there"),
            false => format!("`{place}` did not answer in time"),
        };
    }
    caused(error, place, connecting).unwrap_or_else(|| match connecting {
        true => format!("there is no connection to `{place}`"),
        false => format!("the connection to `{place}` broke"),
    })
}

/// What lies behind an error, where that is known; `place` is who is called, as it can be shown.
pub(crate) fn caused(error: &dyn Error, place: &str, connecting: bool) -> Option<String> {
    // The inner ones know more; an error of the system may hold one of TLS.
    let mut said = None;
    let mut next = error.source();
    while let Some(cause) = next {
        next = cause.source();
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            said = Some(tls_words(tls, place));
        } else if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            said = of_system(io, place, connecting).or(said);
        } else if let Some(http) = cause.downcast_ref::<hyper::Error>() {
            said = http_words(http, place).or(said);
        }
    }
    said
}

/// An error of the system may hold another, and that one of TLS: what it holds is not among its sources.
fn of_system(error: &std::io::Error, place: &str, connecting: bool) -> Option<String> {
    let held = error.get_ref().and_then(|held| {
        if let Some(tls) = held.downcast_ref::<rustls::Error>() {
            return Some(tls_words(tls, place));
        }
        of_system(held.downcast_ref::<std::io::Error>()?, place, connecting)
    });
    held.or_else(|| io_words(error.kind(), place, connecting))
}

fn io_words(kind: ErrorKind, place: &str, connecting: bool) -> Option<String> {
    Some(match kind {
        ErrorKind::ConnectionRefused => format!("nobody listens at `{place}`"),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            format!("there is no way to `{place}` from here")
        }
        ErrorKind::TimedOut => format!("`{place}` cannot be reached: nothing comes back from there"),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => match connecting {
            true => format!("`{place}` ended the connection before it was there"),
            false => format!("`{place}` ended the connection without an answer"),
        },
        _ => return None,
    })
}

fn http_words(error: &hyper::Error, place: &str) -> Option<String> {
    match () {
        () if error.is_parse() => Some(format!("`{place}` answers with something that is no HTTP")),
        () if error.is_incomplete_message() => Some(format!("`{place}` ended the connection without an answer")),
        () => None,
    }
}

fn tls_words(error: &rustls::Error, place: &str) -> String {
    match error {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                format!("the certificate of `{place}` has expired")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                format!("the certificate of `{place}` is not valid yet")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("the certificate of `{place}` is for another name")
            }
            CertificateError::UnknownIssuer => {
                format!("the certificate of `{place}` is signed by nobody who is trusted here")
            }
            CertificateError::Revoked => format!("the certificate of `{place}` was revoked"),
            _ => format!("the certificate of `{place}` is not accepted"),
        },
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => {
            match place.starts_with("https://") {
                true => format!("`{place}` does not speak TLS: what is there may be plain http"),
                false => format!("`{place}` does not speak TLS from the first byte on"),
            }
        }
        rustls::Error::AlertReceived(_) => format!("`{place}` refuses the TLS connection"),
        _ => format!("no TLS connection to `{place}` comes about"),
    }
}
