//! Actions of articles.

use super::args;
use super::shared::{Done, find};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{ActionError, Workspace};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Articles that one search yields, at most.
pub const FOUND_MAX: i64 = 20;

/// An article, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The name by which flows know it.
    pub name: Arc<str>,
    /// Its title.
    pub title: Arc<str>,
    /// Its words.
    pub text: Arc<str>,
    /// Where people read it.
    pub url: Option<Arc<str>>,
}

/// `articles.create(name, title, text, url)`
pub fn create(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let mut fields = args::fields(&["name", "title", "text", "url"], args, 0);
    fields.push(("created", Value::Int(workspace.now())));
    Ok(Value::Int(workspace.create("Article", fields)?))
}

/// `articles.find(name)`
pub fn find_by_name(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    find(workspace, "Article", "name", &args::value(args, 0))
}

/// `articles.search(words, limit)`
pub fn search(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let words = args::text(args, 0)?;
    let limit = args::value(args, 1).as_int().unwrap_or(3);
    if !(1..=FOUND_MAX).contains(&limit) {
        let message = format!("a search yields 1 to {FOUND_MAX} articles, not {limit}");
        return Err(Failure::new("invalid", message).into());
    }
    let found = workspace.search_articles(&words, usize::try_from(limit).unwrap_or(1))?;
    Ok(Value::List(Arc::new(found.into_iter().map(Value::Int).collect())))
}

/// What brings the articles of a project into the workspace.
pub const FILL: &str = "articles.fill";

/// Articles of one call of [`FILL`], at most.
pub const FILL_MAX: usize = 50;

/// The argument of [`FILL`].
pub fn fill_argument(articles: &[Words]) -> Value {
    // Texts alone: nothing of them cannot be written as JSON.
    Value::text(serde_json::to_string(articles).unwrap_or_default())
}

/// Carries [`FILL`] out: makes those that are missing, writes what differs. Yields how many were made or written.
pub fn fill(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let articles: Vec<Words> = serde_json::from_str(&args::text(args, 0)?)
        .map_err(|error| ActionError::from(Failure::new("invalid", error.to_string())))?;
    let mut written = 0;
    for article in articles {
        let url = article.url.clone().map_or(Value::Null, Value::Text);
        let fields =
            [("title", Value::Text(article.title.clone())), ("text", Value::Text(article.text.clone())), ("url", url)];
        let Value::Int(id) = find(workspace, "Article", "name", &Value::Text(article.name.clone()))? else {
            let mut all = vec![("name", Value::Text(article.name)), ("created", Value::Int(workspace.now()))];
            all.extend(fields);
            workspace.create("Article", all)?;
            written += 1;
            continue;
        };
        if words(workspace, id)? != article {
            for (field, value) in fields {
                workspace.set("Article", id, field, value)?;
            }
            written += 1;
        }
    }
    Ok(Value::Int(written))
}

/// The words of an article of this name, if it has any.
///
/// # Errors
/// The store.
pub fn words_of(workspace: &mut dyn Workspace, name: &str) -> Result<Option<Words>, ActionError> {
    match find(workspace, "Article", "name", &Value::text(name))? {
        Value::Int(id) => words(workspace, id).map(Some),
        _ => Ok(None),
    }
}

/// The words of an article.
///
/// # Errors
/// `.gone` when there is none; the store.
pub fn words(workspace: &mut dyn Workspace, id: i64) -> Result<Words, ActionError> {
    let mut text = |field: &str| Ok::<_, ActionError>(workspace.get("Article", id, field)?.as_text().cloned());
    Ok(Words {
        name: text("name")?.unwrap_or_default(),
        title: text("title")?.unwrap_or_default(),
        text: text("text")?.unwrap_or_default(),
        url: text("url")?,
    })
}
