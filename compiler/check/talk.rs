//! Talking: `say`, `ask`, `choice`, and in which conversation.

use super::args::given_twice;
use super::body::{Body, Reach};
use super::fit::Why;
use super::places::place;
use super::policy::RETRY_MAX;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{
    ActionCall, Ask, AskKind, Block, CallPolicy, Choice, ChoiceOption, Convert, Due, Expr, ExprKind, LocalId, StmtKind,
    TemplatePart, Ty, Unary,
};
use crate::resolve::{TypeDef, nearest};
use crate::syntax::ast::{self, AskAnswer, ChoiceArmKind};
use flow_bytecode::program::EffectClass;
use rust_decimal::Decimal;
use std::sync::Arc;

/// Where there are more conversations than these, the others are not told one by one.
const CONVERSATIONS_MAX: usize = 16;

const ASK_SETTINGS: &[&str] = &["retries", "hint", "timeout", "min", "max", "in"];

impl Body<'_> {
    /// The conversation that a statement speaks in.
    fn speaks_in(&mut self, named: Option<&ast::Arg>, span: Span, word: &str) -> Expr {
        let wanted = self.p.entity("Conversation").map_or(Ty::Error, Ty::Entity);
        if let Some(named) = named {
            return self.need(&named.value, &wanted, Why::Plain("`in` takes"));
        }
        let here: Vec<LocalId> = self
            .conversations
            .iter()
            .copied()
            .filter(|id| self.local_info(*id).is_some_and(|local| self.local(&local.name) == Some(*id)))
            .take(CONVERSATIONS_MAX + 1)
            .collect();
        let head = Span::new(span.file, span.start, span.start + word.len() as u32);
        match here.as_slice() {
            [one] => {
                self.read(*one, head);
                Expr { kind: ExprKind::Local(*one), ty: wanted, span: head }
            }
            // What could not be read may have named one.
            [] if self.broken => self.error(head),
            [] => {
                let contact = self.p.entity("Contact");
                let known = self.local_names().filter_map(|name| {
                    let local = self.local_info(self.local(name)?)?;
                    matches!(local.ty, Ty::Entity(id) if Some(id) == contact).then(|| name.to_owned())
                });
                let known = known.min();
                let help = match &known {
                    Some(name) => format!("Open one before: `let conversation = {name}.conversation()`."),
                    None => {
                        "Take it as a parameter: `flow …(conversation: Conversation)`; or name it: `in: …`.".to_owned()
                    }
                };
                let mut diagnostic = Diagnostic::new(
                    Code::NoConversation,
                    head,
                    format!("`{word}` needs a conversation, and there is none here."),
                )
                .at("nobody to speak to")
                .help(help);
                if let Some((begin, contact)) = self.body_begins().zip(known.and_then(|name| self.param_named(&name))) {
                    let line = format!("let conversation = {contact}.conversation()\n    ");
                    diagnostic = diagnostic.fix("open the contact's conversation", vec![(begin, line)]);
                }
                self.wrong(diagnostic)
            }
            several => {
                let count = match several.len() {
                    count if count > CONVERSATIONS_MAX => format!("more than {CONVERSATIONS_MAX}"),
                    count => count.to_string(),
                };
                let mut diagnostic = Diagnostic::new(
                    Code::TwoConversations,
                    head,
                    format!("There are {count} conversations here; `{word}` has to be told which."),
                )
                .at("which one?");
                for id in several {
                    if let Some(local) = self.local_info(*id) {
                        diagnostic = diagnostic.label(local.span, format!("`{}`", local.name));
                    }
                }
                let names: Vec<_> =
                    several.iter().filter_map(|id| self.local_info(*id)).map(|local| local.name.clone()).collect();
                let ways: Vec<String> = names.iter().map(|name| format!("`in: {name}`")).collect();
                let mut diagnostic = diagnostic.help(format!("Say it at the end: {}.", ways.join(" or ")));
                for name in names.iter().filter(|_| word == "say") {
                    let end = Span::new(span.file, span.end, span.end);
                    diagnostic = diagnostic.fix(format!("say it in `{name}`"), vec![(end, format!(", in: {name}"))]);
                }
                for id in several {
                    self.read(*id, head);
                }
                self.wrong(diagnostic)
            }
        }
    }

    /// Before the first statement of the flow, where nothing is called `conversation` yet.
    fn body_begins(&self) -> Option<Span> {
        let source = self.p.flow_sources.get(self.flow?.0 as usize)?;
        let first = source.decl.body.stmts.first()?.span;
        self.local("conversation").is_none().then(|| Span::new(first.file, first.start, first.start))
    }

    /// The name, if it is a parameter's.
    fn param_named(&self, name: &str) -> Option<Arc<str>> {
        let local = self.local(name).filter(|local| local.0 < self.params)?;
        Some(self.local_info(local)?.name.clone())
    }

    /// Notes that a conversation is asked in; two paths side by side cannot both.
    fn asks_in(&mut self, conversation: &Expr, span: Span) {
        let Some(place) = place(conversation) else { return };
        for path in &mut self.paths {
            if place.root < path.first_local {
                path.asks.note(&place, span);
            }
        }
    }

    #[inline(never)]
    pub fn say(&mut self, item: &ast::Say, span: Span) -> Option<StmtKind> {
        let (named, rest) = split_in(&item.args);
        let conversation = self.speaks_in(named, span, "say");
        let text = self.need(&item.text, &Ty::Text, Why::Plain("what is said is"));
        let p = self.p;
        let method = p.entity("Conversation").and_then(|id| p.method(id, "say"));
        let action = method.and_then(|id| Some((id, p.hir.actions.get(id.0 as usize)?)));
        let Some((id, action)) = action else {
            self.args_in_vain(&item.args);
            return None;
        };
        let slots = action.params.get(2..).unwrap_or_default();
        let mut args = vec![conversation, text];
        args.extend(self.args("say", Some(action.span), slots, &rest, span));
        let call = ActionCall {
            action: id,
            template: None,
            args,
            class: EffectClass::Local,
            policy: CallPolicy::default(),
            extras: None,
        };
        Some(StmtKind::Expr(Expr { kind: ExprKind::Action(Box::new(call)), ty: Ty::Unit, span }))
    }

    #[inline(never)]
    pub fn ask(&mut self, item: &ast::Ask, span: Span) -> Expr {
        let named = item.args.iter().find(|arg| is_named(arg, "in"));
        let conversation = self.speaks_in(named, span, "ask");
        let prompt = self.need(&item.prompt, &Ty::Text, Why::Plain("a question is"));
        let anchor = self.anchor(item.anchor.as_ref());
        let (kind, ty) = self.ask_kind(&item.answer, span);
        let limit = match &ty {
            Ty::Int | Ty::Number | Ty::Date => Some(ty.clone()),
            Ty::Text => Some(Ty::Int),
            _ => None,
        };
        let picks = matches!(kind, Some(AskKind::From { .. }));
        let settings = self.ask_settings(item, limit.as_ref(), &ty);
        self.limits_meet(&settings, limit.as_ref() == Some(&Ty::Int) && ty == Ty::Text);
        self.picks_differ(&item.answer, kind.as_ref());
        self.asks_in(&conversation, span);
        self.may_wait(span);
        let Some(kind) = kind else { return self.error(span) };
        let unread = item.args.iter().any(|arg| arg.value.kind == ast::ExprKind::Error);
        if settings.timeout.is_none() && !unread {
            let head = Span::new(span.file, span.start, item.prompt.span.end.max(span.start));
            self.out.push(
                Diagnostic::new(Code::NoTimeLimit, head, "This question waits for an answer for ever.")
                    .at("no time limit")
                    .help("Give it one, as in `timeout: 1 day`; the answer is then missing when nobody answers."),
            );
        }
        let missing = picks || settings.timeout.is_some() || settings.retries.is_some();
        let ty = if missing { ty.optional() } else { ty };
        let Settings { retries, hint, timeout, min, max } = settings;
        let ask = Ask { conversation, prompt, anchor, kind, timeout, retries, hint, min, max };
        Expr { kind: ExprKind::Ask(Box::new(ask)), ty, span }
    }

    /// What is asked for, and the type of an answer.
    fn ask_kind(&mut self, answer: &AskAnswer, span: Span) -> (Option<AskKind>, Ty) {
        match answer {
            AskAnswer::Text => (Some(AskKind::As(Ty::Text)), Ty::Text),
            AskAnswer::As(written) => {
                let ty = self.p.ty(self.module, written, self.out);
                self.refers_type(written);
                match &ty {
                    Ty::Error => (None, ty),
                    Ty::Text | Ty::Email | Ty::Phone | Ty::Url | Ty::Int | Ty::Number => {
                        (Some(AskKind::As(ty.clone())), ty)
                    }
                    Ty::Date | Ty::TimeOfDay | Ty::Bool | Ty::File => (Some(AskKind::As(ty.clone())), ty),
                    Ty::Enum(id) => (Some(AskKind::Enum(*id)), ty),
                    other => {
                        let shown = self.p.show(other);
                        let help = match other {
                            Ty::Optional(_) => "An answer is missing only when time or tries run out: leave the `?` out and give `timeout` or `retries`.".to_owned(),
                            Ty::Money(_) => "Ask for a `Number`, and name the currency yourself: `money(amount, .eur)`.".to_owned(),
                            Ty::List(_) | Ty::Entity(_) | Ty::Record(_) => "To let people pick write `ask \"…\" from list show name`.".to_owned(),
                            _ => "An answer can be Text, Email, Phone, Url, Int, Number, Date, TimeOfDay, Bool or File.".to_owned(),
                        };
                        self.out.push(
                            Diagnostic::new(
                                Code::NotAskable,
                                written.span,
                                format!("People cannot be asked for a `{shown}`."),
                            )
                            .help(help),
                        );
                        (None, Ty::Error)
                    }
                }
            }
            AskAnswer::From { source, show } => self.ask_from(source, show.as_ref(), span),
        }
    }

    fn ask_from(&mut self, source: &ast::Expr, show: Option<&ast::Ident>, span: Span) -> (Option<AskKind>, Ty) {
        if let Some(id) = self.enum_named(source) {
            if let Some(show) = show {
                self.out.push(
                    Diagnostic::new(Code::UnknownSetting, show.span, "The variants of an enum show their labels.")
                        .help("Leave `show` out."),
                );
            }
            return (Some(AskKind::Enum(id)), Ty::Enum(id));
        }
        if let Some(diagnostic) = self.misspelt_enum(source) {
            self.wrong(diagnostic);
            return (None, Ty::Error);
        }
        let list = self.value(source, None);
        let item_ty = match &list.ty {
            Ty::List(item) => (**item).clone(),
            Ty::Error => return (None, Ty::Error),
            Ty::Optional(_) => {
                self.maybe_missing(&list, "people pick from a list", None);
                return (None, Ty::Error);
            }
            other => {
                let found = self.p.show(other);
                self.out.push(
                    Diagnostic::new(
                        Code::WrongType,
                        list.span,
                        format!("People pick from a list or an enum; this is `{found}`."),
                    )
                    .at(format!("this is `{found}`"))
                    .help("Write `from` and a list, as in `from contact.companies`, or an enum, as in `from Topic`."),
                );
                return (None, Ty::Error);
            }
        };
        self.enter();
        let item = self.hidden(item_ty.clone(), source.span);
        let read = Expr { kind: ExprKind::Local(item), ty: item_ty.clone(), span: source.span };
        let label = match show {
            Some(name) => self.member(read, name, false, name.span),
            None => read,
        };
        let at = show.map_or(source.span, |name| name.span);
        let label = self.label(label, show.is_some(), at);
        self.leave();
        let _ = span;
        (Some(AskKind::From { list, item, show: label }), item_ty)
    }

    /// The words of an item to pick.
    fn label(&mut self, label: Expr, chosen: bool, at: Span) -> Expr {
        match &label.ty {
            Ty::Error | Ty::Text => label,
            Ty::Email | Ty::Phone | Ty::Url | Ty::TimeZone => self.fit(label, &Ty::Text, Why::Plain("a label is")),
            Ty::Int | Ty::Number | Ty::Money(_) | Ty::Date | Ty::TimeOfDay | Ty::Duration | Ty::Enum(_) => {
                Expr { kind: ExprKind::Template(vec![TemplatePart::Hole(label)]), ty: Ty::Text, span: at }
            }
            Ty::Optional(_) => self.maybe_missing(&label, "every option needs a label", None),
            other => {
                let found = self.p.show(other);
                let help =
                    if chosen { "Show a field that is a text." } else { "Say which field people see: `show name`." };
                self.wrong(
                    Diagnostic::new(Code::NotShowable, at, format!("`{found}` cannot be shown as an option."))
                        .at(format!("this is `{found}`"))
                        .help(help),
                )
            }
        }
    }

    /// A name that is nothing here, and was to be an enum's.
    fn misspelt_enum(&self, source: &ast::Expr) -> Option<Diagnostic> {
        let ast::ExprKind::Name(name) = &source.kind else { return None };
        let is_type = name.starts_with(char::is_uppercase);
        let enums: Vec<&str> = self.p.hir.enums.iter().map(|def| self.p.near_name(self.module, &def.name)).collect();
        let nothing = self.local(name).is_none() && matches!(self.p.type_named(self.module, name), Ok(None));
        if !nothing || !self.p.may_guess() || self.p.nearest(name, self.local_names()).is_some() {
            return None;
        }
        let near = self.p.nearest(name, enums.iter().copied());
        let diagnostic =
            Diagnostic::new(Code::UnknownName, source.span, format!("There is nothing called `{name}` here."));
        match near {
            Some(near) => Some(
                diagnostic
                    .at("no enum, and no list")
                    .help(format!("Did you mean `{near}`?"))
                    .fix(format!("replace `{name}` by `{near}`"), vec![(source.span, near.to_owned())]),
            ),
            None if is_type => Some(
                diagnostic
                    .at("no enum, and no list")
                    .help(format!("Declare what people pick from: `enum {name} {{ … }}`; or name a list.")),
            ),
            None => None,
        }
    }

    /// The enum that a name stands for.
    fn enum_named(&self, source: &ast::Expr) -> Option<crate::hir::EnumId> {
        let text = crate::resolve::dotted(source)?;
        let found = match text.rsplit_once('.') {
            Some((module, name)) => self.p.type_in(module, name),
            None if self.local(&text).is_some() => None,
            None => self.p.type_named(self.module, &text).ok().flatten(),
        };
        match found {
            Some(TypeDef::Enum(id)) => Some(id),
            _ => None,
        }
    }

    fn ask_settings(&mut self, item: &ast::Ask, limit: Option<&Ty>, ty: &Ty) -> Settings {
        let mut settings = Settings::default();
        for (index, arg) in item.args.iter().enumerate() {
            let Some(name) = &arg.name else {
                self.setting_without_name(arg);
                continue;
            };
            let first = item
                .args
                .iter()
                .take(index)
                .find(|other| other.name.as_ref().is_some_and(|other| other.name == name.name));
            if let Some(first) = first {
                self.out.push(given_twice(&item.args, index, first.span, &name.name));
                continue;
            }
            match name.as_str() {
                "in" => {}
                "retries" => {
                    let value = self.need(&arg.value, &Ty::Int, Why::Plain("`retries` is"));
                    self.sensible(&value);
                    settings.retries = Some(value);
                }
                "hint" => settings.hint = Some(self.need(&arg.value, &Ty::Text, Why::Plain("`hint` is"))),
                "timeout" => {
                    let due = self.timeout(&arg.value);
                    self.takes_time(&due);
                    settings.timeout = Some(due);
                }
                "min" | "max" => {
                    let Some(limit) = limit else {
                        self.expr(&arg.value, Some(&Ty::Error));
                        if *ty != Ty::Error {
                            let shown = self.p.show(ty);
                            self.out.push(
                                Diagnostic::new(
                                    Code::UnknownArgument,
                                    arg.span,
                                    format!("A `{shown}` has no smallest or largest answer."),
                                )
                                .help("`min` and `max` go with Int, Number, Date, and with Text for its length."),
                            );
                        }
                        continue;
                    };
                    let value = self.need(&arg.value, limit, Why::Plain("a limit of the answer is"));
                    if name.as_str() == "min" { settings.min = Some(value) } else { settings.max = Some(value) }
                }
                other => {
                    self.expr(&arg.value, Some(&Ty::Error));
                    let diagnostic =
                        Diagnostic::new(Code::UnknownArgument, name.span, format!("A question takes no `{other}`."));
                    self.out.push(match nearest(other, ASK_SETTINGS.iter().copied()) {
                        Some(near) => diagnostic
                            .help(format!("Did you mean `{near}`?"))
                            .fix(format!("replace `{other}` by `{near}`"), vec![(name.span, near.to_owned())]),
                        None => diagnostic.help(format!("Known are `{}`.", ASK_SETTINGS.join("`, `"))),
                    });
                }
            }
        }
        settings
    }

    fn setting_without_name(&mut self, arg: &ast::Arg) {
        let known = format!("Known are `{}`.", ASK_SETTINGS.join("`, `"));
        let diagnostic = match &arg.value.kind {
            // What could not be read has been told.
            ast::ExprKind::Error => return self.broken = true,
            ast::ExprKind::Name(name) if ASK_SETTINGS.contains(&&**name) && self.local(name).is_none() => {
                Diagnostic::new(Code::UnknownArgument, arg.span, format!("`{name}` says no value."))
                    .help(format!("Write it behind a colon: `{name}: …`."))
            }
            _ => {
                self.expr(&arg.value, Some(&Ty::Error));
                Diagnostic::new(Code::UnknownArgument, arg.span, "What follows a question has a name.")
                    .help(format!("Say what it is, as in `max: 5` or `timeout: 1 day`. {known}"))
            }
        };
        self.out.push(diagnostic);
    }

    #[inline(never)]
    pub fn choice(&mut self, item: &ast::Choice, span: Span) -> Option<StmtKind> {
        let (named, rest) = split_in(&item.args);
        let conversation = self.speaks_in(named, span, "choice");
        let none: &[crate::hir::Param] = &[];
        self.args("choice", None, none, &rest, span);
        let anchor = self.anchor(item.anchor.as_ref());
        let prompt = self.need(&item.prompt, &Ty::Text, Why::Plain("a question is"));
        self.asks_in(&conversation, span);
        // Labels and guards are looked at when it is shown, before anybody can answer.
        let shown: Vec<Option<ShownOption>> = item.arms.iter().map(|arm| self.option(arm)).collect();
        self.labels_differ(item);
        self.may_wait(span);
        let mut join = self.fork();
        self.inside.choices += 1;
        let mut made = Choice { conversation, prompt, anchor, options: Vec::new(), otherwise: None, after: None };
        let mut firsts: [Option<Span>; 2] = [None, None];
        for (arm, shown) in item.arms.iter().zip(shown) {
            let known = shown.as_ref().map_or(&[][..], |shown| &shown.known);
            self.branch(&join, known);
            match &arm.kind {
                ChoiceArmKind::Error => {
                    self.broken = true;
                    self.reach = Reach::Told;
                    self.branch_end(&mut join);
                }
                ChoiceArmKind::Option { label, .. } => {
                    let body = self.block(&arm.body);
                    self.branch_end(&mut join);
                    if let Some(shown) = shown {
                        let ShownOption { label: text, anchor, guard, .. } = shown;
                        made.options.push(ChoiceOption { label: text, anchor, guard, body, span: label.span });
                    }
                }
                ChoiceArmKind::Else { name } => {
                    self.once(&mut firsts[0], arm.span, "else");
                    self.enter();
                    let local = name
                        .as_ref()
                        .map(|name| self.declare(name.name.shared().clone(), Ty::Text, false, name.span, true));
                    let mut body = Block::default();
                    self.statements(&arm.body, &mut body);
                    self.leave();
                    self.branch_end(&mut join);
                    made.otherwise = Some((local, body));
                }
                ChoiceArmKind::After(moment) => {
                    self.once(&mut firsts[1], arm.span, "after");
                    let due = self.due(moment);
                    let body = self.block(&arm.body);
                    self.branch_end(&mut join);
                    made.after = due.map(|due| (due, body));
                }
            }
        }
        // What is known of the loop around stays: an arm may have left it.
        self.inside.choices -= 1;
        self.join(join);
        let head = Span::new(span.file, span.start, item.prompt.span.end.max(span.start));
        let unread = item.arms.iter().any(|arm| matches!(arm.kind, ChoiceArmKind::Error));
        if made.options.is_empty() && !unread {
            self.out.push(
                Diagnostic::new(Code::MissingArgument, head, "This choice offers nothing to choose.")
                    .at("no option")
                    .help("Add an option, as in `\"Yes\" -> …`; for a free answer use `ask`."),
            );
        }
        let conditional = !made.options.is_empty() && made.options.iter().all(|option| option.guard.is_some());
        if conditional && firsts == [None, None] && !unread {
            self.out.push(
                Diagnostic::new(
                    Code::MayOfferNothing,
                    head,
                    "This choice may offer nothing: every option has an `if`.",
                )
                .at("fails where no condition holds")
                .help("Add an option without `if`, or an arm `else -> …` or `after 1 day -> …`."),
            );
        }
        if firsts[1].is_none() && !unread {
            self.out.push(
                Diagnostic::new(Code::NoTimeLimit, head, "This choice waits for an answer for ever.")
                    .at("no time limit")
                    .help("Add an arm for when nobody answers, as in `after 1 day -> conversation.close()`."),
            );
        }
        Some(StmtKind::Choice(Box::new(made)))
    }

    fn once(&mut self, first: &mut Option<Span>, span: Span, word: &str) {
        match first {
            Some(first) => self.out.push(
                Diagnostic::new(Code::MisplacedArm, span, format!("There can be one `{word}` arm only."))
                    .at("a second one")
                    .label(*first, "the first one")
                    .help(match word {
                        "after" => "A choice has one time limit: keep the shorter one, and `wait` in it for the rest.",
                        _ => "Put them together.",
                    }),
            ),
            none => *none = Some(span),
        }
    }

    fn option(&mut self, arm: &ast::ChoiceArm) -> Option<ShownOption> {
        let ChoiceArmKind::Option { anchor, label, guard } = &arm.kind else { return None };
        let anchor = self.anchor(anchor.as_ref());
        let mark = self.facts.mark();
        let mut known = Vec::new();
        let guard = guard.as_ref().map(|guard| {
            let (guard, outcome) = self.condition(guard);
            known = outcome.yes;
            guard
        });
        self.facts.learn_all(&known);
        let label = self.text(label, None);
        let label = self.fit(label, &Ty::Text, Why::Plain("an option is"));
        self.facts.restore(&mark);
        // Between showing and answering the run waits.
        known.retain(|place| !place.is_live());
        Some(ShownOption { label, anchor, guard, known })
    }

    /// Two options with the same words could not be told apart; answers are matched whatever the case.
    fn labels_differ(&mut self, item: &ast::Choice) {
        let mut seen: crate::resolve::Map<Span> = crate::resolve::Map::default();
        for arm in &item.arms {
            let ChoiceArmKind::Option { label, guard, .. } = &arm.kind else { continue };
            let Some(plain) = label.plain() else { continue };
            if plain.trim().is_empty() {
                self.out.push(
                    Diagnostic::new(Code::MissingArgument, label.span, "This option has no words.")
                        .at("nothing to choose by")
                        .help("Write what people read and choose, as in `\"Yes\"`; for a free answer use `ask`."),
                );
                continue;
            }
            // Two options of the same words with different conditions are two ways to mean the same answer.
            if guard.is_some() {
                continue;
            }
            let key: Arc<str> = Arc::from(plain.trim().to_lowercase());
            if let Some(first) = seen.get(&key) {
                self.out.push(
                    Diagnostic::new(
                        Code::DuplicateOption,
                        label.span,
                        format!("The option \"{plain}\" is offered twice."),
                    )
                    .at("offered again here")
                    .label(*first, "offered first here")
                    .help("Give one of them other words."),
                );
            } else {
                seen.insert(key, label.span);
            }
        }
        self.reach = Reach::Yes;
    }
}

/// A number as written, a date as its number.
pub(super) fn known_number(expr: &Expr) -> Option<Decimal> {
    match &expr.kind {
        ExprKind::Int(value) => Some(Decimal::from(*value)),
        ExprKind::Number(value) => Some(*value),
        ExprKind::Date(days) => Some(Decimal::from(*days)),
        ExprKind::Convert(Convert::IntToNumber, inner) => known_number(inner),
        ExprKind::Unary(Unary::Negate, inner) => known_number(inner).map(|value| -value),
        _ => None,
    }
}

impl Body<'_> {
    /// How often is asked again, where it is written out.
    fn sensible(&mut self, retries: &Expr) {
        let most = Decimal::from(RETRY_MAX);
        if known_number(retries).is_some_and(|count| count < Decimal::ZERO || count > most) {
            self.out.push(
                Diagnostic::new(
                    Code::BadNumber,
                    retries.span,
                    format!("`retries` is a whole number from 0 to {RETRY_MAX}."),
                )
                .help("It counts how often is asked again after an answer that does not fit."),
            );
        }
    }

    /// A time limit that is written out leaves time to answer.
    fn takes_time(&mut self, limit: &Due) {
        let Due::After(Expr { kind, span, .. }) = limit else { return };
        let none = match kind {
            ExprKind::Duration(us) => *us <= 0,
            ExprKind::Unary(Unary::Negate, inner) => matches!(inner.kind, ExprKind::Duration(_)),
            _ => false,
        };
        if !none {
            return;
        }
        self.out.push(
            Diagnostic::new(Code::BadDuration, *span, "Nobody can answer in no time.")
                .at("over before it begins")
                .help("Write how long the question waits, as in `timeout: 1 day`."),
        );
    }

    /// Limits that contradict each other.
    fn limits_meet(&mut self, settings: &Settings, lengths: bool) {
        let (min, max) = (settings.min.as_ref(), settings.max.as_ref());
        let below = |limit: Option<&Expr>, least| {
            let limit = limit.filter(|_| lengths)?;
            known_number(limit).is_some_and(|length| length < least).then_some(limit.span)
        };
        let short = below(max, Decimal::ONE).map(|span| {
            Diagnostic::new(Code::ImpossibleAnswer, span, "No answer is this short.").at("the longest answer")
        });
        let told = short.or_else(|| {
            let span = below(min, Decimal::ZERO)?;
            Some(Diagnostic::new(Code::BadNumber, span, "No answer is shorter than nothing.").at("the shortest answer"))
        });
        if let Some(told) = told {
            return self.out.push(told.help("For a text `min` and `max` count its characters."));
        }
        let (Some(min), Some(max)) = (min, max) else { return };
        let (Some(least), Some(most)) = (known_number(min), known_number(max)) else { return };
        if least > most {
            let mut diagnostic = Diagnostic::new(
                Code::ImpossibleAnswer,
                max.span,
                "No answer can meet these limits: the largest is less than the smallest.",
            )
            .at("the largest answer")
            .label(min.span, "the smallest answer")
            .help("Swap `min` and `max`, or change one of them.");
            if !matches!(max.ty.present(), Ty::Date) {
                let edits = vec![(min.span, most.to_string()), (max.span, least.to_string())];
                diagnostic = diagnostic.fix("swap `min` and `max`", edits);
            }
            self.out.push(diagnostic);
        }
    }

    /// Two things to pick that read the same could not be told apart.
    fn picks_differ(&mut self, answer: &AskAnswer, kind: Option<&AskKind>) {
        let mut seen: crate::resolve::Map<Span> = crate::resolve::Map::default();
        let mut twice = None;
        match (answer, kind) {
            (AskAnswer::From { source, show: None }, Some(AskKind::From { .. })) => {
                let ast::ExprKind::List(items) = &source.kind else { return };
                for item in items {
                    let ast::ExprKind::Str(text) = &item.kind else { continue };
                    let Some(plain) = text.plain() else { continue };
                    let key: Arc<str> = Arc::from(plain.trim().to_lowercase());
                    if let Some(first) = seen.insert(key, item.span) {
                        twice = twice.or(Some((plain.to_owned(), item.span, first)));
                    }
                }
            }
            (AskAnswer::From { source: ast::Expr { span, .. }, .. }, Some(AskKind::Enum(id)))
            | (AskAnswer::As(ast::TypeExpr { span, .. }), Some(AskKind::Enum(id))) => {
                let Some(def) = self.p.hir.enums.get(id.0 as usize) else { return };
                if def.variants.is_empty() {
                    let name = self.p.near_name(self.module, &def.name);
                    self.out.push(
                        Diagnostic::new(
                            Code::NotAskable,
                            *span,
                            format!("`{name}` has no variants, so there is nothing to pick."),
                        )
                        .at("nothing to pick from")
                        .label(def.span, "it is declared here")
                        .help(format!("Give it some: `enum {name} {{ small, large }}`.")),
                    );
                }
                for (_, label) in &def.variants {
                    let key: Arc<str> = Arc::from(label.trim().to_lowercase());
                    if seen.insert(key, def.span).is_some() {
                        twice = twice.or(Some((label.to_string(), *span, def.span)));
                    }
                }
            }
            _ => {}
        }
        if let Some((label, span, first)) = twice {
            let (at, before) = match first == span || kind.is_some_and(|kind| matches!(kind, AskKind::Enum(_))) {
                true => ("two variants read so", "declared here"),
                false => ("offered again here", "offered first here"),
            };
            self.out.push(
                Diagnostic::new(Code::DuplicateOption, span, format!("The option \"{label}\" is offered twice."))
                    .at(at)
                    .label(first, before)
                    .help("Give one of them other words."),
            );
        }
    }
}

struct ShownOption {
    label: Expr,
    anchor: Option<Arc<str>>,
    guard: Option<Expr>,
    known: Vec<super::places::Place>,
}

#[derive(Default)]
struct Settings {
    retries: Option<Expr>,
    hint: Option<Expr>,
    timeout: Option<Due>,
    min: Option<Expr>,
    max: Option<Expr>,
}

fn is_named(arg: &ast::Arg, name: &str) -> bool {
    arg.name.as_ref().is_some_and(|given| given.name == *name)
}

/// `in: …`, and the other arguments.
fn split_in(args: &[ast::Arg]) -> (Option<&ast::Arg>, std::borrow::Cow<'_, [ast::Arg]>) {
    let named = args.iter().find(|arg| is_named(arg, "in"));
    match named {
        None => (None, args.into()),
        Some(_) => (named, args.iter().filter(|arg| !is_named(arg, "in")).cloned().collect::<Vec<_>>().into()),
    }
}
