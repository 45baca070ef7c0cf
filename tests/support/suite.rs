//! The programs of the suite that say what is told of them, as files with their families.

use crate::marks::{alone, programs, with_prelude};
use crate::project::{programs as files, project};
use flow_lang::compile::Compiled;

/// A program, and what became of it.
#[derive(Debug)]
pub struct Told {
    /// Where it stands, and its name there.
    pub name: String,
    /// `// good: E0101`: codes that it comes near and is not told.
    pub near: Vec<String>,
    /// The program, compiled with what it may use.
    pub compiled: Compiled,
}

/// Families of `suite/check`, name and text: what programs share is none.
pub fn families() -> Vec<(String, String)> {
    let mut families = files("suite/check");
    families.retain(|(name, _)| name != "prelude" && name != "library");
    families
}

/// Every program of `check`, `language`, `day_one` and `parse`, compiled one after the other.
pub fn told() -> impl Iterator<Item = Told> {
    let check =
        families().into_iter().flat_map(|(family, text)| several(&format!("check/{family}"), &text, with_prelude));
    let language = files("suite/language")
        .into_iter()
        .flat_map(|(family, text)| several(&format!("language/{family}"), &text, alone));
    let lone = ["day_one", "parse/broken", "parse/ok"].into_iter().flat_map(|folder| {
        files(&format!("suite/{folder}")).into_iter().map(move |(name, text)| {
            let compiled = project([(format!("{name}.flow").as_str(), text.as_bytes())]);
            Told { name: format!("{folder}/{name}"), near: Vec::new(), compiled }
        })
    });
    check.chain(language).chain(lone)
}

fn several(family: &str, text: &str, compile: fn(&[(&str, &str)]) -> Compiled) -> Vec<Told> {
    let told = |program: crate::marks::Program<'_>| Told {
        name: format!("{family}: {}", program.name),
        near: near(&program.files),
        compiled: compile(&program.files),
    };
    programs(text).into_iter().map(told).collect()
}

fn near(files: &[(&str, &str)]) -> Vec<String> {
    let lines = files.iter().flat_map(|(_, text)| text.lines()).filter_map(|line| line.strip_prefix("// good: "));
    lines.flat_map(str::split_whitespace).map(str::to_owned).collect()
}
