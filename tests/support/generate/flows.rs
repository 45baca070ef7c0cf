//! Flows and the files they stand in.

use super::types::Ty;
use super::{Body, Generator, Kind, Var};

impl Generator<'_> {
    /// Every file of the project.
    pub(super) fn files(&mut self) -> Vec<(String, String)> {
        self.declare();
        let names = [format!("first_{}", self.tag), format!("second_{}", self.tag)];
        let mut texts = [String::new(), String::new()];
        for (at, text) in texts.iter_mut().enumerate() {
            if self.pick(3) == 2 {
                text.push_str(&format!("//! File {at} of a project.\n\n"));
            }
        }
        // What belongs to the whole project may stand in either file, before or behind what uses it.
        let mut behind = [String::new(), String::new()];
        for item in std::mem::take(&mut self.declared.items) {
            let file = self.pick(2) as usize;
            let place = if self.pick(3) == 2 { &mut behind[file] } else { &mut texts[file] };
            place.push_str(&item);
            place.push('\n');
        }
        for number in 0..self.declared.flows.len() {
            let module = self.declared.flows[number].module;
            let text = self.flow(number);
            texts[module].push_str(&text);
        }
        if self.pick(3) == 2 {
            let text = self.begun_outside();
            texts[self.declared.flows[0].module].push_str(&text);
        }
        let files = names.into_iter().zip(texts).zip(behind);
        files.map(|((name, text), behind)| (format!("{name}.flow"), format!("{text}{behind}"))).collect()
    }

    fn flow(&mut self, number: usize) -> String {
        let flow = self.declared.flows[number].clone();
        self.out = String::new();
        self.indent = 0;
        self.fuel = 4 + self.pick(12);
        self.count = 0;
        let subject = match flow.subject {
            Ty::Contact => "contact",
            Ty::Conversation => "conversation",
            _ => "ticket",
        };
        self.body = Body { number, result: flow.result.clone(), ..Body::default() };
        let mut params = vec![format!("{subject}: {:?}", flow.subject)];
        for (name, ty, default) in &flow.params {
            let value = match default {
                true if matches!(ty, Ty::Opt(_)) => " = null".to_owned(),
                true => format!(" = {}", self.literal(ty)),
                false => String::new(),
            };
            params.push(format!("{name}: {}{value}", ty.show(&self.declared)));
        }
        let result = flow.result.as_ref().map_or(String::new(), |ty| format!(" -> {}", ty.show(&self.declared)));
        if self.pick(3) == 2 {
            self.line("/// Goes its way.");
        }
        let head = format!("flow {}({}){result}", flow.name, params.join(", "));
        match flow.entered {
            true => {
                self.line(&head);
                self.header(&flow.subject);
                self.line("{");
            }
            false => self.line(&format!("{head} {{")),
        }
        self.indent = 1;
        self.scope(subject, &flow.subject);
        for (name, ty, _) in &flow.params {
            self.name(name, ty, false);
        }
        let statements = 2 + self.pick(8);
        self.statements(statements);
        match &flow.result {
            Some(ty) => {
                let value = self.need(ty, 2);
                match self.breaks(Kind::MissingReturn) {
                    true => {
                        // It is told at the flow's name.
                        self.line("contact.unblock()");
                        let head = format!("flow {}(", flow.name);
                        self.out = self.out.replacen(&head, &self.mark(&head), 1);
                    }
                    false => self.line(&format!("return {value}")),
                }
            }
            None if self.breaks(Kind::StrayBreak) => self.line(&self.mark("break")),
            None if self.breaks(Kind::StrayAgain) => self.line(&self.mark("again")),
            None => {}
        }
        self.indent = 0;
        self.line("}\n");
        std::mem::take(&mut self.out)
    }

    /// A flow that the clock or another service begins, and that nobody calls: it looks for its contact itself.
    fn begun_outside(&mut self) -> String {
        self.out = String::new();
        self.indent = 0;
        self.fuel = 4 + self.pick(8);
        self.count = 0;
        // It stands beside the first, and calls those behind it.
        self.body = Body::default();
        let (head, trigger) = match self.pick(3) {
            0 => ("by_clock_{}()", "schedule(\"0 9 * * MON\", zone: \"Europe/Oslo\")"),
            1 => ("by_clock_{}()", "schedule(\"*/5 8-17 1,15 * *\")"),
            _ => ("by_hook_{}(payload: Json)", "webhook(\"shop/{}\")"),
        };
        let [head, trigger] = [head, trigger].map(|text| text.replace("{}", &self.tag));
        self.line(&format!("flow {head}\n    on {trigger}"));
        if self.pick(2) == 1 {
            self.line("    overlap allow");
        }
        self.line("{");
        self.indent = 1;
        self.line("let contact = contacts.find(email: \"ada@example.com\") else { stop }");
        self.scope("contact", &Ty::Contact);
        let statements = 2 + self.pick(5);
        self.statements(statements);
        self.indent = 0;
        self.line("}\n");
        std::mem::take(&mut self.out)
    }

    /// Everybody has a contact; who speaks to one has a conversation.
    fn scope(&mut self, subject: &str, ty: &Ty) {
        self.name(subject, ty, false);
        match ty {
            Ty::Contact => {
                self.body.about_contact = true;
                if self.pick(2) == 1 {
                    self.line("let conversation = contact.conversation()");
                    self.name("conversation", &Ty::Conversation, false);
                    self.body.talks = true;
                }
            }
            Ty::Conversation => {
                self.line("let contact = conversation.contact");
                self.name("contact", &Ty::Contact, false);
                self.body.talks = true;
            }
            _ => {
                self.line("let contact = ticket.contact");
                self.name("contact", &Ty::Contact, false);
            }
        }
        self.body.asks = self.body.talks;
    }

    pub(super) fn name(&mut self, name: &str, ty: &Ty, writable: bool) {
        self.body.vars.push(Var { name: name.to_owned(), ty: ty.clone(), writable });
    }
}
