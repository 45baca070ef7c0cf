//! Files of nothing but one piece, over and over: what people paste, and what they have begun to write.

/// The pieces.
pub const PARTS: &[&str] = &[
    "(",
    "{",
    "\"",
    "\"{{",
    "'",
    "'a' ",
    "#",
    "\\",
    "\"\\",
    "a ",
    "a\n",
    "tag 1\n",
    "flow a() {\n",
    "flow a() { x y }\n",
    "}",
    "x y\n",
    "@",
    "/*",
    "\u{200b}",
    "é",
    "“a",
    "(\n",
    "f(a b)\n",
    "say \"a\" b\n",
    "say \"{{a b}} \"\n",
    "1 ",
    "x++\n",
    "- ",
    "\"\"\"{{",
    "\"\"\" ",
    "} else {",
    "[{",
    "\"\\u{",
    "enum A {",
    "if x {\n",
    "            (",
    "tag a, ",
    "record R { a b, c }\n",
    "“\nelse ",
];

/// What they stand behind.
pub const HEADS: [&str; 2] = ["", "flow a() {\n"];

/// So many bytes of it, or a few less, so that no letter is cut.
pub fn repeated(head: &str, part: &str, bytes: usize) -> String {
    let mut text = head.to_owned();
    while text.len() + part.len() <= bytes {
        text.push_str(part);
    }
    text
}
