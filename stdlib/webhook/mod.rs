//! The family `webhook`: requests signed by Standard Webhooks.

mod sign;

pub(crate) use sign::signature;
pub use sign::{Refused, is_secret, verify};

use crate::channel::{Channels, Webhook, not_set, refusal, send};
use crate::http::Net;
use crate::http::draft::{Added, Arguments, Auth, Draft};
use crate::http::net::Reply;
use crate::http::outcome::explain;
use flow_bytecode::{Failure, Value};
use flow_vm::action::{Attempt, BoxFuture, External, Implementation, Outcome, Registry, StoredRequest};
use std::sync::Arc;

/// Adds the family's actions.
pub fn register(registry: &mut Registry, net: &Arc<Net>, channels: &Channels) {
    let action = Send { net: net.clone(), settings: channels.webhook.clone() };
    registry.add("webhook.send", Implementation::External(Arc::new(action)));
}

struct Send {
    net: Arc<Net>,
    settings: Option<Webhook>,
}

impl External for Send {
    fn prepare(&self, args: &[Value]) -> Result<StoredRequest, Failure> {
        let settings = self.settings.as_ref().ok_or_else(|| not_set("webhook"))?;
        let [url, json, headers] = args else {
            return Err(Failure::new("invalid", "a webhook has an address and a body"));
        };
        let (none, nothing) = (Value::Null, Value::text("null"));
        // A body is signed: there always is one.
        let (json, text) = if json.is_null() { (&none, &nothing) } else { (json, &none) };
        let added = Added::NONE;
        let arguments =
            Arguments { method: "POST", url, query: &none, headers, json, form: &none, text, key_header: &none, added };
        let (draft, url) = Draft::new(&arguments, self.net.guard())?;
        for (name, _) in &draft.headers {
            if name.starts_with("webhook-") {
                return Err(Failure::new("invalid", format!("the header `{name}` is set by the signature itself")));
            }
        }
        Draft { auth: Some(Auth::Signed(settings.secret.clone())), ..draft }.store(&url)
    }

    fn traces(&self, request: &StoredRequest) -> Vec<(&'static str, String)> {
        crate::http::draft::traces(request)
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(send(&self.net, request, attempt, read))
    }
}

fn read(reply: Reply) -> Outcome {
    match reply.status.as_u16() {
        200..=299 => Outcome::Done(Value::Null),
        410 => refusal("gone", explain(&reply)),
        _ => refusal("rejected", explain(&reply)),
    }
}
