//! A mail handed to the mail server (RFC 5321), and what is known when that breaks.
//!
//! A server has a mail when it has answered what follows the end of DATA, and not before that end: until then every trouble
//! is a failure; from then on, without an answer, it is in doubt.

use super::compose::Composed;
use crate::channel::{Email, Server, Tls, refusal};
use crate::http::Net;
use crate::http::secrets::{Part, Revealed};
use crate::http::words::caused;
use flow_bytecode::Failure;
use flow_vm::action::Outcome;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use std::error::Error as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server may take to say goodbye.
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);

/// How far a mail has come.
#[derive(Default)]
pub struct Progress(AtomicBool);

impl Progress {
    /// From now on the server may have all of it.
    fn writing(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// What becomes of a mail when the connection breaks.
    pub fn broke(&self, kind: &str, message: String) -> Outcome {
        if self.0.load(Ordering::Acquire) {
            return Outcome::InDoubt {
                message: format!("the mail was written, and the server did not answer: {message}"),
            };
        }
        Outcome::Failed { failure: Failure::new(kind, message), retryable: true, retry_after_us: None }
    }
}

/// Hands a mail over.
///
/// # Errors
/// What becomes of it.
pub async fn hand_over(
    net: &Net,
    settings: &Email,
    mail: &Composed,
    timeout: Duration,
    secrets: &mut Revealed<'_>,
    progress: &Progress,
) -> Result<(), Outcome> {
    let password = match &settings.password {
        Some(name) => {
            let (host, port) = (&settings.server.host, settings.server.port);
            net.check_secret(name, host, port).map_err(|why| refusal("invalid", why))?;
            let value = secrets.text(&[Part::Secret(name.clone())], str::to_string);
            Some(value.map_err(|why| refusal("invalid", why))?)
        }
        None => None,
    };
    let place = format!("{}:{}", settings.server.host, settings.server.port);
    let told = |error: &Error, kind: &str| judge(error, kind, secrets, progress, (&place, false));
    let told_before = |error: &Error, kind: &str| judge(error, kind, secrets, progress, (&place, true));
    let hello = ClientId::Domain(domain(&settings.from).to_owned());
    let mut connection = connect(net, &settings.server, &hello, timeout, &told_before).await?;
    if let (Some(user), Some(password)) = (&settings.user, password) {
        let credentials = Credentials::new(user.clone(), password);
        let said = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await;
        said.map_err(|error| told(&error, "rejected"))?;
    }
    let mut parameters = Vec::new();
    let mut addresses = mail.envelope.to().iter().chain(mail.envelope.from());
    if addresses.any(|address| !address.to_string().is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            connection.abort().await;
            let message = "the mail server takes no addresses with letters beyond ASCII";
            return Err(refusal("undeliverable", message));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let said = connection.command(Mail::new(mail.envelope.from().cloned(), parameters)).await;
    said.map_err(|error| told(&error, "rejected"))?;
    let mut taken = 0;
    let mut refused = None;
    for to in mail.envelope.to() {
        match connection.command(Rcpt::new(to.clone(), Vec::new())).await {
            Ok(_) => taken += 1,
            // One of several whom the server does not know keeps it from nobody else.
            Err(error) if error.is_permanent() => refused = Some(told(&error, "undeliverable")),
            Err(error) => return Err(told(&error, "undeliverable")),
        }
    }
    if taken == 0 {
        connection.abort().await;
        return Err(refused.unwrap_or_else(|| refusal("undeliverable", "nobody to send it to")));
    }
    connection.command(Data).await.map_err(|error| told(&error, "rejected"))?;
    progress.writing();
    connection.message(&mail.bytes).await.map_err(|error| told(&error, "rejected"))?;
    // It has it: however it says goodbye.
    let _ = tokio::time::timeout(QUIT_TIMEOUT, connection.quit()).await;
    Ok(())
}

async fn connect(
    net: &Net,
    server: &Server,
    hello: &ClientId,
    timeout: Duration,
    told: &(dyn Fn(&Error, &str) -> Outcome + Sync),
) -> Result<AsyncSmtpConnection, Outcome> {
    let addresses = net.addresses(&server.host, server.port, server.tls == Tls::None).await?;
    let tls = || {
        TlsParameters::new(server.host.trim_matches(['[', ']']).to_owned()).map_err(|error| told(&error, "unreachable"))
    };
    let whole = if server.tls == Tls::Whole { Some(tls()?) } else { None };
    let mut last = refusal("unreachable", format!("`{}` has no address", server.host));
    for address in addresses {
        let timeout = Some(timeout.min(CONNECT_TIMEOUT));
        let place = (address, server.port);
        match AsyncSmtpConnection::connect_tokio1(place, timeout, hello, whole.clone(), None).await {
            Ok(mut connection) => {
                if server.tls == Tls::Started {
                    if !connection.can_starttls() {
                        connection.abort().await;
                        return Err(refusal(
                            "rejected",
                            "the mail server offers no STARTTLS: nothing was sent in the clear",
                        ));
                    }
                    connection.starttls(tls()?, hello).await.map_err(|error| told(&error, "unreachable"))?;
                }
                return Ok(connection);
            }
            Err(error) => last = told(&error, "rejected"),
        }
    }
    Err(last)
}

/// What trouble means. `kind` is that of a lasting refusal; `connecting` while there is no connection yet.
fn judge(
    error: &Error,
    kind: &str,
    secrets: &Revealed<'_>,
    progress: &Progress,
    (place, connecting): (&str, bool),
) -> Outcome {
    let mut message = error.to_string();
    if let Some(cause) = error.source().map(ToString::to_string).filter(|cause| !message.contains(cause.as_str())) {
        message = format!("{message}: {cause}");
    }
    let message = secrets.redact(message);
    if error.is_permanent() {
        // It has said no, also to the whole mail.
        return refusal(kind, message);
    }
    if error.is_transient() {
        return Outcome::Failed {
            failure: Failure::new("unreachable", message),
            retryable: true,
            retry_after_us: None,
        };
    }
    if error.is_client() {
        return refusal("rejected", message);
    }
    let message = caused(error, place, connecting).unwrap_or(message);
    progress.broke(if error.is_timeout() { "timeout" } else { "unreachable" }, message)
}

fn domain(from: &str) -> &str {
    from.trim_end_matches('>').rsplit_once('@').map_or("localhost", |(_, domain)| domain)
}
