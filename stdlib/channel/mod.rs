//! What is set of the channels over which messages leave: servers, names of secrets, senders.

mod call;
mod imap;
mod json;

pub use imap::Mailbox;

pub(crate) use call::{Call, answered, not_set, refusal, send};
pub(crate) use json::{field, map, number, text_of};

use crate::ai::Ai;
use crate::http::draft::parse_url;
use crate::http::guard::Guard;
use crate::webhook::is_secret;
use reqwest::Url;
use std::collections::BTreeMap;

/// Every channel; one that is `None` is not set, and its actions fail.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Channels {
    /// `[email]`
    pub email: Option<Email>,
    /// `[sms]`
    pub sms: Option<Sms>,
    /// `[slack]`
    pub slack: Option<Slack>,
    /// `[teams]`
    pub teams: Option<Teams>,
    /// `[webhook]`
    pub webhook: Option<Webhook>,
    /// `[webhook.in]`: by the name of a webhook that comes in, the names of the secrets that sign it.
    pub hooks: BTreeMap<String, Vec<String>>,
    /// `[email.in]`: mails are taken in also where none are sent.
    pub mail: Option<MailIn>,
    /// `[ai]`: where it is not set, the embedded defaults answer.
    pub ai: Option<Ai>,
}

/// `[email]`
#[derive(Debug, Clone, PartialEq)]
pub struct Email {
    /// Where it is handed over.
    pub server: Server,
    /// Who says so, where the server asks.
    pub user: Option<String>,
    /// The name of the secret that is the password.
    pub password: Option<String>,
    /// Who it is from, as in `Acme <hello@acme.example>`.
    pub from: String,
    /// Who answers go to.
    pub reply_to: Option<String>,
    /// Where this installation is reached from outside, without a slash at its end: what becomes of mails is told there.
    pub track: Option<String>,
}

/// `[email.in]`: how mails come in. Whoever hands them in is known by one of the first two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailIn {
    /// The name of the secret that is their token.
    pub token: Option<String>,
    /// The names of the secrets that sign, by Standard Webhooks.
    pub secrets: Vec<String>,
    /// From where they are fetched.
    pub mailbox: Option<Mailbox>,
}

impl MailIn {
    /// Whether anybody hands mails in.
    pub fn is_handed_in(&self) -> bool {
        self.token.is_some() || !self.secrets.is_empty()
    }
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A name or an address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub tls: Tls,
}

/// How a connection to a mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte on (`smtps`).
    Whole,
    /// From `STARTTLS` on, or it is not used (`smtp+starttls`).
    Started,
    /// Not at all (`smtp`): only where `[net] allow` names the server.
    None,
}

impl Server {
    /// Reads `smtps://host:465`.
    ///
    /// # Errors
    /// What is wrong with it, a sentence.
    pub fn parse(text: &str) -> Result<Server, String> {
        let shown = || match text.contains('@') {
            // A password may stand there, which nobody is to read in an error.
            true => "the mail server has a user in it: name that in `user`, and its password's secret in `password`"
                .to_owned(),
            false => format!("`{text}` is not a mail server: write it as in \"smtps://mail.example.com:465\""),
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(shown)?;
        let (tls, port) = match scheme {
            "smtps" => (Tls::Whole, 465),
            "smtp+starttls" => (Tls::Started, 587),
            "smtp" => (Tls::None, 25),
            _ => {
                return Err(format!(
                    "`{scheme}` is not a way to a mail server: it is `smtps`, `smtp+starttls` or `smtp`"
                ));
            }
        };
        // The URL parser brings hosts into the form that the guard knows.
        let url = Url::parse(&format!("https://{rest}")).map_err(|_| shown())?;
        let plain = url.username().is_empty() && url.password().is_none() && url.path() == "/" && url.query().is_none();
        let host = url.host_str().filter(|_| plain && url.fragment().is_none()).ok_or_else(shown)?;
        let given = rest.trim_end_matches('/').rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        Ok(Server { host: host.to_owned(), port: given.unwrap_or(port), tls })
    }
}

/// `[sms]`: a service that speaks as Twilio does.
#[derive(Debug, Clone, PartialEq)]
pub struct Sms {
    /// Where it is.
    pub server: String,
    /// The account's number.
    pub account: String,
    /// The name of the secret that is its token.
    pub token: String,
    /// A number, a name, or a messaging service (`MG…`).
    pub from: String,
}

/// `[slack]`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Slack {
    /// Where it is.
    pub server: String,
    /// The name of the secret that is the app's token.
    pub token: Option<String>,
    /// By channel, the name of the secret that is its incoming webhook.
    pub webhooks: BTreeMap<String, String>,
}

/// `[teams]`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Teams {
    /// Where Microsoft Graph is.
    pub server: String,
    /// The name of the secret that is a token for Microsoft Graph, which somebody else renews.
    pub token: Option<String>,
    /// Who posts over Microsoft Graph; goes before a token.
    pub graph: Option<Graph>,
    /// By `Team/Channel`, the name of the secret that is the address of its workflow.
    pub webhooks: BTreeMap<String, String>,
}

/// `[teams.graph]`: an app, and somebody on whose behalf it posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// Where one signs in.
    pub login: String,
    /// The tenant's id or domain.
    pub tenant: String,
    /// The app's id.
    pub client: String,
    /// The name of the secret that is the app's own; apps that are public have none.
    pub secret: Option<String>,
    /// The name of the secret that is the refresh token of whoever posts.
    pub refresh_token: String,
}

/// `[webhook]`
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// The name of the secret that signs: `whsec_` and 24 to 64 bytes in Base64.
    pub secret: String,
}

impl Channels {
    /// What the compiler is told of: the names of those that are set, and `email.track` where mails tell what becomes of them.
    pub fn known(&self) -> Vec<&'static str> {
        let tracked = self.email.as_ref().is_some_and(|email| email.track.is_some());
        self.set().into_iter().chain(tracked.then_some("email.track")).collect()
    }

    /// The names of those that are set, as `@channel(…)` has them.
    pub fn set(&self) -> Vec<&'static str> {
        let known = [
            ("email", self.email.is_some()),
            ("sms", self.sms.is_some()),
            ("slack", self.slack.is_some()),
            ("teams", self.teams.is_some()),
            ("webhook", self.webhook.is_some()),
            ("ai", self.ai.is_some()),
        ];
        known.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect()
    }

    /// The names of the secrets that a channel needs, each once.
    pub fn secrets(&self, channel: &str) -> Vec<&str> {
        let mut names: Vec<&str> = match channel {
            "email" => self.email.iter().filter_map(|email| email.password.as_deref()).collect(),
            "sms" => self.sms.iter().map(|sms| sms.token.as_str()).collect(),
            "slack" => self.slack.iter().flat_map(|slack| named(&slack.token, &slack.webhooks)).collect(),
            "teams" => self
                .teams
                .iter()
                .flat_map(|teams| {
                    let graph = teams.graph.iter();
                    let graph = graph.flat_map(|graph| graph.secret.iter().chain([&graph.refresh_token]));
                    named(&teams.token, &teams.webhooks).chain(graph.map(String::as_str))
                })
                .collect(),
            "webhook" => self.webhook.iter().map(|webhook| webhook.secret.as_str()).collect(),
            "ai" => self.ai.iter().filter_map(|ai| ai.key.as_deref()).collect(),
            _ => Vec::new(),
        };
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The names of the secrets of what comes in: by which those who hand something in are known, and with which mails are
    /// fetched; each once.
    pub fn secrets_in(&self) -> Vec<&str> {
        let mail = self.mail.iter().flat_map(|mail| {
            let mailbox = mail.mailbox.as_ref().map(|mailbox| &mailbox.password);
            mail.token.iter().chain(&mail.secrets).chain(mailbox)
        });
        let mut names: Vec<&str> = self.hooks.values().flatten().chain(mail).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Why the value of a secret that a channel names cannot be what it is for, behind the secret's name; the value itself is
    /// not shown. `guard` says what may be called.
    pub fn unfit(&self, channel: &str, name: &str, value: &str, guard: &Guard) -> Option<&'static str> {
        let hooks = match channel {
            "slack" => self.slack.as_ref().map(|slack| &slack.webhooks),
            "teams" => self.teams.as_ref().map(|teams| &teams.webhooks),
            _ => None,
        };
        if hooks.is_some_and(|hooks| hooks.values().any(|hook| hook == name)) {
            let called = parse_url(value).is_ok_and(|url| guard.check(&url).is_ok());
            return (!called).then_some("is no address of a webhook: that begins with https://");
        }
        let signs = match channel {
            "webhook" => self.webhook.iter().any(|webhook| webhook.secret == name),
            // Of what comes in.
            "in" => {
                let mail = self.mail.iter().flat_map(|mail| &mail.secrets);
                self.hooks.values().flatten().chain(mail).any(|secret| secret == name)
            }
            _ => false,
        };
        (signs && !is_secret(value)).then_some("cannot sign: that takes `whsec_` and 24 to 64 bytes in Base64")
    }

    /// Addresses from which and at which mail is ours, in lower case.
    pub fn own_addresses(&self) -> Vec<String> {
        let Some(email) = &self.email else { return Vec::new() };
        let bare =
            |text: &String| text.trim_end_matches('>').rsplit('<').next().unwrap_or_default().trim().to_lowercase();
        [Some(&email.from), email.reply_to.as_ref()].into_iter().flatten().map(bare).collect()
    }

    /// Every channel set to what leads nowhere, for tests: nothing is sent there. No model is set, so that what answers in a
    /// test is the embedded defaults, which answer the same each time.
    pub fn nowhere() -> Channels {
        let nowhere = || "https://nowhere.invalid".to_owned();
        let token = || Some("none".to_owned());
        Channels {
            email: Some(Email {
                server: Server { host: "nowhere.invalid".to_owned(), port: 465, tls: Tls::Whole },
                user: None,
                password: None,
                from: "test@nowhere.invalid".to_owned(),
                reply_to: None,
                track: None,
            }),
            sms: Some(Sms {
                server: nowhere(),
                account: "none".to_owned(),
                token: "none".to_owned(),
                from: "+4700000000".to_owned(),
            }),
            slack: Some(Slack { server: nowhere(), token: token(), webhooks: BTreeMap::new() }),
            teams: Some(Teams { server: nowhere(), token: token(), graph: None, webhooks: BTreeMap::new() }),
            webhook: Some(Webhook { secret: "none".to_owned() }),
            hooks: BTreeMap::new(),
            mail: None,
            ai: None,
        }
    }
}

fn named<'a>(token: &'a Option<String>, webhooks: &'a BTreeMap<String, String>) -> impl Iterator<Item = &'a str> {
    token.as_deref().into_iter().chain(webhooks.values().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::{Server, Tls};

    #[test]
    fn servers_say_how_they_are_reached() {
        let server = |text| Server::parse(text).map(|server| (server.host, server.port, server.tls));
        let is = |host: &str, port, tls| Ok((host.to_owned(), port, tls));
        assert_eq!(server("smtps://mail.example.com:465"), is("mail.example.com", 465, Tls::Whole));
        assert_eq!(server("smtps://mail.example.com:443"), is("mail.example.com", 443, Tls::Whole));
        assert_eq!(server("smtp+starttls://mail.example.com"), is("mail.example.com", 587, Tls::Started));
        assert_eq!(server("smtp://127.1:2525"), is("127.0.0.1", 2525, Tls::None));
        for wrong in ["mail.example.com", "http://x", "smtps://", "smtps://u:p@x", "smtps://x/y", "smtps://x:99999"] {
            assert!(server(wrong).is_err(), "{wrong}");
        }
    }
}
