//! Addresses that are not called: told where a template or a connector's setting has them.

use crate::diag::{Code, Diagnostic, Span};
use flow_bytecode::reach::{self, Why};

/// Why an address, or the beginning of one, is not called; `allow` are hosts with ports that the settings allow. `http` is the
/// place of the address behind its opening quote, as far as it can be mended there.
pub(crate) fn not_called(address: &str, span: Span, http: Option<Span>, allow: &[(String, u16)]) -> Option<Diagnostic> {
    let refused = reach::refused(address, allow)?;
    let (host, port) = refused.host.rsplit_once(':').unwrap_or((&refused.host, ""));
    let allow = format!("allow it in `flow.toml`: `[net] allow = [\"{}\"]`.", refused.host);
    let told = |message: String, label: &str| Diagnostic::new(Code::NotCalled, span, message).at(label);
    let diagnostic = match refused.why {
        Why::Plain => told("Calls go over `https`, so that nobody on the way reads along.".to_owned(), "plain `http`")
            .help(format!("Write `https://`; or, where the service is one of your own network, {allow}")),
        Why::Inside(what) => told(format!("`{host}` is {what}: calls go to the public internet."), "not called")
            .help(format!("Where the project is to call it, {allow}")),
        Why::OtherPort => told(format!("`{host}` is allowed on other ports, and not on {port}."), "not called")
            .help(format!("Where the project is to call it there, {allow}")),
    };
    let mends = refused.why == Why::Plain && address.starts_with("http://") && port == "80";
    Some(match http.filter(|_| mends) {
        // As written, so that what is escaped in it does not shift the place.
        Some(at) => {
            let scheme = Span { end: at.start.saturating_add(4), ..at };
            diagnostic.fix("write `https`", vec![(scheme, "https".to_owned())])
        }
        None => diagnostic,
    })
}
