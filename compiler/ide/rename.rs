//! Another name for something, everywhere it is named.

use super::Analysis;
use crate::diag::render::Source;
use crate::diag::{Code, Diagnostic, FileId, Severity, Span};
use crate::hir::{Definition, SymbolKind};
use crate::syntax::is_name;
use crate::template::is_template;

/// Another name for something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renaming {
    /// The places at which it is written.
    pub places: Vec<Span>,
    /// Files that are called by it, relative to the project: what they are called now, and then.
    pub files: Vec<(String, String)>,
}

impl Analysis {
    /// The name at a place that can be changed.
    ///
    /// # Errors
    /// There is none, or it is not the project's own: a sentence for people.
    pub fn renamable(&self, file: FileId, at: u32) -> Result<Span, String> {
        let name = self.name_at(file, at).ok_or("Nothing that has a name stands here.")?;
        let text = self.text_at(name.span).unwrap_or_default();
        match name.to {
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

    /// What has to be written anew for another name.
    ///
    /// # Errors
    /// It cannot be changed, or not into this: a sentence for people.
    pub fn rename(&self, file: FileId, at: u32, new: &str) -> Result<Renaming, String> {
        self.renamable(file, at)?;
        let plain = new.strip_prefix('#').unwrap_or(new);
        if !is_name(plain) {
            return Err(format!(
                "`{new}` is no name: a name is made of letters, digits and `_`, and is no word of the language."
            ));
        }
        let places = self.references(file, at, true);
        match self.clash(&places, plain) {
            Some(why) => Err(format!("`{plain}` would make another program of it: {why}")),
            None => Ok(Renaming { places, files: self.words_of(file, at, plain) }),
        }
    }

    /// The files in which the words of the template at a place stand, and what they are called with another name.
    fn words_of(&self, file: FileId, at: u32, new: &str) -> Vec<(String, String)> {
        let Some(Definition::Symbol(SymbolKind::Template, name)) = self.name_at(file, at).map(|name| name.to) else {
            return Vec::new();
        };
        let other = |(_, source): (FileId, &Source)| {
            let (folder, own) = source.path.rsplit_once('/')?;
            let end = own.strip_prefix(&*name).filter(|end| end.starts_with('.') && is_template(&source.path))?;
            Some((source.path.to_string(), format!("{folder}/{new}{end}")))
        };
        self.front.sources.iter().filter_map(other).collect()
    }

    /// What would be refused of the project with another name in these places, and is not now.
    fn clash(&self, places: &[Span], new: &str) -> Option<String> {
        let mut texts: Vec<(FileId, String)> = Vec::new();
        // From the end, so that what comes before stays where it is.
        for place in places.iter().rev() {
            if texts.last().is_none_or(|(file, _)| *file != place.file) {
                texts.push((place.file, self.front.sources.get(place.file)?.text.to_string()));
            }
            let (_, text) = texts.last_mut()?;
            let sign = u32::from(self.text_at(*place).is_some_and(|text| text.starts_with('#')));
            let bare = Span { start: place.start + sign, ..*place };
            text.get(bare.range())?;
            text.replace_range(bare.range(), new);
        }
        // What the words of a renamed template are called is another's business.
        let refused = |told: &Diagnostic| told.severity() == Severity::Error && told.code != Code::TemplateWithoutWords;
        let before = self.diagnostics().iter().filter(|told| refused(told)).count();
        let after: Vec<Diagnostic> = self.told_with(&texts).into_iter().filter(refused).collect();
        let known = |told: &&Diagnostic| !self.diagnostics().iter().any(|old| old.message == told.message);
        (after.len() > before).then(|| after.iter().find(known).or(after.first()).map(|told| told.message.clone()))?
    }
}
