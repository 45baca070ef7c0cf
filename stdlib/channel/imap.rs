//! A mailbox from which mails are fetched: `imaps://user@host:993/INBOX`.

use percent_encoding::percent_decode_str;
use reqwest::Url;

/// `imap` and `password` of `[email.in]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// A name or an address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it is spoken to within TLS from the first byte on (RFC 8314); else only where `[net] allow` names it.
    pub tls: bool,
    /// Who asks.
    pub user: String,
    /// The name of the secret that is the password.
    pub password: String,
    /// Which of the user's.
    pub folder: String,
}

impl Mailbox {
    /// Reads an address; `password` is the name of a secret.
    ///
    /// # Errors
    /// What is wrong with it, a sentence that does not show a password.
    pub fn parse(text: &str, password: &str) -> Result<Mailbox, String> {
        let shown = "it is written as in \"imaps://support@mail.example.com:993/INBOX\"".to_owned();
        let (scheme, rest) = text.split_once("://").ok_or_else(|| shown.clone())?;
        let (tls, port) = match scheme {
            "imaps" => (true, 993),
            "imap" => (false, 143),
            _ => return Err(format!("`{scheme}` is not a way to a mailbox: it is `imaps`")),
        };
        // The URL parser brings hosts into one form, and takes what is before the last `@` for the user.
        let url = Url::parse(&format!("https://{rest}")).map_err(|_| shown.clone())?;
        if url.password().is_some() {
            return Err("a password does not stand there: `password` is the name of a secret".to_owned());
        }
        let host = url.host_str().filter(|_| url.query().is_none() && url.fragment().is_none());
        let host = host.ok_or_else(|| shown.clone())?.to_owned();
        let plain = |text: &str| {
            let text = percent_decode_str(text).decode_utf8().ok()?;
            // They stand in commands: what ends one, or needs another encoding there, is none.
            (!text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))).then(|| text.into_owned())
        };
        let user = plain(url.username()).ok_or_else(|| shown.clone())?;
        let folder = match url.path() {
            "" | "/" => "INBOX".to_owned(),
            path => plain(path.trim_start_matches('/')).ok_or(shown)?,
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let given = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        Ok(Mailbox { host, port: given.unwrap_or(port), tls, user, password: password.to_owned(), folder })
    }
}

#[cfg(test)]
mod tests {
    use super::Mailbox;

    #[test]
    fn addresses_of_mailboxes_are_read() {
        for (text, read) in [
            ("imaps://me@mail.example.com", (true, "mail.example.com", 993, "me", "INBOX")),
            (
                "imaps://a@acme.example@Mail.example.com:1993/",
                (true, "mail.example.com", 1993, "a@acme.example", "INBOX"),
            ),
            ("imaps://a%40b.c@[::1]:1/Support%20desk/In", (true, "[::1]", 1, "a@b.c", "Support desk/In")),
            ("imap://me@10.0.0.1/In", (false, "10.0.0.1", 143, "me", "In")),
            ("imaps://me@mail.example.com:443/x", (true, "mail.example.com", 443, "me", "x")),
        ] {
            let mailbox = Mailbox::parse(text, "p").expect(text);
            let Mailbox { host, port, tls, user, folder, .. } = &mailbox;
            assert_eq!((*tls, host.as_str(), *port, user.as_str(), folder.as_str()), read, "{text}");
        }
        for text in [
            "",
            "mail.example.com",
            "pop3://me@m.example",
            "imaps://m.example",
            "imaps://me:open-wide@m.example",
            "imaps://me@",
            "imaps://me@m.example/a?b",
            "imaps://me@m.example/%0d%0aLOGOUT",
            "imaps://%00@m.example",
            "imaps://me@m.example/%C3%BC",
        ] {
            let why = Mailbox::parse(text, "p").expect_err(text);
            assert!(!why.contains("open-wide"), "{why}");
        }
    }
}
