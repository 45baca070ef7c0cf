//! An engine as the crash tests open it: in a process that may die, or in the one that looks afterwards.

use flow_stdlib::http::NetConfig;
use flow_vm::engine::{Engine, EngineConfig, RunFilter};
use flow_vm::seam::ManualClock;
use std::path::Path;
use std::sync::Arc;

/// The variable that makes a test binary the child of one of its tests, with the child's orders in it.
pub const CHILD: &str = "FLOW_TEST_CHILD";

/// Opens a database at a moment (microseconds since 1970); flows may call `host`, `concurrency` calls at a time.
///
/// # Panics
/// When the engine does not open.
pub fn open(database: &Path, now_us: i64, host: &str, concurrency: usize) -> Engine {
    let net = NetConfig { allow_net: vec![host.to_owned()], ..NetConfig::default() };
    let registry = flow_stdlib::registry(&flow_stdlib::Config { net, ..Default::default() })
        .expect("the library's settings are right");
    let mut config = EngineConfig::new(database, registry);
    config.clock = Arc::new(ManualClock::new(now_us));
    config.concurrency = concurrency;
    Engine::open(config).expect("the engine opens")
}

/// Runs about a contact.
pub fn about(contact: i64) -> RunFilter {
    RunFilter { subject: Some(("Contact".to_owned(), contact)), ..RunFilter::default() }
}
