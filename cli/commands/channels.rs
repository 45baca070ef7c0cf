//! What the messages of a program need, and what of it is not set.

use crate::io::Io;
use crate::project::Project;
use crate::session::EnvironmentSecrets;
use crate::trouble::Trouble;
use flow_bytecode::Program;
use flow_bytecode::program::PlaceKind;
use flow_stdlib::channel_of;
use flow_stdlib::http::guard::Guard;
use flow_vm::action::Secrets;

/// What runs a program of the project's folder `scripts`: its secrets stand in `[scripts]`.
const SCRIPT: &str = "script.execute";

/// A channel that a program cannot send over.
pub struct Unset {
    /// Its name, which is its section's.
    pub channel: &'static str,
    /// One of the actions that need it.
    pub action: String,
    /// The secret that is not set; none where the section is not there.
    pub secret: Option<String>,
    /// Why the secret's value cannot be what it is for, behind its name; it is set then.
    pub unfit: Option<&'static str>,
}

impl Unset {
    /// A sentence.
    pub fn says(&self) -> String {
        let Unset { channel, action, secret, unfit } = self;
        match (secret, unfit) {
            (None, _) => format!("`{action}` will fail: flow.toml has no section `[{channel}]`"),
            (Some(secret), None) => format!("`{action}` will fail: the secret `{secret}` of `[{channel}]` is not set"),
            (Some(secret), Some(unfit)) => {
                format!("`{action}` will fail: the secret `{secret}` of `[{channel}]` {unfit}")
            }
        }
    }

    /// What to do.
    pub fn help(&self) -> String {
        match &self.secret {
            Some(secret) if self.unfit.is_some() => {
                format!("look at FLOW_SECRET_{} in the environment or in .env", secret.to_uppercase())
            }
            None => format!("add it: `flow explain W0601`, and docs/commands.md shows what `[{}]` says", self.channel),
            Some(secret) => format!("set FLOW_SECRET_{} in the environment or in .env", secret.to_uppercase()),
        }
    }
}

/// What a program's messages lack: all of them, or those of the flows of a module.
///
/// # Errors
/// There is a `.env` that cannot be read.
pub fn unset(project: &Project, program: &Program, module: Option<&str>, io: &Io) -> Result<Vec<Unset>, Trouble> {
    let (channels, secrets) = (project.config.channels(), EnvironmentSecrets::load(project, io)?);
    // What is no address was refused when the settings were read.
    let guard = Guard::new(project.config.net.allow.iter().map(String::as_str)).unwrap_or_default();
    let mut found: Vec<Unset> = Vec::new();
    for place in &program.places {
        let PlaceKind::Action { action, .. } = &place.kind else { continue };
        let Some(action) = program.actions.get(usize::from(*action)) else { continue };
        let scripts = (*action.name == *SCRIPT).then_some("scripts");
        let Some(channel) = scripts.or_else(|| channel_of(&action.name)) else { continue };
        // A place is named by its flow, and a flow by its module.
        let flow = place.key.split(['#', '/']).next().unwrap_or_default();
        if module.is_some_and(|module| flow.rsplit_once('.').is_none_or(|(of, _)| of != module)) {
            continue;
        }
        if found.iter().any(|known| known.channel == channel) {
            continue;
        }
        let action = action.name.to_string();
        if scripts.is_none() && !channels.set().contains(&channel) {
            found.push(Unset { channel, action, secret: None, unfit: None });
            continue;
        }
        let own = project.config.scripts.iter().flat_map(|scripts| scripts.secrets.values().map(String::as_str));
        let named = if scripts.is_some() { own.collect() } else { channels.secrets(channel) };
        for name in named {
            let value = secrets.get(name);
            let unfit = value.as_ref().and_then(|value| channels.unfit(channel, name, value, &guard));
            if value.is_none() || unfit.is_some() {
                found.push(Unset { channel, action: action.clone(), secret: Some(name.to_owned()), unfit });
            }
        }
    }
    Ok(found)
}

/// Says at the start what will fail, on standard error.
///
/// # Errors
/// Standard error is closed, or there is a `.env` that cannot be read.
pub fn notice(project: &Project, program: &Program, module: Option<&str>, io: &mut Io) -> Result<(), Trouble> {
    for unset in unset(project, program, module, io)? {
        let paint = io.err_paint();
        let text = format!("{} {}\n  {}\n", paint.warn("note:"), unset.says(), paint.note(unset.help()));
        io.write_err(&text)?;
    }
    Ok(())
}
