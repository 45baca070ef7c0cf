//! Names over two versions.

use super::keys::{Mapping, MappingError, base, split};

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
    for text in ["", "=", "a", "a=", "=b", "a=b=c"] {
        assert_eq!(text.parse::<Mapping>(), Err(MappingError::Form(text.to_owned())));
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
