//! The words of an answer while it comes, for whoever looks. Nothing here decides anything: what counts is read when it is
//! whole.

use super::answer::added;
use flow_vm::action::Progress;

/// More of an answer is not looked at while it comes.
const SHOWN_BYTES_MAX: usize = 64 * 1024;

/// What of an answer is words for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// All of it.
    Whole,
    /// A field of the JSON that it is.
    Field(&'static str),
    /// Nothing.
    Nothing,
}

/// A stream of events that is listened to.
pub struct Live<'a> {
    progress: &'a dyn Progress,
    run: i64,
    anthropic: bool,
    shown: Shown,
    /// The name and the value of the key: the other side may say it back.
    key: Option<(&'a str, String)>,
    line: Vec<u8>,
    answer: String,
}

impl<'a> Live<'a> {
    /// Listens for a run.
    pub fn new(
        progress: &'a dyn Progress,
        run: i64,
        anthropic: bool,
        shown: Shown,
        key: Option<(&'a str, String)>,
    ) -> Live<'a> {
        Live { progress, run, anthropic, shown, key, line: Vec::new(), answer: String::new() }
    }

    /// A part of the stream, cut anywhere.
    pub fn heard(&mut self, part: &[u8]) {
        let before = self.answer.len();
        for byte in part {
            if *byte != b'\n' {
                if self.line.len() < SHOWN_BYTES_MAX {
                    self.line.push(*byte);
                }
                continue;
            }
            let line = String::from_utf8_lossy(&self.line);
            let more = line.strip_prefix("data:").and_then(|data| added(self.anthropic, data.trim()));
            if let Some(more) = more.filter(|more| self.answer.len() + more.len() <= SHOWN_BYTES_MAX) {
                self.answer.push_str(&more);
            }
            self.line.clear();
        }
        if self.answer.len() > before {
            let mut words = match self.shown {
                Shown::Whole => self.answer.clone(),
                Shown::Field(name) => beginning(&self.answer, name),
                Shown::Nothing => String::new(),
            };
            if let Some((name, value)) = self.key.as_ref().filter(|(_, value)| !value.is_empty()) {
                words = words.replace(value.as_str(), &format!("[secret {name}]"));
            }
            self.progress.words(self.run, &words);
        }
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.progress.words(self.run, "");
    }
}

/// The text of a field, as far as the JSON has come.
fn beginning(json: &str, name: &str) -> String {
    let after = json.split_once(&format!("\"{name}\"")).map_or("", |(_, rest)| rest.trim_start());
    let Some(text) = after.strip_prefix(':').and_then(|rest| rest.trim_start().strip_prefix('"')) else {
        return String::new();
    };
    let mut escaped = false;
    let end = text.char_indices().find(|(_, one)| {
        let ends = *one == '"' && !escaped;
        escaped = *one == '\\' && !escaped;
        ends
    });
    let mut raw = end.map_or(text, |(at, _)| text.get(..at).unwrap_or_default());
    // An escape may be cut: `\u00e5`, and two of them for one sign.
    for _ in 0..12 {
        if let Ok(text) = serde_json::from_str(&format!("\"{raw}\"")) {
            return text;
        }
        raw = raw.get(..raw.len().saturating_sub(1)).unwrap_or_default();
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Seen(Mutex<Vec<String>>);

    impl Progress for Seen {
        fn wanted(&self) -> bool {
            true
        }

        fn words(&self, run: i64, words: &str) {
            assert_eq!(run, 7);
            self.0.lock().unwrap().push(words.to_owned());
        }
    }

    #[test]
    fn a_field_is_shown_as_far_as_it_has_come() {
        for (json, expected) in [
            ("", ""),
            (r#"{"state":"answered","te"#, ""),
            (r#"{"state":"answered","text" : "#, ""),
            (r#"{"state":"answered","text":"Cli"#, "Cli"),
            (r#"{"text":"a \"b\" c","sources""#, "a \"b\" c"),
            (r#"{"text":"a\"#, "a"),
            (r#"{"text":"gr\u00"#, "gr"),
            (r#"{"text":"gr\u00fc"#, "grü"),
            (r#"{"text":"\ud83d"#, ""),
            (r#"{"text":"\ud83d\ude42!"#, "🙂!"),
            ("{\"text\":\"æøå", "æøå"),
        ] {
            assert_eq!(beginning(json, "text"), expected, "{json}");
        }
    }

    #[test]
    fn a_stream_cut_anywhere_is_shown_without_the_key_and_goes_in_the_end() {
        let event = |words: &str| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{words}\"}}}}]}}\r\n\r\n");
        let stream = format!(": ping\n{}{}data: [DONE]\n\n", event("Grüße, "), event("open-sesame!"));
        for cut in [1, 3, 7, stream.len()] {
            let seen = Seen::default();
            let key = Some(("ai_key", "open-sesame".to_owned()));
            let mut live = Live::new(&seen, 7, false, Shown::Whole, key);
            stream.as_bytes().chunks(cut).for_each(|part| live.heard(part));
            drop(live);
            let shown = seen.0.into_inner().unwrap();
            assert_eq!(shown.last().map(String::as_str), Some(""));
            assert_eq!(shown.iter().rev().nth(1).map(String::as_str), Some("Grüße, [secret ai_key]!"), "{cut}");
            assert!(!shown.iter().any(|words| words.contains("sesame")), "{shown:?}");
        }
        let seen = Seen::default();
        let mut live = Live::new(&seen, 7, true, Shown::Field("ask"), None);
        live.heard(b"data: {\"delta\":{\"partial_json\":\"{\\\"ask\\\":\\\"Who\"}}\n");
        assert_eq!(*seen.0.lock().unwrap(), ["Who"]);
    }
}
