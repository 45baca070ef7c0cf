//! What connectors send, held against the service's own document by Prism, a validating stand-in. `tests/prism/run` starts
//! it; by themselves these tests would have nobody to ask.

use flow_bytecode::Value;
use flow_tests::openapi::run;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Where Prism stands in for a service, `127.0.0.1:PORT`.
fn peer(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} says where Prism listens: start this with tests/prism/run"))
}

/// The status that a request gets that no connector would send.
fn status(host: &str, method: &str, path: &str, kind: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(host).expect("Prism listens");
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer x\r\ncontent-type: {kind}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .expect("a request can be sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no status: {answer}"))
}

#[test]
#[ignore = "needs Prism: tests/prism/run"]
fn github_takes_what_is_sent() {
    let host = peer("FLOW_PRISM_GITHUB");
    // First the proof that anything wrong is noticed, operation by operation.
    for (method, path, body) in [
        ("POST", "/repos/o/r/issues", "{\"body\": 5}"),
        ("PATCH", "/repos/o/r/issues/1", "{\"state\": \"ajar\"}"),
        ("POST", "/repos/o/r/issues/1/comments", "{\"body\": 5}"),
        ("POST", "/repos/o/r/issues/1/labels", "{\"labels\": 5}"),
        ("GET", "/repos/o/r/issues?state=ajar", ""),
        ("GET", "/repos/o/r/issues/one", ""),
    ] {
        assert_eq!(status(&host, method, path, "application/json", body), 422, "{method} {path} {body}");
    }
    let program = format!(
        r#"
secret token
connector github from openapi "specs/github.json" with {{ server: "http://{host}", auth: .bearer(secret.token) }}
flow f() -> Int {{
    let issue = github.issues_create(owner: "o", repo: "r", title: "It is broken", labels: ["bug"], assignees: [])
    github.issues_update(owner: "o", repo: "r", issue_number: 1, state: .closed, state_reason: .completed)
    github.issues_create_comment(owner: "o", repo: "r", issue_number: 1, body: "Seen.")
    github.issues_add_labels(owner: "o", repo: "r", issue_number: 1, labels: ["bug"])
    let found = github.issues_list_for_repo(owner: "o", repo: "r", state: .all, per_page: 100, page: 2)
    let one = github.issues_get(owner: "o", repo: "r", issue_number: 1)
    return issue.number + one.number + found.length
}}
"#
    );
    let result = run(&program, &[host]);
    assert!(matches!(result, Ok(Value::Int(_))), "{result:?}");
}

#[test]
#[ignore = "needs Prism: tests/prism/run"]
fn stripe_takes_the_forms_that_are_sent() {
    let host = peer("FLOW_PRISM_STRIPE");
    let form = "application/x-www-form-urlencoded";
    for (path, body) in
        [("/v1/customers", "balance=much"), ("/v1/refunds", "reason=whim"), ("/v1/customers", "tax_exempt=perhaps")]
    {
        assert_eq!(status(&host, "POST", path, form, body), 422, "{path} {body}");
    }
    let program = format!(
        r#"
secret token
connector stripe from openapi "specs/stripe.json" with {{ server: "http://{host}", auth: .bearer(secret.token), keyed: 24 hours }}
flow f() -> Text {{
    let made = stripe.post_customers(
        email: "ada@example.com", balance: -500, metadata: {{ plan: "pro & more" }}, expand: ["default_source"], preferred_locales: ["nb", "en"]
    )
    let refund = stripe.post_refunds(charge: "ch_1", amount: 100, reason: .requested_by_customer)
    return "{{{{made.object}}}} {{{{refund.object}}}}"
}}
"#
    );
    let result = run(&program, &[host]);
    assert!(result.is_ok(), "{result:?}");
}
