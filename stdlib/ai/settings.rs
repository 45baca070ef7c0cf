//! `[ai]`: which model answers.

use rust_decimal::Decimal;

/// `[ai]`
#[derive(Debug, Clone, PartialEq)]
pub struct Ai {
    /// What it speaks.
    pub provider: Provider,
    /// Where it is, without the path.
    pub server: String,
    /// Which model.
    pub model: String,
    /// The name of the secret that is its key; a server of one's own may need none.
    pub key: Option<String>,
    /// How far answers stray, where it is said.
    pub temperature: Option<Decimal>,
    /// How long an answer may be, in tokens, where it is said.
    pub max_tokens: Option<u32>,
    /// Answers come word by word where somebody looks.
    pub stream: bool,
}

/// What a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// `/v1/chat/completions`, as OpenAI has it and many others do.
    OpenAi,
    /// `/v1/messages`, as Anthropic has it.
    Anthropic,
}

impl Provider {
    /// By its name in `flow.toml`.
    pub fn parse(name: &str) -> Option<Provider> {
        match name {
            "openai" => Some(Provider::OpenAi),
            "anthropic" => Some(Provider::Anthropic),
            _ => None,
        }
    }

    /// Where its vendor serves it.
    pub fn server(self) -> &'static str {
        match self {
            Provider::OpenAi => "https://api.openai.com",
            Provider::Anthropic => "https://api.anthropic.com",
        }
    }
}
