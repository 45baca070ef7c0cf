//! The listener: so many at once, so long at most.

use crate::door::{Door, answer};
use crate::settings::Settings;
use flow_vm::engine::Engine;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};

/// Connections at once, at most. Whoever comes beyond waits to be let in.
const CONNECTIONS_MAX: usize = 256;
/// How long the head of a request may take.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// Bytes of a head, at most.
const HEAD_MAX: usize = 16 << 10;
/// Lines of a head, at most.
const HEADERS_MAX: usize = 64;
/// How long a connection may last, its answer included.
const WHOLE_TIME: Duration = Duration::from_secs(90);
/// How long what is under way is waited for at the end.
const LEAVE_TIME: Duration = Duration::from_secs(10);

/// What the public reaches, served until it is dropped.
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves an engine at a listener.
    ///
    /// # Errors
    /// The listener cannot be used, or there is no thread for it.
    pub fn serve(engine: &Engine, listener: std::net::TcpListener, settings: Settings) -> io::Result<Server> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let door = Arc::new(Door::new(engine, settings));
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("flow-server".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
                tokio::select! {
                    () = accept(listener, door, places.clone()) => {}
                    _ = stopped => {}
                }
                // Nobody new is let in; who is in gets an answer.
                let all = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
                let _ = tokio::time::timeout(LEAVE_TIME, places.acquire_many(all)).await;
            });
            runtime.shutdown_background();
        })?;
        Ok(Server { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it is served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, door: Arc<Door>, places: Arc<Semaphore>) {
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles, most likely: some come back.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let door = door.clone();
        tokio::spawn(async move {
            let _ = tokio::time::timeout(WHOLE_TIME, serve(stream, door)).await;
            drop(place);
        });
    }
}

async fn serve(stream: TcpStream, door: Arc<Door>) {
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { Ok::<_, Infallible>(answer(&door, request).await) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).keep_alive(false);
    http.max_buf_size(HEAD_MAX).max_headers(HEADERS_MAX);
    // A caller that hangs up is its own business.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}
