//! The client against a server on loopback that counts what reaches it.

mod outcomes;
mod requests;
mod server;
mod ssrf;
mod words;

use super::{Net, NetConfig, register};
use flow_bytecode::Value;
use flow_bytecode::value::SecretPart;
use flow_vm::action::{Attempt, Implementation, Outcome, Registry, Secrets};
use std::sync::Arc;

/// The value no test may find anywhere but on the wire.
const CANARY: &str = "s3cr3t-\"canary\"/value";

struct OneSecret;

impl Secrets for OneSecret {
    fn get(&self, name: &str) -> Option<String> {
        (name == "token").then(|| CANARY.to_string())
    }
}

fn secret(before: &str) -> Value {
    Value::Secret(Arc::new(vec![SecretPart::Text(before.into()), SecretPart::Name("token".into())]))
}

fn map(entries: Vec<(&str, Value)>) -> Value {
    Value::Map(Arc::new(entries.into_iter().map(|(name, value)| (name.into(), value)).collect()))
}

fn registry(config: &NetConfig) -> Registry {
    let mut registry = Registry::default();
    register(&mut registry, &Arc::new(Net::new(config).expect("a client")));
    registry
}

fn allowing(address: impl ToString) -> NetConfig {
    NetConfig { allow_net: vec![address.to_string()], ..NetConfig::default() }
}

/// Prepares and performs, as the engine does.
async fn call(registry: &Registry, name: &str, args: &[Value], timeout_ms: i64) -> Outcome {
    let Some(Implementation::External(action)) = registry.get(name) else { panic!("{name} is not external") };
    let request = match action.prepare(args) {
        Ok(request) => request,
        Err(failure) => return Outcome::Failed { failure, retryable: false, retry_after_us: None },
    };
    assert!(!String::from_utf8_lossy(&request.bytes).contains("s3cr3t"), "a secret was stored");
    let attempt = Attempt {
        key: "key-1",
        number: 1,
        now_us: 0,
        timeout_us: timeout_ms * 1000,
        secrets: &OneSecret,
        run: 1,
        progress: None,
    };
    let outcome = action.perform(&request, attempt).await;
    assert!(!format!("{outcome:?}").contains("s3cr3t"), "a secret came back: {outcome:?}");
    outcome
}

/// Arguments of `http.get`.
fn get(url: impl Into<String>) -> Vec<Value> {
    vec![Value::text(url.into()), map(vec![]), map(vec![])]
}

/// Arguments of `http.post` with a JSON body.
fn post(url: impl Into<String>) -> Vec<Value> {
    vec![Value::text(url.into()), map(vec![("a", Value::Int(1))]), Value::Null, Value::Null, map(vec![]), map(vec![])]
}
