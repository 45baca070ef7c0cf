//! Flows that call flows, services that are called, and what goes wrong.

use super::types::Ty;
use super::{Generator, Kind};

impl Generator<'_> {
    /// `flow(…)`: any flow, or one that is declared later than this.
    pub(super) fn flow_call(&mut self, any: bool) -> String {
        let first = if any { 0 } else { self.body.number + 1 };
        let count = self.declared.flows.len() - first;
        let at = first + self.pick(count as u32) as usize;
        let flow = self.declared.flows[at].clone();
        let subject = match flow.subject {
            Ty::Contact => "contact".to_owned(),
            Ty::Conversation if self.body.talks => "conversation".to_owned(),
            Ty::Conversation => "contact.conversation()".to_owned(),
            _ => match self.reach(&Ty::Ticket) {
                Some(ticket) => ticket.text,
                None => "tickets.create(contact: contact, subject: \"New\")".to_owned(),
            },
        };
        let args = self.arguments(&flow.params, 2, &[subject]);
        let modules = ["first", "second"];
        let own = self.declared.flows[self.body.number].module == flow.module;
        let place = match own && self.pick(2) == 0 {
            true => String::new(),
            false => format!("{}_{}.", modules[flow.module], self.tag),
        };
        if self.breaks(Kind::UnknownFlow) {
            return self.mark(&format!("{place}nothing_like_it({args})").replace([super::OPEN, super::CLOSE], ""));
        }
        format!("{place}{}({args})", flow.name)
    }

    pub(super) fn call_flow(&mut self) {
        let later = self.body.number + 1;
        if later >= self.declared.flows.len() || self.body.calls_nothing {
            return self.start();
        }
        // The result is of whichever flow the call names.
        let call = self.flow_call(false);
        let name = call.split('(').next().unwrap_or("").rsplit('.').next().unwrap_or("").to_owned();
        let result = self.declared.flows.iter().find(|flow| flow.name == name).and_then(|flow| flow.result.clone());
        match result {
            Some(ty) => {
                let name = self.fresh("r");
                self.line(&format!("let {name} = {call}"));
                self.name(&name, &ty, false);
            }
            None => self.line(&call),
        }
    }

    pub(super) fn start(&mut self) {
        let call = self.flow_call(true);
        match self.pick(2) {
            0 => self.line(&format!("start {call}")),
            _ => {
                let name = self.fresh("run");
                self.line(&format!("let {name} = start {call}"));
                self.name(&name, &Ty::Run, false);
            }
        }
    }

    pub(super) fn call_service(&mut self) {
        let count = self.declared.actions.len() as u32;
        if count > 0 && self.pick(3) > 0 {
            let at = self.pick(count) as usize;
            let action = &self.declared.actions[at];
            let (name, result) = (action.name.clone(), action.result.clone());
            let params: Vec<_> = action.params.iter().map(|(name, ty)| (name.clone(), ty.clone(), false)).collect();
            let args = not_empty(&self.arguments(&params, 2, &[]));
            let keyed = self.declared.actions[at].keyed;
            let policy = self.policy(keyed);
            let variable = self.fresh("got");
            self.name(&variable, &result, false);
            let undo = self.undo();
            return self.line(&format!("let {variable} = {name}({args}){policy}{undo}"));
        }
        let policy = self.policy(false);
        let url = match self.pick(2) {
            0 => "\"https://shop.example.com/a\"".to_owned(),
            _ => format!("\"https://shop.example.com/{{{{{}}}}}\"", not_empty(&self.value(&Ty::Text, 1).text)),
        };
        if self.pick(2) == 0 {
            let json = format!("{{ id: {}, paid: {} }}", self.value(&Ty::Text, 1).text, self.value(&Ty::Bool, 1).text);
            return self.line(&format!("http.post(url: {url}, json: {json}){policy}"));
        }
        let variable = self.fresh("body");
        self.line(&format!("let {variable} = http.get(url: {url}){policy}"));
        self.name(&variable, &Ty::Json, false);
        let decodes = !self.declared.records.is_empty() && self.pick(3) > 0;
        if decodes {
            let at = self.pick(self.declared.records.len() as u32) as usize;
            let (name, ty) = (self.fresh("decoded"), Ty::Record(at));
            let shown = ty.show(&self.declared);
            match self.pick(2) {
                0 => self.line(&format!("let {name} = {variable}.decode({shown})")),
                _ => self.line(&format!("let {name}: {shown} = {variable}.decode()")),
            }
            self.name(&name, &ty, false);
        }
    }

    /// How a call that leaves the machine is tried.
    fn policy(&mut self, keyed: bool) -> String {
        let mut entries = match self.pick(4) {
            0 => Vec::new(),
            1 => vec!["timeout: 20 seconds".to_owned()],
            2 => vec!["retry: 3".to_owned(), "backoff: 2 seconds".to_owned()],
            _ => vec!["timeout: 5 seconds".to_owned(), "retry: 1".to_owned(), "backoff: 1 minute".to_owned()],
        };
        if self.pick(4) == 3 {
            let team = self.pick(self.declared.teams.len() as u32) as usize;
            entries.push(format!("approval: .{}", self.declared.teams[team]));
            if self.pick(2) == 1 {
                entries.push("approve_within: 2 days".to_owned());
            }
        }
        let wrong = !keyed && self.breaks(Kind::KeyUnread);
        if wrong || (keyed && self.pick(2) == 1) {
            // An empty text, as written, is refused.
            let key = match self.need(&Ty::Text, 1) {
                key if key.trim_matches(['(', ')']) == "\"\"" => "\"once\"".to_owned(),
                key => key,
            };
            entries.push(if wrong { self.mark(&format!("key: {key}")) } else { format!("key: {key}") });
        }
        let margin = ["", "\n        "][self.pick(2) as usize];
        match entries.as_slice() {
            [] => String::new(),
            entries if margin.is_empty() => format!(" with {{ {} }}", entries.join(", ")),
            entries => format!("{margin}with {{ {} }}", entries.join(", ")),
        }
    }

    /// How a step is taken back, now and then.
    fn undo(&mut self) -> String {
        if self.pick(4) < 3 {
            return String::new();
        }
        if self.breaks(Kind::UndoDoesMore) {
            return format!(" undo {{ {} }}", self.mark("wait 1 day"));
        }
        let fields = self.contact_fields();
        match (self.pick(3), fields.is_empty()) {
            (0, _) => format!(" undo {{ contact.add_note({}) }}", self.need(&Ty::Text, 2)),
            (1, false) => {
                let (name, ty) = fields[self.pick(fields.len() as u32) as usize].clone();
                let value = self.need(&ty, 1);
                let set = format!("contact.{name} = {value}");
                format!("\n        undo {{\n            {set}\n            contact.unblock()\n        }}")
            }
            _ => {
                let (text, tag) = (self.need(&Ty::Text, 1), self.need(&Ty::Tag, 0));
                format!("\n        undo {{ contact.add_note({text}); contact.remove_tags([{tag}]) }}")
            }
        }
    }

    /// A call that can fail in ways of its own, and what is done about each.
    fn typed_attempt(&mut self, at: usize) {
        let action = &self.declared.actions[at];
        let (name, kinds) = (action.name.clone(), action.fails.clone());
        let params: Vec<_> = action.params.iter().map(|(name, ty)| (name.clone(), ty.clone(), false)).collect();
        let args = not_empty(&self.arguments(&params, 1, &[]));
        let (got, failure) = (self.fresh("got"), self.fresh("failure"));
        self.line("try {");
        self.indent += 1;
        self.line(&format!("let {got} = {name}({args})"));
        let tag = self.literal(&Ty::Tag);
        self.line(&format!("contact.add_tags([{tag}])"));
        self.indent -= 1;
        self.line(&format!("}} on failure as {failure} {{"));
        self.indent += 1;
        let unknown = self.breaks(Kind::UnknownFailure);
        self.line(&format!("switch {failure}.kind {{"));
        self.indent += 1;
        for kind in kinds {
            self.arm(&format!(".{kind}"));
        }
        if unknown {
            let head = self.mark(".nothing_like_it");
            self.line(&format!("{head} -> contact.unblock()"));
        }
        self.arm("else");
        self.indent -= 1;
        self.line("}");
        self.indent -= 1;
        self.line("}");
    }

    pub(super) fn attempt(&mut self) {
        let own: Vec<usize> =
            (0..self.declared.actions.len()).filter(|at| !self.declared.actions[*at].fails.is_empty()).collect();
        if !own.is_empty() && self.pick(3) == 2 {
            let at = own[self.pick(own.len() as u32) as usize];
            return self.typed_attempt(at);
        }
        self.line("try {");
        let count = 1 + self.pick(4);
        self.block(count);
        match self.pick(3) {
            0 => {
                self.line("} on failure {");
                let count = self.pick(3);
                self.block(count);
            }
            again => {
                let name = self.fresh("failure");
                self.line(&format!("}} on failure as {name} {{"));
                let before = self.body.vars.len();
                self.name(&name, &Ty::Failure, false);
                let count = 1 + self.pick(2);
                self.block(count);
                if again == 2 {
                    self.indent += 1;
                    match self.pick(2) {
                        0 => self.line(&format!("contact.add_note(\"{{{{{name}.kind}}}}: {{{{{name}.message}}}}\")")),
                        _ => self.line(&format!("fail {name}")),
                    }
                    self.indent -= 1;
                }
                self.body.vars.truncate(before);
            }
        }
        self.line("}");
    }
}

/// What goes into the path of an address, written out, is not empty: that is refused.
fn not_empty(first: &str) -> String {
    let (name, value) = first.strip_prefix("a0: ").map_or(("", first), |value| ("a0: ", value));
    match value.strip_prefix("\"\"").filter(|rest| !rest.starts_with('"')) {
        Some(rest) => format!("{name}\"x\"{rest}"),
        None => first.to_owned(),
    }
}
