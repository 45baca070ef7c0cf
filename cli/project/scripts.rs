//! The section `[scripts]` of `flow.toml`: what programs of the project's folder `scripts/` may use.

use super::{Config, Project};
use crate::trouble::Trouble;
use crate::values::units;
use flow_stdlib::script::Scripts;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// `[scripts]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptsSection {
    /// How long one may take, `"5 minutes"`.
    pub timeout: Option<String>,
    /// The memory of each of its processes, `"512 MB"`.
    pub memory: Option<String>,
    /// How much is kept of each of its outputs, `"64 KB"`.
    pub output: Option<String>,
    /// Variables of the environment that it sees.
    #[serde(default)]
    pub environment: Vec<String>,
    /// Variables that are secrets: by the variable, the secret's name.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
}

/// The longest that a script may take, microseconds: what `script.execute` declares.
const TIMEOUT_MAX_US: i64 = 86_400_000_000;
/// The least memory in which a program can begin.
const MEMORY_MIN: u64 = 4_000_000;
/// The most that a run keeps of an output: what a text may have.
const OUTPUT_MAX: u64 = 1 << 20;

impl ScriptsSection {
    /// As the library takes it; `at` is for messages.
    fn read(&self, at: &dyn Fn(String) -> Trouble) -> Result<Scripts, Trouble> {
        let mut scripts = Scripts::default();
        if let Some(text) = &self.timeout {
            let us = units::duration(text).filter(|us| (1..=TIMEOUT_MAX_US).contains(us));
            let us = us.ok_or_else(|| at(format!("`timeout` is no time up to a day: `{text}`")))?;
            scripts.timeout = Duration::from_micros(us.unsigned_abs());
        }
        if let Some(text) = &self.memory {
            let bytes = units::bytes(text).filter(|bytes| *bytes >= MEMORY_MIN);
            scripts.memory = bytes.ok_or_else(|| at(format!("`memory` is no size from 4 MB: `{text}`")))?;
        }
        if let Some(text) = &self.output {
            let bytes = units::bytes(text).filter(|bytes| *bytes <= OUTPUT_MAX);
            let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
            scripts.output = bytes.ok_or_else(|| at(format!("`output` is no size up to 1 MiB: `{text}`")))?;
        }
        let variable = |name: &String| !name.is_empty() && !name.contains(['=', '\0']);
        if self.environment.iter().chain(self.secrets.keys()).any(|name| !variable(name)) {
            return Err(at("has a variable of the environment without a name, or with `=` in it".to_owned())
                .help("write names, as in environment = [\"CRM_REGION\"]"));
        }
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if let Some((name, _)) = self.secrets.iter().find(|(_, of)| of.is_empty() || !of.bytes().all(plain)) {
            // It may be the secret itself: it is not shown.
            return Err(at(format!("`secrets`: what `{name}` is to be is no name of a secret")).help(format!(
                "write a name, as in {{ {name} = \"crm_token\" }}, and put what it is in .env: CRM_TOKEN=…"
            )));
        }
        scripts.environment.clone_from(&self.environment);
        scripts.secrets.clone_from(&self.secrets);
        Ok(scripts)
    }
}

impl Project {
    /// The files of its folder `scripts`, by name; `None` where it is one file, or the folder cannot be read.
    pub fn script_names(&self) -> Option<Vec<String>> {
        let folder = self.root.join("scripts");
        if self.lone_file.is_some() {
            return None;
        }
        if !folder.is_dir() {
            return Some(Vec::new());
        }
        let entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
        let files = entries.filter(|entry| entry.path().is_file());
        let mut names: Vec<String> = files.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        Some(names)
    }
}

impl Project {
    /// Those of its scripts that cannot be run, each with why.
    pub fn barred_scripts(&self) -> Vec<(String, String)> {
        let folder = self.root.join("scripts");
        let Ok(real) = folder.canonicalize() else { return Vec::new() };
        let names = self.script_names().unwrap_or_default();
        let barred = names.into_iter().filter_map(|name| {
            let path = folder.join(&name);
            let inside = path.canonicalize().is_ok_and(|path| path.starts_with(&real));
            let why = match () {
                () if !inside => "it is a link that leads out of the folder `scripts`",
                () if !is_program(&path) => "nobody may execute it",
                () => return None,
            };
            Some((name, why.to_owned()))
        });
        barred.collect()
    }
}

/// Whether somebody may execute a file; elsewhere than on Unix its name says it.
fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        path.is_file()
    }
}

impl Config {
    /// What scripts may use; `root` is the project's folder.
    pub fn scripts(&self, root: &Path) -> Scripts {
        let read = self.scripts.as_ref().map(|section| section.read(&|what| Trouble::usage(what)));
        // Looked at when the settings were read.
        let scripts = read.and_then(Result::ok).unwrap_or_default();
        let folder = root.join("scripts");
        Scripts { folder: folder.is_dir().then_some(folder), ..scripts }
    }

    /// Looks at what no type says of the section.
    pub(super) fn check_scripts(&self, path: &Path) -> Result<(), Trouble> {
        let at = |what: String| {
            Trouble::usage(format!("{}: [scripts] {what}", path.display()))
                .help("write them as in timeout = \"5 minutes\", memory = \"512 MB\", output = \"64 KB\"")
        };
        self.scripts.as_ref().map_or(Ok(()), |section| section.read(&at).map(drop))
    }
}
