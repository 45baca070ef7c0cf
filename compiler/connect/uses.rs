//! What a project names of a connector.

use std::collections::BTreeSet;

/// Every word that stands behind `name.` in the texts, in order. One in a comment counts: it costs a declaration.
pub(super) fn of<'t>(name: &str, texts: &[&'t str]) -> Vec<&'t str> {
    let mut found = BTreeSet::new();
    for text in texts {
        for (at, _) in text.match_indices(name) {
            let begins = !text.get(..at).is_some_and(|before| before.ends_with(is_of_a_name));
            let Some(behind) = text.get(at + name.len()..).filter(|_| begins) else { continue };
            let Some(behind) = past_space(behind).strip_prefix('.').map(past_space) else { continue };
            let end = behind.find(|letter: char| !is_of_a_name(letter)).unwrap_or(behind.len());
            found.extend(behind.get(..end).filter(|word| !word.is_empty()));
        }
    }
    found.into_iter().collect()
}

/// Whether a text names this of a module: `ai.assist`.
pub(crate) fn names(module: &str, name: &str, text: &str) -> bool {
    of(module, &[text]).contains(&name)
}

/// A text without the blanks, ends of lines and comments that it begins with.
fn past_space(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some(comment) = rest.strip_prefix("//") {
        rest = comment.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
    }
    rest
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_only() {
        let text = "let a = github.issues_create(…) // mygithub.not github_x.not\n github\n  .pulls_list() \
                    let x: List<github.Issue> \"{{github.meta_get().x}}\" github.com github // why\n // and how\n . // this\n users_get";
        assert_eq!(of("github", &[text]), ["Issue", "com", "issues_create", "meta_get", "pulls_list", "users_get"]);
    }
}
