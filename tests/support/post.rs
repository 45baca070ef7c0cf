//! A mail server on loopback: the protocol by `mailin`, what goes wrong by the test.

use mailin::{Action, AuthMechanism, Handler, Response, SessionBuilder};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::thread;

/// A mail as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// `MAIL FROM`.
    pub from: String,
    /// Who handed it over, and with which password.
    pub by: Option<(String, String)>,
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

/// How the server keeps a conversation secret.
#[derive(Clone, Default)]
pub enum Tls {
    /// Not at all.
    #[default]
    None,
    /// From the first byte on.
    Whole(Arc<ServerConfig>),
    /// When it is asked to.
    Started(Arc<ServerConfig>),
}

/// A certificate for `localhost` that is its own authority: certificate and key as DER, and the certificate as PEM.
///
/// # Panics
/// When there is no randomness.
pub fn certificate() -> (Vec<u8>, Vec<u8>, String) {
    certificate_of("localhost", false)
}

/// The same for another name, or one that has expired.
///
/// # Panics
/// When there is no randomness.
pub fn certificate_of(name: &str, expired: bool) -> (Vec<u8>, Vec<u8>, String) {
    let mut wanted = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("a name");
    if expired {
        wanted.not_before = rcgen::date_time_ymd(2020, 1, 1);
        wanted.not_after = rcgen::date_time_ymd(2021, 1, 1);
    }
    let key = rcgen::KeyPair::generate().expect("a key");
    let own = wanted.self_signed(&key).expect("a certificate");
    (own.der().to_vec(), key.serialize_der(), own.pem())
}

/// The server's side of a certificate.
///
/// # Panics
/// When certificate and key do not belong together.
pub fn serving(certificate: Vec<u8>, key: Vec<u8>) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions of TLS").with_no_client_auth();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    Arc::new(config.with_single_cert(vec![certificate.into()], key).expect("they belong together"))
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
        Post::start_with(Tls::None, whims)
    }

    /// The same, with TLS. Whoever hands a mail over may then say who they are.
    ///
    /// # Panics
    /// When there is no port.
    pub fn start_with(tls: Tls, whims: impl Fn(Stage, &str) -> Does + Send + Sync + 'static) -> Post {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let post = Post { address, received: Arc::default(), stages: Arc::default() };
        let (received, stages, whims): (_, _, Arc<Whims>) =
            (post.received.clone(), post.stages.clone(), Arc::new(whims));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (received, stages, whims) = (received.clone(), stages.clone(), whims.clone());
                let tls = tls.clone();
                // One that the client leaves is over.
                thread::spawn(move || serve(stream, &tls, received, stages, whims));
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
        let by = self.mind.borrow().mail.by.clone();
        self.mind.borrow_mut().mail = Received { from: from.to_owned(), by, ..Received::default() };
        mailin::response::OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        if let Err(said) = self.at(Stage::Rcpt, to) {
            return said;
        }
        self.mind.borrow_mut().mail.to.push(to.to_owned());
        mailin::response::OK
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        self.mind.borrow_mut().mail.by = Some((user.to_owned(), password.to_owned()));
        match password.contains("sesame") {
            true => mailin::response::AUTH_OK,
            false => mailin::response::INVALID_CREDENTIALS,
        }
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

/// Bytes to and fro, in the clear or not.
trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

fn serve(
    stream: TcpStream,
    tls: &Tls,
    received: Arc<Mutex<Vec<Received>>>,
    stages: Arc<Mutex<Vec<Stage>>>,
    whims: Arc<Whims>,
) -> Option<()> {
    // It answers in small pieces.
    stream.set_nodelay(true).ok()?;
    let peer = stream.peer_addr().ok()?.ip();
    let socket = stream.try_clone().ok()?;
    let mind = Rc::new(RefCell::new(Mind::default()));
    let handler = Session { whims, mind: mind.clone(), received, stages };
    if handler.at(Stage::Connect, "").is_err() {
        return does(&socket, mind.borrow_mut().does.take());
    }
    let secret = |stream: TcpStream, config: &Arc<ServerConfig>| {
        let connection = ServerConnection::new(config.clone()).ok()?;
        Some(Box::new(StreamOwned::new(connection, stream)) as Box<dyn Stream>)
    };
    let mut builder = SessionBuilder::new("mail.test");
    if !matches!(tls, Tls::None) {
        // From then on it takes nothing of strangers.
        builder.enable_auth(AuthMechanism::Plain);
    }
    let stream = match tls {
        Tls::Whole(config) => secret(stream, config)?,
        Tls::Started(_) => {
            builder.enable_start_tls();
            Box::new(stream)
        }
        Tls::None => Box::new(stream),
    };
    let mut reader = BufReader::new(stream);
    let mut session = builder.build(peer, handler);
    if let Tls::Whole(_) = tls {
        session.tls_active();
    }
    session.greeting().write_to(reader.get_mut()).ok()?;
    reader.get_mut().flush().ok()?;
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let response = session.process(&line);
        let what = mind.borrow_mut().does.take();
        if what.is_some() {
            return does(&socket, what);
        }
        if response.action != Action::NoReply {
            response.write_to(reader.get_mut()).ok()?;
            reader.get_mut().flush().ok()?;
        }
        match (&response.action, tls) {
            (Action::Close, _) => return None,
            (Action::UpgradeTls, Tls::Started(config)) => {
                reader = BufReader::new(secret(socket.try_clone().ok()?, config)?);
                session.tls_active();
            }
            _ => {}
        }
    }
}

fn does(stream: &TcpStream, what: Option<Does>) -> Option<()> {
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
