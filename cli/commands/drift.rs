//! Whether what is deployed is what the files here say: who edits a flow and starts it gets the version before.

use crate::io::Io;
use crate::paint::hang;
use crate::project::{Project, SourceBytes};
use crate::session::{Session, Where};
use crate::trouble::Trouble;
use crate::values::short_version;
use flow_bytecode::codec;
use flow_lang::compile::module_name;

/// How the files here stand to what is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drift {
    /// They are what is deployed.
    Absent,
    /// They have changed since that version was deployed.
    Changed(String),
    /// They have changed, and do not compile.
    Broken(String),
    /// There are no files here, or nothing is deployed: there is nothing to compare.
    Unknown,
}

impl Drift {
    /// Compares. What cannot be read or compiled is no reason not to carry out a command.
    ///
    /// # Errors
    /// The store.
    pub fn of(place: &Where, session: &Session, io: &Io) -> Result<Drift, Trouble> {
        let flows = session.control.flows()?;
        let Some(version) = flows.first().map(|flow| flow.program.clone()) else { return Ok(Drift::Unknown) };
        let Ok(project) = place.project(io) else { return Ok(Drift::Unknown) };
        let own = match project.sources() {
            Ok(own) if !own.is_empty() => own,
            _ => return Ok(Drift::Unknown),
        };
        let deployed = |file: &SourceBytes| {
            let module = module_name(&file.path);
            flows.iter().any(|flow| flow.name.rsplit_once('.').is_some_and(|(of, _)| of == module))
        };
        let short = short_version(&version).to_owned();
        let found = hash(&project, &own);
        if found.as_ref() == Some(&version) {
            return Ok(Drift::Absent);
        }
        // Without settings `flow run FILE` deploys that file by itself.
        if !project.settings().is_file() {
            let some: Vec<SourceBytes> = own.iter().filter(|file| deployed(file)).cloned().collect();
            if hash(&project, &some).as_ref() == Some(&version) {
                return Ok(Drift::Absent);
            }
        }
        Ok(if found.is_some() { Drift::Changed(short) } else { Drift::Broken(short) })
    }

    /// Says it on standard error, where there is something to say.
    ///
    /// # Errors
    /// Standard error cannot be written.
    pub fn tell(&self, session: &Session, io: &mut Io) -> Result<(), Trouble> {
        let paint = io.err_paint();
        let text = match self {
            Drift::Absent | Drift::Unknown => return Ok(()),
            Drift::Changed(version) => format!(
                "the files here have changed since version {version} was deployed; `{}` brings them",
                session.command("deploy")
            ),
            Drift::Broken(version) => format!(
                "the files here have changed since version {version} was deployed, and have errors; `flow check` shows them"
            ),
        };
        let columns = if io.terminal.error { io.terminal.width } else { usize::MAX };
        io.write_err(&format!("{}\n", hang(&format!("{} {text}", paint.note("note:")), columns, 6)))
    }

    /// For JSON: whether they have changed; null where there is nothing to compare.
    pub fn changed(&self) -> Option<bool> {
        match self {
            Drift::Absent => Some(false),
            Drift::Changed(_) | Drift::Broken(_) => Some(true),
            Drift::Unknown => None,
        }
    }
}

/// The name of the program that files make; none when they make none.
fn hash(project: &Project, files: &[SourceBytes]) -> Option<String> {
    let program = project.compile(files).lowered?.program;
    Some(codec::hex(&codec::hash(&program)))
}
