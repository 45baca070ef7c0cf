//! `flow serve`

use super::moved::Seen;
use super::resume::{asking, decide, in_doubt, next, until_told};
use crate::io::Io;
use crate::project::Project;
use crate::session::{EnvironmentSecrets, Intent, Session, Where};
use crate::talk::Interrupt;
use crate::trouble::Trouble;
use flow_server::{Following, Server, Settings};
use flow_stdlib::http::guard::Guard;
use flow_vm::seam::SystemClock;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// Options of `flow serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow serve                              on http://127.0.0.1:8080, behind a proxy on this machine
  flow serve --listen 127.0.0.1:9000
  flow serve --listen 0.0.0.0:8080 --public

It takes links in mails that are followed and pictures that are fetched (/c, /o), ways out of them
(/unsubscribe), webhooks (/hooks/NAME), mails (/mail), and says how it is (/health). It fetches mails
from the mailbox of [email.in]. Put a proxy with TLS before it, such as Caddy or nginx.")]
pub struct Options {
    /// Where it listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Listen beyond this machine: only where a proxy with TLS stands before it
    #[arg(long)]
    pub public: bool,
    /// One JSON object a line: each run that moved, as `flow runs --json` shows it
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Lets what is due go on, and takes what comes from outside.
///
/// # Errors
/// Another process carries the database's runs on; the address cannot be had; the store.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let project = options.place.project(io)?;
    if !options.public && !options.listen.ip().is_loopback() {
        return Err(Trouble::usage(format!("{} is reached from beyond this machine, in the clear", options.listen)).help(
            "leave it on 127.0.0.1 and put a proxy with TLS before it, such as Caddy or nginx; with `--public`, where that stands on another machine",
        ));
    }
    let own = project.sources()?;
    if let Some(deployment) = crate::project::deployment(project.compile(&own), own.len()) {
        super::channels::notice(&project, &deployment.program, None, io)?;
    }
    let mut session = Session::open(&project, &options.place.database(&project, io), Intent::Wake, io)?;
    let Some(engine) = session.engine.clone() else {
        return Err(Trouble::machine("another process carries this database's runs on already")
            .help("end that one first: `flow serve` does what `flow resume` does, and more"));
    };
    let settings = settings(&project, io)?;
    unsigned(&session, &project, io)?;
    let taken = |error: std::io::Error| {
        Trouble::machine(format!("nothing can listen on {}: {error}", options.listen))
            .help("another program may listen there; name another address with `--listen`")
    };
    let listener = TcpListener::bind(options.listen).map_err(taken)?;
    let interrupt = Interrupt::listen_until_told();
    session.stay()?;
    let following = Following::begin(&engine, &settings)
        .map_err(|error| Trouble::machine(format!("there is no thread for the mailbox: {error}")))?;
    let server = Server::serve(&engine, listener, settings).map_err(taken)?;
    let mut seen = Seen::default();
    seen.look(&session)?;
    if !options.json {
        let paint = io.paint();
        let (place, address) = (session.database.display().to_string(), server.address());
        io.paragraph(&format!("{} {place} on http://{address}{}", paint.good("serving"), next(&session)?), 2)?;
        match project.config.channels().email.and_then(|email| email.track) {
            Some(track) => io.line(paint.dim(format!("links in mails lead to {track}")))?,
            None => {
                io.line(paint.dim("links in mails are not followed: `track` of [email] in flow.toml is not set"))?
            }
        }
        asking(&session, io)?;
        decide(&in_doubt(&session)?, &session, io)?;
        io.paragraph(&paint.dim("Ctrl-C stops; whatever waits goes on waiting"), 2)?;
    }
    io.flush()?;
    let mut also = |io: &mut Io| {
        refused(&server, &session, io)?;
        match &following {
            Some(following) => news(following, io),
            None => Ok(()),
        }
    };
    until_told(&session, &mut seen, &interrupt, options.json, &mut also, io)?;
    // Whoever is being answered is answered to the end, while there is an engine.
    drop((following, server));
    if options.json { Ok(()) } else { io.line("\nstopped; nothing is lost") }
}

/// What was not let in, on standard error.
fn refused(server: &Server, session: &Session, io: &mut Io) -> Result<(), Trouble> {
    while let Some((at, text)) = server.refused() {
        let moment = io.err_paint().dim(session.moments().show(at));
        io.write_err(&format!("{moment}  {text}\n"))?;
    }
    Ok(())
}

/// Says which flows wait for webhooks that nobody can send.
fn unsigned(session: &Session, project: &Project, io: &mut Io) -> Result<(), Trouble> {
    let hooks = project.config.channels().hooks;
    for flow in session.control.flows()? {
        let waits = flow.begins.iter().filter_map(|begins| begins.strip_prefix("webhook:"));
        for name in waits.filter(|name| !hooks.contains_key(*name)) {
            let paint = io.err_paint();
            let text = format!("`{}` waits for the webhook `{name}`, which is not taken", flow.name);
            let help = format!("[webhook.in] of flow.toml says who signs it: \"{name}\" = \"name_of_a_secret\"");
            io.write_err(&format!("{} {text}\n  {}\n", paint.warn("note:"), paint.note(help)))?;
        }
    }
    Ok(())
}

/// What there is to tell of the mailbox.
fn news(following: &Following, io: &mut Io) -> Result<(), Trouble> {
    while let Some(text) = following.said() {
        let note = io.err_paint().warn("note:");
        io.write_err(&format!("{note} {text}\n"))?;
    }
    Ok(())
}

/// Who is let in.
fn settings(project: &Project, io: &mut Io) -> Result<Settings, Trouble> {
    let channels = project.config.channels();
    let secrets = Arc::new(EnvironmentSecrets::load(project, io)?);
    for name in channels.secrets_in() {
        let value = flow_vm::action::Secrets::get(&*secrets, name);
        if let Some(why) = value.as_ref().and_then(|value| channels.unfit("in", name, value, &Guard::default())) {
            let paint = io.err_paint();
            let text = format!("the secret `{name}` {why}: what comes in with it is not taken");
            let help = format!("look at FLOW_SECRET_{} in the environment or in .env", name.to_uppercase());
            io.write_err(&format!("{} {text}\n  {}\n", paint.warn("note:"), paint.note(help)))?;
        }
        if value.is_none() {
            let paint = io.err_paint();
            let text = format!("the secret `{name}` is not set: what comes in with it is not taken");
            let help = format!("set FLOW_SECRET_{} in the environment or in .env", name.to_uppercase());
            io.write_err(&format!("{} {text}\n  {}\n", paint.warn("note:"), paint.note(help)))?;
        }
    }
    Ok(Settings::new(&channels, secrets, Arc::new(SystemClock::default())))
}
