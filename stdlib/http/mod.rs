//! The family `http`, and the one client through which anything leaves the machine.

mod body;
pub mod draft;
pub mod fields;
pub mod guard;
pub mod json;
pub mod net;
pub mod outcome;
pub mod refused;
mod resolve;
pub mod secrets;
#[cfg(test)]
mod tests;
pub(crate) mod words;

pub use net::{Net, NetConfig, NetError};
pub use resolve::Lookup;

use draft::{Added, Arguments, Draft};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{Attempt, BoxFuture, External, Found, Implementation, Outcome, Registry, StoredRequest};
use net::{Reply, Trouble};
use outcome::{Effect, Shape};
use secrets::Revealed;
use std::sync::Arc;
use std::time::Duration;

/// The header that carries the idempotency key where nothing else is said.
const KEY_HEADER: &str = "Idempotency-Key";

/// Adds the family's actions.
pub fn register(registry: &mut Registry, net: &Arc<Net>) {
    let mut add = |name: &str, params: Params, effect, shape| {
        let action = HttpAction { net: net.clone(), params, effect, shape };
        registry.add(name, Implementation::External(Arc::new(action)));
    };
    add("http.get", Params::Get, Effect::Read, Shape::Json);
    add("http.post", Params::Send("POST"), Effect::Write, Shape::JsonOrText);
    add("http.put", Params::Send("PUT"), Effect::Write, Shape::JsonOrText);
    add("http.patch", Params::Send("PATCH"), Effect::Write, Shape::JsonOrText);
    add("http.delete", Params::Send("DELETE"), Effect::Write, Shape::JsonOrText);
    add("http.fetch", Params::Whole, Effect::Read, Shape::Whole);
    add("http.request", Params::Whole, Effect::Write, Shape::Whole);
}

/// Which parameters an action has, in the order of its declaration.
#[derive(Debug, Clone, Copy)]
enum Params {
    /// `url, headers, query`
    Get,
    /// `url, json, form, text, headers, query`
    Send(&'static str),
    /// `url, method, json, form, text, headers, query`; where it writes, with `key_header` and what templates add:
    /// `query_fields, form_fields, header_fields, lists, omit_null, basic, nulls, refused`.
    Whole,
}

struct HttpAction {
    net: Arc<Net>,
    params: Params,
    effect: Effect,
    shape: Shape,
}

impl HttpAction {
    fn draft(&self, args: &[Value]) -> Result<StoredRequest, Failure> {
        let null = Value::Null;
        let key_header = Value::text(KEY_HEADER);
        let (arguments, count) = match (self.params, args) {
            (Params::Get, [url, headers, query]) => {
                let none = &null;
                (
                    Arguments {
                        method: "GET",
                        url,
                        query,
                        headers,
                        json: none,
                        form: none,
                        text: none,
                        key_header: none,
                        added: Added::NONE,
                    },
                    3,
                )
            }
            (Params::Send(method), [url, json, form, text, headers, query]) => {
                let key_header = &key_header;
                let added = Added::NONE;
                (Arguments { method, url, query, headers, json, form, text, key_header, added }, 6)
            }
            (Params::Whole, [url, method, json, form, text, headers, query, rest @ ..]) => {
                let method = self::method(method)?;
                let key_header = rest.first().unwrap_or(&null);
                // A program that was compiled before there was more gives less.
                let added = match rest {
                    [] | [_] => Added::NONE,
                    [_, query, form, headers, lists, omit_null, basic, more @ ..] if more.len() < 3 => {
                        let [nulls, refused] = [0, 1].map(|at| more.get(at).unwrap_or(&null));
                        Added { query, form, headers, lists, omit_null, basic, nulls, refused }
                    }
                    _ => return Err(arity(args.len())),
                };
                (Arguments { method, url, query, headers, json, form, text, key_header, added }, args.len())
            }
            _ => return Err(arity(args.len())),
        };
        if count != args.len() {
            return Err(arity(args.len()));
        }
        let (draft, url) = Draft::new(&arguments, self.net.guard())?;
        draft.store(&url)
    }
}

fn arity(count: usize) -> Failure {
    Failure::new("invalid", format!("the action does not take {count} arguments"))
}

/// The method on the wire of a variant of `HttpMethod`.
fn method(value: &Value) -> Result<&'static str, Failure> {
    Ok(match value.as_text().map(|text| &**text) {
        Some("get") => "GET",
        Some("head") => "HEAD",
        Some("post") => "POST",
        Some("put") => "PUT",
        Some("patch") => "PATCH",
        Some("delete") => "DELETE",
        _ => return Err(Failure::new("invalid", "the method is none of HttpMethod")),
    })
}

impl HttpAction {
    async fn send(&self, draft: &Draft, attempt: Attempt<'_>) -> Result<Reply, Trouble> {
        let timeout = Duration::from_micros(u64::try_from(attempt.timeout_us).unwrap_or(0));
        let mut secrets = Revealed::new(attempt.secrets);
        self.net.send(draft, attempt.key, attempt.now_us, timeout, &mut secrets).await
    }
}

impl External for HttpAction {
    fn prepare(&self, args: &[Value]) -> Result<StoredRequest, Failure> {
        self.draft(args)
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match Draft::load(request) {
                Ok(draft) => {
                    let result = self.send(&draft, attempt).await;
                    outcome::outcome(result, self.effect, self.shape, draft.refused.as_ref())
                }
                Err(message) => {
                    let failure = Failure::new("invalid", message);
                    Outcome::Failed { failure, retryable: false, retry_after_us: None }
                }
            }
        })
    }

    fn traces(&self, request: &StoredRequest) -> Vec<(&'static str, String)> {
        draft::traces(request)
    }

    fn find<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Found> {
        Box::pin(async move {
            match Draft::load(request) {
                Ok(draft) => {
                    let result = self.send(&draft, attempt).await;
                    outcome::found(result, self.shape, draft.refused.as_ref())
                }
                Err(message) => Found::Unknown(message),
            }
        })
    }
}
