//! Exports as they really come.

use super::*;
use crate::workspace::fake::Fake;
use flow_bytecode::Value;
use flow_bytecode::schema::SchemaType;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn field(name: &str, ty: SchemaType, unique: bool) -> FieldDef {
    let ty = if name == "name" { ty } else { SchemaType::Optional(Box::new(ty)) };
    FieldDef { name: name.into(), ty, default: Value::Null, indexed: false, unique, readonly: false, custom: false }
}

fn schema() -> Schema {
    let company = || SchemaType::Entity("Company".into());
    let plan = vec![("trial".into(), "Trial".into()), ("pro".into(), "Professional".into())];
    let tags = SchemaType::List(Box::new(SchemaType::Symbol("tag".into())));
    let mut blocked = field("blocked", SchemaType::Bool, false);
    blocked.readonly = true;
    let contact = vec![
        field("email", SchemaType::Email, true),
        field("first_name", SchemaType::Text, false),
        field("last_name", SchemaType::Text, false),
        field("phone", SchemaType::Phone, false),
        field("external_id", SchemaType::Text, true),
        field("timezone", SchemaType::TimeZone, false),
        field("tags", tags, false),
        field("company", company(), false),
        field("companies", SchemaType::List(Box::new(company())), false),
        field("owner", SchemaType::Assignee, false),
        blocked,
        field("plan", SchemaType::Enum("Plan".into(), plan), false),
        field("score", SchemaType::Int, false),
        field("revenue", SchemaType::Money, false),
        field("renewal", SchemaType::Date, false),
    ];
    let company = vec![
        field("name", SchemaType::Text, false),
        field("domain", SchemaType::Text, true),
        field("size", SchemaType::Int, false),
    ];
    let entities = [("Contact", contact), ("Company", company)];
    let symbols = [("tag", "vip"), ("tag", "churn_risk"), ("team", "support")];
    Schema {
        entities: entities.into_iter().map(|(name, fields)| EntityDef { name: name.into(), fields }).collect(),
        symbols: symbols.into_iter().map(|(kind, name)| (kind.into(), name.into())).collect(),
        events: Vec::new(),
        ..Schema::default()
    }
}

fn settings() -> Settings {
    Settings { entity: "Contact".into(), country: Some("no".into()), no_runs: false }
}

fn import_into(fake: &mut Fake, bytes: &[u8], settings: &Settings, batch: usize) -> Report {
    let schema = schema();
    let mut import = Import::new(bytes, &schema, settings).expect("a table");
    while import.batch(fake, batch).expect("no fault") {}
    import.report().clone()
}

fn import(text: &str) -> (Fake, Report) {
    let mut fake = Fake::default();
    let report = import_into(&mut fake, text.as_bytes(), &settings(), 2);
    (fake, report)
}

fn counts(report: &Report) -> (usize, usize, usize, usize) {
    (report.imported, report.merged, report.refused, report.blank)
}

fn contact(fake: &mut Fake, email: &str) -> BTreeMap<String, Value> {
    let ids = fake.find("Contact", "email", &Value::text(email), 2).expect("indexed");
    assert_eq!(ids.len(), 1, "{email}");
    let record = fake.record("Contact", ids[0]).expect("a contact").clone();
    record.into_iter().filter(|(name, value)| name != "created" && !value.is_null()).collect()
}

fn t(text: &str) -> Value {
    Value::text(text)
}

#[test]
fn headers_are_known_by_many_names() {
    let text = "\u{feff}E-Mail;FIRST NAME;Surname;Phone number;Organisation;Plan;Blocked;Mobile;Shoe size;\n\
                ADA@Example.com;Ada;Løvelace;900 12 345;Acme;professional;yes;1;43;\n";
    let schema = schema();
    let import_ = Import::new(text.as_bytes(), &schema, &settings()).expect("a table");
    let fields: Vec<_> = import_.columns().iter().map(|column| column.field.clone().unwrap_or_default()).collect();
    assert_eq!(fields, ["email", "first_name", "last_name", "phone", "company", "plan", "blocked", "", "", ""]);
    assert_eq!(import_.columns()[6].field, Ok("blocked".into()));
    assert_eq!(import_.columns()[7].field, Err("another column fills the same field".into()));
    let (mut fake, report) = import(text);
    assert_eq!(counts(&report), (1, 0, 0, 0), "{report:?}");
    let ada = contact(&mut fake, "ada@example.com");
    assert_eq!(ada["last_name"], t("Løvelace"));
    assert_eq!(ada["phone"], t("+4790012345"));
    assert_eq!(ada["plan"], t("pro"));
    assert_eq!(ada["companies"], Value::List(Arc::new(vec![ada["company"].clone()])));
}

#[test]
fn every_refused_row_says_where_what_and_why() {
    let text = "email,phone,plan,tags,score,renewal,revenue,owner\n\
                ada@example.com,,,,,,,\n\
                \n\
                nonsense,12,gold,rare,1.5,1/2/2026,19,nobody\n\
                ,,,,,,,\n\
                \"bob@example.com\n\",,,,,,,,surplus\n\
                eve@example.com,,,,,,,grace@example.com\n\
                ,,trial,,,,,\n";
    let (fake, report) = import(text);
    assert_eq!(counts(&report), (1, 0, 4, 1), "{report:#?}");
    let reasons: Vec<_> = report
        .reasons
        .iter()
        .map(|reason| (reason.line, reason.column.as_deref().unwrap_or("-"), &*reason.value, &*reason.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            (4, "email", "nonsense", "not an email address"),
            (4, "phone", "12", "not a phone number"),
            (4, "plan", "gold", "none of Trial, Professional"),
            (4, "tags", "rare", "not a declared tag"),
            (4, "score", "1.5", "not a whole number"),
            (4, "renewal", "1/2/2026", "can be read in two ways; write 2026-03-01"),
            (4, "revenue", "19", "not an amount with its currency, as in 19.90 EUR"),
            (4, "owner", "nobody", "neither a declared team nor the email address of a teammate"),
            (6, "-", "surplus", "the row has 9 cells, the header 8"),
            (8, "owner", "grace@example.com", "no teammate has this email address"),
            (9, "-", "", "nothing to know the contact by"),
        ]
    );
    assert_eq!(fake.records.len(), 1, "nothing of a refused row is written");
}

#[test]
fn rows_of_one_contact_are_merged_and_empty_cells_overwrite_nothing() {
    let text = "email,first name,last name,tags,company,id\n\
                ada@example.com,Ada,,vip,Acme,\n\
                ADA@example.com,,Byron,Churn Risk,ACME,C-1\n\
                ,Augusta,,\"vip, churn_risk\",Beta,C-1\n\
                bob@example.com,Bob,,,,C-1\n";
    let (mut fake, report) = import(text);
    // The last row is of Ada too, by her number: it gives her another address.
    assert_eq!(counts(&report), (1, 3, 0, 0), "{report:#?}");
    let ada = contact(&mut fake, "bob@example.com");
    assert_eq!((&ada["first_name"], &ada["last_name"]), (&t("Bob"), &t("Byron")));
    assert_eq!(ada["tags"], Value::List(Arc::new(vec![t("vip"), t("churn_risk")])));
    let Value::List(companies) = &ada["companies"] else { panic!("companies") };
    assert_eq!(companies.len(), 2);
    assert_eq!(ada["company"], companies[1]);
    // Two records, one row.
    let text = "email,id\nada@example.com,1\nbob@example.com,2\nada@example.com,2\n";
    let (_, report) = import(text);
    assert_eq!(counts(&report), (2, 0, 1, 0));
    assert_eq!(report.reasons[0].reason, "belongs to another contact than the one with this email");
    assert_eq!(report.reasons[0].column.as_deref(), Some("id"));
}

#[test]
fn what_only_a_phone_number_tells_is_known_by_it() {
    let text = "phone,first name\n0047 900 12 345,Ada\n+47 (900) 12-345,\n90012345,Augusta\n";
    let (_, report) = import(text);
    assert_eq!(counts(&report), (1, 2, 0, 0), "{report:#?}");
    let mut fake = Fake::default();
    let abroad = Settings { country: None, ..settings() };
    let report = import_into(&mut fake, b"phone\n90012345\n'+4790012345\n", &abroad, 9);
    assert_eq!(counts(&report), (1, 0, 1, 0));
    assert!(report.reasons[0].reason.contains("default country"));
}

#[test]
fn companies_are_imported_too() {
    let mut fake = Fake::default();
    let companies = Settings { entity: "Company".into(), country: None, no_runs: false };
    let report = import_into(&mut fake, b"Company name\tEmployees\nAcme\t12\nAcme\t13\n\t5\n", &companies, 9);
    assert_eq!(counts(&report), (1, 1, 1, 0), "{report:#?}");
    let report = import_into(&mut fake, b"domain\nnew.example\n", &companies, 9);
    assert_eq!(report.reasons[0].reason, "a new Company needs a name");
}

#[test]
fn a_file_that_is_no_table_says_what_to_do() {
    let schema = schema();
    let refused = |bytes: &[u8]| Import::new(bytes, &schema, &settings()).err().map(|error| error.to_string());
    let utf16: Vec<u8> = "email\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_bom = [&[0xff, 0xfe], utf16.as_slice()].concat();
    for bytes in [utf16, with_bom] {
        assert!(refused(&bytes).is_some_and(|message| message.contains("UTF-16")));
    }
    let latin = refused(b"email,name\na@b.example,Bj\xf8rn\n");
    assert!(latin.is_some_and(|message| message.starts_with("line 2 is not UTF-8, but perhaps Latin-1")));
    let open = refused(b"email,name\na@b.example,\"Ada\nb@b.example,Bob\n");
    assert_eq!(open.as_deref(), Some("the quote that opens in line 2 is never closed"));
    assert_eq!(refused(b"").as_deref(), Some("the file has no header"));
    assert!(refused(b"first name\nAda\n").is_some_and(|message| message.contains("email, external_id, phone")));
    let nowhere = Settings { entity: "Contact".into(), country: Some("Norway".into()), no_runs: false };
    assert!(Import::new(b"email\n", &schema, &nowhere).is_err());
}

#[test]
fn separators_and_line_ends() {
    for text in [
        "sep=|\r\nemail|first name\r\nada@example.com|Ada, A.\r\n",
        "email;first name\r\rada@example.com;Ada, A.",
        "\"shoe, size\"\temail\tfirst name\n\tada@example.com\tAda, A.\n\n\n",
        "\n\nemail,first name\nada@example.com,\"Ada, A.\"",
    ] {
        let (mut fake, report) = import(text);
        assert_eq!(counts(&report), (1, 0, 0, 0), "{text}: {report:?}");
        assert_eq!(contact(&mut fake, "ada@example.com")["first_name"], t("Ada, A."), "{text}");
    }
}

/// A row as its author means it: which of a few contacts, and perhaps a name and a plan.
#[derive(Debug, Clone)]
struct Meant {
    who: u8,
    name: String,
    plan: Option<bool>,
    nonsense: bool,
}

fn meant() -> impl Strategy<Value = Meant> {
    let name = prop_oneof![Just(String::new()), "[a-zæøåéü\"',;\t\n ]{0,12}", "\\PC{0,8}"];
    (0..6u8, name, any::<Option<bool>>(), prop::bool::weighted(0.15)).prop_map(|(who, name, plan, nonsense)| Meant {
        who,
        name: name.trim().to_string(),
        plan,
        nonsense,
    })
}

/// Writes a table as badly as programs do.
fn table(rows: &[Meant], separator: char, end: &str, bom: bool, blank_lines: bool) -> String {
    let quote = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let s = separator;
    let mut text = String::from(if bom { "\u{feff}" } else { "" });
    text += &format!("First Name{s}E-MAIL{s}{}{s}plan{end}", quote(&format!("no{s}\"field\"")));
    for (at, row) in rows.iter().enumerate() {
        let email =
            if at % 2 == 0 { format!(" W{}@Example.COM ", row.who) } else { format!("w{}@example.com", row.who) };
        let plan = row.plan.map_or("", |pro| if pro { "PROFESSIONAL" } else { "trial" });
        let plan = if row.nonsense { "gold" } else { plan };
        text += &format!("{}{s}{email}{s}{}{s}{plan}{end}", quote(&row.name), quote("a\nb"));
        if blank_lines && at % 3 == 0 {
            text += end;
        }
    }
    text
}

proptest! {
    #[test]
    fn what_is_meant_is_what_is_imported(
        rows in proptest::collection::vec(meant(), 1..30),
        separator in prop::sample::select(vec![',', ';', '\t']),
        end in prop::sample::select(vec!["\n", "\r\n"]),
        bom in any::<bool>(), blank_lines in any::<bool>(), batch in 1..40usize,
    ) {
        let text = table(&rows, separator, end, bom, blank_lines);
        let mut fake = Fake::default();
        let report = import_into(&mut fake, text.as_bytes(), &settings(), batch);
        let mut model: BTreeMap<u8, BTreeMap<String, Value>> = BTreeMap::new();
        let mut taken = 0;
        for row in rows.iter().filter(|row| !row.nonsense) {
            taken += 1;
            let known = model.entry(row.who).or_default();
            known.insert("email".into(), t(&format!("w{}@example.com", row.who)));
            if !row.name.is_empty() {
                known.insert("first_name".into(), t(&row.name));
            }
            if let Some(pro) = row.plan {
                known.insert("plan".into(), t(if pro { "pro" } else { "trial" }));
            }
        }
        prop_assert_eq!(counts(&report), (model.len(), taken - model.len(), rows.len() - taken, 0));
        for (who, wanted) in &model {
            prop_assert_eq!(&contact(&mut fake, &format!("w{who}@example.com")), wanted);
        }
        // Each reason names the line where its row really begins.
        let lines: Vec<&str> = text.split('\n').collect();
        for reason in &report.reasons {
            prop_assert_eq!(&reason.value, "gold");
            prop_assert!(lines[reason.line - 1].starts_with('"'), "{:?}", reason);
        }
        // Once more, in one go: nothing is new, and rows that do not contradict each other write nothing.
        let before = fake.records.clone();
        let again = import_into(&mut fake, text.as_bytes(), &settings(), 1000);
        prop_assert_eq!(again.imported, 0);
        prop_assert_eq!(again.merged, taken);
        prop_assert_eq!(before, fake.records);
    }

    #[test]
    fn any_bytes_are_imported_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), table in any::<bool>()) {
        let header: &[u8] = if table { b"email,phone,tags,revenue,renewal,company\n" } else { b"" };
        let bytes = [header, &bytes].concat();
        let schema = schema();
        if let Ok(mut import) = Import::new(&bytes, &schema, &settings()) {
            let mut fake = Fake::default();
            while import.batch(&mut fake, 3).expect("no fault") {}
        }
    }

    #[test]
    fn any_cells_are_read_or_refused(cells in proptest::collection::vec("[-+0-9.,:/ €$A-Z@a-z']{0,14}", 12)) {
        let text = format!("email,phone,tags,revenue,renewal,score\n{}\n{}\n", cells[..6].join(";"), cells[6..].join(","));
        let _ = import(&text);
    }
}

/// What an owner in another process writes, lot by lot, is what one transaction here would have written.
#[test]
fn parcels_write_and_report_the_same_as_one_go() {
    let mut text = String::from("Email,First name,Company,Score\n");
    for number in 0..40 {
        let email = if number % 7 == 3 { "nobody".to_owned() } else { format!("p{}@example.com", number % 30) };
        let company = ["Acme", "ACME", "Fjord AS", ""][number % 4];
        text.push_str(&format!("{email},P{number},{company},{}\n", if number == 11 { "many" } else { "3" }));
    }
    let (mut whole, mut lots) = (Fake::default(), Fake::default());
    let expected = import_into(&mut whole, text.as_bytes(), &settings(), 1_000);
    assert!(expected.imported > 10 && expected.merged > 5 && expected.refused > 5, "{expected:?}");
    let schema = schema();
    let mut import = Import::new(text.as_bytes(), &schema, &settings()).expect("a table");
    let mut lines = 2;
    while let Some(parcel) = import.parcel(7) {
        assert_eq!(parcel.lines.0, lines);
        lines = parcel.lines.1 + 1;
        let answer = take(&mut lots, &parcel.args).expect("rows");
        import.took(&answer).expect("an answer");
    }
    assert_eq!((lines, import.report()), (42, &expected));
    assert_eq!(lots.records, whole.records);
}
