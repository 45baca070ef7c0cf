//! The listener of the public.

use crate::door::{Door, answer};
use crate::settings::Settings;
use flow_vm::engine::{Bounds, Engine, Listening};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const BOUNDS: Bounds = Bounds {
    connections: 256,
    head_time: Duration::from_secs(5),
    head_bytes: 16 << 10,
    head_lines: 64,
    whole_time: Some(Duration::from_secs(90)),
    leave_time: Duration::from_secs(10),
};

/// What the public reaches, served until it is dropped.
pub struct Server {
    listening: Listening,
    door: Arc<Door>,
}

impl Server {
    /// Serves an engine at a listener.
    ///
    /// # Errors
    /// The listener cannot be used, or there is no thread for it.
    pub fn serve(engine: &Engine, listener: std::net::TcpListener, settings: Settings) -> io::Result<Server> {
        let door = Arc::new(Door::new(engine, settings));
        let answering = door.clone();
        let listening = Listening::serve("flow-server", listener, BOUNDS, move |request| {
            let door = answering.clone();
            async move { answer(&door, request).await }
        })?;
        Ok(Server { listening, door })
    }

    /// The next request that was refused: when, in microseconds since 1970, and a line that says what and why.
    pub fn refused(&self) -> Option<(i64, String)> {
        self.door.refusals.next(self.door.settings.clock.now_us())
    }

    /// Where it is served.
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }
}
