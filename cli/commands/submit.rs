//! `flow submit`: a form, as if somebody had filled it in.

use super::fire::{Raising, carried, raise};
use crate::io::Io;
use crate::nearest::nearest;
use crate::trouble::Trouble;
use crate::values::parse_arguments;
use flow_bytecode::Value;
use flow_bytecode::schema::{EventDef, SchemaType};
use flow_stdlib::workspace::forms::CONTACT;

/// Options of `flow submit`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow submit demo email=ada@example.com company=Acme
  flow submit demo email=ada@example.com --delivery site/1042")]
pub struct Options {
    /// The form
    pub form: String,
    /// What is filled in, `name=value`
    #[arg(value_name = "name=value")]
    pub fields: Vec<String>,
    /// How it is raised and told.
    #[command(flatten)]
    pub raising: Raising,
}

/// Who filled it in, among what the event carries.
const WHO: &str = "contact";

/// The name of a form's event.
fn event_of(form: &str) -> String {
    format!("form.{form}.submitted")
}

/// Finds or makes the contact, raises the form's event, and shows whom it woke.
///
/// # Errors
/// There is no such form, what is filled in does not fit, or the store.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let (session, drift) = options.raising.open(io)?;
    let schema = session.control.schema()?;
    let name = event_of(&options.form);
    let Some(event) = schema.events.iter().find(|event| *event.name == *name) else {
        let forms =
            || schema.events.iter().filter_map(|event| event.name.strip_prefix("form.")?.strip_suffix(".submitted"));
        let help = match nearest(&options.form, forms()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if forms().next().is_none() => {
                "the project declares none; a line such as `form demo { email: Email }` does".to_owned()
            }
            None => format!("the project has {}", forms().collect::<Vec<_>>().join(", ")),
        };
        return Err(Trouble::usage(format!("there is no form `{}`", options.form)).help(help));
    };
    let mut params = carried(event);
    params.retain(|param| param.name != WHO);
    let mut args = parse_arguments(&options.form, &params, &options.fields, &session, &io.folder)?;
    if let Some(missing) =
        params.iter().find(|param| !param.optional && !args.iter().any(|(name, _)| *name == param.name))
    {
        let message = format!("`{}` is not filled in", missing.name);
        let signature = crate::values::signature(&options.form, &params);
        return Err(Trouble::usage(message).help(format!("the form is `{signature}`")));
    }
    let contact = session.call(CONTACT, identity(event, &args))?;
    args.insert(0, (WHO.to_owned(), contact));
    raise(&name, &options.raising, args, (&session, &drift), io)
}

/// By what the contact is known: the first email address, the first phone number, and the names.
fn identity(event: &EventDef, args: &[(String, Value)]) -> Vec<Value> {
    let given = |name: &str| args.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone());
    let first = |wanted: SchemaType| {
        let of = event.params.iter().filter(|(_, ty)| match ty {
            SchemaType::Optional(inner) => **inner == wanted,
            ty => *ty == wanted,
        });
        of.filter_map(|(name, _)| given(name)).find(|value| !value.is_null()).unwrap_or_default()
    };
    let named = |name: &str| given(name).unwrap_or_default();
    vec![first(SchemaType::Email), first(SchemaType::Phone), named("first_name"), named("last_name")]
}
