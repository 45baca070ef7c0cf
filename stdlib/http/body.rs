//! A body that knows whether it was asked for: the proof that nothing was sent yet.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

/// Set when the first byte of a body was handed to a connection.
#[derive(Clone, Default)]
pub struct Sent(Arc<AtomicBool>);

impl Sent {
    /// Whether it is set.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Bytes to send, once.
pub struct Marked {
    bytes: Option<Bytes>,
    sent: Sent,
}

impl Marked {
    /// A body of these bytes. An empty one is never asked for, so it counts as sent from the start.
    pub fn new(bytes: Vec<u8>, sent: Sent) -> Self {
        if bytes.is_empty() {
            sent.set();
        }
        Marked { bytes: (!bytes.is_empty()).then(|| bytes.into()), sent }
    }
}

impl Body for Marked {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        this.sent.set();
        Poll::Ready(this.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
