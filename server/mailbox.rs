//! A mailbox whose mails are taken in (IMAP, RFC 3501; IDLE, RFC 2177).
//!
//! What was not read there is fetched, oldest first, without marking it; it is marked as read when it is on the disk. Whatever
//! ends in between fetches it again, and it is known by its number: nothing is lost, nothing comes twice.

use crate::incoming::hand_in;
use crate::settings::Settings;
use async_imap::error::Error;
use async_imap::{Client, Session};
use flow_stdlib::channel::Mailbox;
use flow_stdlib::email::incoming::MAIL_MAX;
use flow_vm::engine::Engine;
use futures_util::TryStreamExt;
use rustls_platform_verifier::BuilderVerifierExt;
use std::convert::Infallible;
use std::fmt::Debug;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, crypto};

/// How long a connection may take to come about, TLS included.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(60);
/// How long a mail may take to come.
const FETCH_TIME: Duration = Duration::from_secs(120);
/// How long it is waited for new mails before it is looked for them.
const LOOK_TIME: Duration = Duration::from_secs(60);
/// How long nothing is tried after trouble: the first time, and at most.
const REST_TIME: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// How long a mail that is being written down is waited for at the end.
const LEAVE_TIME: Duration = Duration::from_secs(10);
/// Characters that are shown of what a server says.
const SHOWN_MAX: usize = 200;

/// A mailbox that is followed until it is dropped.
pub struct Following {
    said: mpsc::Receiver<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What following needs.
struct Desk {
    engine: Engine,
    settings: Settings,
    mailbox: Mailbox,
    say: mpsc::Sender<String>,
    /// Whether the mailbox answered since the last trouble.
    well: AtomicBool,
    /// Held while a mail is written down and marked.
    busy: Semaphore,
}

impl Following {
    /// Follows the mailbox that the settings name; none where they name none.
    ///
    /// # Errors
    /// There is no thread for it.
    pub fn begin(engine: &Engine, settings: &Settings) -> io::Result<Option<Following>> {
        let Some(mailbox) = settings.mail.as_ref().and_then(|mail| mail.mailbox.clone()) else { return Ok(None) };
        let (say, said) = mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let desk = Arc::new(Desk {
            engine: engine.clone(),
            settings: settings.clone(),
            mailbox,
            say,
            well: AtomicBool::new(false),
            busy: Semaphore::new(1),
        });
        let thread = std::thread::Builder::new().name("flow-mailbox".to_owned()).spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    _ = follow(desk.clone()) => {}
                    _ = stopped => {}
                }
                let _ = tokio::time::timeout(LEAVE_TIME, desk.busy.acquire()).await;
            });
            runtime.shutdown_background();
        })?;
        Ok(Some(Following { said, stop: Some(stop), thread: Some(thread) }))
    }

    /// The next of what there is to tell whoever looks after it: a line, where there is one.
    pub fn said(&self) -> Option<String> {
        self.said.try_recv().ok()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Desk {
    fn say(&self, text: String) {
        let _ = self.say.send(text);
    }

    fn name(&self) -> String {
        format!("the mailbox {} at {}:{}", self.mailbox.folder, self.mailbox.host, self.mailbox.port)
    }
}

/// Visits it again and again. The same trouble is told once.
async fn follow(desk: Arc<Desk>) -> Infallible {
    let (first, most) = REST_TIME;
    let (mut rest, mut told) = (first, None);
    loop {
        // On a task of its own: the parser of what servers say is not ours.
        let visit = tokio::spawn({
            let desk = desk.clone();
            async move { visit(&desk).await }
        });
        let why = match visit.await {
            Ok(Err(why)) => why,
            Err(_) => "what it says cannot be read".to_owned(),
        };
        if desk.well.swap(false, Ordering::Relaxed) {
            (rest, told) = (first, None);
        }
        if told.as_ref() != Some(&why) {
            desk.say(format!("{} is not reached: {why}; it is tried again", desk.name()));
            told = Some(why);
        }
        tokio::time::sleep(rest).await;
        rest = most.min(rest * 2);
    }
}

/// What mails travel over.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send + Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Debug> Wire for T {}

type Visit = Session<Box<dyn Wire>>;

/// Takes in what is there, and what comes, until something breaks: a sentence.
async fn visit(desk: &Arc<Desk>) -> Result<Infallible, String> {
    let mailbox = &desk.mailbox;
    let password = desk.settings.secrets.get(&mailbox.password);
    let password = password.ok_or_else(|| format!("the secret `{}` is not set", mailbox.password))?;
    let wire = timely(CONNECT_TIME, connect(mailbox)).await?;
    let mut client = Client::new(wire);
    let greeting = timely(ANSWER_TIME, async { client.read_response().await.map_err(|error| of_io(&error)) }).await?;
    greeting.ok_or("the connection was closed")?;
    let login = async { client.login(&mailbox.user, password).await.map_err(|(error, _)| says(error)) };
    let mut session = timely(ANSWER_TIME, login).await.map_err(|why| format!("it does not let us in: {why}"))?;
    let idles = answered(session.capabilities()).await?.has_str("IDLE");
    answered(session.select(&mailbox.folder)).await?;
    loop {
        let mut unread: Vec<u32> = answered(session.uid_search("UNSEEN UNDELETED")).await?.into_iter().collect();
        if !desk.well.swap(true, Ordering::Relaxed) {
            desk.say(format!("{} is followed", desk.name()));
        }
        unread.sort_unstable();
        for uid in unread {
            take(desk, &mut session, uid).await?;
        }
        session = wait(session, idles).await?;
    }
}

async fn connect(mailbox: &Mailbox) -> Result<Box<dyn Wire>, String> {
    let host = mailbox.host.trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, mailbox.port)).await.map_err(|error| of_io(&error))?;
    if !mailbox.tls {
        return Ok(Box::new(stream));
    }
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.and_then(BuilderVerifierExt::with_platform_verifier).map_err(|error| error.to_string())?;
    let name = ServerName::try_from(host.to_owned()).map_err(|_| format!("`{host}` is not the name of a server"))?;
    let connector = TlsConnector::from(Arc::new(config.with_no_client_auth()));
    let stream = connector.connect(name, stream).await.map_err(|error| of_io(&error))?;
    Ok(Box::new(stream))
}

/// Takes one mail in, and marks it as read when that is done. What is no mail, or too large, is marked as flagged as well: it
/// stays where a person finds it.
async fn take(desk: &Arc<Desk>, session: &mut Visit, uid: u32) -> Result<(), String> {
    let size = fetched(session, uid, "(UID RFC822.SIZE)", |one| one.size).await?;
    let too_large = size.is_some_and(|size| usize::try_from(size).is_ok_and(|size| size > MAIL_MAX));
    let refused = if too_large {
        Some(format!("a mail has at most {MAIL_MAX} bytes"))
    } else {
        // PEEK leaves it unread.
        let mail = fetched(session, uid, "(UID BODY.PEEK[])", |one| one.body().map(<[u8]>::to_vec)).await?;
        // Somebody has taken it away meanwhile.
        let Some(mail) = mail else { return Ok(()) };
        let _busy = desk.busy.acquire().await.map_err(|error| error.to_string())?;
        let (engine, own) = (desk.engine.clone(), desk.settings.own.clone());
        let taken = tokio::task::spawn_blocking(move || hand_in(&engine, &mail, &own)).await;
        let taken = taken.map_err(|_| "a mail broke what reads it".to_owned())?;
        match taken {
            Ok(_) => None,
            Err(why) if why.lasts => Some(why.says),
            Err(why) => return Err(format!("a mail cannot be written down now: {}", why.says)),
        }
    };
    let marks = match refused {
        Some(why) => {
            desk.say(format!("a mail in {} is not taken, and flagged there: {why}", desk.name()));
            "+FLAGS.SILENT (\\Seen \\Flagged)"
        }
        None => "+FLAGS.SILENT (\\Seen)",
    };
    answered(async { session.uid_store(uid.to_string(), marks).await?.try_collect::<Vec<_>>().await }).await?;
    Ok(())
}

/// What is asked of one mail; nothing where it is gone.
async fn fetched<T>(
    session: &mut Visit,
    uid: u32,
    query: &str,
    of: impl Fn(&async_imap::types::Fetch) -> Option<T>,
) -> Result<Option<T>, String> {
    let asked = async {
        let mut all = session.uid_fetch(uid.to_string(), query).await.map_err(says)?;
        let mut found = None;
        // To the end: the next answer comes behind it.
        while let Some(one) = all.try_next().await.map_err(says)? {
            if one.uid == Some(uid) {
                found = of(&one).or(found);
            }
        }
        Ok(found)
    };
    timely(FETCH_TIME, asked).await
}

/// Until the server says that there is something new, where it does, and never for long.
async fn wait(session: Visit, idles: bool) -> Result<Visit, String> {
    if !idles {
        tokio::time::sleep(LOOK_TIME).await;
        return Ok(session);
    }
    let mut idle = session.idle();
    answered(idle.init()).await?;
    {
        let (news, _stop) = idle.wait_with_timeout(LOOK_TIME);
        // What keeps the connection open is not news, and must not keep us waiting.
        if let Ok(news) = tokio::time::timeout(LOOK_TIME, news).await {
            news.map_err(says)?;
        }
    }
    answered(idle.done()).await
}

async fn answered<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, String> {
    timely(ANSWER_TIME, async { answer.await.map_err(says) }).await
}

async fn timely<T>(time: Duration, one: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    match tokio::time::timeout(time, one).await {
        Ok(done) => done,
        Err(_) => Err(format!("no answer within {} s", time.as_secs())),
    }
}

/// A sentence; nothing of a mail is in it, and nothing that steers a terminal.
fn says(error: Error) -> String {
    let shown = |text: &str| -> String {
        text.chars().map(|one| if one.is_control() { ' ' } else { one }).take(SHOWN_MAX).collect()
    };
    match error {
        Error::Io(error) => of_io(&error),
        Error::No(text) | Error::Bad(text) => match information(&text).as_deref().map(plainly) {
            Some(why) if !why.is_empty() => format!("it says no: {}", shown(why)),
            _ => "it says no, and not why".to_owned(),
        },
        Error::ConnectionLost => "the connection was closed".to_owned(),
        Error::Validate(_) => {
            "the user, the password or the mailbox has a character that IMAP has no place for".to_owned()
        }
        _ => "what it says cannot be read".to_owned(),
    }
}

/// The words that a server has said no with. The library hands them over within its own, as `code: …, info: Some("…")`.
fn information(text: &str) -> Option<String> {
    let quoted = text.split_once("info: Some(\"")?.1.strip_suffix("\")")?;
    let mut out = String::with_capacity(quoted.len());
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next()? {
            'n' | 'r' | 't' | '0' => out.push(' '),
            'u' => {
                let number: String = letters.by_ref().skip(1).take_while(|letter| *letter != '}').collect();
                out.push(u32::from_str_radix(&number, 16).ok().and_then(char::from_u32)?);
            }
            other => out.push(other),
        }
    }
    Some(out)
}

/// Without the word in brackets before it, which is for programs (RFC 5530).
fn plainly(words: &str) -> &str {
    let code = words.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    code.map_or(words, |(_, rest)| rest).trim()
}

fn of_io(error: &io::Error) -> String {
    match error.kind() {
        // So the parser says what it could not read, with all of it.
        io::ErrorKind::Other => "what it says cannot be read".to_owned(),
        io::ErrorKind::UnexpectedEof => "the connection was closed".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, says};

    /// As the library hands over what a server has said.
    fn said(info: Option<&str>) -> String {
        says(Error::No(format!("code: {:?}, info: {info:?}", None::<u8>)))
    }

    #[test]
    fn a_server_that_says_no_is_quoted_and_nothing_of_the_library_is() {
        assert_eq!(said(Some("LOGIN failed.")), "it says no: LOGIN failed.");
        assert_eq!(said(Some("\"ærlig\" talt\\\u{1b}[2J\r\n")), "it says no: \"ærlig\" talt\\ [2J");
        assert_eq!(said(Some("[AUTHENTICATIONFAILED] Not you.")), "it says no: Not you.");
        for none in [said(None), said(Some(" ")), says(Error::Bad("outcome: Idle".to_owned()))] {
            assert_eq!(none, "it says no, and not why");
        }
        assert!(said(Some(&"x".repeat(10_000))).len() < 1_000);
    }
}
