//! `flow notes`: what was written about records, for your own eyes.

use super::export::{Known, export_to};
use super::records::{ExportOptions, Format, ImportOptions, open};
use crate::io::Io;
use crate::session::{Session, Where, record};
use crate::table::table;
use crate::talk::moment;
use crate::trouble::Trouble;
use crate::values::counted;
use clap::Subcommand;
use flow_bytecode::schema::spoken;
use flow_lang::diag::render::clean;
use flow_stdlib::workspace::import::export::{self, Names, OWN_COLUMN};
use flow_stdlib::workspace::import::texts::{NOTE, NOTE_COLUMNS, NOTED};
use flow_vm::engine::NoteOn;
use serde_json::{Map, json};

/// What to do with notes.
#[derive(Debug, Subcommand)]
pub enum Deed {
    /// List notes, the newest first: on what, when, what they say
    #[command(after_help = "Examples:
  flow notes list
  flow notes list --contact ada@example.com --json")]
    List(ListOptions),
    /// Show one note
    #[command(after_help = "Examples:
  flow notes show note-3
  flow notes show 3 --json")]
    Show(ShowOptions),
    /// Export all notes, the oldest first, to a file that can be imported again
    #[command(after_help = "Examples:
  flow notes export -o notes.csv
  flow notes export --format jsonl")]
    Export(ExportOptions),
    /// Import a file of notes, CSV or JSON: each on a record that is there. Nobody is told of it
    #[command(after_help = "Examples:
  flow notes import notes.csv
  flow notes import notes.jsonl")]
    Import(ImportOptions),
}

/// Options of `flow notes list`.
#[derive(Debug, clap::Args)]
pub struct ListOptions {
    /// Only those on this contact
    #[arg(long, value_name = "EMAIL")]
    pub contact: Option<String>,
    /// At most that many
    #[arg(long, default_value_t = 100)]
    pub limit: usize,
    /// One JSON object a line: `flow`, `kind`, `record`, `at`, `text`, `run`
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Options of `flow notes show`.
#[derive(Debug, clap::Args)]
pub struct ShowOptions {
    /// The note: `note-3`, or its number
    pub note: String,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Notes are read in pages of so many.
const PAGE: usize = 1_000;

/// Carries out `flow notes …`.
///
/// # Errors
/// There is no such note, the file cannot be read or written, or the store.
pub fn run(deed: &Deed, io: &mut Io) -> Result<(), Trouble> {
    match deed {
        Deed::List(options) => list(options, io),
        Deed::Show(options) => show(options, io),
        Deed::Export(options) => export(options, io),
        Deed::Import(options) => super::import::run(NOTE, options, io),
    }
}

/// Every note on a record that can have one, the oldest first.
fn notes(session: &Session) -> Result<Vec<NoteOn>, Trouble> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = session.control.notes(after, PAGE)?;
        let full = page.len() == PAGE;
        after = page.last().map_or(after, |note| note.id);
        all.extend(page.into_iter().filter(|note| NOTED.contains(&&*note.entity)));
        if !full {
            return Ok(all);
        }
    }
}

/// Its kind of record, the record, when, the text: as [`NOTE_COLUMNS`] has them.
fn columns(note: &NoteOn, known: &mut Known) -> [String; 4] {
    let named = known.of(&note.entity, note.record);
    let on = named.map_or_else(|| export::own_name(&note.entity, note.record), |name| name.to_string());
    let at = moment(note.note.at).as_str().unwrap_or_default().to_owned();
    [spoken(&note.entity).to_string(), on, at, note.note.text.trim().to_owned()]
}

fn object(note: &NoteOn, known: &mut Known, with_run: bool) -> serde_json::Value {
    let mut object = Map::new();
    object.insert(OWN_COLUMN.to_owned(), export::own_name(NOTE, note.id).into());
    object
        .extend(NOTE_COLUMNS.into_iter().zip(columns(note, known)).map(|(name, text)| (name.to_owned(), text.into())));
    if with_run {
        object.insert("run".to_owned(), json!(note.note.run.map(|run| run.to_string())));
    }
    serde_json::Value::Object(object)
}

fn list(options: &ListOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let contact = options.contact.as_deref().map(|text| record(&session, "Contact", text)).transpose()?;
    let mut all = notes(&session)?;
    if let Some(contact) = contact {
        all.retain(|note| &*note.entity == "Contact" && note.record == contact.id);
    }
    all.reverse();
    let more = all.len() > options.limit.max(1);
    all.truncate(options.limit.max(1));
    let mut known = Known::new(&session)?;
    if options.json {
        return all.iter().try_for_each(|note| io.line(object(note, &mut known, true).to_string()));
    }
    if all.is_empty() {
        return io.line(
            "No notes. Flows write them with `add_note`; `flow notes import FILE.csv` takes those of elsewhere.",
        );
    }
    let moments = session.moments();
    let mut rows = vec![["NOTE", "ON", "WHEN", "TEXT"].map(str::to_owned)];
    rows.extend(all.iter().map(|note| {
        let [kind, on, _, text] = columns(note, &mut known);
        [export::own_name(NOTE, note.id), format!("{kind} {on}"), moments.show(note.note.at), text]
    }));
    let paint = io.paint();
    table(&rows, io, |row, column, cell| match (row, column) {
        (0, _) => paint.dim(cell),
        (_, 0) => paint.bold(cell),
        _ => cell.to_owned(),
    })?;
    if more {
        io.line(paint.dim("there are more: --limit"))?;
    }
    Ok(())
}

fn show(options: &ShowOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let id = export::own_number(NOTE, &options.note).or_else(|| options.note.parse().ok());
    let found = match id.and_then(|id: i64| id.checked_sub(1)) {
        Some(before) => session.control.notes(before, 1)?.into_iter().find(|note| Some(note.id) == id),
        None => None,
    };
    let Some(note) = found else {
        let message = format!("there is no note `{}`", options.note);
        return Err(Trouble::refused(message).help("`flow notes list` shows them"));
    };
    let mut known = Known::new(&session)?;
    if options.json {
        return io.line(object(&note, &mut known, true).to_string());
    }
    let [kind, on, ..] = columns(&note, &mut known);
    let paint = io.paint();
    io.line(paint.bold(format!("note {}", note.id)))?;
    let by = note.note.run.map(|run| run.to_string()).unwrap_or_else(|| "-".to_owned());
    let at = session.moments().show(note.note.at);
    for (name, text) in [("on", format!("{kind} {on}")), ("at", at), ("run", by), ("text", note.note.text.to_string())]
    {
        io.paragraph(&format!("  {} {}", paint.dim(format!("{name:<14}")), clean(&text)), 17)?;
    }
    Ok(())
}

fn export(options: &ExportOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let all = notes(&session)?;
    let mut known = Known::new(&session)?;
    let write = |format: Format, to: &mut dyn FnMut(&str) -> Result<(), Trouble>| {
        if format == Format::Csv {
            let heads = std::iter::once(OWN_COLUMN).chain(NOTE_COLUMNS);
            to(&export::line(heads.map(str::to_owned)))?;
        }
        for note in &all {
            match format {
                Format::Csv => {
                    let cells = columns(note, &mut known).map(export::harmless);
                    to(&export::line(std::iter::once(export::own_name(NOTE, note.id)).chain(cells)))?;
                }
                Format::Jsonl => to(&format!("{}\n", object(note, &mut known, false)))?,
            }
        }
        Ok(all.len())
    };
    export_to(options, io, write, |count| counted(count, "note"))
}
