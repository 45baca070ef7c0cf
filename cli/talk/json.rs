//! The conversation as one JSON object a line.

use super::face::{Face, Waiting};
use crate::io::Io;
use crate::trouble::Trouble;
use crate::values::Moments;
use flow_bytecode::Failure;
use flow_vm::engine::{CallView, PromptView, Said};
use serde_json::{Map, Value, json};

/// Writes JSON lines: `said`, `asks`, `waits`, `calls`, `time`, `remark`, each under its name in `event`.
#[derive(Debug, Default)]
pub struct JsonLines;

/// Microseconds since 1970 as RFC 3339.
pub fn moment(us: i64) -> Value {
    jiff::Timestamp::from_microsecond(us).map_or(Value::Null, |at| at.to_string().into())
}

/// A failure as `flow runs --json` shows it; null where there is none.
pub fn failure(failure: Option<&Failure>) -> Value {
    failure.map_or(Value::Null, |failure| json!({ "kind": *failure.kind, "message": *failure.message }))
}

impl JsonLines {
    fn line(value: Value, io: &mut Io) -> Result<(), Trouble> {
        io.line(value.to_string())?;
        io.flush()
    }
}

impl Face for JsonLines {
    fn said(&mut self, said: &Said, _name: &str, io: &mut Io) -> Result<(), Trouble> {
        let mut object = Map::new();
        object.insert("event".into(), "said".into());
        object.insert("from".into(), (*said.from).into());
        object.insert("flow".into(), said.flow.as_deref().into());
        object.insert("conversation".into(), said.conversation.into());
        object.insert("text".into(), (*said.text).into());
        object.insert("at".into(), moment(said.at));
        let parts = said.parts.iter().map(|(kind, value)| json!({ "kind": **kind, "value": **value }));
        object.insert("parts".into(), parts.collect());
        Self::line(Value::Object(object), io)
    }

    fn turns_to(&mut self, _conversation: &str, _io: &mut Io) -> Result<(), Trouble> {
        Ok(())
    }

    fn asks(&mut self, prompt: &PromptView, refused: Option<&str>, io: &mut Io) -> Result<(), Trouble> {
        let options: Vec<&str> = prompt.options.iter().map(|option| &**option).collect();
        let expects = format!("{:?}", prompt.expects).to_lowercase();
        Self::line(
            json!({
                "event": "asks", "run": prompt.token.run.to_string(), "place": prompt.place,
                "conversation": prompt.conversation, "text": *prompt.text, "options": options, "expects": expects, "refused": refused,
            }),
            io,
        )
    }

    fn waits(&mut self, waiting: &Waiting, _moments: &Moments, io: &mut Io) -> Result<(), Trouble> {
        let run = waiting.run;
        let object = json!({
            "event": "waits", "run": run.run.to_string(), "places": run.places, "until": run.until.map(moment),
            "for": waiting.arms,
        });
        Self::line(object, io)
    }

    fn jumped(&mut self, from_us: i64, moments: &Moments, io: &mut Io) -> Result<(), Trouble> {
        Self::line(json!({ "event": "time", "from": moment(from_us), "to": moment(moments.now_us()) }), io)
    }

    fn calls(&mut self, call: &CallView, _moments: &Moments, io: &mut Io) -> Result<(), Trouble> {
        let object = json!({
            "event": "calls", "action": call.action, "destination": call.destination, "state": call.state,
            "attempt": call.attempt, "not_before": call.not_before.map(moment), "failure": failure(call.failure.as_ref()),
        });
        Self::line(object, io)
    }

    fn remark(&mut self, text: &str, io: &mut Io) -> Result<(), Trouble> {
        Self::line(json!({ "event": "remark", "text": text }), io)
    }
}
