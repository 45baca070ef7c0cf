//! An answer that comes once its commit has.

use super::error::EngineError;
use super::shared::Shared;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use tokio::sync::oneshot;

/// What the engine will say once the commit has returned. To be awaited, or waited for on a thread.
#[derive(Debug)]
#[must_use = "nothing is known until it is waited for"]
pub struct Pending<T> {
    receiver: oneshot::Receiver<Result<T, EngineError>>,
    shared: Arc<Shared>,
}

/// The other end.
#[derive(Debug)]
pub(super) struct Reply<T>(Option<oneshot::Sender<Result<T, EngineError>>>);

impl<T> Pending<T> {
    pub(super) fn new(shared: Arc<Shared>) -> (Reply<T>, Pending<T>) {
        let (sender, receiver) = oneshot::channel();
        (Reply(Some(sender)), Pending { receiver, shared })
    }

    /// Blocks the thread until it is known. Fit for any thread; on one that serves async tasks it holds them up.
    ///
    /// # Errors
    /// Whatever the engine says, or [`EngineError::Stopped`].
    pub fn wait(mut self) -> Result<T, EngineError> {
        struct Unpark(Thread);
        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(result) = Pin::new(&mut self).poll(&mut context) {
                return result;
            }
            std::thread::park();
        }
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, EngineError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let received = Pin::new(&mut self.receiver).poll(context);
        received.map(|received| received.unwrap_or_else(|_| Err(self.shared.why_stopped())))
    }
}

impl<T> Reply<T> {
    /// Says it. Whoever no longer listens is not missed.
    pub fn send(self, result: Result<T, EngineError>) {
        if let Some(sender) = self.0 {
            let _ = sender.send(result);
        }
    }
}
