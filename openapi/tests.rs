//! Documents that mean no good: each is an answer within bounds, and never a panic.

use crate::{Connector, DECLARED_BYTES_MAX, DOCUMENT_BYTES_MAX, Document, Index, Problem};
use proptest::prelude::*;
use serde_json::{Value, json};

const SHOP: &str = include_str!("../tests/suite/openapi/shop.json");

/// A document with one operation that yields the schema `a`.
fn with(schemas: Value) -> String {
    json!({
        "openapi": "3.1.0",
        "servers": [{ "url": "https://x.example.com" }],
        "paths": { "/a": {
            "get": { "operationId": "get", "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/a" } } } } } },
            "post": { "operationId": "send", "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/a" } } } } }
        } },
        "components": { "schemas": schemas }
    })
    .to_string()
}

fn everything(document: &Document) -> Result<String, Problem> {
    let names: Vec<&str> = document.operations().map(|one| one.name).collect();
    let server = Some("https://x.example.com".to_owned());
    let connector = Connector { name: "x".to_owned(), server, ..Connector::default() };
    let declared = document.declare(&connector, &names, &["A", "Order", "Nothing"])?;
    match declared.problems.into_iter().find(|(_, problem)| problem.message.contains("MiB")) {
        Some((_, problem)) => Err(problem),
        None => Ok(declared.source),
    }
}

fn declared(text: &str) -> String {
    let document = Document::read(text.as_bytes()).unwrap_or_else(|problem| panic!("{problem}"));
    everything(&document).unwrap_or_else(|problem| panic!("{problem}"))
}

fn refused(bytes: &[u8]) -> String {
    Document::read(bytes).err().map(|problem| problem.message).unwrap_or_else(|| "nothing".to_owned())
}

#[test]
fn references_that_lead_back_end() {
    let a = |schema: Value| declared(&with(json!({ "a": schema })));
    let me = json!({ "$ref": "#/components/schemas/a" });
    assert!(a(me.clone()).contains("get() -> Json"));
    assert!(a(json!({ "allOf": [me, me] })).contains("get() -> Json"));
    assert!(a(json!({ "oneOf": [me, me], "discriminator": { "propertyName": "x" } })).contains("get() -> Json"));
    assert!(a(json!({ "type": "array", "items": me })).contains("-> List<"));
    assert!(
        a(json!({ "type": "object", "properties": { "b": me, "c": { "type": "array", "items": me } } }))
            .contains("c: List<Json>? = null")
    );
    assert!(a(json!({ "$ref": "#/paths/~1a/get/responses/200/content/application~1json/schema" })).contains("-> Json"));
    assert!(a(json!({ "$ref": "#/nowhere" })).contains("-> Json"));
    assert!(a(json!({ "$ref": "other.yaml#/a" })).contains("-> Json"));
    assert!(
        a(json!({ "$ref": 7, "type": [], "enum": {}, "properties": [], "oneOf": 1, "allOf": {} })).contains("-> Json")
    );
}

#[test]
fn what_doubles_at_every_step_is_cut_off() {
    let step = |next: &str| json!({ "allOf": [{ "$ref": format!("#/components/schemas/{next}") }, { "$ref": format!("#/components/schemas/{next}") }] });
    let mut schemas = serde_json::Map::new();
    schemas.insert("a".to_owned(), step("s0"));
    for at in 0..60 {
        schemas.insert(format!("s{at}"), step(&format!("s{}", at + 1)));
    }
    declared(&with(Value::Object(schemas)));
    // The same by references into paths, which have no name of their own.
    let here = "#/paths/~1a/get/responses/200/content/application~1json/schema";
    let twice = json!({ "type": "object", "properties": { "l": { "$ref": here }, "r": { "$ref": here } } });
    let text = with(json!({ "a": {} })).replace("{\"$ref\":\"#/components/schemas/a\"}", &twice.to_string());
    let document = Document::read(text.as_bytes()).expect("a document");
    assert!(everything(&document).is_ok_and(|source| source.len() < DECLARED_BYTES_MAX));
}

/// What is too much is that operation, and the others are declared.
#[test]
fn what_has_no_room_is_told_of_alone() {
    let here = "#/paths/~1b/get/responses/200/content/application~1json/schema";
    let twice =
        json!({ "type": "object", "properties": { "l": { "$ref": here }, ("r".repeat(200)): { "$ref": here } } });
    let answers = |schema: &Value| json!({ "get": { "responses": { "200": { "description": "", "content": { "application/json": { "schema": schema } } } } } });
    let order = json!({ "$ref": "#/components/schemas/order" });
    let text = json!({
        "openapi": "3.0.0", "info": { "title": "x", "version": "1" },
        "paths": { "/a": answers(&order), "/b": answers(&twice), "/c": answers(&order) },
        "components": { "schemas": { "order": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } } } },
    });
    let document = Document::read(text.to_string().as_bytes()).expect("a document");
    let server = Some("https://x.example.com".to_owned());
    let connector = Connector { name: "x".to_owned(), server, ..Connector::default() };
    let declared = document.declare(&connector, &["get_a", "get_b", "get_c"], &["Order"]).expect("it is declared");
    let problems: Vec<&str> = declared.problems.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(problems, ["get_b"]);
    assert!(declared.problems.iter().all(|(_, problem)| problem.message.contains("more than 8 MiB of declarations")));
    let actions: Vec<&str> = declared.source.lines().filter(|line| line.starts_with("action ")).collect();
    assert_eq!(actions, ["action x.get_a() -> Order = http {", "action x.get_c() -> Order = http {"]);
    assert_eq!(declared.source.matches("record ").count(), 1);
}

#[test]
fn records_that_contain_each_other_are_broken_up_the_same_whoever_asks() {
    let r = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let text = with(json!({
        "a": { "type": "object", "properties": { "b": r("b") } },
        "b": { "type": "object", "properties": { "c": r("c"), "a": r("a") } },
        "c": { "type": "object", "properties": { "a": r("a") } },
    }));
    let source = declared(&text);
    for line in [
        "record A {\n    b: B? = null",
        "record B {\n    c: C? = null\n    a: Json? = null",
        "record C {\n    a: Json? = null",
    ] {
        assert!(source.contains(line), "{line}\n{source}");
    }
}

#[test]
fn what_is_too_much_is_named() {
    let deep = |levels: usize| format!("{}{{}}{}", "{\"items\":".repeat(levels), "}".repeat(levels));
    let source = declared(&with(json!({ "a": 1 })).replace("\"a\":1", &format!("\"a\":{}", deep(100_000))));
    assert!(source.contains("get() -> Json"));
    declared(&with(json!({ "a": 1 })).replace("\"a\":1", &format!("\"a\":{}", deep(60))));
    let values: Vec<String> = (0..100_000).map(|at| format!("v{at}")).collect();
    assert!(declared(&with(json!({ "a": { "enum": values } }))).contains("get() -> Text"));
    let fields: serde_json::Map<String, Value> =
        (0..5_000).map(|at| (format!("f{at}"), json!({ "type": "string" }))).collect();
    assert!(declared(&with(json!({ "a": { "type": "object", "properties": fields } }))).contains("get() -> Json"));
    let many: serde_json::Map<String, Value> =
        (0..20_001).map(|at| (format!("/p{at}"), json!({ "get": {} }))).collect();
    let said = refused(json!({ "openapi": "3.0.0", "paths": many }).to_string().as_bytes());
    assert!(said.contains("more than 20000 operations"), "{said}");
    assert!(refused(&vec![b' '; DOCUMENT_BYTES_MAX + 1]).contains("larger than 64 MiB"));
    // A long chain of schemas is only long.
    let long: serde_json::Map<String, Value> = (0..30_000)
        .map(|at| {
            let name = if at == 0 { "a".to_owned() } else { format!("s{at:05}") };
            let next = json!({ "$ref": format!("#/components/schemas/s{:05}", at + 1) });
            (name, json!({ "type": "object", "properties": { "next": next, "text": { "type": "string" } } }))
        })
        .collect();
    let document = Document::read(with(Value::Object(long)).as_bytes()).expect("a document");
    assert!(everything(&document).is_ok_and(|source| source.len() > 1 << 20));
}

#[test]
fn what_is_no_document_says_where() {
    for (text, said) in [
        (&b""[..], "no object"),
        (b"<html>", "no object"),
        (b"{}", "neither `openapi` nor `swagger`"),
        (b"[]", "no object"),
        (b"{\"openapi\": \"3.0.0\", \"paths\": {}}", "no operation"),
        (b"{\"openapi\": \"4.0\"}", "its version is `4.0`"),
        (b"{\"swagger\": \"1.2\"}", "its version is `1.2`"),
        (b"{\"openapi\": \"3.0.0\",\n \"paths\": {\"/a\": }", "at line 2, column 18: a value is missing."),
        (b"{\"openapi\": \"3.0.0\"", "it ends in the midst."),
        (b"{\"a\": 1,}", "no JSON at line 1, column 9: a comma too many."),
        (b"{\"a\" 1}", "a `:` is missing behind a name."),
        (b"{\"a\": [1 2]}", "a `,` or the end of a list is missing."),
        (b"{\"a\": \"\\q\"}", "an escape that means nothing."),
        (b"a: 1\na: 2\n", "neither JSON nor YAML at line 2, column 1: a name comes twice."),
        (b"a: *b\n", "neither JSON nor YAML at line 1, column 4: an alias of something that is not there."),
        (b"a: [1, 2\nb: x\n", "neither JSON nor YAML at line 2, column 2: a `:` in the midst of a value."),
        (b"{\"openapi\": \"3.0.0\", \"x\": \"\xff\"}", "not UTF-8, at byte 28"),
        (b"openapi: 3.0.0\npaths: [\n", "neither JSON nor YAML"),
        (b"openapi: 3.0.0\npaths:\n  /a: &a\n    get: *b\n", "neither JSON nor YAML"),
    ] {
        let found = refused(text);
        assert!(found.contains(said), "{said}: {found}");
    }
    let bomb: String = (0..40)
        .map(|at| {
            format!(
                "k{at}: &a{at} [{}]\n",
                vec![format!("*a{}", at.max(1) - 1); if at == 0 { 0 } else { 9 }].join(", ")
            )
        })
        .collect();
    let deep = format!("a: {}{}", "[".repeat(200), "]".repeat(200));
    for text in [format!("openapi: 3.0.0\n{bomb}"), deep] {
        let found = refused(text.as_bytes());
        assert!(found.contains("more than 5000000 names and values") && !found.contains("budget"), "{found}");
    }
}

#[test]
fn of_a_name_that_comes_twice_the_last_counts() {
    let text = with(json!({ "a": { "type": "string" } }))
        .replace("{\"a\":{\"type\":\"string\"}}", "{\"a\":{\"type\":\"string\"},\"a\":{\"type\":\"integer\"}}");
    assert!(declared(&text).contains("get() -> Int"));
}

#[test]
fn nothing_in_a_document_becomes_more_than_text() {
    let evil = "\"}} \n*/ {{secret.token}} \\ @once\naction x.evil() = http { } \u{202e}\u{7}";
    let text = json!({
        "openapi": "3.0.0", "info": { "title": evil },
        "servers": [{ "url": "https://x.example.com/\"{{secret.token}}" }],
        "paths": { format!("/a/{evil}/{{{evil}}}"): { "get": {
            "operationId": evil, "summary": evil, "description": evil, "deprecated": true,
            "parameters": [{ "name": evil, "in": "query", "description": evil, "schema": { "enum": [evil, "b{{c}}"] } }, { "name": evil, "in": "header" }],
            "responses": { "200": { "content": { "application/json": { "schema": { "properties": { evil: { "description": evil }, "ok": { "description": evil, "enum": ["x\"}", "{{y}}"] } } } } } } }
        } } }
    });
    let source = declared(&text.to_string());
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("///")).collect::<Vec<_>>().join("\n");
    let actions = code.lines().filter(|line| line.starts_with("action ")).count();
    assert!(!code.contains("{{secret") && actions == 1, "{code}");
    assert!(!source.contains(['\u{202e}', '\u{7}']));
}

#[test]
fn an_index_belongs_to_its_text() {
    let document = Document::read(SHOP.as_bytes()).expect("a document");
    let kept = serde_json::to_string(document.index()).expect("it can be kept");
    let index = |text: &str| serde_json::from_str::<Index>(text).expect("an index");
    let again = Document::kept(document.json().to_owned(), index(&kept)).expect("they belong together");
    assert_eq!(everything(&again).expect("declared"), everything(&document).expect("declared"));
    assert!(Document::kept(SHOP[1..].to_owned(), index(&kept)).is_none());
    let damaged = kept.replace("\"format\":", "\"format\":9");
    assert!(Document::kept(SHOP.to_owned(), index(&damaged)).is_none());
    let far = kept.replacen("[[\"", "[[\"/x\",[0,999999999]],[\"", 1);
    assert!(far == kept || Document::kept(SHOP.to_owned(), index(&far)).is_none());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Document::read(&bytes).map(|document| everything(&document));
    }

    #[test]
    fn any_damage_is_borne(at in 0..SHOP.len(), with in "[\"{}\\[\\]:,a0 \\\\$]{0,3}", cut in 0..40_usize) {
        let mut text = SHOP.as_bytes().to_vec();
        text.splice(at..(at + cut).min(SHOP.len()), with.into_bytes());
        let _ = Document::read(&text).map(|document| everything(&document));
    }

    #[test]
    fn any_schema_is_some_type(schema in schema()) {
        declared(&with(json!({ "a": schema })));
    }
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({ "$ref": "#/components/schemas/a" })),
        Just(json!({ "type": "string", "nullable": true })),
        Just(json!({ "type": ["integer", "null"] })),
        Just(json!({ "enum": ["a", "b-c", null] })),
        Just(json!({ "type": "null" })),
        Just(json!(true)),
    ];
    leaf.prop_recursive(5, 60, 4, |inner| {
        let several = proptest::collection::vec(inner.clone(), 0..4);
        let fields = proptest::collection::vec(("[a-z$+1-]{1,3}", inner.clone()), 0..4);
        prop_oneof![
            (several, prop_oneof![Just("oneOf"), Just("anyOf"), Just("allOf")]).prop_map(|(all, key)| json!({ key: all })),
            fields.prop_map(|fields| json!({ "type": "object", "required": ["a"], "properties": fields.into_iter().collect::<serde_json::Map<_, _>>() })),
            inner.clone().prop_map(|item| json!({ "type": "array", "items": item })),
            inner.prop_map(|item| json!({ "type": "object", "additionalProperties": item })),
        ]
    })
}

/// A required field that may be null, as each version writes it, is a `T?` that has to be given.
#[test]
fn each_version_writes_null_in_its_way() {
    for schema in [
        json!({ "type": "string", "nullable": true }),
        json!({ "type": "string", "x-nullable": true }),
        json!({ "type": ["string", "null"] }),
        json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }),
        json!({ "oneOf": [{ "type": "null" }, { "type": "string" }] }),
        json!({ "allOf": [{ "type": "string" }], "nullable": true }),
        json!({ "$ref": "#/components/schemas/b", "nullable": true }),
    ] {
        let text = with(json!({
            "a": { "type": "object", "required": ["note", "id"], "properties": { "note": schema, "id": { "type": "string" } } },
            "b": { "type": "string" },
        }));
        let document = Document::read(text.as_bytes()).expect("a document");
        let connector = Connector { name: "x".to_owned(), ..Connector::default() };
        let declared = document.declare(&connector, &["get", "send"], &[]).expect("it is declared").source;
        assert!(declared.contains("    note: Text?\n"), "{schema}: {declared}");
        assert!(declared.contains("    note: Text?,\n"), "{schema}: {declared}");
        assert!(
            declared.contains("    id: Text\n") && declared.contains("nulls: { \"note\": note }"),
            "{schema}: {declared}"
        );
    }
}
