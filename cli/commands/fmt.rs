//! `flow fmt`

use super::build::write_whole;
use crate::io::Io;
use crate::project::{Project, files, read};
use crate::trouble::Trouble;
use flow_lang::format::format;
use std::io::Read;
use std::path::PathBuf;

/// Options of `flow fmt`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow fmt                       every file of this folder's project
  flow fmt examples/refund.flow  one file
  flow fmt --check               changes nothing; exit code 1 if there were something to change
  flow fmt - < draft.flow        from standard input to standard output")]
pub struct Options {
    /// Projects, or files of them; `-` for standard input; the project of this folder when none is given
    #[arg(value_hint = clap::ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// List the files that are laid out otherwise, and change none
    #[arg(long)]
    pub check: bool,
}

/// Lays files out, in place.
///
/// # Errors
/// A file cannot be read or written. One does not parse, or with `--check` one is laid out otherwise: exit code 1.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    if options.paths.iter().any(|path| path.as_os_str() == "-") {
        return standard_input(options, io);
    }
    let mut named: Vec<(String, PathBuf)> = Vec::new();
    let here = [PathBuf::from(".")];
    for path in if options.paths.is_empty() { &here[..] } else { &options.paths } {
        let place = io.path(path);
        if place.is_dir() {
            let project = Project::find(&place)?;
            let found = files(&project.root)?;
            let inside = |(_, file): &(String, PathBuf)| file.starts_with(&place) || project.root == place;
            named.extend(found.into_iter().filter(inside).map(|(_, file)| (shown(&file, io), file)));
        } else {
            named.push((shown(&place, io), place));
        }
    }
    named.sort();
    named.dedup();
    let (mut changed, mut broken, total) = (0, 0, named.len());
    for (name, path) in named {
        let source = read(&path)?;
        let formatted = format(&source);
        if formatted.broken {
            broken += 1;
            told_broken(&name, io)?;
        }
        if formatted.text == source {
            continue;
        }
        changed += 1;
        if !options.check {
            write_whole(&path, formatted.text.as_bytes())?;
        }
        io.line(name)?;
    }
    io.flush()?;
    summary(changed, broken, total, options.check, io)?;
    if broken > 0 { Err(Trouble::Said(1)) } else { Ok(()) }
}

/// A path as seen from where the command is called.
fn shown(path: &std::path::Path, io: &Io) -> String {
    let here = io.path(std::path::Path::new("."));
    path.strip_prefix(&here).or_else(|_| path.strip_prefix(".")).unwrap_or(path).display().to_string()
}

fn standard_input(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    if options.paths.len() > 1 {
        return Err(Trouble::usage("`-` stands alone: standard input is one file").help("name files, or `-`"));
    }
    let mut source = String::new();
    let limit = flow_lang::syntax::SOURCE_BYTES_MAX as u64 + 1;
    (&mut io.input)
        .take(limit)
        .read_to_string(&mut source)
        .map_err(|error| Trouble::usage(format!("standard input cannot be read: {error}")))?;
    let formatted = format(&source);
    if !options.check {
        io.write(&formatted.text)?;
    }
    if formatted.broken {
        told_broken("standard input", io)?;
    }
    let well = !formatted.broken && (!options.check || formatted.text == source);
    if well { Ok(()) } else { Err(Trouble::Said(1)) }
}

fn told_broken(name: &str, io: &mut Io) -> Result<(), Trouble> {
    let paint = io.err_paint();
    let text = format!("{name} has errors: what does not parse stays as it is; `flow check` says what");
    io.write_err(&format!("{} {text}\n", paint.bad("broken:")))
}

fn summary(changed: usize, broken: usize, total: usize, check: bool, io: &mut Io) -> Result<(), Trouble> {
    let paint = io.err_paint();
    let count = |n: usize| format!("{n} file{}", if n == 1 { "" } else { "s" });
    let text = match (changed, check) {
        (0, _) if broken > 0 => return Ok(()),
        (0, _) => {
            format!("{} {} as {} should be", paint.good("ok:"), count(total), if total == 1 { "it" } else { "they" })
        }
        (n, false) if broken > 0 => {
            format!("{} {} of {total}, {broken} with errors only in part", paint.warn("laid out"), count(n))
        }
        (n, false) => format!("{} {} of {total}", paint.good("laid out"), count(n)),
        (n, true) => format!("{} {} of {total}; `flow fmt` does it", paint.bad("to be laid out:"), count(n)),
    };
    io.write_err(&format!("{text}\n"))?;
    if check && changed > 0 { Err(Trouble::Said(1)) } else { Ok(()) }
}
