use super::*;

fn field(kind: Kind, many: bool) -> Field {
    let choice = |name: &str, label: &str| Label { name: name.into(), label: label.into(), doc: String::new() };
    let choices = match kind {
        Kind::Enum => vec![choice("solo", "Just me"), choice("many", "2 to 20")],
        _ => Vec::new(),
    };
    Field { name: "first_field".into(), doc: String::new(), kind, many, needed: true, choices }
}

fn wanted(fields: Vec<Field>) -> Wanted {
    Wanted { name: "Lead".into(), doc: String::new(), fields, unsaid: false }
}

fn part<'v>(value: &'v Value, name: &str) -> &'v Value {
    let Value::Map(parts) = value else { panic!("a record is a map") };
    &parts.iter().find(|(known, _)| &**known == name).expect("a field").1
}

fn list(items: &[Value]) -> Value {
    Value::List(Arc::new(items.to_vec()))
}

#[test]
fn what_is_said_is_read_as_ask_reads_it() {
    let number = |text: &str| Value::Number(text.parse().unwrap());
    for (kind, said, expected) in [
        (Kind::Text, "  a text ", Some(Value::text("a text"))),
        (Kind::Email, "Ada@Example.com", Some(Value::text("ada@example.com"))),
        (Kind::Email, "ada at example.com", None),
        (Kind::Phone, "+47 900 12 345", Some(Value::text("+4790012345"))),
        (Kind::Phone, "90012345", None),
        (Kind::Url, "HTTPS://example.com/A", Some(Value::text("https://example.com/A"))),
        (Kind::Url, "example.com", None),
        (Kind::Int, "20", Some(Value::Int(20))),
        (Kind::Int, "about 20", None),
        (Kind::Number, "19,90", Some(number("19.90"))),
        (Kind::Date, "1.3.2026", Some(Value::text("2026-03-01"))),
        (Kind::Date, "tomorrow", None),
        (Kind::Time, "9:30", Some(Value::text("09:30"))),
        (Kind::Bool, "Yes", Some(Value::Bool(true))),
        (Kind::Bool, "perhaps", None),
        (Kind::Enum, "just", Some(Value::text("solo"))),
        (Kind::Enum, "2", Some(Value::text("many"))),
        (Kind::Enum, "solo", Some(Value::text("solo"))),
        (Kind::Enum, "a few", None),
    ] {
        let found = by_words(&wanted(vec![field(kind, false)]), None, Some(said));
        let ask = part(&found, "ask").as_text().expect("a text");
        match expected {
            Some(value) => {
                assert_eq!(part(part(&found, "fields"), "first_field"), &value, "{said}");
                assert_eq!((part(&found, "state"), &**ask), (&Value::text("complete"), ""), "{said}");
            }
            None => {
                assert_eq!(part(&found, "state"), &Value::text("asking"), "{said}");
                assert!(ask.starts_with(&format!("That has to be {}. First field?", kind.noun())), "{ask}");
            }
        }
        assert_eq!(part(&found, "default"), &Value::Bool(true));
    }
    let several = by_words(&wanted(vec![field(Kind::Int, true)]), None, Some("1, 2;3"));
    let numbers = list(&[Value::Int(1), Value::Int(2), Value::Int(3)]);
    assert_eq!(part(part(&several, "fields"), "first_field"), &numbers);
    let none = by_words(&wanted(vec![field(Kind::Int, true)]), None, Some("1, some"));
    assert_eq!(part(&none, "state"), &Value::text("asking"));
}

/// The question shows labels without numbers: `3` is three, and not the third of them.
#[test]
fn a_number_is_never_the_place_of_an_option() {
    let choice = |name: &str, label: &str| Label { name: name.into(), label: label.into(), doc: String::new() };
    let mut people = field(Kind::Enum, false);
    people.choices = vec![choice("solo", "Just me"), choice("small", "2 to 20"), choice("large", "More than 20")];
    let mut space = field(Kind::Enum, false);
    space.choices =
        vec![choice("most", "200 GB"), choice("half", "1.5 GB"), choice("one", "1 GB"), choice("ten", "10")];
    for (field, said, expected) in [
        (&people, "1", None),
        (&people, "3", None),
        (&people, "3.", None),
        (&people, "+3", None),
        (&people, "2", Some("small")),
        (&people, "2.", Some("small")),
        (&people, "20", None),
        (&people, "we are 3", None),
        (&space, "2", None),
        (&space, "4", None),
        (&space, "1", Some("one")),
        (&space, "10", Some("ten")),
        (&space, "200", Some("most")),
    ] {
        let found = by_words(&wanted(vec![field.clone()]), None, Some(said));
        let expected = expected.map(Value::text).unwrap_or_default();
        assert_eq!(part(part(&found, "fields"), "first_field"), &expected, "{said}");
    }
}

/// A value within a sentence is taken where it is the only one, and nothing casts a doubt on it.
#[test]
fn what_is_certain_in_a_sentence_is_taken_and_nothing_else() {
    let text = |text: &str| Some(Value::text(text));
    let mut size = field(Kind::Enum, false);
    let choice = |name: &str, label: &str| Label { name: name.into(), label: label.into(), doc: String::new() };
    size.choices = vec![choice("pro", "Pro"), choice("pro_plus", "Pro plus"), choice("small", "2 to 20")];
    let plain = |kind: Kind| field(kind, false);
    let all = |kind: Kind| field(kind, true);
    for (field, said, expected) in [
        (plain(Kind::Email), "my mail is ann@example.org", text("ann@example.org")),
        (plain(Kind::Email), "It's <Ann@Example.org>, thanks!", text("ann@example.org")),
        (plain(Kind::Email), "ann@example.org. Yes: ann@example.org!", text("ann@example.org")),
        (plain(Kind::Email), "(ann@example.org)", text("ann@example.org")),
        (plain(Kind::Email), "ann@example.org or bob@example.org", None),
        (plain(Kind::Email), "ann@example.org, bob@example.org", None),
        (plain(Kind::Email), "it is not ann@example.org", None),
        (plain(Kind::Email), "don\u{2019}t write to ann@example.org", None),
        (plain(Kind::Email), "my old one was ann@example.org", None),
        (plain(Kind::Email), "you have it", None),
        (plain(Kind::Url), "we are at https://example.com/a?b=1.", text("https://example.com/a?b=1")),
        (plain(Kind::Phone), "call me at +47 900 12 345, please", text("+4790012345")),
        (plain(Kind::Phone), "+47 900 12 345 and then 7", text("+4790012345")),
        (plain(Kind::Phone), "+47 900 12 345 or +47 900 12 346", None),
        (plain(Kind::Phone), "it is 900 12 345", None),
        (plain(Kind::Int), "we are 7 people", Some(Value::Int(7))),
        (plain(Kind::Int), "7, all of us (7)", Some(Value::Int(7))),
        (plain(Kind::Int), "we are 7, later 8", None),
        (plain(Kind::Int), "5 or 6", None),
        (plain(Kind::Int), "more than 20", None),
        (plain(Kind::Int), "20-30 people", None),
        (plain(Kind::Int), "7 of 10%", None),
        (plain(Kind::Int), "we are many", None),
        (plain(Kind::Number), "it weighs 7.5 kilos", Some(Value::Number("7.5".parse().unwrap()))),
        (plain(Kind::Date), "on 2026-03-01 please", text("2026-03-01")),
        (plain(Kind::Date), "not on 2026-03-01", None),
        (plain(Kind::Date), "2026-03-01, else 2026-03-02", None),
        (plain(Kind::Time), "at 9:30, if you can", None),
        (plain(Kind::Time), "best at 9:30", text("09:30")),
        (plain(Kind::Time), "best at 9", None),
        (plain(Kind::Bool), "yes, we would like that", Some(Value::Bool(true))),
        (plain(Kind::Bool), "No, thank you very much", Some(Value::Bool(false))),
        (plain(Kind::Bool), "no idea", None),
        (plain(Kind::Bool), "yes and no", None),
        (plain(Kind::Bool), "yes, but later", None),
        (size.clone(), "I take the Pro plus, please", text("pro_plus")),
        (size.clone(), "we have pro now", text("pro")),
        (size.clone(), "from pro to pro plus", None),
        (size.clone(), "we are 2 to 20", text("small")),
        (size.clone(), "professional", None),
        (size, "anything without Pro", None),
        (
            all(Kind::Email),
            "write to ann@example.org and bob@example.org",
            Some(list(&[Value::text("ann@example.org"), Value::text("bob@example.org")])),
        ),
        (all(Kind::Int), "it is 1 and 2, and 3x", None),
    ] {
        let found = by_words(&wanted(vec![field]), None, Some(said));
        let state = if expected.is_some() { "complete" } else { "asking" };
        assert_eq!(part(&found, "state"), &Value::text(state), "{said}");
        assert_eq!(part(part(&found, "fields"), "first_field"), &expected.unwrap_or_default(), "{said}");
    }
}

#[test]
fn one_missing_field_after_another_is_asked_for() {
    let mut email = field(Kind::Email, false);
    (email.name, email.doc) = ("email".into(), "Where can we\nwrite to you?".into());
    let mut note = field(Kind::Text, false);
    (note.name, note.needed) = ("note".into(), false);
    let all = wanted(vec![note, email, field(Kind::Bool, false)]);
    let first = by_words(&all, None, None);
    assert_eq!(part(&first, "ask"), &Value::text("Where can we write to you?"));
    let second = by_words(&all, Some(part(&first, "fields")), Some("ada@example.com"));
    assert_eq!(part(&second, "ask"), &Value::text("First field? (yes / no)"));
    let third = by_words(&all, Some(part(&second, "fields")), Some("no"));
    assert_eq!(part(&third, "state"), &Value::text("complete"));
    assert_eq!(part(part(&third, "fields"), "email"), &Value::text("ada@example.com"));
    assert_eq!(part(part(&third, "fields"), "note"), &Value::Null);
}

#[test]
fn whoever_gives_up_or_wants_a_person_is_understood_and_nobody_else() {
    let state = |kind: Kind, said: &str| {
        let found = by_words(&wanted(vec![field(kind, false)]), None, Some(said));
        part(&found, "state").as_text().expect("a text").to_string()
    };
    for (said, expected) in [
        ("Never mind!", "given_up"),
        ("stop", "given_up"),
        ("Human", "person"),
        ("I want to speak to somebody", "person"),
        ("I work as a support agent", "complete"),
        ("We have to stop the bleeding", "complete"),
    ] {
        assert_eq!(state(Kind::Text, said), expected, "{said}");
    }
    assert_eq!(state(Kind::Bool, "no"), "complete");
}

#[test]
fn what_a_model_says_is_held_against_the_types() {
    let all = wanted(vec![field(Kind::Number, false)]);
    let answer = |value: &str| format!(r#"{{"state":"asking","ask":"And?","fields":{{"first_field":{value}}}}}"#);
    let found = read(&format!("```json\n{}\n```", answer("1.50")), &all).unwrap();
    assert_eq!((part(&found, "state"), part(&found, "default")), (&Value::text("complete"), &Value::Bool(false)));
    assert_eq!(part(&read(&answer("null"), &all).unwrap(), "state"), &Value::text("asking"));
    for (value, told) in
        [("\"much\"", "`first_field` has to be a number, and is \"much\""), ("true", "is true"), ("[1]", "is [1]")]
    {
        let wrong = read(&answer(value), &all).unwrap_err();
        assert!(wrong.contains(told), "{wrong}");
    }
    let several = wanted(vec![field(Kind::Enum, true)]);
    assert_eq!(part(&read(&answer("[]"), &several).unwrap(), "state"), &Value::text("asking"));
    let chosen = read(&answer("[\"solo\", \"2 to 20\"]"), &several).unwrap();
    assert_eq!(part(part(&chosen, "fields"), "first_field"), &list(&[Value::text("solo"), Value::text("many")]));
    assert!(read(&answer("[\"just\"]"), &several).unwrap_err().contains("has to be one of these"));
    let gone = r#"{"state":"person","ask":"","fields":{}}"#;
    // Of somebody who has said nothing a model knows nothing, whatever it says.
    let unsaid = Wanted { unsaid: true, ..all.clone() };
    let asked = |ask: &str| {
        let said = serde_json::json!({ "state": "asking", "ask": ask, "fields": { "first_field": 5 } });
        read(&said.to_string(), &unsaid)
    };
    assert_eq!(part(&asked("What is it?").unwrap(), "state"), &Value::text("asking"));
    assert!(asked("").unwrap_err().contains("is not known yet"));
    assert_eq!(day(1_795_392_000_000_000), "Monday, 2026-11-23");
    assert_eq!(part(&read(gone, &all).unwrap(), "state"), &Value::text("person"));
}

proptest::proptest! {
    #[test]
    fn nothing_that_is_said_breaks_it(text in ".{0,60}") {
        for kind in [Kind::Text, Kind::Email, Kind::Bool, Kind::Int, Kind::Phone, Kind::Number, Kind::Date, Kind::Time, Kind::Enum] {
            by_words(&wanted(vec![field(kind, true), field(kind, false)]), None, Some(&text));
            let _ = read(&text, &wanted(vec![field(kind, false)]));
        }
    }
}
