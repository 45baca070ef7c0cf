//! `flow graph FILE[:FLOW]`

use super::build::{refuse, write_whole};
use super::run::target;
use crate::io::Io;
use crate::nearest::nearest;
use crate::project::Project;
use crate::trouble::Trouble;
use clap::ValueEnum;
use flow_lang::compile::module_name;
use flow_lang::graph::{graph, json, mermaid, svg};
use flow_lang::hir::{FlowId, Hir};
use std::path::PathBuf;

/// Options of `flow graph`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow graph examples/front_desk.flow -o front_desk.svg
  flow graph examples/front_desk.flow:change_plan --format mermaid")]
pub struct Options {
    /// A file, and which of its flows where it has several: FILE or FILE:FLOW
    #[arg(value_name = "FILE[:FLOW]", value_hint = clap::ValueHint::FilePath)]
    pub target: String,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Svg)]
    pub format: Format,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Where to write it; standard output when not given
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A picture
    Svg,
    /// Text that Mermaid draws, as code hosts do in Markdown
    Mermaid,
    /// One JSON object: `flow`, `file`, `nodes`, `edges`
    Json,
}

/// Draws a flow.
///
/// # Errors
/// The project has errors, there is no such flow, or the file cannot be written.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let (file, named) = target(&options.target, io);
    if file.is_dir() {
        return Err(Trouble::usage(format!("{} is a folder", file.display())).help("name a `.flow` file in it"));
    }
    let project = Project::find(&file)?;
    let compiled = refuse(project.compile(&project.sources()?), io)?;
    let module = project.relative(&file).map(|path| module_name(&path)).unwrap_or_default();
    let hir = compiled.hir.as_ref().ok_or_else(nothing)?;
    let id = choose(hir, &module, named.as_deref())?;
    let graph = graph(&compiled, id).ok_or_else(nothing)?;
    let format = if options.json { Format::Json } else { options.format };
    let text = match format {
        Format::Svg => svg(&graph),
        Format::Mermaid => mermaid(&graph),
        Format::Json => format!("{}\n", json(&graph)),
    };
    match &options.output {
        Some(path) => write_whole(&io.path(path), text.as_bytes()),
        None => io.write(&text),
    }
}

fn nothing() -> Trouble {
    Trouble::machine("the compiler gave neither a program nor a reason: this is a bug in Flow")
}

/// The flow that is meant: the one named; else the one called like its file; else the only one of the file.
fn choose(hir: &Hir, module: &str, named: Option<&str>) -> Result<FlowId, Trouble> {
    let prefix = format!("{module}.");
    let of_module: Vec<(FlowId, &str)> = (0u32..)
        .map(FlowId)
        .zip(&hir.flows)
        .filter_map(|(id, flow)| Some((id, flow.name.strip_prefix(&prefix)?)))
        .filter(|(_, name)| !name.contains('.'))
        .collect();
    let wanted = named.map(|name| name.strip_prefix(&prefix).unwrap_or(name));
    let own = module.rsplit('.').next().unwrap_or(module);
    let found = match wanted {
        Some(wanted) => of_module.iter().find(|(_, name)| *name == wanted),
        None => of_module.iter().find(|(_, name)| *name == own).or(match of_module.as_slice() {
            [only] => Some(only),
            _ => None,
        }),
    };
    if let Some((id, _)) = found {
        return Ok(*id);
    }
    let names: Vec<&str> = of_module.iter().map(|(_, name)| *name).collect();
    let list = names.join(", ");
    Err(match wanted {
        Some(wanted) => {
            let near = nearest(wanted, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            Trouble::usage(format!("{module} has no flow `{wanted}`"))
                .help(near.unwrap_or_else(|| format!("it has {list}")))
        }
        None if names.is_empty() => {
            Trouble::usage(format!("{module} has no flow to draw")).help("name a file that has one")
        }
        None => Trouble::usage(format!("{module} has several flows: {list}"))
            .help(format!("name one: `flow graph {module}.flow:{}`", names.first().copied().unwrap_or_default())),
    })
}
