//! A listener on a thread of its own: so many connections at once, so long at most.

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};

/// What whoever connects is given.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections at once, at most. Whoever comes beyond waits to be let in.
    pub connections: usize,
    /// How long the head of a request may take.
    pub head_time: Duration,
    /// Bytes of a head, at most; hyper takes no fewer than 8 KiB.
    pub head_bytes: usize,
    /// Lines of a head, at most.
    pub head_lines: usize,
    /// How long a connection may last, its answer included; as long as it takes where nothing is said.
    pub whole_time: Option<Duration>,
    /// How long what is under way is waited for at the end.
    pub leave_time: Duration,
}

/// A listener that is served until it is dropped.
pub struct Listening {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Listening {
    /// Answers what comes to a listener, one request a connection; `name` is the thread's.
    ///
    /// # Errors
    /// The listener cannot be used, or there is no thread for it.
    pub fn serve<A, F>(name: &str, listener: std::net::TcpListener, bounds: Bounds, answer: A) -> io::Result<Listening>
    where
        A: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
        F: Future<Output = Response<Full<Bytes>>> + Send,
    {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                let places = Arc::new(Semaphore::new(bounds.connections));
                tokio::select! {
                    () = accept(listener, bounds, Arc::new(answer), places.clone()) => {}
                    _ = stopped => {}
                }
                // Nobody new is let in; who is in gets an answer.
                let all = u32::try_from(bounds.connections).unwrap_or(u32::MAX);
                let _ = tokio::time::timeout(bounds.leave_time, places.acquire_many(all)).await;
            });
            runtime.shutdown_background();
        })?;
        Ok(Listening { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept<A, F>(listener: TcpListener, bounds: Bounds, answer: Arc<A>, places: Arc<Semaphore>)
where
    A: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send,
{
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles, most likely: some come back.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let answer = answer.clone();
        tokio::spawn(async move {
            let served = serve(stream, bounds, answer);
            match bounds.whole_time {
                Some(time) => drop(tokio::time::timeout(time, served).await),
                None => served.await,
            }
            drop(place);
        });
    }
}

async fn serve<A, F>(stream: TcpStream, bounds: Bounds, answer: Arc<A>)
where
    A: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send,
{
    let service = service_fn(move |request| {
        let answer = answer.clone();
        async move { Ok::<_, Infallible>(answer(request).await) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(bounds.head_time).keep_alive(false);
    http.max_buf_size(bounds.head_bytes).max_headers(bounds.head_lines);
    // A caller that hangs up is its own business.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}
