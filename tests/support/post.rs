//! A mail server on loopback: the protocol by `mailin`, what goes wrong by the test.

use mailin::{Action, Handler, Response, SessionBuilder};
use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::thread;

/// A mail as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// `MAIL FROM`.
    pub from: String,
    /// Every `RCPT TO` that was taken.
    pub to: Vec<String>,
    /// Headers and body.
    pub data: Vec<u8>,
}

/// A moment of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The connection is there.
    Connect,
    /// `EHLO`.
    Hello,
    /// `MAIL FROM`, with who.
    Mail,
    /// `RCPT TO`, with whom.
    Rcpt,
    /// `DATA`.
    Data,
    /// The end of the mail.
    End,
}

/// What the server does then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// What a server does.
    Goes,
    /// Answers with a code and words.
    Says(u16, &'static str),
    /// Hangs up without a word.
    HangsUp,
    /// Says nothing more, and keeps the connection.
    Falls,
}

type Whims = dyn Fn(Stage, &str) -> Does + Send + Sync;

/// The server. It runs until the process ends.
pub struct Post {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    stages: Arc<Mutex<Vec<Stage>>>,
}

impl Post {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// When there is no port.
    pub fn start(whims: impl Fn(Stage, &str) -> Does + Send + Sync + 'static) -> Post {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let post = Post { address, received: Arc::default(), stages: Arc::default() };
        let (received, stages, whims): (_, _, Arc<Whims>) =
            (post.received.clone(), post.stages.clone(), Arc::new(whims));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (received, stages, whims) = (received.clone(), stages.clone(), whims.clone());
                // One that the client leaves is over.
                thread::spawn(move || serve(stream, received, stages, whims));
            }
        });
        post
    }

    /// `127.0.0.1:PORT`
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Every mail that was taken, in order.
    ///
    /// # Panics
    /// When a thread of it did.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no thread panicked").clone()
    }

    /// How often a moment came.
    ///
    /// # Panics
    /// When a thread of it did.
    pub fn count(&self, stage: Stage) -> usize {
        self.stages.lock().expect("no thread panicked").iter().filter(|one| **one == stage).count()
    }
}

#[derive(Default)]
struct Mind {
    mail: Received,
    does: Option<Does>,
}

struct Session {
    whims: Arc<Whims>,
    mind: Rc<RefCell<Mind>>,
    received: Arc<Mutex<Vec<Received>>>,
    stages: Arc<Mutex<Vec<Stage>>>,
}

impl Session {
    fn at(&self, stage: Stage, about: &str) -> Result<(), Response> {
        self.stages.lock().expect("no thread panicked").push(stage);
        match (self.whims)(stage, about) {
            Does::Goes => Ok(()),
            Does::Says(code, words) => Err(Response::custom(code, words.to_owned())),
            other => {
                self.mind.borrow_mut().does = Some(other);
                Err(Response::custom(500, String::new()))
            }
        }
    }
}

impl Handler for Session {
    fn helo(&mut self, _: IpAddr, _: &str) -> Response {
        self.at(Stage::Hello, "").map_or_else(|said| said, |()| mailin::response::OK)
    }

    fn mail(&mut self, _: IpAddr, _: &str, from: &str) -> Response {
        if let Err(said) = self.at(Stage::Mail, from) {
            return said;
        }
        self.mind.borrow_mut().mail = Received { from: from.to_owned(), ..Received::default() };
        mailin::response::OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        if let Err(said) = self.at(Stage::Rcpt, to) {
            return said;
        }
        self.mind.borrow_mut().mail.to.push(to.to_owned());
        mailin::response::OK
    }

    fn data_start(&mut self, _: &str, _: &str, _: bool, _: &[String]) -> Response {
        self.at(Stage::Data, "").map_or_else(|said| said, |()| mailin::response::START_DATA)
    }

    fn data(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.mind.borrow_mut().mail.data.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        if let Err(said) = self.at(Stage::End, "") {
            // Whoever hangs up now has the mail all the same.
            if self.mind.borrow().does == Some(Does::HangsUp) {
                self.keep();
            }
            return said;
        }
        self.keep();
        mailin::response::OK
    }
}

impl Session {
    fn keep(&self) {
        let mail = std::mem::take(&mut self.mind.borrow_mut().mail);
        self.received.lock().expect("no thread panicked").push(mail);
    }
}

fn serve(
    mut stream: TcpStream,
    received: Arc<Mutex<Vec<Received>>>,
    stages: Arc<Mutex<Vec<Stage>>>,
    whims: Arc<Whims>,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let peer = stream.peer_addr().ok()?.ip();
    let mind = Rc::new(RefCell::new(Mind::default()));
    let handler = Session { whims, mind: mind.clone(), received, stages };
    if handler.at(Stage::Connect, "").is_err() {
        return does(&mut stream, mind.borrow_mut().does.take());
    }
    let mut session = SessionBuilder::new("mail.test").build(peer, handler);
    session.greeting().write_to(&mut stream).ok()?;
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let response = session.process(&line);
        let what = mind.borrow_mut().does.take();
        if what.is_some() {
            return does(&mut stream, what);
        }
        match response.action {
            Action::NoReply => {}
            Action::Close => {
                response.write_to(&mut stream).ok()?;
                return None;
            }
            Action::Reply | Action::UpgradeTls => {
                response.write_to(&mut stream).ok()?;
                stream.flush().ok()?;
            }
        }
    }
}

fn does(stream: &mut TcpStream, what: Option<Does>) -> Option<()> {
    if what == Some(Does::Falls) {
        // Until the client gives up.
        let mut rest = BufReader::new(stream.try_clone().ok()?);
        let mut line = Vec::new();
        while rest.read_until(b'\n', &mut line).ok()? > 0 {
            line.clear();
        }
    }
    let _ = stream.shutdown(std::net::Shutdown::Both);
    None
}
