//! A loopback HTTP server that records what really arrived: the referee of every test about effects.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// `GET`, `POST` …
    pub method: String,
    /// Path with its query.
    pub path: String,
    /// The header `Idempotency-Key`, without quotes.
    pub key: Option<String>,
    /// Every header, its name in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Arrival {
    /// A header's value; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }
}

/// An answer with headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// 0 hangs up without a word.
    pub status: u16,
    /// Beside type and length.
    pub headers: Vec<(&'static str, String)>,
    /// JSON, or plain words.
    pub body: String,
}

/// An answer without headers of its own.
pub fn reply(status: u16, body: impl Into<String>) -> Reply {
    Reply { status, headers: Vec::new(), body: body.into() }
}

/// What the server answers: (status, JSON), or 0 to hang up without a word; decided by the request and how many like it (method, path, key) came before.
pub type Answer = dyn Fn(&Arrival, usize) -> Reply + Send + Sync;

/// The server. It runs until dropped.
pub struct Ledger {
    address: SocketAddr,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
}

impl Ledger {
    /// Starts a server on a free port of 127.0.0.1 that answers after `delay`.
    pub fn start(delay: Duration, answer: impl Fn(&Arrival, usize) -> (u16, String) + Send + Sync + 'static) -> Ledger {
        Ledger::start_with(delay, move |arrival, like| {
            let (status, body) = answer(arrival, like);
            reply(status, body)
        })
    }

    /// The same, with headers in its answers.
    pub fn start_with(delay: Duration, answer: impl Fn(&Arrival, usize) -> Reply + Send + Sync + 'static) -> Ledger {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        let answer: Arc<Answer> = Arc::new(answer);
        let seen = Arc::clone(&arrivals);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &seen, &*answer, delay));
            }
        });
        Ledger { address, arrivals }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `127.0.0.1:PORT`, for the allow list of the outgoing client.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Everything that arrived, in order.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().expect("no thread panicked").clone()
    }

    /// How often each (method, path, key) arrived.
    pub fn counts(&self) -> BTreeMap<(String, String, Option<String>), usize> {
        let mut counts = BTreeMap::new();
        for arrival in self.arrivals() {
            *counts.entry((arrival.method, arrival.path, arrival.key)).or_insert(0) += 1;
        }
        counts
    }
}

/// Serves one connection, request after request. A client that is killed leaves a broken stream, which ends it.
fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Arrival>>, answer: &Answer, delay: Duration) {
    let Ok(reading) = stream.try_clone() else { return };
    let mut reader = BufReader::new(reading);
    while let Some(arrival) = read_request(&mut reader) {
        let like = {
            let mut seen = seen.lock().expect("no thread panicked");
            let same = |other: &&Arrival| {
                (&other.method, &other.path, &other.key) == (&arrival.method, &arrival.path, &arrival.key)
            };
            let like = seen.iter().filter(same).count();
            seen.push(arrival.clone());
            like
        };
        if !delay.is_zero() {
            thread::sleep(delay);
        }
        let Reply { status, headers, body } = answer(&arrival, like);
        if status == 0 {
            return;
        }
        // Type and length are the body's own where nothing else is said.
        let said = |name: &str| headers.iter().any(|(known, _)| *known == name);
        let mut own = String::new();
        if !said("content-type") {
            own.push_str("content-type: application/json\r\n");
        }
        if !said("content-length") {
            own.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        let short = said("content-length");
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let reply = format!("HTTP/1.1 {status} Status\r\n{own}{headers}\r\n{body}");
        if stream.write_all(reply.as_bytes()).is_err() || short {
            return;
        }
    }
}

/// The next request of a connection; `None` where it ends before the request does.
pub fn read_request(reader: &mut impl BufRead) -> Option<Arrival> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut key, mut length, mut headers) = (None, 0, Vec::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|read| *read > 0)?;
        let header = header.trim_end();
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        match name.to_ascii_lowercase().as_str() {
            "idempotency-key" => key = Some(value.trim().trim_matches('"').to_owned()),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Arrival { method, path, key, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
