//! A mail server of its own kind, Dovecot: mails are laid into its mailbox, and what it has marked is looked at.

use flow_tests::post::certificate;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub const USER: &str = "support@acme.example";
pub const PASSWORD: &str = "open-wide-1234";
/// `nobody`, whose mails these are: Dovecot gives out none of root's.
const NOBODY: u32 = 65534;

pub struct Dovecot {
    folder: tempfile::TempDir,
    child: Option<Child>,
    pub port: u16,
    laid: usize,
}

/// Whether it can be tried here; on a machine of continuous integration it must be.
pub fn is_here() -> bool {
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let found = root && Command::new("dovecot").arg("--version").stdout(Stdio::null()).status().is_ok();
    assert!(found || std::env::var_os("CI").is_none(), "dovecot is missing: install dovecot-imapd");
    if !found {
        eprintln!("not tried: dovecot is not here, or this is not root");
    }
    found
}

impl Dovecot {
    pub fn start() -> Dovecot {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let (_, key, pem) = certificate();
        let place = folder.path();
        let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, key);
        let key = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
        for (name, text) in [("cert.pem", pem), ("key.pem", key), ("dovecot.conf", conf(place, port))] {
            std::fs::write(place.join(name), text).expect("a file");
        }
        // Those who sign in are served by others than root, who must find their way.
        std::fs::set_permissions(place, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a folder");
        for name in ["mail", "mail/new", "mail/cur", "mail/tmp"] {
            std::fs::create_dir(place.join(name)).expect("a folder");
            chown(place.join(name), Some(NOBODY), Some(NOBODY)).expect("root gives away");
        }
        let mut dovecot = Dovecot { folder, child: None, port, laid: 0 };
        dovecot.again();
        dovecot
    }

    /// Begins anew, as after an interruption.
    pub fn again(&mut self) {
        self.end();
        let conf = self.folder.path().join("dovecot.conf");
        let child = Command::new("dovecot")
            .arg("-F")
            .arg("-c")
            .arg(conf)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dovecot begins");
        self.child = Some(child);
        let listens = || std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        assert!((0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            listens()
        }));
    }

    pub fn end(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // All that it has started ends with it.
        let _ = Command::new("kill").arg(child.id().to_string()).status();
        let _ = child.wait();
    }

    /// Who vouches for it.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// Lays a mail into the mailbox, as a mail server does.
    pub fn lay(&mut self, mail: &str) {
        self.laid += 1;
        let name = format!("{}.M{}.test", 1_700_000_000 + self.laid, self.laid);
        let (new, at) =
            (self.folder.path().join("mail/tmp").join(&name), self.folder.path().join("mail/new").join(&name));
        std::fs::write(&new, mail.replace('\n', "\r\n")).expect("a mail");
        chown(&new, Some(NOBODY), Some(NOBODY)).expect("root gives away");
        std::fs::rename(new, at).expect("a mail");
    }

    /// How each mail is marked, the oldest first: `S` for read, `F` for flagged.
    pub fn marks(&self) -> Vec<String> {
        let mut names = Vec::new();
        for place in ["mail/new", "mail/cur"] {
            let found = std::fs::read_dir(self.folder.path().join(place)).expect("a folder");
            names.extend(found.flatten().map(|one| one.file_name().to_string_lossy().into_owned()));
        }
        names.sort();
        names.iter().map(|name| name.split_once(":2,").map_or("", |(_, marks)| marks).to_owned()).collect()
    }

    /// Waits until they are marked so.
    pub fn wait(&self, marks: &[&str]) {
        for _ in 0..600 {
            if self.marks() == marks {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!("{:?} and not {marks:?}\n{log}", self.marks());
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.end();
    }
}

fn conf(place: &Path, port: u16) -> String {
    let place = place.display();
    format!(
        "base_dir = {place}/run\nstate_dir = {place}/state\nlog_path = {place}/log\nprotocols = imap\nlisten = 127.0.0.1\n\
         ssl = required\nssl_cert = <{place}/cert.pem\nssl_key = <{place}/key.pem\n\
         mail_location = maildir:{place}/mail\nfirst_valid_uid = 1\nauth_failure_delay = 0\nauth_cache_size = 0\n\
         passdb {{\n  driver = static\n  args = user={USER} password={PASSWORD}\n}}\n\
         userdb {{\n  driver = static\n  args = uid={NOBODY} gid={NOBODY} home={place}/mail\n}}\n\
         service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = 0\n  }}\n  \
         inet_listener imaps {{\n    port = {port}\n    ssl = yes\n  }}\n}}\n\
         service stats {{\n  unix_listener stats-writer {{\n    mode = 0666\n  }}\n}}\n"
    )
}
