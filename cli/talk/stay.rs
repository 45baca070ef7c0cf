//! Staying with a run: what is said is shown, what is asked is answered, until it is over or left waiting.

mod passing;

use self::passing::earliest;
use super::ending::arms;
use super::face::{Face, Waiting};
use super::interrupt::Interrupt;
use super::json::JsonLines;
use super::lines::{Ahead, LINE_BYTES_MAX, Lines};
use super::names::Names;
use super::preview::LiveLine;
use super::prompt::{self, Ended};
use super::screen::{Screen, gutter};
use super::widget::Widget;
use crate::io::Io;
use crate::session::Session;
use crate::trouble::Trouble;
use crate::values::span;
use flow_bytecode::Value;
use flow_vm::engine::{AnswerTo, Answered, Cursor, PromptView, RunId, RunStatus, RunView, Said, Watched};
use flow_vm::seam::{CrashPoint, ManualClock, crash_point};
use std::sync::Arc;
use std::time::Duration;

/// How long to wait for news before looking for Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(250);

/// A call outside is mentioned when it takes longer than so many looks.
const LOOKS_BEFORE_CALLS: u32 = 4;

const MINUTE_US: i64 = 60_000_000;

/// How to stay with a run.
#[derive(Default)]
pub struct Company {
    /// JSON lines instead of chat.
    pub json: bool,
    /// Leave as soon as the run waits.
    pub detach: bool,
    /// Time passes at once.
    pub fast_forward: Option<ManualClock>,
    /// What was seen before and is not to be shown again.
    pub since: Cursor,
    /// A line above has named the run: what is shown is set off from it.
    pub headed: bool,
    /// Ctrl-C.
    pub interrupt: Interrupt,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The run at the end.
    pub run: RunView,
    /// Whether it is left waiting, rather than over.
    pub left: bool,
    /// What it asks, when it is left asking.
    pub asks: Vec<PromptView>,
    /// What other runs ask in its conversations, and are left asking.
    pub others: Vec<PromptView>,
    /// Whether anything was shown meanwhile.
    pub spoke: bool,
    /// Whether the last answer did not fit, so that it is asked again.
    pub refused: bool,
}

/// Stays with a run.
///
/// # Errors
/// The engine's, or the terminal's.
pub fn stay(session: &Session, run: RunId, company: &Company, io: &mut Io) -> Result<Outcome, Trouble> {
    let terminal = io.terminal.input && io.terminal.output && !company.json;
    let face: Box<dyn Face> =
        if company.json { Box::new(JsonLines) } else { Box::new(Screen::new(!terminal || company.detach)) };
    let input = if company.detach {
        Input::Nobody
    } else if terminal {
        Input::Terminal
    } else {
        Input::Lines(Lines::of(io))
    };
    Stay {
        session,
        company,
        face,
        input,
        // The terminal is the conversation's: whichever run asks in it last gets the answer.
        cursor: Cursor { whole: !company.detach, ..company.since.clone() },
        names: Names::new(session),
        several: false,
        mixed: false,
        within: None,
        last: None,
        waited: None,
        called: None,
        busy: 0,
        mine: Vec::new(),
        spoke: false,
        answered: false,
        refused: None,
        live: LiveLine::default(),
    }
    .run(run, io)
}

enum Input {
    Nobody,
    Terminal,
    Lines(Lines),
}

struct Stay<'a> {
    session: &'a Session,
    company: &'a Company,
    face: Box<dyn Face>,
    input: Input,
    cursor: Cursor,
    names: Names<'a>,
    /// The run talks in more than one conversation.
    several: bool,
    /// Another run has asked in its conversations.
    mixed: bool,
    /// The conversation of what was shown last.
    within: Option<i64>,
    /// What was shown last, and where.
    last: Option<(i64, Arc<str>)>,
    /// The wait that was last said, so that it is said once.
    waited: Option<(Vec<String>, Option<i64>)>,
    /// Calls that were said to take a while: (action, attempt, state).
    called: Option<(String, u32, String)>,
    /// Looks in a row at which the run was under way.
    busy: u32,
    /// Answers given here, which the transcript brings back.
    mine: Vec<(i64, String)>,
    /// Whether anything was shown.
    spoke: bool,
    /// What was shown last is an answer.
    answered: bool,
    /// What would have fitted, where the question shown last is asked again because an answer did not.
    refused: Option<Arc<str>>,
    /// The words of an answer that is coming.
    live: LiveLine,
}

impl Stay<'_> {
    fn run(mut self, run: RunId, io: &mut Io) -> Result<Outcome, Trouble> {
        if matches!(self.input, Input::Terminal) {
            self.session.preview.look();
        }
        loop {
            if self.company.interrupt.pressed() {
                self.live.erase(io)?;
                let watched = self.session.control.watch(run, self.cursor.clone(), Duration::ZERO)?;
                return self.leave(watched);
            }
            let watched = self.session.control.watch(run, self.cursor.clone(), PATIENCE);
            self.live.erase(io)?;
            let watched = watched?;
            self.cursor = watched.cursor.clone();
            if !watched.prompts.is_empty() {
                crash_point(CrashPoint::BeforePrompt);
            }
            self.show_messages(&watched, io)?;
            let over = watched.run.status.is_over();
            let done = over && watched.prompts.is_empty() && !watched.stirring;
            if done || (watched.at_rest && needs_care(&watched.run)) || (over && self.company.detach) {
                return self.leave(watched);
            }
            // Where several are asked, the one who was asked first answers first, and goes on until the answer fits.
            let again = |prompt: &&PromptView| self.refused.is_some() && self.within == Some(prompt.conversation);
            let prompt = watched.prompts.iter().find(again).or(watched.prompts.first());
            let leave = match prompt {
                Some(prompt) => self.answer(run, prompt, &watched, io)?,
                None if watched.stirring => false,
                None if watched.at_rest => self.wait(&watched, io)?,
                None => {
                    self.busy += 1;
                    if !self.preview(run, io)? {
                        self.show_calls(run, io)?;
                    }
                    self.pass_pause(&watched, io)?;
                    false
                }
            };
            if watched.at_rest {
                self.busy = 0;
            }
            if leave {
                let watched = self.session.control.watch(run, self.cursor.clone(), Duration::ZERO)?;
                self.show_messages(&watched, io)?;
                return self.leave(watched);
            }
        }
    }

    fn leave(&self, watched: Watched) -> Result<Outcome, Trouble> {
        let run = watched.run;
        let (mut asks, others): (Vec<_>, Vec<_>) =
            watched.prompts.into_iter().partition(|prompt| prompt.token.run == run.run);
        if run.status.is_over() {
            asks.clear();
        } else if !others.is_empty() {
            // Also what stands behind a newer question of another run.
            asks = self.session.control.show(run.run)?.prompts;
        }
        Ok(Outcome {
            left: !run.status.is_over(),
            run,
            asks,
            others,
            spoke: self.spoke,
            refused: self.refused.is_some(),
        })
    }

    /// Something is about to be shown.
    fn begin(&mut self, io: &mut Io) -> Result<(), Trouble> {
        if !self.spoke && self.company.headed && !self.company.json {
            io.line("")?;
        }
        self.spoke = true;
        Ok(())
    }

    fn show_messages(&mut self, watched: &Watched, io: &mut Io) -> Result<(), Trouble> {
        self.several |= watched.conversations.len() > 1;
        for (_, said) in &watched.messages {
            let mine =
                |(conversation, text): &(i64, String)| *conversation == said.conversation && **text == *said.text;
            if &*said.from == "contact"
                && let Some(at) = self.mine.iter().position(mine)
            {
                self.mine.remove(at);
                // JSON shows the transcript as it is; on a screen the answer stands there already.
                if !self.company.json {
                    continue;
                }
            }
            self.show(said, io)?;
            self.waited = None;
        }
        Ok(())
    }

    /// Shows what somebody said, and where that is, when it is elsewhere than what was shown last.
    fn show(&mut self, said: &Said, io: &mut Io) -> Result<(), Trouble> {
        self.begin(io)?;
        if self.several && self.within != Some(said.conversation) {
            let name = self.names.conversation(said.conversation);
            self.face.turns_to(&name, io)?;
        }
        self.refused = said.parts.iter().find(|(kind, _)| &**kind == "refused").map(|(_, fits)| fits.clone());
        // Where the flow has said why by itself, that is enough.
        if let Some(fits) = self.refused.as_ref().filter(|_| self.answered && !self.company.json) {
            self.face.remark(&format!("that did not fit: {fits}"), io)?;
        }
        self.answered = &*said.from == "contact";
        self.within = Some(said.conversation);
        self.last = Some((said.conversation, said.text.clone()));
        let name = self.names.speaker(said);
        self.face.said(said, &name, io)
    }

    /// A question stands above its answer, also when something else was shown since.
    fn show_question(&mut self, prompt: &PromptView, flow: &str, io: &mut Io) -> Result<(), Trouble> {
        let shown = self.last.as_ref().is_some_and(|(at, text)| *at == prompt.conversation && *text == prompt.text);
        if !(self.several || self.mixed) || shown || self.company.json {
            return Ok(());
        }
        let said = Said {
            from: "flow".into(),
            text: prompt.text.clone(),
            parts: prompt.options.iter().map(|option| ("option".into(), option.clone())).collect(),
            at: 0,
            conversation: prompt.conversation,
            flow: Some(flow.into()),
        };
        self.show(&said, io)
    }

    /// Words that are coming; true where there are some.
    fn preview(&mut self, run: RunId, io: &mut Io) -> Result<bool, Trouble> {
        if !matches!(self.input, Input::Terminal) || !self.session.preview.has(run) {
            return Ok(false);
        }
        self.begin(io)?;
        self.live.draw(&self.session.preview, run, io)?;
        Ok(true)
    }

    /// A run that is under way for a while: says with what, once per attempt.
    fn show_calls(&mut self, run: RunId, io: &mut Io) -> Result<(), Trouble> {
        if self.busy < LOOKS_BEFORE_CALLS {
            return Ok(());
        }
        let detail = self.session.control.show(run)?;
        if let Some(call) = detail.calls.first() {
            let seen = (call.action.clone(), call.attempt, call.state.clone());
            if self.called.as_ref() != Some(&seen) {
                let call = call.clone();
                self.begin(io)?;
                self.face.calls(&call, &self.session.moments(), io)?;
                self.called = Some(seen);
            }
        }
        Ok(())
    }

    /// Gets an answer to a prompt; true to leave.
    fn answer(&mut self, run: RunId, prompt: &PromptView, watched: &Watched, io: &mut Io) -> Result<bool, Trouble> {
        let another = prompt.token.run != run;
        self.mixed |= another;
        let asker = if another { self.session.control.show(prompt.token.run)?.run } else { watched.run.clone() };
        if !matches!(self.input, Input::Nobody) {
            self.show_question(prompt, &asker.flow, io)?;
        }
        let text = match &mut self.input {
            Input::Nobody => return Ok(watched.at_rest),
            Input::Terminal => match self.ask_terminal(run, prompt, asker.until, io)? {
                Ended::Answer(text) => text,
                Ended::Leave => return Ok(true),
                Ended::Overtaken => return Ok(false),
                Ended::PassTime => {
                    self.pass_time(earliest(watched.run.until, asker.until), io)?;
                    return Ok(false);
                }
            },
            // A line is for the newest question, and which that is, is not known yet.
            Input::Lines(_) if watched.stirring => return Ok(false),
            Input::Lines(lines) => match lines.peek(PATIENCE) {
                Ahead::Nothing => return Ok(false),
                Ahead::End if lines.too_long() => {
                    let id = watched.run.run;
                    let go_on = self.session.command(&format!("resume {id}"));
                    let message =
                        format!("a line of standard input is longer than {LINE_BYTES_MAX} bytes, as no answer may be");
                    return Err(
                        Trouble::usage(message).help(format!("nothing of it was taken; {id} still asks: `{go_on}`"))
                    );
                }
                Ahead::End if watched.at_rest => {
                    let until = watched.run.until.and_then(|until| earliest(Some(until), asker.until));
                    return self.pass_time(until, io).map(|passed| !passed);
                }
                Ahead::End => {
                    self.pass_pause(watched, io)?;
                    return Ok(false);
                }
                Ahead::Line => {
                    self.face.asks(prompt, self.refused.as_deref(), io)?;
                    lines.take().unwrap_or_default()
                }
            },
        };
        if !self.company.json {
            let said = Said {
                from: "contact".into(),
                text: text.as_str().into(),
                parts: Vec::new(),
                at: 0,
                conversation: prompt.conversation,
                flow: None,
            };
            self.show(&said, io)?;
        }
        match self.session.control.answer(AnswerTo::Token(prompt.token), Value::text(text.as_str()))? {
            Answered::Accepted(_) => {
                self.mine.push((prompt.conversation, text));
            }
            Answered::Duplicate(_) => {}
            Answered::Late(_) | Answered::NotWaiting => {
                self.face.remark("too late: the run has gone on without this answer", io)?;
            }
        }
        Ok(false)
    }

    fn ask_terminal(
        &mut self,
        run: RunId,
        prompt: &PromptView,
        until: Option<i64>,
        io: &mut Io,
    ) -> Result<Ended, Trouble> {
        let options = prompt.options.iter().map(|option| flow_lang::diag::render::clean(option).into_owned()).collect();
        let mut widget = Widget::new(options, prompt.expects);
        widget.time_can_pass = self.company.fast_forward.is_some() && until.is_some();
        if let Some(until) = until {
            let now = self.session.moments();
            let left = until.saturating_sub(now.now_us());
            // To the minute, so that an hour is not 59 minutes a moment later.
            let round = if left > 2 * MINUTE_US { (left + MINUTE_US / 2) / MINUTE_US * MINUTE_US } else { left };
            widget.left = Some(span(round)).filter(|_| left > 0);
        }
        let (left, name) = (gutter("", false, io), gutter(self.names.contact(prompt.conversation), true, io));
        let (control, interrupt, token) = (&self.session.control, &self.company.interrupt, prompt.token);
        // A cursor of its own: what it sees here is shown by the loop.
        let seen = self.cursor.clone();
        prompt::ask(&mut widget, &left, &name, io, || {
            let now = control.watch(run, seen.clone(), Duration::ZERO)?;
            let still = now.prompts.iter().any(|prompt| prompt.token == token);
            Ok(!still || !now.messages.is_empty() || interrupt.pressed())
        })
    }

    /// The run waits for something else than an answer; true to leave.
    fn wait(&mut self, watched: &Watched, io: &mut Io) -> Result<bool, Trouble> {
        let leave = match &mut self.input {
            Input::Nobody => true,
            Input::Terminal => false,
            // A line for a later question is kept, where it comes soon; where it does not, nobody sits and waits for it.
            Input::Lines(lines) => {
                let soon = watched.run.until.is_some_and(|until| until - self.session.moments().now_us() <= SOON_US);
                lines.peek(Duration::from_millis(1)) == Ahead::End || !soon && lines.is_read()
            }
        };
        if self.company.fast_forward.is_some() && self.pass_time(watched.run.until, io)? {
            return Ok(false);
        }
        let wait = (watched.run.places.clone(), watched.run.until);
        if !leave && self.waited.as_ref() != Some(&wait) {
            let run = &watched.run;
            let place = self.session.control.show(run.run)?.timeline.pop().and_then(|turn| turn.source);
            let arms = place.map(|place| arms(&place, &self.session.root)).unwrap_or_default();
            let go_on = self.session.command(&format!("resume {}", run.run));
            self.begin(io)?;
            self.face.waits(&Waiting { run, arms, go_on }, &self.session.moments(), io)?;
            self.waited = Some(wait);
        }
        if !leave {
            // Nothing moves by itself before its moment: look again now and then, for others may wake it.
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(leave)
    }
}

/// What comes within so long is waited for with lines that nobody has asked for yet, in microseconds.
const SOON_US: i64 = 5_000_000;

/// Nothing goes on before a person has looked at it.
fn needs_care(run: &RunView) -> bool {
    matches!(run.status, RunStatus::InDoubt | RunStatus::Failed | RunStatus::Quarantined)
}
