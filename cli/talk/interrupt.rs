//! Ctrl-C: noticed, so that the command can say how to go on. Nothing is lost without it either.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether Ctrl-C was pressed.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to listen. Pressed a second time, it ends the process at once.
    pub fn listen() -> Self {
        let interrupt = Interrupt::default();
        let pressed = interrupt.clone();
        // Without a thread or a handler Ctrl-C simply ends the process, as it always does.
        let _ = std::thread::Builder::new().name("flow-ctrl-c".to_owned()).spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                while tokio::signal::ctrl_c().await.is_ok() {
                    if pressed.0.swap(true, Ordering::SeqCst) {
                        std::process::exit(130);
                    }
                }
            });
        });
        interrupt
    }

    /// The same for what runs unattended: whoever ends it by `kill`, or as a service, ends it as Ctrl-C does.
    pub fn listen_until_told() -> Self {
        let interrupt = Interrupt::listen();
        #[cfg(unix)]
        {
            let told = interrupt.clone();
            let _ = std::thread::Builder::new().name("flow-terminate".to_owned()).spawn(move || {
                let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
                runtime.block_on(async {
                    use tokio::signal::unix::{SignalKind, signal};
                    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
                        terminate.recv().await;
                        told.0.store(true, Ordering::SeqCst);
                    }
                });
            });
        }
        interrupt
    }

    /// Whether it was pressed.
    pub fn pressed(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
