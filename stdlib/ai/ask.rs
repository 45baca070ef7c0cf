//! What a model is asked, in either wire format.

use super::settings::{Ai, Provider};
use crate::http::Net;
use crate::http::draft::{Auth, Body, Draft, SENT_BYTES_MAX, parse_url};
use crate::http::secrets::Part;
use flow_bytecode::Failure;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Tokens of an answer where nothing is said: Anthropic wants a number.
const MAX_TOKENS: u32 = 1024;

/// A question to a model. What the flow's author says and what others wrote stay apart: only `system` is the author's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What it speaks.
    pub anthropic: bool,
    /// Which model.
    pub model: String,
    /// How it is to answer, in the author's words.
    pub system: Option<String>,
    /// What was said to and fro, the newest last.
    pub turns: Vec<Turn>,
    /// How far the answer strays.
    pub temperature: Option<Decimal>,
    /// How long the answer may be, in tokens.
    pub max_tokens: Option<u32>,
    /// The JSON schema that the answer has to fit; a text without one.
    pub schema: Option<Value>,
    /// The vendor's own server, which knows newer names.
    pub vendors_own: bool,
    /// It is to be answered word by word: said anew for each attempt.
    #[serde(skip)]
    pub stream: bool,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The model said it, and not who asks.
    pub assistant: bool,
    /// What.
    pub text: String,
}

impl Turn {
    /// Of whoever asks.
    pub fn user(text: impl Into<String>) -> Turn {
        Turn { assistant: false, text: text.into() }
    }
}

impl Question {
    /// A question to the model that is set.
    pub fn new(ai: &Ai, system: Option<String>, turns: Vec<Turn>) -> Question {
        Question {
            anthropic: ai.provider == Provider::Anthropic,
            model: ai.model.clone(),
            system,
            turns,
            temperature: ai.temperature,
            max_tokens: ai.max_tokens,
            schema: None,
            vendors_own: ai.server.trim_end_matches('/') == ai.provider.server(),
            stream: false,
        }
    }

    /// Its body.
    fn body(&self) -> Value {
        let turn = |turn: &Turn| {
            let role = if turn.assistant { "assistant" } else { "user" };
            json!({ "role": role, "content": turn.text })
        };
        let mut turns: Vec<Value> = self.turns.iter().map(turn).collect();
        let mut body = if self.anthropic {
            let mut body = json!({ "model": self.model, "max_tokens": self.max_tokens.unwrap_or(MAX_TOKENS) });
            if let Some(system) = &self.system {
                body["system"] = json!(system);
            }
            if let Some(schema) = &self.schema {
                body["tools"] =
                    json!([{ "name": "answer", "description": "Gives the answer.", "input_schema": schema }]);
                body["tool_choice"] = json!({ "type": "tool", "name": "answer" });
            }
            body
        } else {
            let mut body = json!({ "model": self.model });
            if let Some(system) = &self.system {
                turns.insert(0, json!({ "role": "system", "content": system }));
            }
            if let Some(most) = self.max_tokens {
                // OpenAI has renamed it; others speak the older word.
                body[if self.vendors_own { "max_completion_tokens" } else { "max_tokens" }] = json!(most);
            }
            if let Some(schema) = &self.schema {
                let schema = json!({ "name": "answer", "strict": true, "schema": schema });
                body["response_format"] = json!({ "type": "json_schema", "json_schema": schema });
            }
            body
        };
        body["messages"] = Value::Array(turns);
        if self.stream {
            body["stream"] = json!(true);
        }
        if let Some(temperature) = self.temperature {
            body["temperature"] = serde_json::from_str(&temperature.normalize().to_string()).unwrap_or_default();
        }
        body
    }

    /// As it leaves, and where to: the secret by its name.
    ///
    /// # Errors
    /// `.invalid` when the server may not be called, `.limit` when it is too long.
    pub fn draft(&self, ai: &Ai, net: &Net) -> Result<(Draft, String), Failure> {
        let path = if self.anthropic { "/v1/messages" } else { "/v1/chat/completions" };
        let url = format!("{}{path}", ai.server.trim_end_matches('/').trim_end_matches("/v1"));
        let invalid = |message: String| Failure::new("invalid", message);
        let parsed = parse_url(&url).map_err(invalid)?;
        net.guard().check(&parsed).map_err(|refusal| invalid(refusal.to_string()))?;
        let host = parsed.host_str().unwrap_or_default();
        let destination = parsed.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let (mut headers, mut auth) = (Vec::new(), None);
        if self.anthropic {
            headers.push(("anthropic-version".to_owned(), vec![Part::Text("2023-06-01".to_owned())]));
            headers.extend(ai.key.iter().map(|key| ("x-api-key".to_owned(), vec![Part::Secret(key.clone())])));
        } else {
            auth = ai.key.clone().map(Auth::Bearer);
        }
        let body = self.body().to_string();
        if body.len() > SENT_BYTES_MAX {
            return Err(Failure::new("limit", format!("the question is larger than {SENT_BYTES_MAX} bytes")));
        }
        let draft = Draft {
            method: "POST".to_owned(),
            url: vec![Part::Text(url)],
            query: Vec::new(),
            headers,
            body: Some(Body::Json(vec![Part::Text(body)])),
            key_header: None,
            auth,
            basic: None,
            refused: None,
        };
        Ok((draft, destination))
    }
}
