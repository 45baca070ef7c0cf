//! Addresses that say which mail they stand in, and that nobody else can make.
//!
//! A token is the number of a mail and 128 bits of HMAC-SHA256 over what it is for, that number and, of a link, where it
//! leads: so the place that follows links sends nobody anywhere that we have not written.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Url;
use sha2::Sha256;

/// What the key is for, where the installation is asked for it.
pub const PURPOSE: &str = "links in mails";

/// Bytes of a signature.
const TAG_BYTES: usize = 16;

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A link that is followed.
    Click,
    /// The picture that is fetched when a mail is opened.
    Open,
    /// The way out.
    Unsubscribe,
}

impl Kind {
    fn name(self) -> &'static [u8] {
        match self {
            Kind::Click => b"click",
            Kind::Open => b"open",
            Kind::Unsubscribe => b"unsubscribe",
        }
    }
}

/// Makes and checks such addresses.
pub struct Links {
    key: [u8; 32],
}

impl Links {
    /// With the installation's key for [`PURPOSE`].
    pub fn new(key: [u8; 32]) -> Links {
        Links { key }
    }

    fn mac(&self, kind: Kind, mail: i64, url: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(kind.name());
        // Ends the name: none holds it.
        mac.update(&[0]);
        mac.update(&mail.to_be_bytes());
        mac.update(url.as_bytes());
        Some(mac)
    }

    /// What stands in the address.
    pub fn token(&self, kind: Kind, mail: i64, url: &str) -> String {
        let mut bytes = mail.to_be_bytes().to_vec();
        if let Some(mac) = self.mac(kind, mail, url) {
            bytes.extend(mac.finalize().into_bytes().iter().take(TAG_BYTES));
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn check(&self, kind: Kind, token: &str, url: &str) -> Option<i64> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (mail, tag) = bytes.split_first_chunk::<8>()?;
        let mail = i64::from_be_bytes(*mail);
        if tag.len() != TAG_BYTES {
            return None;
        }
        // Takes as long whether it is wrong at its beginning or at its end.
        self.mac(kind, mail, url)?.verify_truncated_left(tag).ok()?;
        Some(mail)
    }

    /// A link that was followed, from its token and its query `u=…`: the mail that it stands in, and where it leads.
    pub fn clicked(&self, token: &str, query: &str) -> Option<(i64, String)> {
        let parsed = Url::parse(&format!("http://localhost/?{query}")).ok()?;
        let (_, url) = parsed.query_pairs().find(|(name, _)| name == "u")?;
        Some((self.check(Kind::Click, token, &url)?, url.into_owned()))
    }

    /// A picture that was fetched, from its token: the mail that it stands in.
    pub fn opened(&self, token: &str) -> Option<i64> {
        self.check(Kind::Open, token, "")
    }

    /// A way out that was taken, from its token: the mail that it stands in.
    pub fn unsubscribed(&self, token: &str) -> Option<i64> {
        self.check(Kind::Unsubscribe, token, "")
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Links};

    #[test]
    fn whatever_is_changed_is_noticed() {
        let links = Links::new([1; 32]);
        let token = links.token(Kind::Click, 5, "https://a.example/");
        assert_eq!(token.len(), 32);
        assert_eq!(links.clicked(&token, "u=https%3A%2F%2Fa.example%2F"), Some((5, "https://a.example/".to_owned())));
        // A program that reads mails may add its own to the query.
        assert!(links.clicked(&token, "utm=1&u=https%3A%2F%2Fa.example%2F").is_some());
        for query in [
            "",
            "u=",
            "u=https%3A%2F%2Fa.example%2Fx",
            "u=https%3A%2F%2Fevil.example%2F",
            "v=https%3A%2F%2Fa.example%2F",
        ] {
            assert_eq!(links.clicked(&token, query), None, "{query}");
        }
        for at in 0..token.len() {
            for other in ["A", "b", "_", ".", "é"] {
                let mut wrong = token.clone();
                wrong.replace_range(at..=at, other);
                if wrong != token {
                    assert_eq!(links.clicked(&wrong, "u=https%3A%2F%2Fa.example%2F"), None, "{wrong}");
                }
            }
        }
        for wrong in ["", "A", &token[..31], &format!("{token}A"), &format!("{token}=")] {
            assert_eq!(links.clicked(wrong, "u=https%3A%2F%2Fa.example%2F"), None, "{wrong}");
        }
        assert_eq!(links.opened(&token), None, "what it is for is signed");
        assert_eq!(Links::new([2; 32]).clicked(&token, "u=https%3A%2F%2Fa.example%2F"), None);
    }
}
