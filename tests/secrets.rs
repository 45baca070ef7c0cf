//! A secret goes out to where it is sent, and nowhere else: not into the database, not into what any command prints.

use flow_tests::ledger::Ledger;
use flow_tests::terminal::Terminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SECRET: &str = "sesame-4711-open-wide";

const PROGRAM: &str = r#"
secret shop_token

@once
action shop.tell(base: Text, id: Text) = http {
    method: .post
    url: "{{base}}/template"
    json: { id: id, token: secret.shop_token }
}

flow send(base: Text) {
    let sent = http.post(
        url: "{{base}}/json",
        json: { id: "A1", auth: { token: secret.shop_token, all: ["Bearer {{secret.shop_token}}", "plain"] } }
    ) with { timeout: 20 seconds }
    shop.tell(base: base, id: sent.decode(Text))
    wait 1 day
}
"#;

/// The names of the files in a folder that hold the secret.
fn leaks(folder: &Path) -> Vec<String> {
    let mut leaks = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            leaks.extend(self::leaks(&path));
        } else if name != ".env" {
            // A file that is gone meanwhile holds nothing.
            let bytes = std::fs::read(&path).unwrap_or_default();
            if bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()) {
                leaks.push(name);
            }
        }
    }
    leaks
}

#[test]
fn a_secret_in_json_arrives_and_stays_nowhere() {
    let terminal = Terminal::open();
    let folder = terminal.folder().to_owned();
    let leaked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&leaked);
    // While the request is under way, it is stored; and the other side may repeat what it was told.
    let ledger = Ledger::start(Duration::ZERO, move |_, _| {
        seen.lock().expect("no thread panicked").extend(leaks(&folder));
        (200, format!("\"thank you for {SECRET}\""))
    });
    terminal.write("shop.flow", PROGRAM);
    terminal.write(".env", &format!("FLOW_SECRET_SHOP_TOKEN={SECRET}\n"));
    let settings = format!(
        "[project]\nname = \"shop\"\n\n[net]\nallow = [\"{0}\"]\n\n[net.secret_hosts]\nshop_token = [\"127.0.0.1\"]\n",
        ledger.host()
    );
    terminal.write("flow.toml", &settings);

    let flow = |line: &str| {
        let args: Vec<String> = std::iter::once("flow").chain(line.split(' ')).map(str::to_owned).collect();
        let (printed, code) = terminal.flow(&args, "");
        assert!(!printed.contains(SECRET), "`{line}` prints the secret:\n{printed}");
        assert_eq!(code, ExitCode::SUCCESS, "`{line}`:\n{printed}");
        printed
    };
    flow("check");
    flow(&format!("run shop.flow:send base={} --detach --verbose", ledger.url()));
    let listed = flow("runs");
    let run = listed.split_whitespace().find(|word| word.starts_with("r_")).expect("the run is listed");
    let shown = flow(&format!("show {run}"));
    assert!(shown.contains("http.post"), "{shown}");
    for line in [&format!("show {run} --json"), "runs --json", "doctor", "disasm shop.flow"] {
        flow(line);
    }

    let bodies: Vec<(String, serde_json::Value)> = ledger
        .arrivals()
        .into_iter()
        .map(|arrival| (arrival.path, serde_json::from_str(&arrival.body).expect("the body is JSON")))
        .collect();
    let json = serde_json::json!({
        "id": "A1",
        "auth": { "token": SECRET, "all": [format!("Bearer {SECRET}"), "plain"] },
    });
    let template = serde_json::json!({ "id": "thank you for [secret shop_token]", "token": SECRET });
    assert_eq!(bodies, [("/json".to_owned(), json), ("/template".to_owned(), template)]);
    assert_eq!(*leaked.lock().expect("no thread panicked"), Vec::<String>::new(), "while the request was under way");
    assert_eq!(leaks(terminal.folder()), Vec::<String>::new(), "afterwards");
}
