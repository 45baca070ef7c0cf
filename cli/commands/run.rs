//! `flow run FILE[:FLOW] [name=value …]`

use super::build::compiled;
use super::runs::flow_name;
use super::wake::finish;
use crate::io::Io;
use crate::nearest::nearest;
use crate::project::Project;
use crate::session::{Intent, Session, Where, record};
use crate::talk::{Company, Interrupt, stay};
use crate::trouble::Trouble;
use crate::values::{parse_arguments, short_version, signature};
use flow_bytecode::Value;
use flow_bytecode::schema::SchemaType;
use flow_lang::compile::module_name;
use flow_vm::engine::{Act, FlowView, ParamView, RunFilter, RunId};
use flow_vm::seam::{Clock, ManualClock, SystemClock};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Options of `flow run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow run hello.flow
  flow run examples/refund.flow shop=https://shop.example.com
  flow run examples/onboarding.flow:remind contact=ada@example.com --detach
  flow run examples/onboarding.flow contact=ada@example.com --fast-forward
  printf '2\\nyes\\n' | flow run hello.flow")]
pub struct Options {
    /// The file, and the flow in it when there are several
    #[arg(value_name = "FILE[:FLOW]", value_hint = clap::ValueHint::FilePath)]
    pub target: String,
    /// The flow's arguments; `@file.json` reads a record
    #[arg(value_name = "name=value")]
    pub args: Vec<String>,
    /// Who talks, when the flow takes a conversation; a new visitor when not given
    #[arg(long, value_name = "EMAIL")]
    pub contact: Option<String>,
    /// Leave as soon as the run waits
    #[arg(long)]
    pub detach: bool,
    /// Let time pass at once, in a database of its own beside the real one
    #[arg(long)]
    pub fast_forward: bool,
    /// Say more: the program, the flow's signature, the database
    #[arg(short, long)]
    pub verbose: bool,
    /// What happens as JSON lines
    #[arg(long)]
    pub json: bool,
    /// The database; without it what flow.toml says, or flow.db in the project
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    pub db: Option<PathBuf>,
}

/// Starts a run and stays with it.
///
/// # Errors
/// The project has errors, the arguments do not fit, the run fails, or the store.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let (file, flow) = target(&options.target, io);
    if file.is_dir() && file.extension().is_none_or(|extension| extension != "flow") {
        return Err(Trouble::usage(format!("{} is a folder", file.display())).help("name a `.flow` file in it"));
    }
    let project = Project::find(&file)?;
    let deployment = compiled(&project, io)?;
    let module = project.relative(&file).map(|path| module_name(&path)).unwrap_or_default();
    super::channels::notice(&project, &deployment.program, Some(&module), io)?;
    let place = Where { db: options.db.clone(), project: None };
    let real = place.database(&project, io);
    let (mut session, clock) = open(&project, &real, options, io)?;
    let deployed = session.control.deploy(deployment)?;
    session.fill_articles(&project)?;
    let flow = choose(&session.control.flows()?, &module, flow)?;
    if options.verbose {
        let program = short_version(&deployed.program);
        let text = format!(
            "{}\nprogram {program}, database {}\n",
            signature(&flow.name, &flow.params),
            session.database.display()
        );
        let text = io.err_paint().dim(text);
        io.write_err(&text)?;
    }
    let bring = clock.as_ref().map(|_| real.as_path());
    let (args, opened) = arguments(&session, &project, &flow, options, bring, io)?;
    // Before it begins: what it asks first is to come word by word, too.
    if io.terminal.input && io.terminal.output && !options.json && !options.detach {
        session.preview.look();
    }
    let run = match begun(&session, &flow, opened.filter(|_| options.args.is_empty()))? {
        Some(run) => run,
        None => session.control.start(&flow.name, args)?,
    };
    if !options.json {
        let paint = io.paint();
        let how = if options.detach {
            String::new()
        } else if clock.is_some() {
            "  time passes at once, in a database of its own".to_owned()
        } else if io.terminal.input && io.terminal.output {
            "  Ctrl-C leaves it waiting".to_owned()
        } else {
            String::new()
        };
        io.paragraph(&format!("{} {}{}", paint.bold(run), flow_name(&flow.name), paint.dim(how)), 2)?;
    }
    if clock.is_none() && !options.detach {
        session.stay()?;
    }
    let company = Company {
        json: options.json,
        detach: options.detach,
        fast_forward: clock,
        headed: true,
        interrupt: Interrupt::listen(),
        ..Company::default()
    };
    let outcome = stay(&session, run, &company, io)?;
    if !options.json && outcome.spoke {
        io.line("")?;
    }
    finish(&session, &outcome, options.json, io)?;
    if options.fast_forward && !options.json {
        io.command(&session.command(&format!("show {run}")), "shows it; the real database was not touched")?;
    }
    Ok(())
}

/// `FILE:FLOW`, where a file may have a colon in its name.
pub(super) fn target(text: &str, io: &Io) -> (PathBuf, Option<String>) {
    let whole = io.path(Path::new(text));
    if !whole.exists()
        && let Some((file, flow)) = text.rsplit_once(':')
        && !file.is_empty()
    {
        return (io.path(Path::new(file)), Some(flow.to_owned()));
    }
    (whole, None)
}

/// The engine; for fast-forward one with a clock of its own and an empty database beside the real one, so that nobody
/// else's timers go off and the real one's time does not run ahead.
fn open(
    project: &Project,
    real: &Path,
    options: &Options,
    io: &mut Io,
) -> Result<(Session, Option<ManualClock>), Trouble> {
    if !options.fast_forward {
        return Ok((Session::open(project, real, Intent::Start, io)?, None));
    }
    let mut name = real.as_os_str().to_os_string();
    name.push(".fast-forward");
    let scratch = PathBuf::from(name);
    for suffix in ["", "-wal", "-shm", ".lock", "-lock", ".batch"] {
        let mut file = scratch.as_os_str().to_os_string();
        file.push(suffix);
        let _ = std::fs::remove_file(PathBuf::from(file));
    }
    let clock = ManualClock::new(SystemClock::default().now_us());
    let session = Session::open_at(project, &scratch, Intent::Start, Arc::new(clock.clone()), io)?;
    Ok((session, Some(clock)))
}

/// The flow that is meant: the one named; else the one called like its file; else the only one of the file.
fn choose(flows: &[FlowView], module: &str, named: Option<String>) -> Result<FlowView, Trouble> {
    let prefix = format!("{module}.");
    let of_module: Vec<&FlowView> =
        flows.iter().filter(|flow| flow.name.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('.'))).collect();
    let short = |flow: &FlowView| flow.name.get(prefix.len()..).unwrap_or_default().to_owned();
    let names: Vec<String> = of_module.iter().map(|flow| short(flow)).collect();
    let found = match &named {
        Some(name) => of_module.iter().find(|flow| short(flow) == *name || flow.name == *name),
        None => {
            let own = module.rsplit('.').next().unwrap_or(module);
            let only = if of_module.len() == 1 { of_module.first() } else { None };
            of_module.iter().find(|flow| short(flow) == own).or(only)
        }
    };
    if let Some(flow) = found {
        return Ok((*flow).clone());
    }
    let list = names.join(", ");
    Err(match named {
        Some(name) => {
            let near = nearest(&name, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| format!("it has {list}"));
            Trouble::usage(format!("{module} has no flow `{name}`")).help(help)
        }
        None if names.is_empty() => {
            let help = match module.ends_with(".flowc") {
                true => "a compiled program is for `flow disasm`; name the `.flow` file it came from",
                false => "name a file that has one",
            };
            Trouble::usage(format!("{module} has no flow to run")).help(help)
        }
        None => Trouble::usage(format!("{module} has several flows: {list}"))
            .help(format!("name one: `flow run {module}.flow:{}`", names.first().map_or("", String::as_str))),
    })
}

/// What a ticket that is opened here is about.
const TICKET_SUBJECT: &str = "Opened by `flow run`";

/// A record: its entity, its id.
type Record = (String, i64);

/// Arguments by name.
type Args = Vec<(String, Value)>;

/// The run that the flow's own trigger has begun for what was opened here: another one is not what is wanted.
fn begun(session: &Session, flow: &FlowView, opened: Option<Record>) -> Result<Option<RunId>, Trouble> {
    let Some(opened) = opened else { return Ok(None) };
    let filter = RunFilter { flow: Some(flow.name.clone()), subject: Some(opened), limit: 1, ..RunFilter::default() };
    Ok(session.control.runs(&filter)?.first().map(|run| run.run))
}

/// The arguments. A conversation or a ticket that is not given is opened here; which record the flow is then about.
fn arguments(
    session: &Session,
    project: &Project,
    flow: &FlowView,
    options: &Options,
    bring: Option<&Path>,
    io: &mut Io,
) -> Result<(Args, Option<Record>), Trouble> {
    if let Some(real) = bring.filter(|real| real.exists()) {
        bring_contacts(session, project, real, flow, options, io)?;
    }
    let mut args = parse_arguments(&flow.name, &flow.params, &options.args, session, &io.folder)?;
    let is = |param: &ParamView, name: &str| matches!(&param.ty, SchemaType::Entity(entity) if **entity == *name);
    let given = |args: &[(String, Value)], name: &str| args.iter().any(|(arg, _)| arg == name);
    let (mut contact, mut opened) = (None, None);
    let open_one = flow.params.iter().find(|param| is(param, "Conversation") && !given(&args, &param.name));
    if let Some(param) = open_one {
        let id = match &options.contact {
            Some(email) => find_or_create(session, email, io)?.0,
            None => create(session, "Contact", Vec::new())?,
        };
        contact = Some(id);
        let conversation = create(session, "Conversation", vec![("contact".to_owned(), Value::Int(id))])?;
        args.push((param.name.clone(), Value::Int(conversation)));
        opened = Some(("Conversation".to_owned(), conversation));
    }
    let wanted = |param: &&ParamView| is(param, "Ticket") && !param.optional && !given(&args, &param.name);
    if let Some(param) = flow.params.iter().find(wanted) {
        let id = match (contact, &options.contact) {
            (Some(id), _) => id,
            (None, Some(email)) => find_or_create(session, email, io)?.0,
            (None, None) => create(session, "Contact", Vec::new())?,
        };
        contact = Some(id);
        let subject = ("subject".to_owned(), Value::text(TICKET_SUBJECT));
        let ticket = create(session, "Ticket", vec![subject, ("contact".to_owned(), Value::Int(id))])?;
        args.push((param.name.clone(), Value::Int(ticket)));
        opened = opened.or(Some(("Ticket".to_owned(), ticket)));
    }
    if let (None, Some(email)) = (contact, &options.contact) {
        let Some(param) = flow.params.iter().find(|param| is(param, "Contact") && !given(&args, &param.name)) else {
            return Err(Trouble::usage(format!("`{}` takes no contact that is not given", flow.name))
                .help(format!("the signature is `{}`", signature(&flow.name, &flow.params))));
        };
        let (id, made) = find_or_create(session, email, io)?;
        args.push((param.name.clone(), Value::Int(id)));
        opened = made.then(|| ("Contact".to_owned(), id));
    }
    let missing: Vec<&str> = flow
        .params
        .iter()
        .filter(|param| !param.optional && !given(&args, &param.name))
        .map(|param| param.name.as_str())
        .collect();
    if !missing.is_empty() {
        let names = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        return Err(Trouble::usage(format!("{names} is missing")).help(format!(
            "the signature is `{}`; write {}=…",
            signature(&flow.name, &flow.params),
            missing.join("=… ")
        )));
    }
    Ok((args, opened))
}

fn create(session: &Session, entity: &str, mut fields: Vec<(String, Value)>) -> Result<i64, Trouble> {
    let since = if entity == "Conversation" { "started" } else { "created" };
    if !fields.iter().any(|(name, _)| name == since) {
        fields.push((since.to_owned(), Value::Int(session.moments().now_us())));
    }
    let act = Act::Create { entity: entity.to_owned(), fields };
    Ok(session.act(act)?.as_int().unwrap_or_default())
}

/// A contact, and whether it has been made now: a person is told, for the address may be mistyped.
fn find_or_create(session: &Session, email: &str, io: &mut Io) -> Result<(i64, bool), Trouble> {
    match record(session, "Contact", email) {
        Ok(record) => Ok((record.id, false)),
        Err(_) if email.contains('@') => {
            let id = create(session, "Contact", vec![("email".to_owned(), Value::text(email))])?;
            if io.terminal.error {
                let paint = io.err_paint();
                io.write_err(&format!(
                    "{} nobody had the address {email}: contact {id} is new\n",
                    paint.warn("note:")
                ))?;
            }
            Ok((id, true))
        }
        Err(trouble) => Err(trouble),
    }
}

/// Fast-forward has a database of its own: the contacts that are named are copied into it, or made.
fn bring_contacts(
    session: &Session,
    project: &Project,
    real: &Path,
    flow: &FlowView,
    options: &Options,
    io: &mut Io,
) -> Result<(), Trouble> {
    let named = flow.params.iter().filter_map(|param| match &param.ty {
        SchemaType::Entity(entity) if &**entity == "Contact" => {
            options.args.iter().find_map(|arg| arg.strip_prefix(&param.name)?.strip_prefix('='))
        }
        _ => None,
    });
    let named: Vec<&str> = named.chain(options.contact.as_deref()).collect();
    if named.is_empty() {
        return Ok(());
    }
    let source = Session::open(project, real, Intent::Look, io)?;
    let schema = session.control.schema()?;
    let fields = schema.entities.iter().find(|entity| &*entity.name == "Contact").map(|entity| &entity.fields);
    for name in named {
        let Ok(found) = record(&source, "Contact", name) else { continue };
        let plain = |name: &str| {
            fields.and_then(|fields| fields.iter().find(|field| *field.name == *name)).is_some_and(|field| {
                let inner = if let SchemaType::Optional(inner) = &field.ty { inner } else { &field.ty };
                !field.readonly && !matches!(inner, SchemaType::Entity(_) | SchemaType::List(_) | SchemaType::File)
            })
        };
        let copied = found.fields.iter().filter(|(name, value)| plain(name) && !value.is_null());
        let copied = copied.map(|(name, value)| (name.to_string(), value.clone())).collect();
        create(session, "Contact", copied)?;
    }
    Ok(())
}
