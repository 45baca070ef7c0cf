//! Talking: saying, asking, choosing.

use super::types::Ty;
use super::{Generator, Kind};

impl Generator<'_> {
    pub(super) fn say(&mut self) {
        if !self.body.talks {
            let text = self.need(&Ty::Text, 2);
            if self.breaks(Kind::NobodyToAsk) {
                let line = self.mark("say \"Hello\"");
                return self.line(&line);
            }
            return self.line(&format!("contact.conversation().say({text})"));
        }
        let text = match self.pick(6) {
            5 => self.block_text(),
            _ => self.need(&Ty::Text, 3),
        };
        let more = match self.pick(5) {
            4 => format!(", image: {}", self.need(&Ty::Url, 1)),
            3 => format!(", link: {}", self.need(&Ty::Url.optional(), 1)),
            _ => String::new(),
        };
        self.line(&format!("say {text}{more}"));
    }

    /// `#name `, now and then.
    pub(super) fn anchor(&mut self) -> String {
        match self.pick(3) {
            0 => String::new(),
            _ => format!("#{} ", self.fresh("place")),
        }
    }

    pub(super) fn ask(&mut self) {
        if !self.body.asks {
            return self.say();
        }
        let anchor = self.anchor();
        let question = self.need(&Ty::Text, 2);
        let name = self.fresh("answer");
        let kind = self.pick(13);
        let (form, ty) = match kind {
            0 => (" as Text".to_owned(), Ty::Text),
            1 => (" as Email".to_owned(), Ty::Email),
            2 => (" as Int, min: 1, max: 5".to_owned(), Ty::Int),
            3 => (" as Bool".to_owned(), Ty::Bool),
            4 => (" as Date".to_owned(), Ty::Date),
            5 => (" as Phone".to_owned(), Ty::Phone),
            6 => (" as Number, max: 99.5".to_owned(), Ty::Number),
            7 => (" from contact.companies show name".to_owned(), Ty::Company),
            8 => (" as Url".to_owned(), Ty::Url),
            9 => (" as TimeOfDay".to_owned(), Ty::TimeOfDay),
            10 => (" from [\"one\", \"two\"]".to_owned(), Ty::Text),
            _ => {
                let labelled: Vec<usize> =
                    (0..self.declared.enums.len()).filter(|at| self.declared.enums[*at].labelled).collect();
                let at = labelled[self.pick(labelled.len() as u32) as usize];
                (format!(" from {}", self.declared.enums[at].name), Ty::Enum(at))
            }
        };
        let mut maybe = matches!(kind, 7 | 10);
        let mut more = String::new();
        if self.pick(3) > 0 {
            more.push_str(&format!(", timeout: {}", self.literal(&Ty::Duration)));
            maybe = true;
        }
        if self.pick(4) == 3 && !matches!(kind, 7 | 10) {
            more.push_str(&format!(", retries: 2, hint: {}", self.need(&Ty::Text, 1)));
            maybe = true;
        }
        let head = format!("let {name} = ask {anchor}{question}{form}{more}");
        if maybe && self.pick(2) == 1 {
            self.line(&format!("{head} else {{"));
            self.leaving_block(1);
            self.line("}");
            maybe = false;
        } else {
            self.line(&head);
        }
        self.name(&name, &if maybe { ty.optional() } else { ty }, false);
    }

    pub(super) fn choice(&mut self) {
        if !self.body.asks {
            return self.say();
        }
        let anchor = self.anchor();
        let question = self.need(&Ty::Text, 2);
        self.line(&format!("choice {anchor}{question} {{"));
        self.indent += 1;
        let count = 2 + self.pick(3);
        let mut plain = false;
        for at in 0..count {
            let place = match self.pick(4) {
                3 => format!("#{} ", self.fresh("option")),
                _ => String::new(),
            };
            // Somebody may be offered nothing at all.
            let guard = match self.pick(4) {
                3 if at > 0 || self.pick(4) == 3 => format!(" if {}", self.value(&Ty::Bool, 2).text),
                _ => String::new(),
            };
            let label = match self.pick(5) {
                4 => format!("\"Option {at}, {{{{contact.city ?? \"nowhere\"}}}}\""),
                _ => format!("\"Option {at}\""),
            };
            plain |= at == 0 && guard.is_empty() && !label.contains("{{");
            self.option(&format!("{place}{label}{guard}"));
        }
        if plain && self.breaks(Kind::DoubledOption) {
            let line = self.mark("\"Option 0\" -> contact.unblock()");
            self.line(&line);
        }
        if self.pick(2) == 1 {
            let name = self.fresh("wrote");
            let before = self.body.vars.len();
            self.name(&name, &Ty::Text, false);
            self.option(&format!("else as {name}"));
            self.body.vars.truncate(before);
        }
        if self.pick(3) > 0 {
            let time = self.moment();
            self.arm(&format!("after {time}"));
        }
        self.indent -= 1;
        self.line("}");
    }

    /// An arm of a choice, which may show it again.
    fn option(&mut self, head: &str) {
        if self.pick(5) < 4 {
            return self.arm(head);
        }
        self.line(&format!("{head} -> {{"));
        let count = self.pick(2);
        self.block(count);
        self.indent += 1;
        self.line("again");
        self.indent -= 1;
        self.line("}");
    }
}
