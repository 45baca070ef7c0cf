//! Proxies that the environment names are not asked: neither for what is allowed, nor for what is not. A process of its own
//! calls, for the environment is read once.

use flow_stdlib::channel::Channels;
use flow_tests::engine::CHILD;
use flow_tests::ledger::{Ledger, reply};
use flow_tests::office::Office;
use flow_vm::engine::RunStatus;
use serde_json::json;
use std::process::{Command, Stdio};
use std::time::Duration;

const PROGRAM: &str = r#"
flow call(base: Url) -> Json { return http.get(url: "{{base}}/x") with { timeout: 3 seconds } }
"#;

/// Calls the address that is allowed, then others. Not a test of its own: without the variable it has nothing to do.
#[test]
fn child() {
    let Ok(host) = std::env::var(CHILD) else { return };
    let office = Office::open(Channels::default(), std::slice::from_ref(&host), &[], PROGRAM);
    let allowed = office.run("call", json!({ "base": format!("http://{host}") }));
    assert_eq!(allowed.run.status, RunStatus::Finished, "{:?}", allowed.run.failure);
    for base in [
        "https://nobody.invalid",
        "https://169.254.169.254",
        "https://10.0.0.1",
        "http://192.0.2.7",
        "https://localhost",
    ] {
        assert_eq!(office.run("call", json!({ "base": base })).run.status, RunStatus::Failed, "{base}");
    }
}

#[test]
fn no_proxy_of_the_environment_is_asked() {
    let answering = || Ledger::start_with(Duration::ZERO, |_, _| reply(200, "{}"));
    let (allowed, canary) = (answering(), answering());
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(["--exact", "child", "--test-threads=1"]).env(CHILD, allowed.host());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env(name, canary.url());
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the child runs");
    assert!(status.success(), "the child fails: {status}");
    assert_eq!((allowed.arrivals().len(), canary.arrivals().len()), (1, 0));
}
