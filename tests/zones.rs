//! The tables of `docs/reference/time.md` are carried out: every row is a flow that waits, for a contact who lives in the zone.

use flow_bytecode::Value;
use flow_tests::markdown::blocks;
use flow_tests::project::project;
use flow_tests::story::deployed;
use flow_vm::engine::{Act, Control, Engine, EngineConfig};
use flow_vm::seam::ManualClock;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

const PAGE: &str = include_str!("../docs/reference/time.md");
const HEAD: &str = "| zone | from | wait | goes on |";

/// A row of a table.
struct Row {
    line: usize,
    zone: String,
    from: String,
    wait: String,
    goes_on: String,
}

fn rows() -> Vec<Row> {
    let (mut rows, mut inside) = (Vec::new(), false);
    for (index, line) in PAGE.lines().enumerate() {
        inside = line == HEAD || inside && line.starts_with('|');
        if !inside || line == HEAD || line.starts_with("|--") {
            continue;
        }
        let cells: Vec<String> =
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`').to_owned()).collect();
        let [zone, from, wait, goes_on] = cells.try_into().expect("a row of four cells");
        rows.push(Row { line: index + 1, zone, from, wait, goes_on });
    }
    rows
}

/// `Sat 2026-03-28 12:00 +01:00`, in microseconds since 1970.
fn moment(text: &str) -> i64 {
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().expect("a number");
    let (mut year, month, day) = (number(4, 8), number(9, 11), number(12, 14));
    // Days since 1970 of a date: March is the first month, so that a leap day is the year's last.
    year -= i64::from(month <= 2);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468;
    let weekday = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][(days + 3).rem_euclid(7) as usize];
    assert_eq!(weekday, &text[..3], "{text}");
    let offset = (number(22, 24) * 60 + number(25, 27)) * if &text[21..22] == "-" { -1 } else { 1 };
    (days * 1440 + number(15, 17) * 60 + number(18, 20) - offset) * 60_000_000
}

#[test]
fn every_row_of_the_tables_of_time_holds() {
    let rows = rows();
    let zones: BTreeSet<&str> = rows.iter().map(|row| &*row.zone).collect();
    assert!(zones.len() >= 12 && rows.len() >= 300, "{} rows in {} zones", rows.len(), zones.len());
    let mut program = String::new();
    for block in blocks(PAGE).iter().filter(|block| block.text.contains("calendar small_hours")) {
        program.push_str(&block.text);
    }
    for row in &rows {
        let wait = &row.wait;
        writeln!(program, "flow line_{}(contact: Contact) {{ wait {wait}; contact.add_note(\"\") }}", row.line)
            .expect("text");
    }
    let registry = flow_stdlib::registry(&flow_stdlib::Config::default()).expect("the library's settings are right");
    let mut config = EngineConfig::in_memory("zones", registry);
    let clock = ManualClock::new(0);
    config.clock = Arc::new(clock.clone());
    let engine = Engine::open(config).expect("the engine opens");
    engine.deploy(deployed(project([("zones.flow", program.as_bytes())]))).expect("the program is deployed");

    // Time goes one way only.
    let mut order: Vec<&Row> = rows.iter().collect();
    order.sort_by_key(|row| moment(&row.from));
    let mut wrong = Vec::new();
    for row in order {
        clock.advance_to(moment(&row.from));
        let fields = vec![("timezone".to_owned(), Value::text(row.zone.as_str()))];
        let made =
            engine.perform(vec![Act::Create { entity: "Contact".to_owned(), fields }]).expect("the store is well");
        let contact = made.into_iter().next().expect("an answer").expect("a contact");
        let started = engine.start(&format!("zones.line_{}", row.line), vec![("contact".to_owned(), contact)]);
        let run = started.expect("the flow is there");
        engine.run_until_idle().expect("the engine goes on");
        let until = engine.show(run).expect("a run is shown").run.until.expect("it waits");
        if until != moment(&row.goes_on) {
            let late = (until - moment(&row.goes_on)) as f64 / 3_600_000_000.0;
            wrong.push(format!(
                "line {}: {} from {} for {}: {} is told, {late} hours later is found",
                row.line, row.zone, row.from, row.wait, row.goes_on
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
