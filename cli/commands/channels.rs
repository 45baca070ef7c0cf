//! What the messages of a program need, and what of it is not set.

use crate::io::Io;
use crate::project::Project;
use crate::session::EnvironmentSecrets;
use crate::trouble::Trouble;
use flow_bytecode::program::PlaceKind;
use flow_bytecode::{Intrinsic, Op, Program};
use flow_stdlib::channel_of;
use flow_stdlib::http::guard::Guard;
use flow_vm::action::Secrets;

/// What runs a program of the project's folder `scripts`: its secrets stand in `[scripts]`.
const SCRIPT: &str = "script.execute";

/// Something that a program's calls need and have not.
pub struct Unset {
    /// The channel's name, which is its section's; nothing of a secret that a flow or a connector names itself.
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
            (Some(secret), None) if channel.is_empty() => {
                format!("`{action}` will fail: the secret `{secret}` is not set")
            }
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
        // Without a model the embedded defaults answer, and need nothing.
        let ai = (channels.ai.is_some() && action.name.starts_with("ai.")).then_some("ai");
        let Some(channel) = scripts.or(ai).or_else(|| channel_of(&action.name)) else { continue };
        if !is_of(&place.key, module) && ai.is_none() {
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
    for (name, action) in named_secrets(program, module) {
        let known = found.iter().any(|known| known.secret.as_deref() == Some(name));
        if !known && secrets.get(name).is_none() {
            let (action, secret) = (action.to_owned(), Some(name.to_owned()));
            found.push(Unset { channel: "", action, secret, unfit: None });
        }
    }
    Ok(found)
}

/// Whether a place stands in a flow of a module: it is named by its flow, and a flow by its module.
fn is_of(place: &str, module: Option<&str>) -> bool {
    let flow = place.split(['#', '/']).next().unwrap_or_default();
    module.is_none_or(|module| flow.rsplit_once('.').is_some_and(|(of, _)| of == module))
}

/// The secrets that a program's calls are made with, each with the call: what makes a secret stands before it, and what it is
/// called before that.
fn named_secrets<'p>(program: &'p Program, module: Option<&str>) -> Vec<(&'p str, &'p str)> {
    let mut found = Vec::new();
    for (function, index) in program.functions.iter().zip(0_u16..) {
        for (at, made) in function.code.iter().enumerate() {
            if made.op != Op::Intrinsic || made.k != Intrinsic::SecretNamed as u8 {
                continue;
            }
            let before = function.code.get(..at).unwrap_or_default();
            let named = before.iter().rev().find(|instr| instr.op == Op::ConstR && instr.a == made.c);
            let name = named.and_then(|instr| program.constants.get(instr.bc() as usize)?.as_text());
            let calls = program.places.iter().filter(|place| place.function == index && usize::from(place.pc) > at);
            let call = calls.min_by_key(|place| place.pc).filter(|place| is_of(&place.key, module));
            let action = call.and_then(|place| match &place.kind {
                PlaceKind::Action { action, .. } => program.actions.get(usize::from(*action)),
                _ => None,
            });
            if let (Some(name), Some(action)) = (name, action) {
                found.push((&**name, &*action.name));
            }
        }
    }
    found
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
