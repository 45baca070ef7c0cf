//! A server that answers as told, byte by byte, and keeps what it was sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How a connection is treated.
#[derive(Clone)]
pub enum Behaviour {
    /// These bytes, once the request is whole; then the connection is closed.
    Answer(Vec<u8>),
    /// Closed at once.
    CloseFirst,
    /// Closed once the request is whole.
    CloseAfter,
    /// Nothing, once the request is whole.
    Silent,
    /// These bytes, then one more space every 50 ms.
    Slow(Vec<u8>),
}

pub struct Server {
    pub address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(behaviour: Behaviour) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, behaviour.clone(), log.clone()));
            }
        });
        Server { address, requests }
    }

    /// A server that answers with a status, headers and a body.
    pub async fn answering(status: u16, headers: &str, body: &str) -> Server {
        Server::start(Behaviour::Answer(answer(status, headers, body))).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("the log").clone()
    }
}

pub fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

async fn serve(mut stream: TcpStream, behaviour: Behaviour, log: Arc<Mutex<Vec<String>>>) {
    if let Behaviour::CloseFirst = behaviour {
        return;
    }
    let Some(request) = request(&mut stream).await else { return };
    log.lock().expect("the log").push(request);
    match behaviour {
        Behaviour::Answer(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Behaviour::Silent => tokio::time::sleep(Duration::from_secs(60)).await,
        Behaviour::Slow(bytes) => {
            let _ = stream.write_all(&bytes).await;
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Behaviour::CloseFirst | Behaviour::CloseAfter => {}
    }
}

/// A whole request: its head, and as much body as it says.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some(text.to_string());
        }
    }
}
