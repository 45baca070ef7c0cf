//! One operation, the same whichever version describes it.

use crate::document::Document;
use crate::index::{Indexed, Version};
use crate::plain::plain;
use crate::problem::Problem;
use crate::schema::{Schemas, described};
use crate::shape::Shape;
use serde_json::{Value, json};

/// Where a parameter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum In {
    Path,
    Query,
    Header,
}

/// How a list is written where there is only text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lists {
    /// `a=1&a=2`
    Repeat,
    /// `a=1,2`
    Comma,
    Space,
    Pipe,
    /// `a[0]=1&a[1]=2`, and `a[b]=1` for what is in records.
    Brackets,
}

#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub wire: String,
    pub place: In,
    pub shape: Shape,
    pub required: bool,
    pub doc: String,
    pub lists: Lists,
}

/// What a request carries.
#[derive(Debug, Clone)]
pub(crate) enum Carried {
    Nothing,
    Json { shape: Shape, required: bool, doc: String },
    Form { shape: Shape, lists: Vec<(String, Lists)> },
    Text { required: bool },
}

/// What an answer carries.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Nothing,
    Json(Shape),
    Text,
}

#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub parameters: Vec<Parameter>,
    pub body: Carried,
    pub answer: Answer,
    pub doc: String,
    pub deprecated: bool,
    /// Its answer has a header `Link`.
    pub linked: bool,
    /// The service's own address for this operation, where it has one.
    pub server: Option<String>,
}

impl Document {
    /// A part of an operation, or what its reference leads to.
    ///
    /// # Errors
    /// Its reference leads nowhere, or out of the document.
    fn found(&self, value: &Value, what: &str) -> Result<Value, Problem> {
        let found = self.resolved(value);
        match value.get("$ref").and_then(Value::as_str).filter(|_| found.is_null()) {
            None => Ok(found),
            Some(reference) => {
                let shown: String = reference.chars().take(120).collect();
                let said = format!("It says {what} by `{}`, which is not in the document.", shown.escape_debug());
                let help = match reference.starts_with('#') {
                    true => "Mend the document: add that part, or write what it is in its place.",
                    false => "Put all of it into one document: parts in other files are not read.",
                };
                Err(Problem::new(said, help))
            }
        }
    }

    pub(crate) fn read_operation(&self, at: &Indexed) -> Result<Operation, Problem> {
        let operation = self.value(at.range);
        let item = self.value(at.item);
        if !operation.is_object() {
            return Err(Problem::new(
                format!("`{} {}` is nested deeper than 128 in the document.", at.method.to_uppercase(), at.path),
                "Cut it out of the document.",
            ));
        }
        let schemas = Schemas::new(self);
        let reader = Reader { document: self, schemas, old: self.index.version == Version::V2 };
        let mut parameters: Vec<Value> = Vec::new();
        for list in [&item, &operation] {
            for parameter in list.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                let parameter = self.found(parameter, "a parameter")?;
                let same = |other: &Value| {
                    other.get("name") == parameter.get("name") && other.get("in") == parameter.get("in")
                };
                match parameters.iter_mut().find(|other| same(other)) {
                    Some(other) => *other = parameter,
                    None => parameters.push(parameter),
                }
            }
        }
        let body = match reader.old {
            true => reader.old_body(&operation, &parameters)?,
            false => reader.body(&operation)?,
        };
        let mut read: Vec<Parameter> = Vec::new();
        for parameter in &parameters {
            read.extend(reader.parameter(parameter)?);
        }
        for wire in holes(&at.path) {
            if !read.iter().any(|one| one.place == In::Path && one.wire == wire) {
                let (shape, doc) = (Shape::Text, String::new());
                read.push(Parameter { wire, place: In::Path, shape, required: true, doc, lists: Lists::Comma });
            }
        }
        let summary = plain(operation.get("summary").and_then(Value::as_str).unwrap_or_default());
        let summary = summary.trim();
        let more = described(&operation);
        let doc = match more.trim() {
            "" => summary.to_owned(),
            more if summary.is_empty() || more.starts_with(summary) => more.to_owned(),
            more => format!("{}\n\n{more}", sentence(summary)),
        };
        let server = |value: &Value| value.pointer("/servers/0").and_then(server_url);
        Ok(Operation {
            parameters: read,
            body,
            answer: reader.answer(&operation),
            doc,
            linked: reader.linked(&operation),
            deprecated: operation.get("deprecated").and_then(Value::as_bool).unwrap_or(false),
            server: server(&operation).or_else(|| server(&item)),
        })
    }

    /// The address that every path is appended to.
    pub(crate) fn server(&self) -> Option<String> {
        if self.index.version != Version::V2 {
            return server_url(self.top("servers").get(0)?);
        }
        let host = self.top("host");
        let base = self.top("basePath");
        let schemes = self.top("schemes");
        let plain =
            schemes.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(|scheme| scheme == "http"));
        let scheme = if plain { "http" } else { "https" };
        Some(format!("{scheme}://{}{}", host.as_str()?, base.as_str().unwrap_or_default()))
    }
}

/// A server's address with the defaults of its variables.
fn server_url(server: &Value) -> Option<String> {
    let mut url = server.get("url")?.as_str()?.to_owned();
    for (name, variable) in server.get("variables").and_then(Value::as_object).into_iter().flatten() {
        let default = variable.get("default").and_then(Value::as_str).unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), default);
    }
    Some(url)
}

/// The names between braces in a path: a document may forget to describe them.
fn holes(path: &str) -> Vec<String> {
    let parts = path.split('{').skip(1);
    parts.filter_map(|part| Some(part.split_once('}')?.0.to_owned())).filter(|name| !name.is_empty()).collect()
}

/// With a full stop.
fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

struct Reader<'d> {
    document: &'d Document,
    schemas: Schemas<'d>,
    old: bool,
}

impl Reader<'_> {
    fn parameter(&self, parameter: &Value) -> Result<Option<Parameter>, Problem> {
        let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
        let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
        let wire = text("name").to_owned();
        let place = match text("in") {
            "path" => In::Path,
            "query" => In::Query,
            // These are the connection's own (OpenAPI 3, "Parameter Object").
            "header" if ["accept", "content-type", "authorization"].contains(&wire.to_ascii_lowercase().as_str()) => {
                return Ok(None);
            }
            "header" => In::Header,
            "cookie" if required => {
                return Err(Problem::new(
                    format!("It needs the cookie `{}`, and Flow sends no cookies.", wire.escape_debug()),
                    "Write the operation as `action … = http { … }` of your own.",
                ));
            }
            _ => return Ok(None),
        };
        let schema = match (parameter.get("schema"), parameter.pointer("/content/application~1json/schema")) {
            (Some(schema), _) | (None, Some(schema)) => schema,
            (None, None) => parameter,
        };
        let explode = parameter.get("explode").and_then(Value::as_bool).unwrap_or(true);
        let lists = match (text("style"), text("collectionFormat")) {
            ("deepObject", _) => Lists::Brackets,
            ("spaceDelimited", _) | (_, "ssv") => Lists::Space,
            ("pipeDelimited", _) | (_, "pipes") => Lists::Pipe,
            (_, "multi") => Lists::Repeat,
            _ if self.old || !explode || place != In::Query => Lists::Comma,
            _ => Lists::Repeat,
        };
        Ok(Some(Parameter {
            wire,
            place,
            shape: self.schemas.shape(schema),
            required: required || place == In::Path,
            doc: described(parameter),
            lists,
        }))
    }

    fn body(&self, operation: &Value) -> Result<Carried, Problem> {
        let Some(body) = operation.get("requestBody") else { return Ok(Carried::Nothing) };
        let body = self.document.found(body, "what is sent")?;
        let required = body.get("required").and_then(Value::as_bool).unwrap_or(false);
        let Some(content) = body.get("content").and_then(Value::as_object).filter(|content| !content.is_empty()) else {
            return Ok(Carried::Nothing);
        };
        let schema = |media: &Value| media.get("schema").cloned().unwrap_or(Value::Null);
        if let Some((_, media)) = content.iter().find(|(kind, _)| is_json(kind)) {
            return Ok(Carried::Json { shape: self.schemas.shape(&schema(media)), required, doc: described(&body) });
        }
        if let Some((_, media)) = content.iter().find(|(kind, _)| kind.starts_with("application/x-www-form-urlencoded"))
        {
            let style = |encoding: &Value| match encoding.get("style").and_then(Value::as_str) {
                Some("deepObject") => Lists::Brackets,
                _ => Lists::Repeat,
            };
            let encodings = media.get("encoding").and_then(Value::as_object);
            let lists =
                encodings.into_iter().flatten().map(|(name, encoding)| (name.clone(), style(encoding))).collect();
            return Ok(Carried::Form { shape: self.schemas.shape(&schema(media)), lists });
        }
        if content.keys().any(|kind| kind.starts_with("text/")) {
            return Ok(Carried::Text { required });
        }
        match required {
            true => Err(unsent(content.keys().map(String::as_str))),
            false => Ok(Carried::Nothing),
        }
    }

    /// Swagger 2.0 has bodies among the parameters.
    fn old_body(&self, operation: &Value, parameters: &[Value]) -> Result<Carried, Problem> {
        let place = |parameter: &&Value, wanted: &str| parameter.get("in").and_then(Value::as_str) == Some(wanted);
        if let Some(body) = parameters.iter().find(|parameter| place(parameter, "body")) {
            let required = body.get("required").and_then(Value::as_bool).unwrap_or(false);
            let shape = self.schemas.shape(body.get("schema").unwrap_or(&Value::Null));
            return Ok(Carried::Json { shape, required, doc: described(body) });
        }
        let fields: Vec<&Value> = parameters.iter().filter(|parameter| place(parameter, "formData")).collect();
        if fields.is_empty() {
            return Ok(Carried::Nothing);
        }
        let consumes = match operation.get("consumes") {
            Some(list) => list.clone(),
            None => self.document.top("consumes"),
        };
        let needs = |field: &&&Value| field.get("required").and_then(Value::as_bool).unwrap_or(false);
        let file = |field: &&&Value| field.get("type").is_some_and(|kind| kind == "file");
        let kinds: Vec<&str> = consumes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let form = kinds.is_empty() || kinds.iter().any(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if fields.iter().any(|field| file(&field) && needs(&field)) || !form && !kinds.iter().any(|kind| is_json(kind))
        {
            return Err(unsent(kinds.into_iter()));
        }
        let mut properties = serde_json::Map::new();
        let mut required: Vec<&str> = Vec::new();
        let mut lists = Vec::new();
        for field in fields.iter().filter(|field| !file(field)) {
            let Some(name) = field.get("name").and_then(Value::as_str) else { continue };
            properties.insert(name.to_owned(), (*field).clone());
            required.extend(needs(&field).then_some(name));
            let comma = field.get("collectionFormat").and_then(Value::as_str) != Some("multi");
            lists.push((name.to_owned(), if comma { Lists::Comma } else { Lists::Repeat }));
        }
        // A parameter's own `required` says something else than a schema's.
        for schema in properties.values_mut() {
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("required");
            }
        }
        let shape = self.schemas.shape(&json!({ "type": "object", "properties": properties, "required": required }));
        Ok(if form {
            Carried::Form { shape, lists }
        } else {
            Carried::Json { shape, required: false, doc: String::new() }
        })
    }

    /// What comes where it goes well: the first status from 200 on that says something.
    fn answer(&self, operation: &Value) -> Answer {
        let Some(responses) = operation.get("responses").and_then(Value::as_object) else { return Answer::Nothing };
        let mut good: Vec<(&str, &Value)> = responses
            .iter()
            .map(|(status, answer)| (status.as_str(), answer))
            .filter(|(status, _)| status.starts_with('2'))
            .collect();
        good.sort_by_key(|(status, _)| *status);
        if good.is_empty() {
            good.extend(responses.get("default").map(|answer| ("default", answer)));
        }
        let mut empty = false;
        let mut found = Answer::Nothing;
        for (_, answer) in good {
            let answer = match self.document.found(answer, "an answer") {
                Ok(answer) => answer,
                // It is something, and nobody says what.
                Err(_) => {
                    found = Answer::Json(Shape::Json);
                    continue;
                }
            };
            let read = match self.old {
                true => answer.get("schema").map_or(Answer::Nothing, |schema| Answer::Json(self.schemas.shape(schema))),
                false => self.content(&answer),
            };
            match (&found, read) {
                (Answer::Nothing, Answer::Nothing) => empty = true,
                (Answer::Nothing, read) => found = read,
                (_, Answer::Nothing) => empty = true,
                _ => {}
            }
        }
        match found {
            Answer::Json(shape) if empty => Answer::Json(shape.optional()),
            other => other,
        }
    }

    /// Whether an answer where it goes well has a header `Link`.
    fn linked(&self, operation: &Value) -> bool {
        let responses = operation.get("responses").and_then(Value::as_object);
        responses.into_iter().flatten().filter(|(status, _)| status.starts_with('2')).any(|(_, answer)| {
            let answer = self.document.resolved(answer);
            let headers = answer.get("headers").and_then(Value::as_object);
            headers.is_some_and(|headers| headers.keys().any(|name| name.eq_ignore_ascii_case("link")))
        })
    }

    fn content(&self, answer: &Value) -> Answer {
        let Some(content) = answer.get("content").and_then(Value::as_object) else { return Answer::Nothing };
        if let Some((_, media)) = content.iter().find(|(kind, _)| is_json(kind)) {
            return Answer::Json(media.get("schema").map_or(Shape::Json, |schema| self.schemas.shape(schema)));
        }
        if content.is_empty() { Answer::Nothing } else { Answer::Text }
    }
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind == "application/json" || kind.ends_with("+json") || kind == "*/*" || kind == "application/*"
}

fn unsent<'a>(kinds: impl Iterator<Item = &'a str>) -> Problem {
    let kinds: Vec<String> = kinds.take(3).map(|kind| format!("`{}`", kind.escape_debug())).collect();
    let kinds = if kinds.is_empty() { "a file".to_owned() } else { kinds.join(" or ") };
    Problem::new(
        format!("It is sent {kinds}, and Flow sends JSON, forms and text."),
        "Call another operation, or a service of your own that does this one.",
    )
}
