//! Statements: names, writes, branches, loops.

use super::expr::{DEFAULT, SUM};
use super::types::{PLAIN, Ty};
use super::{Body, Generator, Kind};

/// Blocks within blocks.
const DEPTH_MAX: usize = 5;

impl Generator<'_> {
    pub(super) fn statements(&mut self, count: u32) {
        for _ in 0..count {
            if self.fuel == 0 {
                break;
            }
            self.fuel -= 1;
            self.trivia();
            self.statement();
        }
    }

    /// A comment or an empty line, now and then.
    fn trivia(&mut self) {
        match self.pick(12) {
            10 => self.out.push('\n'),
            11 => {
                let number = self.fresh("remark ");
                self.line(&format!("// {number}: \"quotes\" and {{ brackets"));
            }
            _ => {}
        }
    }

    /// The statements of a block, in a scope of their own; they stand between braces that the caller writes.
    pub(super) fn block(&mut self, count: u32) {
        let before = self.body.vars.len();
        self.indent += 1;
        self.statements(count);
        self.indent -= 1;
        self.body.vars.truncate(before);
    }

    /// Statements that end with one that leaves.
    pub(super) fn leaving_block(&mut self, count: u32) {
        let before = self.body.vars.len();
        self.indent += 1;
        self.statements(count);
        let leave = self.leave();
        self.line(&leave);
        self.indent -= 1;
        self.body.vars.truncate(before);
    }

    /// A statement that leaves: the loop, the flow, or the run.
    pub(super) fn leave(&mut self) -> String {
        match self.pick(5) {
            0 => "stop".to_owned(),
            1 => self.failing(),
            2 if self.body.looping => "continue".to_owned(),
            3 if self.body.looping => "break".to_owned(),
            _ if self.body.in_path => "stop".to_owned(),
            _ => match self.body.result.clone() {
                Some(ty) => format!("return {}", self.need(&ty, 1)),
                None => "return".to_owned(),
            },
        }
    }

    /// Runs something in a body that is like this one and changed by `change`.
    pub(super) fn within(&mut self, change: impl FnOnce(&mut Body), work: impl FnOnce(&mut Self)) {
        let before = self.body.clone();
        change(&mut self.body);
        work(self);
        self.body = before;
    }

    fn statement(&mut self) {
        let deep = self.indent > DEPTH_MAX;
        match self.pick(if deep { 12 } else { 31 }) {
            0 => self.note(),
            1 | 2 => self.let_name(),
            3 => self.variable(),
            4 | 5 => self.assign(),
            6 => self.write_field(),
            7 => self.deed(),
            8 => self.say(),
            9 => self.raise(),
            10 => self.wait(),
            11 => self.call_flow(),
            12 | 13 => self.branch(),
            14 => self.narrow(),
            15 | 16 => self.switch(),
            17 => self.each(),
            18 => self.rounds(),
            19 => self.guard(),
            20 => self.ask(),
            21 | 22 => self.choice(),
            23 | 24 => self.wait_arms(),
            25 => self.parallel(),
            26 => self.attempt(),
            27 => self.call_service(),
            28 => self.leave_early(),
            29 => self.split(),
            _ => self.start(),
        }
    }

    fn note(&mut self) {
        let unused = self.breaks(Kind::UnusedValue);
        let secret = self.breaks(Kind::SecretShown);
        let text = match self.pick(5) {
            4 => self.block_text(),
            _ => self.need(&Ty::Text, 3),
        };
        if unused {
            let line = self.mark("contact.created");
            return self.line(&line);
        }
        if secret {
            let line = self.mark(&format!("contact.add_note(\"It is {{{{secret.{}}}}}\")", self.declared.secrets[0]));
            return self.line(&line);
        }
        self.line(&format!("contact.add_note({text})"));
    }

    fn let_name(&mut self) {
        let mut ty = self.data_type(2);
        if self.pick(2) == 0 {
            while !ty.speaks_for_itself() {
                ty = match ty {
                    Ty::List(item) | Ty::Map(item) | Ty::Opt(item) => *item,
                    _ => Ty::Text,
                };
            }
            let value = self.value_or_switch(&ty);
            let name = self.fresh("x");
            self.line(&format!("let {name} = {value}"));
            return self.name(&name, &ty, false);
        }
        let value = self.need(&ty, 3);
        let name = self.fresh("x");
        self.line(&format!("let {name}: {} = {value}", ty.show(&self.declared)));
        self.name(&name, &ty, false);
    }

    /// A value, or a switch that is one.
    fn value_or_switch(&mut self, ty: &Ty) -> String {
        if self.pick(6) < 5 {
            return self.value(ty, 3).text;
        }
        let margin = "    ".repeat(self.indent + 1);
        let (subject, patterns) = self.subject();
        let mut text = format!("switch {subject} {{\n");
        for pattern in patterns {
            let value = self.value(ty, 1).text;
            text.push_str(&format!("{margin}{pattern} -> {value}\n"));
        }
        text.push_str(&"    ".repeat(self.indent));
        text.push('}');
        text
    }

    /// What to switch over, and patterns that leave nothing out.
    fn subject(&mut self) -> (String, Vec<String>) {
        match self.pick(4) {
            0 | 1 => {
                let at = self.pick(self.declared.enums.len() as u32) as usize;
                let subject = self.value(&Ty::Enum(at), 1).text;
                let mut patterns: Vec<String> =
                    self.declared.enums[at].variants.iter().map(|variant| format!(".{variant}")).collect();
                if self.breaks(Kind::MissingArm) {
                    patterns.pop();
                    return (self.mark(&subject), patterns);
                }
                if self.pick(3) == 2 && patterns.len() > 2 {
                    let last = patterns.pop().unwrap_or_default();
                    let joined = patterns.pop().map_or(last.clone(), |other| format!("{other}, {last}"));
                    patterns.push(joined);
                } else if self.pick(4) == 3 {
                    patterns.truncate(1);
                    patterns.push("else".to_owned());
                }
                (subject, patterns)
            }
            2 => {
                let subject = self.value(&Ty::Text, 2).text;
                let list = ["\"Oslo\"", "\"a\", \"b\"", "\"yes\""];
                let count = 1 + self.pick(3) as usize;
                let mut patterns: Vec<String> = list.iter().take(count).map(|&pattern| pattern.to_owned()).collect();
                patterns.push("else".to_owned());
                (subject, patterns)
            }
            _ => {
                let subject = self.value(&Ty::Int, 2).text;
                let list = ["1", "2, 3", "42"];
                let count = 1 + self.pick(3) as usize;
                let mut patterns: Vec<String> = list.iter().take(count).map(|&pattern| pattern.to_owned()).collect();
                patterns.push("else".to_owned());
                (subject, patterns)
            }
        }
    }

    fn variable(&mut self) {
        let ty = self.data_type(2);
        let value = self.need(&ty, 2);
        let name = self.fresh("v");
        self.line(&format!("var {name}: {} = {value}", ty.show(&self.declared)));
        self.name(&name, &ty, true);
    }

    fn assign(&mut self) {
        if self.breaks(Kind::WrittenLet) {
            let line = self.mark("contact = contact");
            return self.line(&line);
        }
        let writable: Vec<usize> = (0..self.body.vars.len()).filter(|at| self.body.vars[*at].writable).collect();
        if writable.is_empty() {
            return self.variable();
        }
        let at = writable[self.pick(writable.len() as u32) as usize];
        let var = self.body.vars[at].clone();
        let sums = matches!(var.ty, Ty::Int | Ty::Number | Ty::Money(_) | Ty::Duration);
        let sign = if sums { ["=", "+=", "-="][self.pick(3) as usize] } else { "=" };
        let value = match sign {
            "=" => self.need(&var.ty, 3),
            _ => self.value(&var.ty, 2).at(DEFAULT),
        };
        self.line(&format!("{} {sign} {value}", var.name));
    }

    fn write_field(&mut self) {
        if self.breaks(Kind::WrittenField) {
            let line = self.mark("contact.created = now");
            return self.line(&line);
        }
        let fields = self.contact_fields();
        if fields.is_empty() {
            return self.note();
        }
        let (name, ty) = fields[self.pick(fields.len() as u32) as usize].clone();
        if matches!(ty, Ty::Int | Ty::Number | Ty::Money(_) | Ty::Duration) && self.pick(2) == 1 {
            let sign = ["+=", "-="][self.pick(2) as usize];
            let value = self.value(&ty, 1).at(SUM);
            return self.line(&format!("contact.{name} {sign} {value}"));
        }
        // Nobody may look after a contact: what is missing would be no mistake.
        let value = if name == "owner" { self.value(&ty, 2).text } else { self.need(&ty, 2) };
        self.line(&format!("contact.{name} = {value}"));
    }

    /// The fields of the contact that may be written here.
    pub(super) fn contact_fields(&self) -> Vec<(String, Ty)> {
        let mut fields = vec![
            ("first_name".to_owned(), Ty::Text.optional()),
            ("city".to_owned(), Ty::Text.optional()),
            ("timezone".to_owned(), Ty::TimeZone),
            ("email".to_owned(), Ty::Email.optional()),
            ("owner".to_owned(), Ty::Team),
        ];
        fields.extend(self.declared.properties.iter().cloned());
        fields.retain(|(name, _)| !self.body.taken.contains(name));
        fields
    }

    /// Something that is done to the workspace.
    fn deed(&mut self) {
        let line = match self.pick(6) {
            // Another path may call a flow that undoes it.
            0..=2 if self.body.in_path => "contact.add_note(\"beside\")".to_owned(),
            0 => format!("contact.add_tags([{}])", self.need(&Ty::Tag, 0)),
            1 => format!("contact.remove_tags([{}, {}])", self.need(&Ty::Tag, 0), self.need(&Ty::Tag, 0)),
            2 => "contact.block()".to_owned(),
            3 => {
                let name = self.fresh("ticket");
                let args = format!(
                    "contact: contact, subject: {}, priority: {}",
                    self.need(&Ty::Text, 1),
                    self.need(&Ty::Enum(0), 0)
                );
                self.line(&format!("let {name} = tickets.create({args})"));
                self.name(&name, &Ty::Ticket, false);
                format!("{name}.assign(to: {})", self.need(&Ty::Team, 0))
            }
            4 => {
                let name = self.fresh("found");
                let email = self.need(&Ty::Email, 1);
                self.line(&format!("let {name} = contacts.find(email: {email}) else {{ {} }}", "stop"));
                self.name(&name, &Ty::Contact, false);
                format!("{name}.add_tags([{}])", self.need(&Ty::Tag, 0))
            }
            _ => {
                let text = self.need(&Ty::Text, 2);
                format!("chat.send(to: contact, text: {text})")
            }
        };
        self.line(&line);
    }

    fn bool(&mut self) -> String {
        let wrong = self.breaks(Kind::NoCondition);
        let condition = self.value(&Ty::Bool, 3).text;
        if wrong { self.mark("contact") } else { condition }
    }

    fn branch(&mut self) {
        let condition = self.bool();
        self.line(&format!("if {condition} {{"));
        let count = 1 + self.pick(3);
        self.block(count);
        for _ in 0..self.pick(3) {
            let condition = self.bool();
            self.line(&format!("}} else if {condition} {{"));
            let count = self.pick(3);
            self.block(count);
        }
        if self.pick(2) == 1 {
            self.line("} else {");
            let count = self.pick(3);
            self.block(count);
        }
        self.line("}");
    }

    /// A test of what may be missing, and a block in which it is there.
    fn narrow(&mut self) {
        let maybe: Vec<(String, Ty)> = (self.body.vars.iter())
            .filter_map(|var| match &var.ty {
                Ty::Opt(inner) if !var.writable => Some((var.name.clone(), (**inner).clone())),
                _ => None,
            })
            .collect();
        if maybe.is_empty() {
            let ty = PLAIN[self.pick(PLAIN.len() as u32) as usize].clone().optional();
            let value = self.need(&ty, 2);
            let name = self.fresh("m");
            self.line(&format!("let {name}: {} = {value}", ty.show(&self.declared)));
            return self.name(&name, &ty, false);
        }
        let (name, ty) = maybe[self.pick(maybe.len() as u32) as usize].clone();
        let more = match self.pick(3) {
            2 => format!(" and {}", self.value(&Ty::Bool, 1).at(super::expr::NOT)),
            _ => String::new(),
        };
        self.line(&format!("if {name} != null{more} {{"));
        let count = 1 + self.pick(3);
        self.within(
            |body| body.vars.iter_mut().filter(|var| var.name == name).for_each(|var| var.ty = ty.clone()),
            |generator| generator.block(count),
        );
        self.line("}");
    }

    fn switch(&mut self) {
        let (subject, patterns) = self.subject();
        self.line(&format!("switch {subject} {{"));
        self.indent += 1;
        for pattern in patterns {
            self.arm(&pattern);
        }
        self.indent -= 1;
        self.line("}");
    }

    /// `head -> body`.
    pub(super) fn arm(&mut self, head: &str) {
        match self.pick(3) {
            0 => {
                let text = self.need(&Ty::Text, 1);
                self.line(&format!("{head} -> contact.add_note({text})"));
            }
            1 if !self.body.in_path => self.line(&format!("{head} -> contact.unblock()")),
            _ => {
                self.line(&format!("{head} -> {{"));
                let count = 1 + self.pick(2);
                self.block(count);
                self.line("}");
            }
        }
    }

    fn each(&mut self) {
        let item = self.data_type(1);
        let item = if item.speaks_for_itself() { item } else { Ty::Text };
        let list = match self.pick(3) {
            0 => format!("[{}, {}]", self.value(&item, 1).text, self.value(&item, 2).text),
            _ => self.value(&item.clone().list(), 2).text,
        };
        let name = self.fresh("one");
        let before = self.body.vars.len();
        self.name(&name, &item, false);
        let filter = match self.pick(3) {
            2 => format!(" where {}", self.value(&Ty::Bool, 2).text),
            _ => String::new(),
        };
        self.line(&format!("for {name} in {list}{filter} {{"));
        self.loop_block();
        self.body.vars.truncate(before);
        self.line("}");
    }

    fn loop_block(&mut self) {
        let count = 1 + self.pick(3);
        self.within(|body| body.looping = true, |generator| generator.block(count));
    }

    fn rounds(&mut self) {
        if self.pick(2) == 0 {
            let times = 1 + self.pick(4);
            self.line(&format!("repeat {times} {{"));
            self.loop_block();
            return self.line("}");
        }
        let name = self.fresh("n");
        self.line(&format!("var {name} = 0"));
        let times = 1 + self.pick(5);
        let also = match self.pick(3) {
            2 => format!(" and {}", self.value(&Ty::Bool, 1).at(super::expr::NOT)),
            _ => String::new(),
        };
        self.line(&format!("while {name} < {times}{also} {{"));
        self.indent += 1;
        self.line(&format!("{name} += 1"));
        self.indent -= 1;
        // Nobody else counts it, so that the loop ends.
        self.name(&name, &Ty::Int, false);
        self.loop_block();
        self.line("}");
    }

    fn guard(&mut self) {
        let ty = self.data_type(1);
        let Some(maybe) = self.reach(&ty.clone().optional()) else { return self.narrow() };
        let ty = if let Ty::Opt(inner) = ty { *inner } else { ty };
        let name = self.fresh("sure");
        self.line(&format!("let {name} = {} else {{", maybe.text));
        let count = self.pick(2);
        if self.breaks(Kind::OpenGuard) {
            self.indent += 1;
            let line = self.mark("contact.unblock()");
            self.line(&line);
            self.indent -= 1;
        } else {
            self.leaving_block(count);
        }
        self.line("}");
        self.name(&name, &ty, false);
    }

    fn leave_early(&mut self) {
        let condition = self.bool();
        self.line(&format!("if {condition} {{"));
        if self.body.in_path || self.pick(2) == 0 {
            if self.body.in_path && self.breaks(Kind::LeavesPath) {
                let line = self.mark("return");
                self.indent += 1;
                self.line(&line);
                self.indent -= 1;
            } else {
                self.leaving_block(1);
            }
        } else {
            self.indent += 1;
            let call = self.flow_call(true);
            self.line(&format!("launch {call}"));
            if self.breaks(Kind::AfterLaunch) {
                let line = self.mark("contact.unblock()");
                self.line(&line);
            }
            self.indent -= 1;
        }
        self.line("}");
    }
}
