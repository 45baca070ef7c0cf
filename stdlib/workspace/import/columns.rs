//! Headers to fields.

use super::report::Column;
use super::texts::NOTE;
use super::write::own_number;
use flow_bytecode::schema::{EntityDef, FieldDef, Schema, SchemaType};

/// What other programs call our fields, as [`plain`] has it.
const SYNONYMS: &[(&str, &[&str])] = &[
    ("email", &["emailaddress", "mail", "epost", "emailadresse", "courriel", "correo", "primaryemail", "workemail"]),
    ("first_name", &["givenname", "forename", "vorname", "fornavn", "prénom", "prenom", "nombre"]),
    ("last_name", &["surname", "familyname", "nachname", "etternavn", "efternamn", "nomdefamille", "apellido"]),
    (
        "phone",
        &["phonenumber", "telephone", "telephonenumber", "tel", "telefon", "mobile", "mobilephone", "cell", "mobil"],
    ),
    (
        "external_id",
        &[
            "id",
            "customerid",
            "contactid",
            "recordid",
            "userid",
            "companyid",
            "ticketid",
            "ticketnumber",
            "dealid",
            "kundennummer",
            "kundenr",
        ],
    ),
    (
        "company",
        &["companyname", "organisation", "organization", "account", "accountname", "firma", "associatedcompany"],
    ),
    ("name", &["companyname", "organisation", "organization", "account", "accountname", "firma", "company"]),
    ("domain", &["companydomain", "companydomainname"]),
    ("website", &["url", "websiteurl", "homepage", "web"]),
    ("size", &["employees", "numberofemployees", "headcount"]),
    ("language", &["lang", "locale", "preferredlanguage", "sprache", "språk"]),
    ("timezone", &["tz", "zone", "zeitzone", "tidssone"]),
    ("city", &["town", "ort", "stadt", "ville", "by", "ciudad"]),
    ("country", &["countrycode", "land", "pays"]),
    ("tags", &["tag", "labels", "label"]),
    ("teams", &["team", "group", "groups"]),
    ("message_at", &["at"]),
    ("message_from", &["from"]),
    ("message_text", &["text"]),
    ("subject", &["title", "summary"]),
    ("title", &["subject", "name", "dealname", "summary"]),
    ("amount", &["value", "dealvalue", "price"]),
    ("stage", &["dealstage", "pipelinestage"]),
    ("contact", &["requester", "requesteremail", "contactemail", "customer", "customeremail"]),
    ("created", &["createdat", "createdate", "createddate", "creationdate"]),
    ("due", &["duedate", "dueat"]),
    ("closes", &["closedate", "expectedclosedate"]),
    ("owner", &["contactowner", "companyowner", "assignedto", "assignee", "accountowner"]),
];

/// The column of an export in which every record is called by its own number: `ticket-12`.
pub const OWN_COLUMN: &str = "flow";

/// Where that column stands, in a file that was exported here.
pub fn own_column(headers: &[String]) -> Option<usize> {
    headers.iter().position(|header| header == OWN_COLUMN)
}

/// Letters and digits only, in lower case: `E-Mail`, `e mail` and `Email` are one.
pub fn plain(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// For every header what it fills. A name of ours goes before a synonym, an earlier column before a later one.
pub fn map<'a>(headers: &[String], entity: &'a EntityDef) -> (Vec<Column>, Vec<Option<&'a FieldDef>>) {
    let own = own_column(headers);
    let mut found: Vec<Option<&FieldDef>> = vec![None; headers.len()];
    let mut doubled = vec![false; headers.len()];
    for by_synonym in [false, true] {
        for (at, header) in headers.iter().enumerate() {
            let header = plain(header);
            if found[at].is_some() || doubled[at] || header.is_empty() {
                continue;
            }
            let Some(field) = entity.fields.iter().find(|field| fits(&header, &field.name, by_synonym)) else {
                continue;
            };
            if found.iter().flatten().any(|other| other.name == field.name) {
                doubled[at] = true;
            } else {
                found[at] = Some(field);
            }
        }
    }
    let mut columns = Vec::new();
    for (at, header) in headers.iter().enumerate() {
        let field = match found[at] {
            _ if own == Some(at) => {
                columns.push(Column { header: header.clone(), field: Ok(OWN_COLUMN.to_string()) });
                found[at] = None;
                continue;
            }
            None if doubled[at] => Err("another column fills the same field".to_string()),
            None => Err("no field has this name".to_string()),
            // Made of others.
            Some(field) if &*field.name == "diary" => Err(format!("`{}` cannot be set", field.name)),
            Some(field) if !importable(&field.ty) => Err(format!("`{}` cannot be read from a text", field.name)),
            Some(field) => Ok(field.name.to_string()),
        };
        if field.is_err() {
            found[at] = None;
        }
        columns.push(Column { header: header.clone(), field });
    }
    (columns, found)
}

/// Kinds of records that have commands of their own.
const KINDS: [&str; 7] = ["Contact", "Company", "Ticket", "Teammate", "FollowUp", "Sale", "Article"];

/// The kind of record that a file is of, where it is plainly another: its records were exported under the number of another
/// kind; or nothing but a number of theirs tells these apart, and more of its headings are another kind's.
pub fn of_another_kind<'a>(
    headers: &[String],
    first: Option<&[String]>,
    entity: &EntityDef,
    schema: &'a Schema,
    keys: &[&str],
) -> Option<&'a str> {
    let others = || {
        let known = schema.entities.iter().filter(|other| KINDS.contains(&&*other.name));
        known.filter(|other| other.name != entity.name)
    };
    if let Some(own) = own_column(headers).and_then(|at| first?.get(at)) {
        let texts = || schema.entities.iter().filter(|other| ["Conversation", NOTE].contains(&&*other.name));
        return others()
            .chain(texts())
            .filter(|other| other.name != entity.name)
            .find(|other| own_number(&other.name, own).is_some())
            .map(|other| &*other.name);
    }
    let filled = |entity: &EntityDef| map(headers, entity).1.into_iter().flatten().map(|f| f.name.clone()).collect();
    let here: Vec<std::sync::Arc<str>> = filled(entity);
    if here.iter().any(|name| &**name != "external_id" && keys.contains(&&**name)) {
        return None;
    }
    let count = |other: &EntityDef| -> usize {
        let there: Vec<std::sync::Arc<str>> = filled(other);
        there.len()
    };
    let best = others().map(|other| (count(other), other)).max_by_key(|(count, _)| *count)?;
    (best.0 > here.len()).then_some(&*best.1.name)
}

fn fits(header: &str, field: &str, by_synonym: bool) -> bool {
    if !by_synonym {
        return header == plain(field);
    }
    SYNONYMS.iter().any(|(name, synonyms)| *name == field && synonyms.contains(&header))
}

fn importable(ty: &SchemaType) -> bool {
    match ty {
        SchemaType::Optional(inner) => importable(inner),
        SchemaType::List(inner) => importable(inner) && !matches!(**inner, SchemaType::List(_)),
        SchemaType::File | SchemaType::Json | SchemaType::Record(..) | SchemaType::Map(_) => false,
        _ => true,
    }
}
