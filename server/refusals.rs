//! Requests that were refused, for whoever looks after the server: a line each, and in a flood how many more there were.

use crate::say::Why;
use hyper::{Method, Response};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Lines that are told within [`WINDOW_US`]; what is more is counted.
const LINES_MAX: usize = 20;
/// Microseconds.
const WINDOW_US: i64 = 10_000_000;
/// Characters of a path that are shown.
const PATH_MAX: usize = 80;

/// What is still to be told.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    lines: VecDeque<(i64, String)>,
    /// When the window began, and how many were told in it.
    window: (i64, usize),
    /// Those that were not told.
    more: u64,
}

impl Refusals {
    /// Notes an answer that refuses what was asked for; `now_us` since 1970.
    pub fn note<B>(&self, now_us: i64, method: &Method, path: &str, response: &Response<B>) {
        let status = response.status();
        if !(status.is_client_error() || status.is_server_error()) {
            return;
        }
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now_us.saturating_sub(inner.window.0).unsigned_abs() >= WINDOW_US.unsigned_abs() {
            inner.window = (now_us, 0);
        }
        // Whoever looks may look no more: no more than a window's lines are kept, either.
        if inner.window.1 >= LINES_MAX || inner.lines.len() >= LINES_MAX {
            inner.more = inner.more.saturating_add(1);
            return;
        }
        inner.window.1 += 1;
        let why =
            response.extensions().get::<Why>().map(|why| format!(": {}", without_values(&why.0))).unwrap_or_default();
        inner.lines.push_back((now_us, format!("refused {method} {}, {}{why}", shown(path), status.as_u16())));
    }

    /// The next line, and when it was (microseconds since 1970); how many were not told comes last, once it is over.
    pub fn next(&self, now_us: i64) -> Option<(i64, String)> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = inner.lines.pop_front() {
            return Some(line);
        }
        let is_over = now_us.saturating_sub(inner.window.0) >= WINDOW_US;
        match std::mem::take(&mut inner.more) {
            0 => None,
            more if is_over => Some((now_us, format!("refused {more} more"))),
            more => {
                inner.more = more;
                None
            }
        }
    }
}

/// A path as it may be shown: what stands in a link of a mail is between us and whoever got it.
fn shown(path: &str) -> String {
    for room in ["/c/", "/o/", "/unsubscribe/"] {
        if path.starts_with(room) {
            return format!("{room}…");
        }
    }
    let mut shown: String = path.chars().take(PATH_MAX).flat_map(char::escape_default).collect();
    if path.chars().nth(PATH_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// A reason without what was found in a body.
fn without_values(why: &str) -> &str {
    let line = why.lines().next().unwrap_or_default();
    line.split(", found ").next().unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::say;
    use hyper::StatusCode;

    fn refused(refusals: &Refusals, at: i64, path: &str, why: &str) {
        refusals.note(at, &Method::POST, path, &say::words(StatusCode::UNAUTHORIZED, why));
    }

    #[test]
    fn each_is_a_line_without_what_is_secret() {
        let refusals = Refusals::default();
        refused(&refusals, 5, "/hooks/shop/paid", "the signature is wrong");
        refused(&refusals, 6, "/c/c2VjcmV0", "x");
        refused(&refusals, 7, "/a\u{1b}[31m\n/b", "at `n`: expected a number, found text \"4711\"\nmore");
        refusals.note(8, &Method::GET, "/health", &say::words(StatusCode::OK, "ok"));
        let told: Vec<(i64, String)> = std::iter::from_fn(|| refusals.next(9)).collect();
        let expected = [
            (5, "refused POST /hooks/shop/paid, 401: the signature is wrong"),
            (6, "refused POST /c/…, 401: x"),
            (7, "refused POST /a\\u{1b}[31m\\n/b, 401: at `n`: expected a number"),
        ];
        assert_eq!(told, expected.map(|(at, line)| (at, line.to_owned())));
    }

    #[test]
    fn a_flood_is_counted() {
        let refusals = Refusals::default();
        for at in 0..10_000 {
            refused(&refusals, at, &"/x".repeat(1_000), "no");
        }
        let lines: Vec<(i64, String)> = std::iter::from_fn(|| refusals.next(10_000)).collect();
        assert_eq!(lines.len(), LINES_MAX);
        assert!(lines.iter().all(|(_, line)| line.chars().count() < 120), "{lines:?}");
        // A flood that goes on has no more lines, and is summed up when it is over.
        refused(&refusals, 10_001, "/x", "no");
        assert_eq!(refusals.next(10_002), None);
        let told = refusals.next(WINDOW_US);
        assert_eq!(told, Some((WINDOW_US, format!("refused {} more", 10_001 - LINES_MAX))));
        refused(&refusals, WINDOW_US + 1, "/x", "no");
        assert!(refusals.next(WINDOW_US + 2).is_some_and(|(_, line)| line == "refused POST /x, 401: no"));
    }
}
