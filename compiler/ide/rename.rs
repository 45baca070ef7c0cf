//! Another name for something, everywhere it is named.

use super::Analysis;
use crate::diag::{FileId, Span};
use crate::hir::Definition;
use crate::syntax::{is_name, is_reserved};

impl Analysis {
    /// The name at a place that can be changed.
    ///
    /// # Errors
    /// There is none, or it is not the project's own: a sentence for people.
    pub fn renamable(&self, file: FileId, at: u32) -> Result<Span, String> {
        let name = self.name_at(file, at).ok_or("Nothing that has a name stands here.")?;
        let text = self.text_at(name.span).unwrap_or_default();
        match name.to {
            Definition::Local(_) if self.is_word(name.span) => {
                return Err(format!("`{text}` is a word of the language."));
            }
            Definition::Builtin(..) => return Err(format!("`{text}` is the language's own.")),
            Definition::Module(_) => return Err(format!("`{text}` is the name of a file: rename the file.")),
            _ => {}
        }
        let declared = self.declared_at(&name.to).filter(|declared| self.known.project.is_own(*declared));
        match declared {
            Some(_) => Ok(name.span),
            None => Err(format!("`{text}` is declared by the standard library, or by the document of a service.")),
        }
    }

    /// The places at which a name has to be written anew.
    ///
    /// # Errors
    /// It cannot be changed, or not into this: a sentence for people.
    pub fn rename(&self, file: FileId, at: u32, new: &str) -> Result<Vec<Span>, String> {
        self.renamable(file, at)?;
        let plain = new.strip_prefix('#').unwrap_or(new);
        if !is_name(plain) {
            return Err(format!(
                "`{new}` is no name: a name is made of letters, digits and `_`, and is no word of the language."
            ));
        }
        let mut places = self.references(file, at, true);
        let local = self.name_at(file, at).is_some_and(|name| matches!(name.to, Definition::Local(_)));
        places.retain(|place| !(local && self.is_word(*place)));
        Ok(places)
    }

    /// Whether a word of the language stands where a local is meant: `say`, `ask` and `choice` speak in a conversation, which is
    /// what they stand for.
    pub(super) fn is_word(&self, span: Span) -> bool {
        self.text_at(span).is_some_and(is_reserved)
    }
}
