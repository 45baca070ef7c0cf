//! What is told when a test fails: what was expected, and what was there instead.

use super::harness::{Args, Asked, TestWorld};
use super::outside::Call;
use super::{Diff, Failure, page, words};
use flow_bytecode::program::ActionRef;
use flow_bytecode::{Type, TypeId, Value};
use flow_vm::engine::{ApprovalView, Held, RunId, RunStatus};
use flow_vm::machine::describe;

/// Calls of others that are shown, at most.
const CALLS_MAX: usize = 10;

/// The calls of an action that fit what is asked for, by position.
pub(super) fn fitting(world: &TestWorld<'_>, action: &str, args: &Args) -> Vec<usize> {
    let Some(def) = action_of(world, action) else { return Vec::new() };
    let wanted = wanted(world, def, args);
    let outside = world.outside.lock();
    let all = outside.calls.iter().enumerate();
    let by_template = def.params.iter().position(|(param, _)| **param == *"template");
    let fits = |call: &Call| {
        let long = by_template.and_then(|at| call.args.get(at)).is_some_and(|template| !template.is_blank());
        wanted.iter().all(|(at, name, value)| match (call.args.get(*at), value) {
            // Of what a template makes, nobody writes down the whole.
            (Some(Value::Text(whole)), Value::Text(part)) if long && matches!(name.as_str(), "text" | "html") => {
                whole.contains(&**part)
            }
            (found, wanted) => found == Some(wanted),
        })
    };
    all.filter(|(_, call)| *call.action == *action && fits(call)).map(|(at, _)| at).collect()
}

fn action_of<'w>(world: &'w TestWorld<'_>, name: &str) -> Option<&'w ActionRef> {
    world.plan.program().actions.iter().find(|action| *action.name == *name)
}

/// (position, name, value) of each argument asked for, self-describing.
fn wanted(world: &TestWorld<'_>, def: &ActionRef, args: &Args) -> Vec<(usize, String, Value)> {
    let program = world.plan.loaded.program();
    let mut wanted = Vec::new();
    for (name, ty, value) in &args.list {
        if let Some(at) = def.params.iter().position(|(param, _)| param == name) {
            wanted.push((at, name.to_string(), describe(program, *ty, value)));
        }
    }
    wanted
}

/// A call as a failed expectation about these arguments shows it. Of what a template makes only what was asked for is shown,
/// and of a page what people read.
fn written_about(world: &TestWorld<'_>, call: &Call, asked: &Args) -> String {
    let program = world.plan.program();
    let def = action_of(world, &call.action);
    let by_template = def.and_then(|def| def.params.iter().position(|(param, _)| **param == *"template"));
    let by_template = by_template.and_then(|at| call.args.get(at)).is_some_and(|template| !template.is_blank());
    let (Some(def), true) = (def, by_template) else { return written(world, call) };
    let mut args = Vec::new();
    for ((name, ty), value) in def.params.iter().zip(&call.args).filter(|(_, value)| !value.is_blank()) {
        let wanted = asked.get(name).and_then(Value::as_text);
        args.push(match (&**name, value.as_text(), wanted) {
            ("text" | "html" | "track", _, None) => continue,
            ("text", Some(text), Some(_)) => format!("text: {}", words::long(text)),
            ("html", Some(html), Some(wanted)) => format!("html: {}", page::found(html, wanted)),
            _ => format!("{name}: {}", words::value(program, *ty, value)),
        });
    }
    format!("{}({})", call.action, args.join(", "))
}

/// A call as it would be written.
pub(super) fn written(world: &TestWorld<'_>, call: &Call) -> String {
    let program = world.plan.program();
    let Some(def) = action_of(world, &call.action) else { return format!("{}(…)", call.action) };
    let args = def.params.iter().zip(&call.args).filter(|(_, value)| !value.is_blank());
    let args: Vec<String> =
        args.map(|((name, ty), value)| format!("{name}: {}", words::value(program, *ty, value))).collect();
    format!("{}({})", call.action, args.join(", "))
}

/// An expectation that does not hold.
pub(super) fn unmet(world: &mut TestWorld<'_>, args: &Args) -> Failure {
    let span = args.span(world.here, "start", "end");
    let text = |span: flow_lang::diag::Span| {
        world.plan.sources.get(span.file).and_then(|source| source.text.get(span.range())).unwrap_or("").to_owned()
    };
    let mut failure = Failure::new(span, format!("`{}` does not hold", text(span)), "does not hold");
    // What `or` joins is told part by part.
    let mut label = Vec::new();
    for number in 1.. {
        let named = |name: &str| format!("{number} {name}");
        if args.get(&named("start")).is_none() {
            break;
        }
        let part = args.span(span, &named("start"), &named("end"));
        label.push(sides(world, args, part, &named, &text, &mut failure));
    }
    match label.as_slice() {
        [] => {}
        [only] => failure.label = only.clone().unwrap_or(failure.label),
        [_, _] => failure.label = "neither holds".to_owned(),
        _ => failure.label = "none of these holds".to_owned(),
    }
    for asked in std::mem::take(&mut world.asked) {
        explain(world, &asked, &mut failure);
    }
    failure
}

/// The sides of a comparison that does not hold; gives what to say of it in a few words.
fn sides(
    world: &TestWorld<'_>,
    args: &Args,
    part: flow_lang::diag::Span,
    named: &dyn Fn(&str) -> String,
    text: &dyn Fn(flow_lang::diag::Span) -> String,
    failure: &mut Failure,
) -> Option<String> {
    let program = world.plan.loaded.program();
    let show = |ty: TypeId, value: &Value| words::value(program, ty, value);
    let place = |name: &str| args.span(part, &named(&format!("{name} start")), &named(&format!("{name} end")));
    let side = |name: &str| text(place(name));
    match (args.typed(&named("left")), args.typed(&named("right"))) {
        (Some((left_ty, left)), Some((right_ty, right))) => {
            let between =
                text(flow_lang::diag::Span::new(part.file, place("left").end, place("right").start)).trim().to_owned();
            let (found, wanted) = (show(left_ty, left), show(right_ty, right));
            if between == "==" {
                failure.diff.push(Diff::Wanted(format!("{} == {wanted}", side("left"))));
                failure.diff.push(Diff::Found(format!("{} == {found}", side("left"))));
                return Some(format!("this is {found}"));
            }
            for (side, value) in [(side("left"), &found), (side("right"), &wanted)] {
                // What stands there as it is need not be told.
                if side != *value {
                    failure.diff.push(Diff::Found(format!("{side} is {value}")));
                }
            }
            Some(format!("{found} {between} {wanted}"))
        }
        (Some((ty, value)), None) => {
            failure.diff.push(Diff::Found(format!("{} is {}", side("left"), show(ty, value))));
            None
        }
        (None, Some((ty, value))) => {
            failure.diff.push(Diff::Found(format!("{} is {}", side("right"), show(ty, value))));
            None
        }
        (None, None) => None,
    }
}

/// What was there, about something that was asked.
fn explain(world: &TestWorld<'_>, asked: &Asked, failure: &mut Failure) {
    let (word, of) = asked.op.split_once(' ').unwrap_or((&asked.op, ""));
    match (word, asked.run) {
        ("called" | "calls", _) => about_calls(world, of, asked, failure),
        ("started", _) if asked.found => failure.label = "it was started".to_owned(),
        ("started", _) => failure.label = "it was not started".to_owned(),
        ("refused", Some(_)) if asked.found => failure.label = "it was not let in".to_owned(),
        ("said", Some(run)) => about_words(world, run, asked, failure),
        (_, Some(run)) => failure.label = stands(world, run),
        _ => {}
    }
}

fn about_words(world: &TestWorld<'_>, run: RunId, asked: &Asked, failure: &mut Failure) {
    let wanted = asked.args.iter().find(|(name, ..)| &**name == "text").and_then(|(_, _, value)| value.as_text());
    let wanted = wanted.map_or("", |text| text);
    let said: Vec<String> = match world.messages(run) {
        Ok(said) => said.into_iter().filter(|said| &*said.from == "flow").map(|said| said.text.to_string()).collect(),
        Err(_) => Vec::new(),
    };
    failure.label = if asked.found { "it was said".to_owned() } else { "it was not said".to_owned() };
    if !asked.found {
        failure.diff.push(Diff::Wanted(format!("says {}", words::quoted(wanted))));
    }
    if said.is_empty() {
        failure.diff.push(Diff::Found("says nothing".to_owned()));
    }
    for text in said {
        let told = format!("says {}", words::quoted(&text));
        failure.diff.push(if asked.found && !text.contains(wanted) { Diff::Same(told) } else { Diff::Found(told) });
    }
}

fn about_calls(world: &TestWorld<'_>, action: &str, asked: &Asked, failure: &mut Failure) {
    let program = world.plan.loaded.program();
    let given: Vec<String> =
        asked.args.iter().map(|(name, ty, value)| format!("{name}: {}", words::value(program, *ty, value))).collect();
    let args = Args { list: asked.args.clone() };
    let fitting = fitting(world, action, &args);
    let calls: Vec<(bool, Call)> = {
        let outside = world.outside.lock();
        let all = outside.calls.iter().enumerate().filter(|(_, call)| *call.action == *action);
        all.map(|(at, call)| (fitting.contains(&at), call.clone())).collect()
    };
    let times = |count: usize| match count {
        0 => "it was not called".to_owned(),
        1 => "it was called once".to_owned(),
        count => format!("it was called {count} times"),
    };
    failure.label = match (calls.len(), fitting.len()) {
        (0, _) => format!("`{action}` was not called"),
        (_, 0) => "it was called otherwise".to_owned(),
        (_, count) => times(count),
    };
    if !asked.found {
        failure.diff.push(Diff::Wanted(format!("{action}({})", given.join(", "))));
    }
    let more = calls.len().saturating_sub(CALLS_MAX);
    for (fits, call) in calls.into_iter().take(CALLS_MAX) {
        let told = written_about(world, &call, &args);
        failure.diff.push(if asked.found && !fits { Diff::Same(told) } else { Diff::Found(told) });
    }
    if more > 0 {
        failure.diff.push(Diff::Same(format!("… and {more} more")));
    }
    if failure.diff.iter().all(|line| matches!(line, Diff::Wanted(_))) {
        let others: Vec<Call> = world.outside.lock().calls.iter().take(CALLS_MAX).cloned().collect();
        match others.as_slice() {
            [] => failure.diff.push(Diff::Found("nothing left the machine".to_owned())),
            others => failure.diff.extend(others.iter().map(|call| Diff::Found(written(world, call)))),
        }
    }
}

/// Where a run stands, for people.
pub(super) fn stands(world: &TestWorld<'_>, run: RunId) -> String {
    let Ok(view) = world.view(run) else { return "the run is gone".to_owned() };
    let why = || view.failure.as_ref().map_or_else(String::new, |f| format!(" .{}: {}", f.kind, f.message));
    match view.status {
        RunStatus::Finished => "the run has finished".to_owned(),
        RunStatus::Failed => format!("the run has failed{}", why()),
        RunStatus::InDoubt => format!("the run is in doubt{}", why()),
        RunStatus::Cancelled => "the run was cancelled".to_owned(),
        RunStatus::Quarantined => format!("the run was set aside{}", why()),
        RunStatus::Running => "the run is under way".to_owned(),
        RunStatus::Waiting if !view.approvals.is_empty() => {
            let one = |approval: &ApprovalView| format!("{} to approve `{}`", approval.by, approval.action);
            let all: Vec<String> = view.approvals.iter().map(one).collect();
            format!("the run waits for {}", all.join(" and for "))
        }
        RunStatus::Waiting if matches!(view.held, Some(Held::Behind(_))) => {
            "the run has not begun: it comes after another one of its flow".to_owned()
        }
        RunStatus::Waiting => {
            let until = view.until.map(|until| format!(", until {}", words::moment(until))).unwrap_or_default();
            format!("the run waits at {}{until}", view.places.join(" and "))
        }
    }
}

/// An answer to a run that asks nothing, or nothing at that place.
pub(super) fn nobody_asks(world: &TestWorld<'_>, run: RunId, at: Option<&str>) -> Failure {
    let stands = stands(world, run);
    let message = match at {
        Some(at) => format!("the run asks nothing at `#{at}` now"),
        None => "the run asks nothing now".to_owned(),
    };
    Failure::new(world.here, message, &stands)
}

/// A call that nothing stands for.
pub(super) fn unmocked(world: &TestWorld<'_>, call: &Call) -> Failure {
    let message = format!("`{}` leaves the machine, and nothing stands for it in this test", call.action);
    let mut failure = Failure::new(world.here, message, "it is called here");
    failure.diff.push(Diff::Found(written(world, call)));
    let def = action_of(world, &call.action);
    let result = def.map(|def| example(world, def.result, 3)).unwrap_or_default();
    let mock = match result.as_str() {
        "" => format!("mock {}", call.action),
        result => format!("mock {} returns {result}", call.action),
    };
    failure.help = Some(format!("say what it yields, before the run is started:\n    {mock}"));
    failure
}

/// A value of a type that can be pasted; nothing where there is no result.
fn example(world: &TestWorld<'_>, ty: TypeId, room: usize) -> String {
    let program = world.plan.program();
    let Some(kind) = program.types.get(usize::from(ty.0)) else { return String::new() };
    match kind {
        Type::Unit => String::new(),
        Type::Optional(_) => "null".to_owned(),
        Type::Bool => "true".to_owned(),
        Type::Int => "1".to_owned(),
        Type::Number => "1.0".to_owned(),
        Type::Money => "money(10, .eur)".to_owned(),
        Type::Text | Type::Secret => "\"…\"".to_owned(),
        Type::Email => "\"ada@example.com\"".to_owned(),
        Type::Phone => "\"+47 22 33 44 55\"".to_owned(),
        Type::Url => "\"https://example.com\"".to_owned(),
        Type::TimeZone => "\"UTC\"".to_owned(),
        Type::Duration => "1 day".to_owned(),
        Type::Instant => "now".to_owned(),
        Type::Date => "date(\"2026-03-02\")".to_owned(),
        Type::TimeOfDay => "09:00".to_owned(),
        Type::List(_) => "[]".to_owned(),
        Type::Map(_) | Type::Json => "{}".to_owned(),
        Type::Enum(index) => {
            let def = program.enums.get(usize::from(*index));
            def.and_then(|def| def.variants.first()).map_or_else(|| "…".to_owned(), |(name, _)| format!(".{name}"))
        }
        Type::Record(index) if room > 0 => {
            let Some(def) = program.records.get(usize::from(*index)) else { return "…".to_owned() };
            let needed = def.fields.iter().filter(|field| field.default.is_none());
            let fields: Vec<String> =
                needed.map(|field| format!("{}: {}", field.name, example(world, field.ty, room - 1))).collect();
            let name = def.name.rsplit('.').next().unwrap_or(&def.name);
            format!("{name}({})", fields.join(", "))
        }
        Type::Entity(index) => {
            let name = program.entities.get(usize::from(*index)).map_or("record", |name| name);
            name.to_lowercase()
        }
        Type::Record(_) | Type::Run | Type::File | Type::Failure => "…".to_owned(),
    }
}
