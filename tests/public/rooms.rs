//! An engine with a mail server behind it, served to the public.

use flow_server::{Server, Settings};
use flow_stdlib::channel::{Channels, Email, MailIn, Server as MailServer};
use flow_tests::office::{Office, TestSecrets};
use flow_tests::post::{Does, Post, Received};
use mail_parser::MessageParser;
use scraper::{Html, Selector};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// Where the installation is reached from outside; the public's address in mails, whatever port it has here.
pub const TRACK: &str = "https://go.acme.example";

pub fn channels(post: &Post) -> Channels {
    let server = MailServer::parse(&format!("smtp://{}", post.host())).expect("a server");
    let email = Email {
        server,
        user: None,
        password: None,
        from: "Acme <hello@acme.example>".to_owned(),
        reply_to: None,
        track: Some(TRACK.to_owned()),
    };
    let hooks = [("shop/paid".to_owned(), vec!["shop_hook".to_owned(), "shop_hook_old".to_owned()])];
    let mail = MailIn { token: Some("mail_token".to_owned()), secrets: vec!["mail_hook".to_owned()], mailbox: None };
    Channels { email: Some(email), mail: Some(mail), hooks: hooks.into(), ..Channels::default() }
}

pub const SECRETS: [(&str, &str); 4] = [
    ("mail_token", "sesame-open-wide-4711"),
    ("mail_hook", "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="),
    ("shop_hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("shop_hook_old", "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xk"),
];

fn secrets() -> Vec<(String, String)> {
    SECRETS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// All of it.
pub struct Rooms {
    pub server: Option<Server>,
    pub office: Office,
    pub post: Post,
}

impl Rooms {
    pub fn open(program: &str) -> Rooms {
        let post = Post::start(|_, _| Does::Goes);
        let office = Office::open(channels(&post), &[post.host()], &[], program);
        let mut rooms = Rooms { server: None, office, post };
        rooms.serve(rooms.settings());
        rooms
    }

    pub fn settings(&self) -> Settings {
        let clock = Arc::new(self.office.clock.clone());
        Settings::new(&channels(&self.post), Arc::new(TestSecrets(secrets())), clock)
    }

    pub fn serve(&mut self, settings: Settings) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        self.server = Some(Server::serve(self.office.engine(), listener, settings).expect("it is served"));
    }

    /// As if the process had ended, and another begun.
    pub fn again(&mut self) {
        self.server = None;
        self.office.again();
        self.serve(self.settings());
    }

    pub fn address(&self) -> SocketAddr {
        self.server.as_ref().expect("it is served").address()
    }

    /// Sends a request; its status, its head and its body.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> Said {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: go.acme.example\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let mut stream = TcpStream::connect(self.address()).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time");
        // Whoever is not let in may be answered before everything was sent.
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(body);
        Said::read(stream)
    }

    pub fn get(&self, path: &str) -> Said {
        self.send("GET", path, &[], b"")
    }

    /// Hands a mail in, with the token; what is said.
    pub fn mail(&self, mail: &str) -> Said {
        let headers =
            [("Authorization", format!("Bearer {}", SECRETS[0].1)), ("Content-Type", "message/rfc822".to_owned())];
        self.send("POST", "/mail", &headers, mail.replace('\n', "\r\n").as_bytes())
    }
}

/// An answer.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Said {
    pub fn read(mut stream: TcpStream) -> Said {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Said { status, head, body: bytes.get(end + 4..).unwrap_or_default().to_vec() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).trim().to_owned()
    }
}

/// What a browser finds in the HTML of a mail: where its links lead, and where its pictures are.
pub fn found(mail: &Received) -> (Vec<String>, Vec<String>) {
    let message = MessageParser::default().parse(&mail.data).expect("a mail");
    let page = Html::parse_document(&message.body_html(0).expect("an HTML part"));
    let all = |selector: &str, attribute: &str| {
        let selector = Selector::parse(selector).expect("a selector");
        page.select(&selector).filter_map(|one| one.value().attr(attribute)).map(str::to_owned).collect()
    };
    (all("a", "href"), all("img", "src"))
}

/// The path of an address of ours.
pub fn path(url: &str) -> &str {
    url.strip_prefix(TRACK).unwrap_or_else(|| panic!("{url} is not ours"))
}
