//! Where a document says that one signs in, and a connector does not.

use crate::auth::{Auth, Place, Scheme};
use crate::declare::Connector;
use crate::document::Document;
use crate::names::snake;
use crate::operation::{In, Operation};

/// An operation for which one signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// `orders_create`
    pub operation: String,
    /// What a connector says to sign in, `.bearer(secret.shop_token)`.
    pub auth: String,
    /// The secret that it names.
    pub secret: String,
}

impl Document {
    /// The first of these operations for which the document says that one signs in (`security`, its own or the document's),
    /// where a connector without `auth` does not: by no header, no parameter and no argument either. An operation with
    /// `security: []`, or with `{}` among its ways, takes anybody (OpenAPI 3.1, 4.8.10).
    pub fn demands(&self, connector: &Connector, operations: &[&str]) -> Option<Demand> {
        if connector.auth != Auth::None {
            return None;
        }
        let usual = self.top("security");
        let schemes = self.named_schemes();
        operations.iter().find_map(|name| {
            let at = self.index().operation(name)?;
            let operation = self.value(at.range);
            let ways = operation.get("security").unwrap_or(&usual).as_array()?;
            let operation = if ways.is_empty() { None } else { self.read_operation(at).ok() }?;
            let mut way_to_say = None;
            for way in ways {
                let wanted = way.as_object()?;
                let each = |name: &String| schemes.iter().find(|(known, _)| known == name).map(|(_, scheme)| scheme);
                let wanted: Vec<&Scheme> = wanted.keys().filter_map(each).collect();
                // Nothing that is known of: it takes anybody, or the document says nothing that could be said back.
                if wanted.iter().all(|scheme| is_given(scheme, connector, &operation)) {
                    return None;
                }
                if let [scheme] = wanted.as_slice() {
                    way_to_say = way_to_say.or(said(scheme, &connector.name));
                }
            }
            let (auth, secret) = way_to_say?;
            Some(Demand { operation: (*name).to_owned(), auth, secret })
        })
    }
}

/// Whether somebody gives this without `auth`: a header, a parameter of every operation, or an argument of this one.
fn is_given(scheme: &Scheme, connector: &Connector, operation: &Operation) -> bool {
    let place = match scheme {
        Scheme::Bearer | Scheme::Basic => &Place::Header("Authorization".to_owned()),
        Scheme::Key(place) => place,
        // Nothing that Flow could send.
        Scheme::Other => return true,
    };
    let (wire, by) = match place {
        Place::Header(name) => (name, In::Header),
        Place::Query(name) => (name, In::Query),
    };
    let same = |known: &str| known.eq_ignore_ascii_case(wire);
    let in_headers = by == In::Header && connector.headers.iter().any(|(known, _)| same(known));
    let fixed = || connector.parameters.iter().any(|(known, words)| *known == snake(wire) && words.is_some());
    let asked = || operation.parameters.iter().any(|one| one.place == by && same(&one.wire));
    in_headers || fixed() || asked()
}

/// How a connector says it, and the secret that it names.
fn said(scheme: &Scheme, connector: &str) -> Option<(String, String)> {
    let secret = match scheme {
        Scheme::Key(_) => format!("{connector}_key"),
        _ => format!("{connector}_token"),
    };
    let auth = match scheme {
        Scheme::Bearer => format!(".bearer(secret.{secret})"),
        Scheme::Basic => format!(".basic(user: \"…\", password: secret.{secret})"),
        Scheme::Key(_) => format!(".key(secret.{secret})"),
        Scheme::Other => return None,
    };
    Some((auth, secret))
}
