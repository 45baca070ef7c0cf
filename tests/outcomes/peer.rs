//! The other side: it answers as told, byte by byte, and counts the requests that reached it whole.

use flow_tests::ledger::{Arrival, read_request};
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The answer of one that has done it.
    Well,
    /// A status, with `Retry-After` where it is 429.
    Says(u16),
    /// Nobody listens.
    Refused,
    /// The connection ends while it is being made secret: nothing was sent.
    ResetBefore,
    /// It ends when all was sent.
    ResetAfter,
    /// All was sent, and no answer comes.
    Silent,
    /// The answer begins, and never ends.
    Slow,
    /// An answer of more than 10 MiB.
    Huge,
    /// What says that it is JSON, and is none.
    NoJson,
    /// JSON of another shape than is declared.
    OtherShape,
}

impl Way {
    /// Every one, with its column's name.
    pub const ALL: [(Way, &'static str); 12] = [
        (Way::Well, "ok"),
        (Way::Says(400), "400"),
        (Way::Says(429), "429"),
        (Way::Says(500), "500"),
        (Way::Refused, "refused"),
        (Way::ResetBefore, "reset before"),
        (Way::ResetAfter, "reset after"),
        (Way::Silent, "no answer"),
        (Way::Slow, "slow"),
        (Way::Huge, "huge"),
        (Way::NoJson, "no JSON"),
        (Way::OtherShape, "JSON of another shape"),
    ];
}

/// One that behaves in one way. It runs until the process ends.
pub struct Peer {
    address: SocketAddr,
    way: Way,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
}

impl Peer {
    /// Starts it on a free port of 127.0.0.1; `well` is what it answers (status, body) when it has done what it was asked.
    pub fn start(way: Way, well: (u16, &'static str)) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        let seen = arrivals.clone();
        // Where nobody is to listen, the port is given back.
        if way != Way::Refused {
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let seen = seen.clone();
                    thread::spawn(move || serve(stream, way, well, &seen));
                }
            });
        }
        Peer { address, way, arrivals }
    }

    /// Where it is; with TLS where the connection is to end while it begins.
    pub fn url(&self) -> String {
        let scheme = if self.way == Way::ResetBefore { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// `127.0.0.1:PORT`
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Every request that came whole, in order.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().expect("no thread panicked").clone()
    }
}

fn serve(mut stream: TcpStream, way: Way, well: (u16, &str), seen: &Mutex<Vec<Arrival>>) {
    if way == Way::ResetBefore {
        return;
    }
    let Ok(reading) = stream.try_clone() else { return };
    let mut reader = BufReader::new(reading);
    while let Some(arrival) = read_request(&mut reader) {
        seen.lock().expect("no thread panicked").push(arrival);
        let json = "Content-Type: application/json\r\n";
        let answer = match way {
            Way::Well => whole(well.0, json, well.1),
            Way::Says(429) => whole(429, "Retry-After: 1\r\n", ""),
            Way::Says(status) => whole(status, "", ""),
            Way::NoJson => whole(200, json, "{oops"),
            Way::OtherShape => whole(200, json, r#"{"id":7}"#),
            Way::Slow => b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n".to_vec(),
            Way::Huge => {
                let mut bytes = format!("HTTP/1.1 200 X\r\nConnection: close\r\n{json}\r\n\"").into_bytes();
                bytes.resize((10 << 20) + 1_000, b'x');
                bytes
            }
            Way::Silent => {
                thread::sleep(Duration::from_secs(60));
                return;
            }
            Way::Refused | Way::ResetBefore | Way::ResetAfter => return,
        };
        if stream.write_all(&answer).is_err() {
            return;
        }
        if way == Way::Slow {
            while stream.write_all(b" ").is_ok() {
                thread::sleep(Duration::from_millis(50));
            }
        }
        if way == Way::Huge {
            return;
        }
    }
}

fn whole(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
