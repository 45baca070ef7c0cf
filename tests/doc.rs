//! Reference pages: every link leads somewhere, everything declared is told, and no text becomes a tag.

use flow_lang::compile::{Compiled, Input};
use flow_lang::doc::{Page, Reference, html, markdown};
use flow_tests::openapi::compile_with_words;
use flow_tests::project::{library, programs, words_of_examples};
use roxmltree::Document;
use std::collections::{HashMap, HashSet};

fn reference(files: &[(String, String)]) -> Reference {
    let own = files.iter().map(|(name, text)| Input {
        path: format!("{name}.flow").into(),
        text: text.as_bytes().to_vec(),
        library: false,
    });
    let inputs: Vec<Input> = own.chain(library()).collect();
    let compiled: Compiled = compile_with_words(&inputs, words_of_examples());
    assert!(compiled.hir.is_some(), "{:#?}", compiled.diagnostics);
    Reference::of(&compiled, files.len(), "the project").expect("a reference")
}

/// A page as XML: what a browser forgives and XML does not is written as XML would have it.
fn xml(page: &str) -> String {
    let page = page.replace("<!doctype html>\n", "");
    let mut out = String::new();
    for piece in page.split_inclusive('>') {
        let void = ["<meta ", "<br", "<hr", "<img "]
            .iter()
            .any(|tag| piece.rsplit_once('<').is_some_and(|(_, rest)| format!("<{rest}").starts_with(tag)));
        match piece.strip_suffix('>').filter(|head| void && !head.ends_with('/')) {
            Some(head) => out.push_str(&format!("{head}/>")),
            None => out.push_str(piece),
        }
    }
    out
}

/// (anchors of each page, links of each page).
type Links = (HashMap<String, HashSet<String>>, Vec<(String, String)>);

fn html_links(pages: &[Page]) -> Links {
    let (mut anchors, mut links) = (HashMap::new(), Vec::new());
    for page in pages {
        let text = xml(&page.text);
        let document = Document::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", page.name));
        let here: &mut HashSet<String> = anchors.entry(page.name.clone()).or_default();
        for element in document.descendants().filter(roxmltree::Node::is_element) {
            let name = element.tag_name().name();
            assert!(!["script", "iframe", "object", "embed", "img", "link", "form"].contains(&name), "<{name}>");
            for attribute in element.attributes() {
                assert!(!attribute.name().starts_with("on"), "{} has {}", page.name, attribute.name());
                match attribute.name() {
                    "id" => assert!(here.insert(attribute.value().to_owned()), "{} twice", attribute.value()),
                    "href" => links.push((page.name.clone(), attribute.value().to_owned())),
                    _ => {}
                }
            }
        }
    }
    (anchors, links)
}

fn markdown_links(pages: &[Page]) -> Links {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let (mut anchors, mut links) = (HashMap::new(), Vec::new());
    for page in pages {
        let here: &mut HashSet<String> = anchors.entry(page.name.clone()).or_default();
        for event in Parser::new_ext(&page.text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => links.push((page.name.clone(), dest_url.to_string())),
                Event::Html(tag) | Event::InlineHtml(tag) => {
                    let tag = tag.trim();
                    let id = tag.strip_prefix("<a id=\"").and_then(|rest| rest.split('"').next());
                    match id {
                        Some(id) => assert!(here.insert(id.to_owned()), "{}: {id} twice", page.name),
                        None => assert_eq!(tag, "</a>", "{}", page.name),
                    }
                }
                _ => {}
            }
        }
    }
    (anchors, links)
}

fn every_link_leads_somewhere((anchors, links): &Links) -> usize {
    for (page, target) in links {
        if target.starts_with("https://") || target.starts_with("http://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
        let file = if file.is_empty() { page } else { file };
        let found = anchors.get(file).unwrap_or_else(|| panic!("{page}: {target} leads to no page"));
        assert!(anchor.is_empty() || found.contains(anchor), "{page}: {target} leads to no anchor");
    }
    links.len()
}

#[test]
fn every_link_of_the_examples_pages_leads_somewhere() {
    let reference = reference(&programs("../examples"));
    let html_count = every_link_leads_somewhere(&html_links(&html(&reference)));
    let markdown_count = every_link_leads_somewhere(&markdown_links(&markdown(&reference)));
    assert!(html_count > 200 && markdown_count > 100, "{html_count} and {markdown_count}");
}

#[test]
fn everything_declared_is_told_with_what_it_has_to_do_with_others() {
    let pages = html(&reference(&programs("../examples")));
    let page = |name: &str| &pages.iter().find(|page| page.name == name).expect("the page").text;
    let desk = page("front_desk.html");
    assert!(desk.contains("id=\"flow.front_desk.hand_over\""));
    assert!(desk.contains("<dt>Calls</dt><dd><a href=\"#flow.front_desk.change_plan\">"), "{desk}");
    assert!(desk.contains("<dt>Launches</dt><dd><a href=\"refund.html#flow.refund.refund\">"));
    assert!(
        desk.contains("<dt>Called by</dt>") && desk.contains("choose_company.html#flow.choose_company.choose_company")
    );
    assert!(desk.matches("<svg ").count() == 3, "each flow has its picture");
    assert!(page("refund.html").contains("<dt>Launched by</dt>"));
    assert!(page("refund.html").contains("library.http.html#action.http.post"));
    let event = page("onboarding.html");
    assert!(event.contains("<dt>Waited for by</dt>"));
    let names = page("workspace.html");
    for text in ["tag.vip", "team.on_call", "extend.Contact", "<code>Phone?</code>", "&quot;Professional&quot;"] {
        assert!(names.contains(text), "{text}");
    }
    let http = page("library.http.html");
    for text in ["<code>@once</code>", "never sent twice by us", "<dt>Used by</dt>", "refund.html#flow.refund.refund"] {
        assert!(http.contains(text), "{text}");
    }
}

#[test]
fn documentation_is_markdown_and_brings_no_tags_and_no_addresses_but_of_the_web() {
    let text = "//! It has <script>alert(1)</script> about **this** file\n\n\
        /// Says *hello*. <img src=x onerror=alert(1)> <b>bold</b>\n///\n\
        /// [click](javascript:alert(1)) [web](https://example.com/a?b=\"c\") [data](data:text/html,x) ![p](https://example.com/p.png)\n///\n\
        /// See `Plan` and `hello`.\n///\n/// # A heading\n///\n/// <div onclick=\"x()\">\n/// block\n/// </div>\n///\n\
        /// ```flow\n/// say \"</code></pre><script>\"\n/// ```\n\
        flow hello(contact: Contact) {\n    contact.add_note(\"</svg><script>alert(2)</script>\")\n}\n\n\
        /// A plan. \"'><script>\nenum Plan {\n    /// <i>free</i>\n    free \"<b>Free</b>\"\n    paid \"Paid\"\n}\n";
    let reference = reference(&[("hostile".to_owned(), text.to_owned())]);
    let pages = html(&reference);
    every_link_leads_somewhere(&html_links(&pages));
    let page = &pages.iter().find(|page| page.name == "hostile.html").expect("the page").text;
    for text in ["<script", "<img", "<b>", "<i>", "<div onclick", "javascript:alert(1)\"", "href=\"data:", "p.png"] {
        assert!(!page.contains(text), "{text} in\n{page}");
    }
    for text in ["<em>hello</em>", "<strong>this</strong>", "href=\"https://example.com/a?b=", "<h4>A heading</h4>"] {
        assert!(page.contains(text), "{text} in\n{page}");
    }
    assert!(page.contains("<a href=\"#enum.hostile.Plan\"><code>Plan</code></a>"), "{page}");
    let pages = markdown(&reference);
    // What is left of tags are our own anchors: the reader asserts it.
    let links = markdown_links(&pages);
    every_link_leads_somewhere(&links);
    assert!(links.1.iter().any(|(_, target)| target.starts_with("https://example.com/a")));
    assert!(!links.1.iter().any(|(_, target)| target.starts_with("javascript") || target.starts_with("data")));
}

#[test]
fn files_with_the_names_of_pages_have_pages_of_their_own() {
    let flow = |name: &str| (name.to_owned(), "flow f(contact: Contact) { contact.block() }\n".to_owned());
    let reference = reference(&[flow("index"), flow("Index"), flow("a/b c"), flow("a/b-c")]);
    let pages = html(&reference);
    let names: HashSet<String> = pages.iter().map(|page| page.name.to_lowercase()).collect();
    assert_eq!(names.len(), pages.len());
    every_link_leads_somewhere(&html_links(&pages));
}

/// What stands above a parameter is told beside it, and not again in the signature.
#[test]
fn parameters_are_told_with_what_stands_above_them() {
    let text = "/// Takes an order back.\n@once\naction shop.refund(\n    order: Text,\n    /// All of it where `nothing` is said.\n    \
                amount: Number? = null,\n) = http { method: .post, url: \"https://shop.example.com/{{order}}\" }\n\n\
                flow nudge(\n    contact: Contact,\n    /// In <days>.\n    patience: Int = 3,\n) {\n    \
                repeat patience { wait 1 day }\n    contact.add_note(\"x\")\n}\n";
    let files = [("main".to_owned(), text.to_owned())];
    let reference = reference(&files);
    let markdown = &markdown(&reference)[1].text;
    assert!(markdown.contains("- `amount` `Number? = null`: All of it where `nothing` is said."), "{markdown}");
    assert!(markdown.contains("- `patience` `Int = 3`: In &lt;days&gt;."), "{markdown}");
    let html = &html(&reference)[1].text;
    assert!(
        html.contains("All of it where <code>nothing</code> is said.") && html.contains("In &lt;days&gt;."),
        "{html}"
    );
    assert!(!markdown.contains("///") && !html.contains("///"));
    let mut inputs = library();
    inputs.push(Input { path: "main.flow".into(), text: text.into(), library: false });
    let hir = flow_lang::compile::compile(&inputs).hir.expect("a program");
    let action = hir.actions.iter().find(|action| &*action.name == "shop.refund").expect("the action");
    let docs: Vec<&str> = action.params.iter().map(|param| &*param.doc).collect();
    assert_eq!(docs, ["", "All of it where `nothing` is said."]);
    let flow = hir.flows.iter().find(|flow| &*flow.name == "main.nudge").expect("the flow");
    assert_eq!(flow.params.iter().map(|param| &*param.doc).collect::<Vec<_>>(), ["", "In <days>."]);
}
