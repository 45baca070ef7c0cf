//! Names over two versions.

use super::keys::{base, means, split};
use super::mapping::{Mapping, MappingError, OptionName};
use super::options::{Offer, fates, meant};

fn mapping(text: &str) -> Mapping {
    text.parse().unwrap()
}

#[test]
fn a_mapping_is_about_a_place_what_is_inside_it_or_a_flow() {
    let cases = [
        ("ask=who", "desk.greet#ask", Some("desk.greet#who")),
        ("#ask=#who", "desk.greet#ask", Some("desk.greet#who")),
        ("ask=who", "desk.greet#ask/call:http.get:x", Some("desk.greet#who/call:http.get:x")),
        ("ask=who", "desk.greet#asked", None),
        ("ask=who", "desk.greet/ask:email", None),
        ("/ask:email=/ask:address", "desk.greet/ask:email", Some("desk.greet/ask:address")),
        ("/ask:email=who", "desk.greet/ask:email", Some("desk.greet#who")),
        ("desk.greet/wait~2=later", "desk.greet/wait~2", Some("desk.greet#later")),
        ("desk.greet/wait=later", "desk.greet/wait", Some("desk.greet#later")),
        ("desk.greet=hello.greet", "desk.greet#ask", Some("hello.greet#ask")),
        ("desk.greet=hello.greet", "desk.greet", Some("hello.greet")),
        ("desk.greet=hello.greet", "desk.greeting#ask", None),
        ("desk.greet#ask=hello.greet#who", "desk.greet#ask", Some("hello.greet#who")),
        ("ask=hello.greet#who", "desk.greet#ask", Some("hello.greet#who")),
    ];
    for (text, key, expected) in cases {
        assert_eq!(mapping(text).apply(key).as_deref(), expected, "{text} of {key}");
    }
}

#[test]
fn what_is_no_mapping_is_told() {
    let options =
        ["a.\"x\"=y", "a.\"x=\"y\"", "a.\"x\"y\"=\"z\"", "a=\"z\"", ".\"x\"=\"y\"", "a.0=1", "a.1=0", "a.#=#b"];
    for text in ["", "=", "a", "a=", "=b", "a=b=c"].into_iter().chain(options) {
        assert_eq!(text.parse::<Mapping>(), Err(MappingError::Form(text.to_owned())));
    }
}

#[test]
fn a_mapping_is_about_an_option() {
    let label = |text: &str| OptionName::Label(text.to_owned());
    let cases = [
        (r#"ask."Yes"="Certainly""#, "ask", label("Yes"), label("Certainly")),
        (r#"desk.greet#ask."a=b. \"c\" \\"=2"#, "desk.greet#ask", label(r#"a=b. "c" \"#), OptionName::Number(2)),
        (
            "desk.greet#ask.#yes=#sure",
            "desk.greet#ask",
            OptionName::Name("yes".into()),
            OptionName::Name("sure".into()),
        ),
        (r#"/ask:size.12 = "Æ""#, "/ask:size", OptionName::Number(12), label("Æ")),
    ];
    for (text, place, from, to) in cases {
        let expected = Mapping::Option { place: place.to_owned(), from: from.clone(), to };
        assert_eq!(mapping(text), expected, "{text}");
        // What is shown of it is what is taken.
        assert_eq!(from.to_string().parse(), Ok(from));
        assert_eq!(expected.apply("desk.greet#ask"), None);
    }
    for (name, key, is) in [
        ("ask", "desk.greet#ask", true),
        ("#ask", "desk.greet#ask", true),
        ("desk.greet#ask", "desk.greet#ask", true),
        ("desk.other#ask", "desk.greet#ask", false),
        ("ask", "desk.greet#ask/ask:email", false),
        ("/ask:email", "desk.greet/ask:email", true),
    ] {
        assert_eq!(means(name, key), is, "{name} of {key}");
    }
}

#[test]
fn keys_come_apart() {
    assert_eq!(split("desk.greet#ask/wait~2"), ("desk.greet", "#ask/wait~2"));
    assert_eq!(split("desk.greet/wait"), ("desk.greet", "/wait"));
    assert_eq!(
        [base("desk.greet/wait~2"), base("desk.greet/wait"), base("x~")],
        ["desk.greet/wait", "desk.greet/wait", "x~"]
    );
}

/// An option: its anchor, and what it says.
type Shown = (Option<&'static str>, Option<&'static str>);

fn offers(shown: &[Shown]) -> Vec<Offer<'static>> {
    shown.iter().map(|(name, label)| Offer { name: *name, label: *label }).collect()
}

/// Where each option goes; none for one of which that cannot be told, or that is gone.
fn goes(old: &[Shown], new: &[Shown]) -> Vec<Option<u16>> {
    fates("a.b#c", &offers(old), &offers(new), &[]).iter().map(|fate| fate.goes().ok()).collect()
}

#[test]
fn words_that_two_options_say_tell_nothing_apart() {
    let same = (None, Some("Same"));
    assert_eq!(goes(&[same, same], &[same, (None, Some("Other")), same]), [None, None]);
    assert_eq!(goes(&[same], &[same, same]), [None]);
    assert_eq!(meant(&offers(&[same, same]), &OptionName::Label("Same".into())), None);
    assert_eq!(meant(&offers(&[same, same]), &OptionName::Number(2)), Some(1));
}

#[test]
fn an_anchor_goes_before_words() {
    let old = [(Some("first"), Some("One")), (None, Some("Two"))];
    // Where it stood it says something new; its words stand at an anchor that was another's.
    assert_eq!(goes(&old, &[(Some("first"), Some("Two")), (None, Some("Three"))]), [Some(0), Some(1)]);
    assert_eq!(goes(&[(Some("a"), Some("A")), (None, Some("B"))], &[(Some("a"), Some("B"))]), [Some(0), None]);
}

#[test]
fn options_without_words_go_by_their_order() {
    let (item, named) = ((None, None), (Some("other"), None));
    assert_eq!(goes(&[item, item], &[item, item, item]), [Some(0), Some(1)]);
    assert_eq!(goes(&[item, item], &[item, item, named]), [Some(0), Some(1)]);
    assert_eq!(goes(&[item, item, item], &[item, item]), [Some(0), Some(1), None]);
}
