//! `flow.toml`: what is set for a project. Secrets are never in it.

use super::channels::{AiSection, EmailSection, SlackSection, SmsSection, TeamsSection, WebhookSection};
use super::scripts::ScriptsSection;
use crate::nearest::nearest;
use crate::trouble::Trouble;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The settings of a project; every one has a default.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What it is.
    #[serde(default)]
    pub project: ProjectSection,
    /// What may be reached outside.
    #[serde(default)]
    pub net: NetSection,
    /// What keeps a customer from silence.
    #[serde(default)]
    pub fallback: Option<FallbackSection>,
    /// Over which server email leaves.
    pub email: Option<EmailSection>,
    /// Over which service text messages leave.
    pub sms: Option<SmsSection>,
    /// Who posts in Slack.
    pub slack: Option<SlackSection>,
    /// Who posts in Teams.
    pub teams: Option<TeamsSection>,
    /// What signs webhooks.
    pub webhook: Option<WebhookSection>,
    /// What scripts may use.
    pub scripts: Option<ScriptsSection>,
    /// Which model answers.
    pub ai: Option<AiSection>,
}

/// `[project]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectSection {
    /// Its name; the folder's when not given.
    pub name: Option<String>,
    /// The database, relative to `flow.toml`; `flow.db` when not given.
    pub database: Option<PathBuf>,
    /// Two letters (ISO 3166): where phone numbers without a country code are from.
    pub country: Option<String>,
}

/// `[net]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetSection {
    /// Addresses beyond the public internet that may be called, `127.0.0.1:8080`.
    #[serde(default)]
    pub allow: Vec<String>,
    /// By the name of a secret, the only hosts it is sent to.
    #[serde(default)]
    pub secret_hosts: std::collections::BTreeMap<String, Vec<String>>,
}

/// `[fallback]`: when a run fails while a customer is in conversation with it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FallbackSection {
    /// What is said.
    pub text: Option<String>,
    /// The team that gets the conversation.
    pub team: Option<String>,
}

impl Config {
    /// Reads the text of a `flow.toml`; `path` is for the message.
    ///
    /// # Errors
    /// It is not TOML, has a key nobody knows, or a value that does not fit: with the line, and the nearest spelling.
    pub fn parse(text: &str, path: &Path) -> Result<Config, Trouble> {
        let config: Config = toml::from_str(text).map_err(|error| wrong(&error, text, path))?;
        if let Some(country) = &config.project.country
            && !(country.len() == 2 && country.bytes().all(|b| b.is_ascii_alphabetic()))
        {
            return Err(Trouble::usage(format!("{}: `country` is not a country: `{country}`", path.display()))
                .help("it takes two letters, such as \"NO\" or \"DE\""));
        }
        config.check_fit(text, path)?;
        config.check_channels(path)?;
        config.check_scripts(path)?;
        Ok(config)
    }
}

fn wrong(error: &toml::de::Error, text: &str, path: &Path) -> Trouble {
    let start = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
    let place = format!("{}:{line}", path.display());
    // serde's sentence is "unknown field `nmae`, expected one of `name`, `database`": the first is what was written.
    let message = error.message();
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field")
        && let Some(unknown) = quoted.next()
    {
        let known: Vec<&str> = quoted.collect();
        let trouble = Trouble::usage(format!("{place}: unknown key `{unknown}`"));
        return match nearest(unknown, known.iter().copied()) {
            Some(near) => trouble.help(format!("did you mean `{near}`?")),
            None if known.is_empty() => trouble,
            None => trouble.help(format!("known here: {}", known.join(", "))),
        };
    }
    Trouble::usage(format!("{place}: {}", plainly(message)))
}

/// What the reader of TOML says, in our words.
fn plainly(message: &str) -> String {
    let first = message.lines().next().unwrap_or(message);
    if let Some(rest) = first.strip_prefix("missing field ") {
        return format!("{rest} is missing");
    }
    if first.starts_with("duplicate key") {
        return "a key stands here twice".to_owned();
    }
    if first.starts_with("data did not match any variant") {
        return "what stands here is to be the name of a secret, or a list of names".to_owned();
    }
    let said = first.strip_prefix("invalid type: ").or_else(|| first.strip_prefix("invalid value: "));
    let Some((found, expected)) = said.and_then(|said| said.split_once(", expected ")) else {
        return format!("this is no TOML: {first}");
    };
    let found = match found.split(' ').next().unwrap_or_default() {
        "integer" | "floating" => "a number",
        "string" => "a text",
        "boolean" => "`true` or `false`",
        "sequence" => "a list",
        "map" => "a table",
        _ => "something else",
    };
    let expected = match expected {
        "a string" | "path string" => "a text",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list",
        "a map" => "a table",
        _ if expected.starts_with("struct") => "a section",
        _ if ["u", "i", "f"].iter().any(|kind| expected.trim_start_matches("a ").starts_with(kind)) => "a number",
        _ => "something else",
    };
    format!("what stands here is {found}, and is to be {expected}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Trouble> {
        Config::parse(text, Path::new("flow.toml"))
    }

    #[test]
    fn an_empty_file_is_a_project() {
        assert_eq!(parse(""), Ok(Config::default()));
    }

    #[test]
    fn everything_can_be_set() {
        let config = parse(
            "[project]\nname = \"x\"\ndatabase = \"var/x.db\"\ncountry = \"NO\"\n\n[net]\nallow = [\"127.0.0.1:80\"]\n\n\
             [net.secret_hosts]\nshop_token = [\"shop.example.com\"]\n\n\
             [fallback]\ntext = \"Sorry.\"\nteam = \"support\"\n",
        )
        .unwrap();
        assert_eq!(config.fallback.as_ref().and_then(|fallback| fallback.team.as_deref()), Some("support"));
        assert_eq!(config.project.database, Some("var/x.db".into()));
        assert_eq!(config.net.secret_hosts["shop_token"], ["shop.example.com"]);
    }

    #[test]
    fn channels_are_set_with_names_of_secrets() {
        let config = parse(
            "[email]\nserver = \"smtps://mail.example.com\"\nuser = \"acme\"\npassword = \"mail_password\"\n\
             from = \"Acme <hello@acme.example>\"\n[sms]\naccount = \"AC0123456789abcdef0123456789abcdef\"\ntoken = \"sms_token\"\nfrom = \"+4712345678\"\n\
             [slack]\nwebhooks = { \"#urgent\" = \"urgent_hook\" }\n[webhook]\nsecret = \"hook_secret\"\n",
        )
        .unwrap();
        let channels = config.channels();
        assert_eq!(channels.set(), ["email", "sms", "slack", "webhook"]);
        assert_eq!(channels.secrets("slack"), ["urgent_hook"]);
        assert_eq!(channels.sms.as_ref().map(|sms| sms.server.as_str()), Some("https://api.twilio.com"));
    }

    #[test]
    fn mails_may_come_in_where_none_go_out() {
        let channels = parse("[email.in]\ntoken = \"mail_token\"\n").unwrap().channels();
        assert!(channels.set().is_empty() && channels.own_addresses().is_empty());
        assert_eq!(channels.secrets_in(), ["mail_token"]);
        assert!(channels.mail.is_some());
        let imap = "[email.in]\nimap = \"imaps://me@m.example\"\npassword = \"box_password\"\n";
        let channels = parse(imap).unwrap().channels();
        assert_eq!(channels.secrets_in(), ["box_password"]);
        assert_eq!(channels.mail.and_then(|mail| mail.mailbox).map(|mailbox| mailbox.port), Some(993));
    }

    #[test]
    fn a_model_is_set_with_the_name_of_its_key() {
        let config =
            parse("[ai]\nprovider = \"openai\"\nmodel = \"small\"\nkey = \"ai_key\"\ntemperature = 0.2\n").unwrap();
        let channels = config.channels();
        let ai = channels.ai.as_ref().unwrap();
        assert_eq!((&*ai.server, ai.temperature.unwrap().to_string()), ("https://api.openai.com", "0.2".to_owned()));
        assert_eq!((channels.set(), channels.secrets("ai")), (vec!["ai"], vec!["ai_key"]));
        for (text, told) in [
            ("provider = \"gemini\"\nmodel = \"x\"\nkey = \"k\"", "is not known"),
            ("provider = \"openai\"\nmodel = \"x\"", "has no `key`"),
            ("provider = \"openai\"\nmodel = \"x\"\nkey = \"sk-Open-Wide\"", "a secret's name that is none"),
            ("provider = \"openai\"\nmodel = \"x\"\nkey = \"k\"\ntemperature = 9", "from 0 to 2"),
        ] {
            let Err(Trouble::Usage(words)) = parse(&format!("[ai]\n{text}\n")) else { panic!("{text} was taken") };
            assert!(words.message.contains(told) && !words.message.contains("Open-Wide"), "{}", words.message);
        }
    }

    #[test]
    fn channels_that_cannot_be_are_refused() {
        let from = "from = \"a@b.example\"";
        for (text, told) in [
            (format!("[email]\nserver = \"mail.example.com\"\n{from}\n"), "is not a mail server"),
            (format!("[email]\nserver = \"smtp://mail.example.com\"\n{from}\n"), "in the clear"),
            (format!("[email]\nserver = \"smtps://m.example\"\n{from}\nuser = \"me\"\n"), "and not the other"),
            ("[email]\nserver = \"smtps://m.example\"\nfrom = \"Acme\"\n".to_owned(), "`from`"),
            (format!("[email]\n{from}\n"), "[email] has no `server`"),
            (
                "[email]\nserver = \"smtps://m.example\"\n[email.in]\ntoken = \"t\"\n".to_owned(),
                "[email] has no `from`",
            ),
            ("[email.in]\n".to_owned(), "neither a `token` nor a `secret` nor `imap`"),
            ("[email.in]\nimap = \"imaps://me@m.example\"\n".to_owned(), "one of `imap` and `password`"),
            ("[email.in]\nimap = \"imaps://me:MfKQ9@m.example\"\npassword = \"p\"\n".to_owned(), "name of a secret"),
            ("[email.in]\nimap = \"imap://me@m.example\"\npassword = \"p\"\n".to_owned(), "in the clear"),
            (
                "[email.in]\nimap = \"imaps://me@m.example\"\npassword = \"p\"\n[net.secret_hosts]\np = [\"x.example\"]\n"
                    .to_owned(),
                "may not be sent to `m.example`",
            ),
            (
                "[email.in]\nimap = \"imaps://me@m.example\"\npassword = \"Open-MfKQ9\"\n".to_owned(),
                "a secret's name that is none",
            ),
            ("[slack]\n".to_owned(), "neither a `token` nor `webhooks`"),
            (
                "[webhook]\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n".to_owned(),
                "a secret's name that is none",
            ),
        ] {
            let Err(Trouble::Usage(words)) = parse(&text) else { panic!("{text} was taken") };
            assert!(words.message.contains(told), "{}", words.message);
            assert!(!words.message.contains("MfKQ9"), "{}", words.message);
        }
        let text =
            format!("[net]\nallow = [\"127.0.0.1:2525\"]\n[email]\nserver = \"smtp://127.0.0.1:2525\"\n{from}\n");
        assert!(parse(&text).is_ok());
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_spelling() {
        let trouble = parse("[project]\nname = \"x\"\ndatabse = \"y\"\n").unwrap_err();
        assert_eq!(trouble, Trouble::usage("flow.toml:3: unknown key `databse`").help("did you mean `database`?"));
        let trouble = parse("[porject]\n").unwrap_err();
        assert_eq!(trouble, Trouble::usage("flow.toml:1: unknown key `porject`").help("did you mean `project`?"));
    }

    #[test]
    fn what_does_not_fit_is_told_in_plain_words() {
        for (text, said) in [
            ("[project]\nname = 3\n", "flow.toml:2: what stands here is a number, and is to be a text"),
            ("[net]\nallow = \"x\"\n", "flow.toml:2: what stands here is a text, and is to be a list"),
            ("net = 3\n", "flow.toml:1: what stands here is a number, and is to be a section"),
            (
                "[ai]\nprovider = \"openai\"\nmodel = \"m\"\nmax_tokens = \"9\"\n",
                "what stands here is a text, and is to be a number",
            ),
            ("[webhook.in]\nx = 3\n", "the name of a secret, or a list of names"),
            ("[sms]\ntoken = \"t\"\n", "`account` is missing"),
            ("[project]\nname = \"x\"\nname = \"y\"\n", "flow.toml:3: a key stands here twice"),
        ] {
            let Err(Trouble::Usage(words)) = parse(text) else { panic!("{text} was taken") };
            assert!(words.message.contains(said), "{}", words.message);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_line() {
        for (text, line) in
            [("[project]\nname = 3\n", 2), ("[project]\n\nname =\n", 3), ("[project]\ncountry = \"Norge\"", 0)]
        {
            let Err(Trouble::Usage(words)) = parse(text) else { panic!("{text} was taken") };
            if line > 0 {
                assert!(words.message.starts_with(&format!("flow.toml:{line}: ")), "{}", words.message);
            }
        }
    }
}
