//! How one signs in at a service, and what its document says of that.

use crate::document::Document;
use crate::problem::Problem;
use crate::types::quoted;
use serde_json::Value;

/// A text of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// As it stands.
    Text(String),
    /// The name of a secret.
    Secret(String),
    /// A number, `true` or `false`, as it stands.
    Plain(String),
}

/// Where a key is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In this header.
    Header(String),
    /// In the address, by this name.
    Query(String),
}

/// How one signs in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Bearer …`
    Bearer(Words),
    /// `Authorization: Basic …`
    Basic(Words, Words),
    /// A key, where the document says it belongs, or here.
    Key(Words, Option<Place>),
}

impl std::fmt::Display for Auth {
    /// As a connector says it.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said = |words: &Words| match words {
            Words::Text(text) => quoted(text),
            Words::Secret(name) => format!("secret.{name}"),
            Words::Plain(plain) => plain.clone(),
        };
        match self {
            Auth::None => out.write_str(".none"),
            Auth::Bearer(token) => write!(out, ".bearer({})", said(token)),
            Auth::Basic(user, password) => write!(out, ".basic(user: {}, password: {})", said(user), said(password)),
            Auth::Key(key, None) => write!(out, ".key({})", said(key)),
            Auth::Key(key, Some(Place::Header(name))) => write!(out, ".key({}, header: {})", said(key), quoted(name)),
            Auth::Key(key, Some(Place::Query(name))) => write!(out, ".key({}, query: {})", said(key), quoted(name)),
        }
    }
}

/// What a document knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scheme {
    Bearer,
    Basic,
    Key(Place),
    Other,
}

impl Words {
    /// Inside of a text.
    pub(crate) fn inside(&self) -> String {
        match self {
            Words::Text(text) => {
                let quoted = quoted(text);
                quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
            }
            Words::Secret(name) => format!("{{{{secret.{name}}}}}"),
            Words::Plain(plain) => plain.clone(),
        }
    }
}

/// The lines of a template that sign in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SignedIn {
    pub header: Option<(String, String)>,
    pub query: Option<(String, String)>,
    pub basic: Option<(String, String)>,
}

impl Document {
    /// The ways to sign in that the document describes, by their names there.
    pub(crate) fn named_schemes(&self) -> Vec<(String, Scheme)> {
        let list = match self.index().part("/components/securitySchemes") {
            Some(range) => self.value(range),
            None => self.top("securityDefinitions"),
        };
        let each = list.as_object().into_iter().flatten();
        each.map(|(name, scheme)| {
            let scheme = self.resolved(scheme);
            let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
            let scheme = match (text("type"), text("scheme").to_ascii_lowercase().as_str()) {
                ("http", "bearer") | ("oauth2" | "openIdConnect", _) => Scheme::Bearer,
                ("http", "basic") | ("basic", _) => Scheme::Basic,
                // Many documents describe a bearer's header as a key.
                ("apiKey", _) if text("in") == "header" => Scheme::Key(Place::Header(text("name").to_owned())),
                ("apiKey", _) if text("in") == "query" => Scheme::Key(Place::Query(text("name").to_owned())),
                _ => Scheme::Other,
            };
            (name.clone(), scheme)
        })
        .collect()
    }

    fn schemes(&self) -> Vec<Scheme> {
        self.named_schemes().into_iter().map(|(_, scheme)| scheme).collect()
    }

    /// Whether the service knows this way to sign in.
    ///
    /// # Errors
    /// It knows others only, or nobody says where the key belongs.
    pub fn knows(&self, auth: &Auth) -> Result<(), Problem> {
        self.sign_in(auth).map(|_| ())
    }

    pub(crate) fn sign_in(&self, auth: &Auth) -> Result<SignedIn, Problem> {
        let schemes = self.schemes();
        let authorization = |scheme: &Scheme| matches!(scheme, Scheme::Key(Place::Header(name)) if name.eq_ignore_ascii_case("authorization"));
        let known = |fits: &dyn Fn(&Scheme) -> bool| schemes.is_empty() || schemes.iter().any(fits);
        let signed = SignedIn::default();
        match auth {
            Auth::None => Ok(signed),
            Auth::Bearer(token) if known(&|scheme| *scheme == Scheme::Bearer || authorization(scheme)) => {
                let header = ("Authorization".to_owned(), format!("Bearer {}", token.inside()));
                Ok(SignedIn { header: Some(header), ..signed })
            }
            Auth::Basic(user, password) if known(&|scheme| *scheme == Scheme::Basic || authorization(scheme)) => {
                Ok(SignedIn { basic: Some((user.inside(), password.inside())), ..signed })
            }
            Auth::Key(key, place) => {
                let known_places = || {
                    schemes.iter().filter_map(|scheme| if let Scheme::Key(place) = scheme { Some(place) } else { None })
                };
                match place.as_ref().or_else(|| known_places().next()) {
                    Some(Place::Header(name)) => Ok(SignedIn { header: Some((name.clone(), key.inside())), ..signed }),
                    Some(Place::Query(name)) => Ok(SignedIn { query: Some((name.clone(), key.inside())), ..signed }),
                    None if schemes.is_empty() => Err(Problem::new(
                        "The document does not say where a key is sent.",
                        "Say it, as in `auth: .key(secret.token, header: \"X-Api-Key\")` or `query: \"api_key\"`.",
                    )),
                    None => Err(unknown("a key", &schemes)),
                }
            }
            Auth::Bearer(_) => Err(unknown("a bearer's token", &schemes)),
            Auth::Basic(..) => Err(unknown("a name and a password", &schemes)),
        }
    }
}

fn unknown(what: &str, schemes: &[Scheme]) -> Problem {
    let mut ways: Vec<&str> = Vec::new();
    for scheme in schemes {
        let way = match scheme {
            Scheme::Bearer => "`.bearer(secret.…)`",
            Scheme::Basic => "`.basic(user: …, password: secret.…)`",
            Scheme::Key(_) => "`.key(secret.…)`",
            Scheme::Other => continue,
        };
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    let help = match ways.is_empty() {
        true => "It describes no way to sign in that Flow knows.".to_owned(),
        false => format!("It knows {}.", ways.join(" and ")),
    };
    Problem::new(format!("By its document the service does not take {what}."), help)
}
