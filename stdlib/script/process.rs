//! One process, with what it has started: fed, listened to, and ended in time.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

/// What is to be run.
pub struct Job<'a> {
    pub path: &'a Path,
    /// Its standard input.
    pub input: Vec<u8>,
    /// All of its environment.
    pub environment: Vec<(OsString, OsString)>,
    pub timeout: Duration,
    /// Bytes of memory of each process.
    pub memory: u64,
    /// Bytes that are kept of each output.
    pub output: usize,
}

/// How it ended.
pub enum Ended {
    /// It never began: why.
    NotBegun(String),
    /// With 0: its output and its log.
    Well(Kept, Kept),
    /// Otherwise: how, and its log.
    Badly(String, Kept),
    /// It was ended after so long: its log.
    TooLong(Duration, Kept),
}

/// The beginning of an output.
#[derive(Default)]
pub struct Kept {
    bytes: Vec<u8>,
    dropped: u64,
}

impl Kept {
    /// How many bytes were kept and how many not, where it was cut.
    pub fn cut(&self) -> Option<(usize, u64)> {
        (self.dropped > 0).then_some((self.bytes.len(), self.dropped))
    }

    /// It as text, with a last line that says how much is missing.
    pub fn text(self) -> String {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        match self.dropped {
            0 => text,
            dropped => format!("{text}\n[{dropped} bytes more]"),
        }
    }
}

#[cfg(not(unix))]
impl Job<'_> {
    /// Runs it to its end.
    pub async fn run(self) -> Ended {
        Ended::NotBegun("scripts are run on Linux and macOS only".to_owned())
    }
}

#[cfg(unix)]
mod unix {
    use super::{Ended, Job, Kept};
    use rustix::process::{Pid, Signal, kill_process_group};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{ExitStatus, Stdio};
    use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

    /// Sets the limits, and becomes the script. `ulimit -d` counts memory that is written to (Linux 4.7 and newer), where
    /// `-v` would also count what runtimes such as Node only reserve.
    const LIMITS: &str = r#"ulimit -c 0; ulimit -d "$1" || exit 125; exec "$0""#;
    /// How long what is still in the pipes of an ended process is waited for.
    const REST: std::time::Duration = std::time::Duration::from_secs(1);

    /// The process and whatever it has started: ended when this is dropped, also where nobody waits any longer.
    struct Group(Option<Pid>);

    impl Drop for Group {
        fn drop(&mut self) {
            if let Some(group) = self.0.take() {
                // It may have ended by itself.
                let _ = kill_process_group(group, Signal::KILL);
            }
        }
    }

    impl Job<'_> {
        /// Runs it to its end.
        pub async fn run(self) -> Ended {
            match std::fs::metadata(self.path) {
                Ok(known) if known.permissions().mode() & 0o111 != 0 => {}
                Ok(_) => return Ended::NotBegun("it is no program: `chmod +x` makes it one".to_owned()),
                Err(error) => return Ended::NotBegun(error.to_string()),
            }
            let mut command = std::process::Command::new("/bin/sh");
            command.arg("-c").arg(LIMITS).arg(self.path).arg((self.memory >> 10).to_string());
            command.env_clear().envs(self.environment);
            if let Some(root) = self.path.parent().and_then(std::path::Path::parent) {
                command.current_dir(root);
            }
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
            let mut child = match tokio::process::Command::from(command).kill_on_drop(true).spawn() {
                Ok(child) => child,
                Err(error) => return Ended::NotBegun(error.to_string()),
            };
            let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            let group = Group(id);
            let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
            let (mut output, mut log) = (Kept::default(), Kept::default());
            let most = self.output;
            let fed = async {
                if let Some(mut pipe) = stdin {
                    // One that does not want its input closes it.
                    let _ = pipe.write_all(&self.input).await;
                }
            };
            let ended = {
                let piped = async {
                    tokio::join!(fed, listen(stdout, &mut output, most), listen(stderr, &mut log, most));
                };
                tokio::pin!(piped);
                let waited = async {
                    let status = tokio::select! {
                        status = child.wait() => status,
                        () = &mut piped => return child.wait().await,
                    };
                    // What it leaves behind holds its pipes open.
                    drop(group);
                    let _ = tokio::time::timeout(REST, &mut piped).await;
                    status
                };
                tokio::time::timeout(self.timeout, waited).await
            };
            match ended {
                Err(_) => Ended::TooLong(self.timeout, log),
                Ok(Err(error)) => Ended::Badly(format!("cannot be waited for: {error}"), log),
                Ok(Ok(status)) if status.success() => Ended::Well(output, log),
                Ok(Ok(status)) => how(status, log),
            }
        }
    }

    fn how(status: ExitStatus, log: Kept) -> Ended {
        let how = match (status.code(), status.signal()) {
            (Some(127), _) => "ended with code 127 (is the program there that its first line names?)".to_owned(),
            (Some(code), _) => format!("ended with code {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "ended".to_owned(),
        };
        Ended::Badly(how, log)
    }

    async fn listen(pipe: Option<impl AsyncRead + Unpin>, kept: &mut Kept, most: usize) {
        let Some(mut pipe) = pipe else { return };
        let mut buffer = vec![0; 16 << 10];
        while let Ok(count) = pipe.read(&mut buffer).await {
            if count == 0 {
                return;
            }
            let room = most.saturating_sub(kept.bytes.len()).min(count);
            kept.bytes.extend_from_slice(buffer.get(..room).unwrap_or_default());
            kept.dropped += (count - room) as u64;
        }
    }
}
