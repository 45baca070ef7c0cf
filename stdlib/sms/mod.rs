//! The family `sms`: `POST /2010-04-01/Accounts/{account}/Messages.json`, as Twilio documents it.

use crate::channel::{Call, Channels, Sms, field, map, not_set, number, refusal, send, text_of};
use crate::http::Net;
use crate::http::draft::{Auth, Body};
use crate::http::net::Reply;
use crate::http::outcome::{explain, retry_after_us};
use crate::http::secrets::Part;
use flow_bytecode::{Failure, Value};
use flow_vm::action::{Attempt, BoxFuture, External, Implementation, Outcome, Registry, StoredRequest};
use std::sync::Arc;

/// The longest text, in characters (Twilio, "Message resource", parameter `Body`).
pub const TEXT_CHARS_MAX: usize = 1_600;
/// Codes that say that nothing gets to this number: not a number, not a mobile one, out of reach, or whoever has it wants
/// nothing of us (Twilio, "Error and Warning Dictionary").
const UNDELIVERABLE: [i64; 12] = [21211, 21214, 21217, 21265, 21408, 21421, 21604, 21610, 21612, 21614, 30005, 30006];

/// Adds the family's actions.
pub fn register(registry: &mut Registry, net: &Arc<Net>, channels: &Channels) {
    let action = SendSms { net: net.clone(), settings: channels.sms.clone() };
    registry.add("sms.send", Implementation::External(Arc::new(action)));
}

/// One text message as it is stored.
///
/// # Errors
/// `.invalid` when nothing is set, or the text is empty or too long.
pub(crate) fn message(
    net: &Net,
    settings: Option<&Sms>,
    to: &str,
    text: &str,
    sender: Option<&str>,
) -> Result<StoredRequest, Failure> {
    let settings = settings.ok_or_else(|| not_set("sms"))?;
    if text.trim().is_empty() {
        return Err(Failure::new("invalid", "a text message has a text"));
    }
    let length = text.chars().count();
    if length > TEXT_CHARS_MAX {
        let message = format!("the text has {length} characters, and a text message takes {TEXT_CHARS_MAX} at most");
        return Err(Failure::new("invalid", message));
    }
    let from = sender.unwrap_or(&settings.from);
    let service = from.len() == 34 && from.starts_with("MG");
    let pairs = [("To", to), (if service { "MessagingServiceSid" } else { "From" }, from), ("Body", text)];
    let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), vec![Part::Text(value.to_owned())]));
    let server = settings.server.trim_end_matches('/');
    let call = Call {
        url: Ok(format!("{server}/2010-04-01/Accounts/{}/Messages.json", settings.account)),
        auth: Some(Auth::Basic(settings.account.clone(), settings.token.clone())),
        body: Body::Form(pairs.collect()),
        part: None,
    };
    call.store(net)
}

/// What became of a message.
pub(crate) fn read(reply: Reply) -> Outcome {
    let status = reply.status.as_u16();
    let code = number(field(&reply.body, "code").as_ref());
    if reply.status.is_success() {
        let Some(id) = text_of(field(&reply.body, "sid").as_ref()) else {
            let message = format!("answered {status}, and not with a message");
            return Outcome::Unclear { failure: Failure::new("invalid", message), retryable: false };
        };
        let status = text_of(field(&reply.body, "status").as_ref()).unwrap_or_else(|| "accepted".to_owned());
        let segments = number(field(&reply.body, "num_segments").as_ref()).filter(|segments| *segments > 0);
        let segments = segments.map_or(Value::Null, Value::Int);
        return Outcome::Done(map(vec![
            ("id", Value::text(id)),
            ("status", Value::text(status)),
            ("segments", segments),
        ]));
    }
    let message = match (text_of(field(&reply.body, "message").as_ref()), code) {
        (Some(said), Some(code)) => format!("answered {status}, error {code}: {said}"),
        _ => explain(&reply),
    };
    match code {
        Some(20429) => Outcome::Failed {
            failure: Failure::new("rate_limited", message),
            retryable: true,
            retry_after_us: retry_after_us(&reply.headers),
        },
        Some(code) if UNDELIVERABLE.contains(&code) => refusal("undeliverable", message),
        _ => refusal("rejected", message),
    }
}

struct SendSms {
    net: Arc<Net>,
    settings: Option<Sms>,
}

impl External for SendSms {
    fn prepare(&self, args: &[Value]) -> Result<StoredRequest, Failure> {
        let [Value::Text(to), Value::Text(text), sender] = args else {
            return Err(Failure::new("invalid", "a text message goes to a number and has a text"));
        };
        message(&self.net, self.settings.as_ref(), to, text, sender.as_text().map(|sender| &**sender))
    }

    fn traces(&self, request: &StoredRequest) -> Vec<(&'static str, String)> {
        crate::http::draft::traces(request)
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(send(&self.net, request, attempt, read))
    }

    fn stands_in(&self) -> bool {
        true
    }

    fn stand_in(&self, _: &StoredRequest) -> Value {
        map(vec![("id", Value::text("test")), ("status", Value::text("sent")), ("segments", Value::Null)])
    }
}
