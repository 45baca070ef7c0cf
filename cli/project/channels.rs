//! The sections of `flow.toml` about messages: `[email]`, `[sms]`, `[slack]`, `[teams]`, `[webhook]`, and about
//! who answers, `[ai]`. Secrets stand in them by name only.

use crate::trouble::Trouble;
use flow_lang::check::Wired;
use flow_stdlib::ai::{Ai, Provider};
use flow_stdlib::channel::{Channels, Email, Graph, MailIn, Mailbox, Server, Slack, Sms, Teams, Webhook};
use flow_stdlib::email::track::base;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// `[email]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailSection {
    /// `smtps://host:465`, `smtp+starttls://host:587`, or `smtp://host:25` for a server of `[net] allow`. Missing where mails
    /// only come in.
    pub server: Option<String>,
    /// Who hands it over, where the server asks.
    pub user: Option<String>,
    /// The name of the secret that is the password.
    pub password: Option<String>,
    /// Who it is from: `Acme <hello@acme.example>`.
    pub from: Option<String>,
    /// Who answers go to.
    pub reply_to: Option<String>,
    /// Where this installation is reached from outside: links in mails lead there first.
    pub track: Option<String>,
    /// `[email.in]`
    pub r#in: Option<MailInSection>,
}

/// `[email.in]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailInSection {
    /// The name of the secret that is the token of whoever hands mails in.
    pub token: Option<String>,
    /// The name of the secret that signs, or several while it changes.
    pub secret: Option<Names>,
    /// From where they are fetched: `imaps://user@host:993/INBOX`.
    pub imap: Option<String>,
    /// The name of the secret that is the password there.
    pub password: Option<String>,
}

impl MailInSection {
    /// From where mails are fetched.
    fn mailbox(&self) -> Option<Result<Mailbox, String>> {
        Some(Mailbox::parse(self.imap.as_ref()?, self.password.as_deref().unwrap_or_default()))
    }
}

/// The name of a secret, or several.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// While it changes.
    Several(Vec<String>),
}

impl Names {
    fn all(&self) -> Vec<String> {
        match self {
            Names::One(name) => vec![name.clone()],
            Names::Several(names) => names.clone(),
        }
    }
}

/// `[sms]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsSection {
    /// The service; `https://api.twilio.com` when not given.
    pub server: Option<String>,
    /// The account's number.
    pub account: String,
    /// The name of the secret that is its token.
    pub token: String,
    /// A number, a name, or a messaging service.
    pub from: String,
}

/// `[slack]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlackSection {
    /// `https://slack.com` when not given.
    pub server: Option<String>,
    /// The name of the secret that is the app's token.
    pub token: Option<String>,
    /// By channel, the name of the secret that is its incoming webhook.
    #[serde(default)]
    pub webhooks: BTreeMap<String, String>,
}

/// `[teams]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamsSection {
    /// Microsoft Graph; `https://graph.microsoft.com` when not given.
    pub server: Option<String>,
    /// The name of the secret that is a token for Microsoft Graph.
    pub token: Option<String>,
    /// Who posts over Microsoft Graph.
    pub graph: Option<GraphSection>,
    /// By `Team/Channel`, the name of the secret that is the address of its workflow.
    #[serde(default)]
    pub webhooks: BTreeMap<String, String>,
}

impl TeamsSection {
    fn is_empty(&self) -> bool {
        self.token.is_none() && self.graph.is_none() && self.webhooks.is_empty()
    }
}

/// `[teams.graph]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphSection {
    /// Where one signs in; `https://login.microsoftonline.com` when not given.
    pub login: Option<String>,
    /// The tenant's id or domain.
    pub tenant: String,
    /// The app's id.
    pub client: String,
    /// The name of the secret that is the app's own.
    pub secret: Option<String>,
    /// The name of the secret that is the refresh token of whoever posts.
    pub refresh_token: String,
}

/// `[webhook]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSection {
    /// The name of the secret that signs what is sent.
    pub secret: Option<String>,
    /// By the name of a webhook that comes in, the name of the secret that signs it.
    #[serde(default)]
    pub r#in: BTreeMap<String, Names>,
}

/// `[ai]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AiSection {
    /// `openai` or `anthropic`: what the service speaks.
    pub provider: String,
    /// The service, without the path; the vendor's own when not given.
    pub server: Option<String>,
    /// Which model.
    pub model: String,
    /// The name of the secret that is its key.
    pub key: Option<String>,
    /// How far answers stray, from 0 to 2.
    pub temperature: Option<f64>,
    /// How long an answer may be, in tokens.
    pub max_tokens: Option<u32>,
    /// Whether answers are shown as they come, where a run talks on this terminal.
    pub stream: Option<bool>,
}

impl EmailSection {
    /// Whether all of it is there that sending takes; where mails only come in, none of it is.
    ///
    /// # Errors
    /// What is missing, and what to do.
    fn check_whole(&self) -> Result<(), (String, &'static str)> {
        let missing: Vec<&str> = [("server", &self.server), ("from", &self.from)]
            .iter()
            .filter(|(_, of)| of.is_none())
            .map(|(key, _)| *key)
            .collect();
        let sends = [&self.server, &self.from, &self.user, &self.password, &self.reply_to, &self.track];
        let only_takes = self.r#in.is_some() && sends.iter().all(|of| of.is_none());
        match missing.first() {
            None => Ok(()),
            Some(_) if only_takes => Ok(()),
            Some(missing) => Err((
                format!("has no `{missing}`"),
                "sending takes server = \"smtps://mail.example.com:465\" and from = \"hello@acme.example\"; [email.in] alone is enough where mails only come in",
            )),
        }
    }
}

impl super::Config {
    /// The channels, as the library takes them.
    pub fn channels(&self) -> Channels {
        let server = |given: &Option<String>, usual: &str| given.clone().unwrap_or_else(|| usual.to_owned());
        Channels {
            email: self.email.as_ref().and_then(|email| {
                Some(Email {
                    // Looked at when the settings were read.
                    server: Server::parse(email.server.as_ref()?).ok()?,
                    user: email.user.clone(),
                    password: email.password.clone(),
                    from: email.from.clone()?,
                    reply_to: email.reply_to.clone(),
                    track: email.track.as_deref().and_then(|track| base(track).ok()),
                })
            }),
            mail: self.email.as_ref().and_then(|email| email.r#in.as_ref()).map(|mail| MailIn {
                token: mail.token.clone(),
                secrets: mail.secret.as_ref().map(Names::all).unwrap_or_default(),
                // Looked at when the settings were read.
                mailbox: mail.mailbox().and_then(Result::ok),
            }),
            sms: self.sms.as_ref().map(|sms| Sms {
                server: server(&sms.server, "https://api.twilio.com"),
                account: sms.account.clone(),
                token: sms.token.clone(),
                from: sms.from.clone(),
            }),
            slack: self.slack.as_ref().map(|slack| Slack {
                server: server(&slack.server, "https://slack.com"),
                token: slack.token.clone(),
                webhooks: slack.webhooks.clone(),
            }),
            teams: self.teams.as_ref().map(|teams| Teams {
                server: server(&teams.server, "https://graph.microsoft.com"),
                token: teams.token.clone(),
                graph: teams.graph.as_ref().map(|graph| Graph {
                    login: server(&graph.login, "https://login.microsoftonline.com"),
                    tenant: graph.tenant.clone(),
                    client: graph.client.clone(),
                    secret: graph.secret.clone(),
                    refresh_token: graph.refresh_token.clone(),
                }),
                webhooks: teams.webhooks.clone(),
            }),
            webhook: self.webhook.as_ref().and_then(|webhook| Some(Webhook { secret: webhook.secret.clone()? })),
            hooks: self
                .webhook
                .iter()
                .flat_map(|webhook| &webhook.r#in)
                .map(|(name, of)| (name.clone(), of.all()))
                .collect(),
            ai: self.ai.as_ref().and_then(|ai| {
                // Looked at when the settings were read.
                let provider = Provider::parse(&ai.provider)?;
                Some(Ai {
                    provider,
                    server: server(&ai.server, provider.server()),
                    model: ai.model.clone(),
                    key: ai.key.clone(),
                    temperature: ai.temperature.and_then(|one| one.to_string().parse().ok()),
                    max_tokens: ai.max_tokens,
                    stream: ai.stream.unwrap_or(true),
                })
            }),
        }
    }

    /// Where the channels lead, and which webhooks come in.
    pub fn wired(&self) -> Wired {
        let names = |of: &BTreeMap<String, String>| of.keys().cloned().collect();
        let only = |everywhere: bool, of| if everywhere { None } else { Some(names(of)) };
        Wired {
            slack: self.slack.as_ref().and_then(|slack| only(slack.token.is_some(), &slack.webhooks)),
            teams: self
                .teams
                .as_ref()
                .and_then(|teams| only(teams.token.is_some() || teams.graph.is_some(), &teams.webhooks)),
            hooks: self.webhook.iter().flat_map(|webhook| webhook.r#in.keys()).cloned().collect(),
        }
    }

    fn check_mail_in(&self, mail: &MailInSection) -> Result<(), (String, String)> {
        if mail.token.is_none() && mail.secret.is_none() && mail.imap.is_none() {
            let help = "the first two are names of secrets, as in token = \"mail_token\"; the third is a mailbox, as in \
                        imap = \"imaps://support@mail.example.com:993/INBOX\"";
            return Err(("has neither a `token` nor a `secret` nor `imap`".to_owned(), help.to_owned()));
        }
        if mail.imap.is_some() != mail.password.is_some() {
            let help = "`password` is the name of a secret, as in password = \"mailbox_password\"".to_owned();
            return Err(("has one of `imap` and `password`, and not the other".to_owned(), help));
        }
        let Some(mailbox) = mail.mailbox() else { return Ok(()) };
        let mailbox = mailbox.map_err(|why| {
            (format!("`imap`: {why}"), "who asks stands before the `@`, the mailbox behind the `/`".to_owned())
        })?;
        let place = format!("{}:{}", mailbox.host, mailbox.port);
        if !mailbox.tls && !self.net.allow.contains(&place) {
            let help = format!("use `imaps://`; or, for a server of your own network, add `{place}` to `[net] allow`");
            return Err((format!("`{place}` is asked for mails in the clear"), help));
        }
        let bound = self.net.secret_hosts.get(&mailbox.password);
        if bound.is_some_and(|hosts| !hosts.iter().any(|host| *host == mailbox.host || *host == place)) {
            let help = format!("add `{}` to its hosts in [net.secret_hosts]", mailbox.host);
            return Err((format!("the secret `{}` may not be sent to `{}`", mailbox.password, mailbox.host), help));
        }
        Ok(())
    }

    /// Looks at what no type says of the sections about messages.
    pub(super) fn check_channels(&self, path: &Path) -> Result<(), Trouble> {
        let at = |section: &str, what: String| Trouble::usage(format!("{}: [{section}] {what}", path.display()));
        if let Some(email) = &self.email {
            email.check_whole().map_err(|(what, help)| at("email", what).help(help))?;
            let server = email.server.as_deref().map(Server::parse).transpose().map_err(|why| at("email", why))?;
            if let Some(server) = server
                && server.tls == flow_stdlib::channel::Tls::None
                && !self.net.allow.iter().any(|entry| *entry == format!("{}:{}", server.host, server.port))
            {
                let entry = format!("{}:{}", server.host, server.port);
                return Err(at("email", format!("`{}` sends mail in the clear", email.server.as_deref().unwrap_or_default())).help(format!(
                    "use `smtps://` or `smtp+starttls://`; or, for a server of your own network, add `{entry}` to `[net] allow`"
                )));
            }
            for (key, sender) in [("from", &email.from), ("reply_to", &email.reply_to)] {
                if let Some(sender) = sender
                    && let Err(why) = flow_stdlib::email::check_sender(sender)
                {
                    return Err(at("email", format!("`{key}`: {why}"))
                        .help("write it as in \"hello@acme.example\" or \"Acme <hello@acme.example>\""));
                }
            }
            if let Some(track) = &email.track {
                base(track).map_err(|why| at("email", format!("`track`: {why}")))?;
            }
            if let Some(mail) = &email.r#in {
                self.check_mail_in(mail).map_err(|(what, help)| at("email.in", what).help(help))?;
            }
            if email.user.is_some() != email.password.is_some() {
                return Err(at("email", "has one of `user` and `password`, and not the other".to_owned())
                    .help("`password` is the name of a secret, as in password = \"mail_password\""));
            }
        }
        for (section, empty) in [
            ("slack", self.slack.as_ref().is_some_and(|slack| slack.token.is_none() && slack.webhooks.is_empty())),
            ("teams", self.teams.as_ref().is_some_and(TeamsSection::is_empty)),
        ] {
            if empty {
                return Err(at(section, "has neither a `token` nor `webhooks`".to_owned()).help(
                    "both are names of secrets: token = \"slack_token\", webhooks = { \"#sales\" = \"sales_hook\" }",
                ));
            }
        }
        if let Some(ai) = &self.ai {
            if Provider::parse(&ai.provider).is_none() {
                return Err(at("ai", format!("`{}` is not known", ai.provider))
                    .help("`provider` is \"openai\" (which many others speak, too) or \"anthropic\""));
            }
            if ai.key.is_none() && ai.server.is_none() {
                return Err(at("ai", "has no `key`".to_owned()).help(
                    "`key` is the name of a secret, as in key = \"ai_key\"; a server of your own may need none",
                ));
            }
            if ai.temperature.is_some_and(|one| !(0.0..=2.0).contains(&one)) || ai.max_tokens == Some(0) {
                return Err(at("ai", "`temperature` is from 0 to 2, `max_tokens` above 0".to_owned()));
            }
        }
        let channels = self.channels();
        let going = channels.set().into_iter().map(|channel| (channel, channels.secrets(channel)));
        let coming = if channels.hooks.is_empty() { "email.in" } else { "webhook.in" };
        for (channel, names) in going.chain([(coming, channels.secrets_in())]) {
            for name in names {
                let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
                if name.is_empty() || !name.bytes().all(plain) {
                    // It may be the secret itself: it is not shown.
                    return Err(at(channel, "has something in the place of a secret's name that is none".to_owned())
                        .help("write a name, as in token = \"sms_token\", and put what it is in .env: SMS_TOKEN=…"));
                }
            }
        }
        Ok(())
    }
}
