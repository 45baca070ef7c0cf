//! `flow mail`

use super::moved::carry_on;
use crate::io::Io;
use crate::session::{Intent, Session, Where};
use crate::trouble::Trouble;
use flow_server::hand_in;
use flow_stdlib::email::incoming::MAIL_MAX;
use serde_json::json;
use std::io::Read;

/// What is done with mails that come in.
#[derive(Debug, clap::Subcommand)]
pub enum Deed {
    /// Take a mail from standard input, as a mail server hands it over
    Receive(Options),
}

/// Options of `flow mail receive`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow mail receive --project /srv/helpdesk < mail.eml
  support: \"|flow mail receive --project /srv/helpdesk\"      in /etc/aliases

Exit code 0: it is taken, or passed over; 1: it is no mail; 75: it cannot be taken now, and the mail server tries again.")]
pub struct Options {
    /// One JSON object: `taken` (`true`, or `false` for what is passed over), `text`
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// What mail servers understand as "try again" (`EX_TEMPFAIL` of sysexits.h).
const TRY_AGAIN: u8 = 75;

/// Carries it out.
///
/// # Errors
/// It is no mail (1), or cannot be taken now (75).
pub fn run(deed: &Deed, io: &mut Io) -> Result<(), Trouble> {
    let Deed::Receive(options) = deed;
    match receive(options, io) {
        Err(trouble @ (Trouble::Machine(_) | Trouble::Usage(_))) => {
            trouble.show(io)?;
            Err(Trouble::Said(TRY_AGAIN))
        }
        other => other,
    }
}

fn receive(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAIL_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let read = io.input.by_ref().take(most).read_to_end(&mut bytes);
    read.map_err(|error| Trouble::machine(format!("standard input cannot be read: {error}")))?;
    let project = options.place.project(io)?;
    let session = Session::open(&project, &options.place.database(&project, io), Intent::Wake, io)?;
    let own = project.config.channels().own_addresses();
    let became = hand_in(&*session.control, &bytes, &own).map_err(|why| match why.lasts {
        true => Trouble::refused(why.says),
        false => Trouble::machine(why.says).help("the mail server tries again"),
    })?;
    // Whoever it wakes goes on now; it is written down whatever becomes of that.
    carry_on(&session, io)?;
    if options.json {
        let taken = became.starts_with("taken");
        return io.line(json!({ "taken": taken, "text": became }).to_string());
    }
    io.line(became)
}
