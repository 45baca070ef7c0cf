//! A name misspelt gets its nearest neighbour, whatever kind of name it is: the edit that is offered puts it right, and
//! after it nothing of the kind is told any more.

use flow_lang::diag::{Severity, mend};
use flow_tests::marks::with_prelude;
use flow_tests::project::{pictures, project};

/// What kind of name, and a program in which one has a slip: `‹wrong|right›`.
const NAMES: &[(&str, &str)] = &[
    ("a local", "let city = contact.city ?? \"none\"\ncontact.add_note(‹ctiy|city›)"),
    ("a parameter", "‹contcat|contact›.block()"),
    ("a local in a text", "say \"Hi {{‹contct|contact›.first_name ?? \"you\"}}\""),
    ("a field", "say contact.‹frist_name|first_name› ?? \"you\""),
    ("a field without whose it is", "if ‹score|contact.score› > 3 { stop }"),
    (
        "what an event carries",
        "}\nflow g(contact: Contact)\n    on trial_ending as ending where ‹days_left|ending.days_left› < 2\n{ contact.block()",
    ),
    ("a field that is written", "contact.‹scroe|score› = 3"),
    ("a field two levels deep", "say conversation.contact.‹frist_name|first_name› ?? \"you\""),
    ("a field of a record", "let order = shop.order(id: \"A\")\nsay order.‹idd|id›"),
    ("a method", "contact.‹blok|block›()"),
    ("a method of a text", "contact.add_note(\"x\".‹uper|upper›())"),
    ("an action", "‹chat.sned|chat.send›(to: contact, text: \"x\")"),
    ("an action's family", "‹caht.send|chat.send›(to: contact, text: \"x\")"),
    ("an action of the project", "let order = ‹shop.oder|shop.order›(id: \"A\")\nsay order.id"),
    ("a function", "say \"{{‹mony|money›(3, .eur)}}\""),
    ("a flow that is called", "‹prelude.nurtre|prelude.nurture›(contact)"),
    ("a flow of the same file", "‹hepl|help›(contact)\n}\nflow help(contact: Contact) { contact.block()"),
    ("a flow that is launched", "launch ‹prelude.nurtre|prelude.nurture›(contact)"),
    ("a flow that is started", "start ‹prelude.nurtre|prelude.nurture›(contact)"),
    ("a flow's file", "launch ‹preldue.nurture|prelude.nurture›(contact)"),
    ("an argument's name", "chat.send(to: contact, ‹txt|text›: \"x\")"),
    ("an argument's name of a flow", "let ok = prelude.greet(conversation, ‹nmae|name›: \"x\")\nif ok { stop }"),
    ("an argument's name of a method", "conversation.assign(‹too|to›: .support)"),
    ("an event's argument", "fire trial_ending(contact, ‹day_left|days_left›: 3)"),
    ("an event", "fire ‹trail_ending|trial_ending›(contact, days_left: 3)"),
    ("an event that is waited for", "wait { on ‹ticket.repleid|ticket.replied›(ticket) -> stop\nafter 1 day -> stop }"),
    ("a variant", "contact.plan = .‹trail|trial›"),
    ("a variant in full", "contact.plan = Plan.‹trail|trial›"),
    ("a variant of a switch", "switch contact.plan {\n.‹trail|trial› -> stop\nelse -> contact.block() }"),
    ("an enum for all its variants", "let all: List<Plan> = ‹Pln|Plan›\ncontact.add_note(\"{{all.length}}\")"),
    (
        "a kind of failure",
        "try { let o = shop.order(id: \"A\")\nsay o.id } on failure as failure {\nif failure.kind == .‹timout|timeout› { stop } }",
    ),
    ("a kind of failure that is raised", "if contact.score > 3 { fail .‹tmieout|timeout›, \"x\" }"),
    (
        "what an event must carry, by half its name",
        "wait { on trial_ending(contact, ‹days|days_left›: 3) -> stop\nafter 1 day -> stop }",
    ),
    (
        "a short setting of ask",
        "let n = ask \"How many?\" as Int, ‹mn|min›: 1, timeout: 1 day else { stop }\nsay \"{{n}}\"",
    ),
    ("an action by its type", "‹Contact|contact›.add_tags([.newsletter])"),
    ("a tag", "contact.add_tags([.‹newslettre|newsletter›])"),
    ("a tag in full", "contact.add_tags([tag.‹newslettre|newsletter›])"),
    ("a team", "conversation.assign(to: .‹suport|support›)"),
    ("an article", "say \"Read this\", article: .‹reset_pasword|reset_password›"),
    ("a secret", "http.get(url: \"https://example.com\", headers: { A: secret.‹shop_tokn|shop_token› })"),
    (
        "a calendar",
        "wait 2 business days in ‹hous|hours›\n}\ncalendar hours { zone: \"Europe/Oslo\", open: \"mon-fri 09:00-17:00\" }\nflow g(contact: Contact) { contact.block()",
    ),
    ("a type of a parameter", "}\nflow g(one: ‹Contct|Contact›) { one.block()"),
    ("a type of the project", "}\nflow g(one: ‹Ordr|Order›, contact: Contact) { contact.add_note(one.id)"),
    ("a type of a let", "let n: ‹Nubmer|Number› = 3\nsay \"{{n}}\""),
    ("a type of a field", "}\nrecord R { id: ‹Txt|Text› }\nflow g(r: R, contact: Contact) { contact.add_note(r.id)"),
    (
        "a type that is asked for",
        "let mail = ask \"Your email?\" as ‹Emial|Email›, timeout: 1 day else { stop }\nsay \"{{mail}}\"",
    ),
    ("a type in a list", "}\nflow g(all: List<‹Oder|Order›>, contact: Contact) { contact.add_note(\"{{all.length}}\")"),
    ("a record that is made", "let a = ‹Addres|Address›(city: \"Oslo\", country: null)\nsay a.city"),
    ("a record's field", "let a = Address(‹citty|city›: \"Oslo\", country: null)\nsay a.city"),
    (
        "an entity that is extended",
        "}\nextend ‹Contct|Contact› { hat: Text? }\nflow g(contact: Contact) { contact.add_note(contact.hat ?? \"x\")",
    ),
    (
        "an annotation",
        "t.send()\n}\n@‹onec|once›\naction t.send() = http { method: .post, url: \"https://example.com\" }\nflow g(contact: Contact) { contact.block()",
    ),
    (
        "an annotation's setting",
        "t.send()\n}\n@once(‹timout|timeout›: 3 seconds)\naction t.send() = http { method: .post, url: \"https://example.com\" }\nflow g(contact: Contact) { contact.block()",
    ),
    (
        "an annotation's parameter",
        "t.send(text: \"x\")\n}\n@once\n@segments(‹txt|text›)\naction t.send(text: Text) = http { method: .post, url: \"https://example.com\", json: { text: text } }\nflow g(contact: Contact) { contact.block()",
    ),
    (
        "a part of a template",
        "t.send()\n}\n@once\naction t.send() = http { ‹metod|method›: .post, url: \"https://example.com\" }\nflow g(contact: Contact) { contact.block()",
    ),
    ("a policy", "http.get(url: \"https://example.com\") with { ‹retyr|retry›: 3 }"),
    ("a setting of ask", "let n = ask \"How many?\" as Int, ‹timout|timeout›: 1 day else { stop }\nsay \"{{n}}\""),
    ("a setting of say", "say \"x\", ‹iamge|image›: \"https://example.com/a.png\""),
    (
        "a setting of a calendar",
        "}\ncalendar c { ‹zoen|zone›: \"Europe/Oslo\", open: \"mon-fri 09:00-17:00\" }\nflow g(contact: Contact) { if c.open_now { contact.block() }",
    ),
    (
        "a field of a calendar",
        "if hours.‹open_nwo|open_now› { stop }\n}\ncalendar hours { zone: \"Europe/Oslo\", open: \"mon-fri 09:00-17:00\" }\nflow g(contact: Contact) { contact.block()",
    ),
    ("a type in lower case", "let p: ‹plan|Plan› = .pro\ncontact.plan = p"),
    ("a type of another language", "let l: ‹list|List›<Text> = []\ncontact.add_note(\"{{l.length}}\")"),
    ("a function that is not called", "let d = today‹|(in: contact.timezone)›\nsay \"{{d}}\""),
    ("a date in quotes", "if contact.renewal == ‹\"2026-01-01\"|date(\"2026-01-01\")› { stop }"),
    ("a list of one in quotes", "contact.add_tags(‹\"newsletter\"|[.newsletter]›)"),
    ("a list of one without its dot", "contact.add_tags(‹newsletter|[.newsletter]›)"),
    ("a method of another language", "if \"x\".‹includes|contains›(\"y\") { stop }"),
    (
        "a calendar by half its name",
        "wait 2 business days in ‹office|office_hours›\n}\ncalendar office_hours { zone: \"Europe/Oslo\", open: \"mon-fri 09:00-17:00\" }\nflow g(contact: Contact) { contact.block()",
    ),
    (
        "what a run said",
        "}\ntest \"t\" {\n    let run = start prelude.greet(Conversation(contact: Contact()))\n    expect run.‹says|said›(\"Hi you\")",
    ),
    ("a truth in capitals", "contact.timezone = \"Europe/Oslo\"\nif ‹True|true› and contact.score > 3 { stop }"),
    ("a time zone", "contact.timezone = \"‹Europe/Olso|Europe/Oslo›\""),
    ("a currency", "say \"{{money(3, .‹eru|eur›)}}\""),
    ("a unit", "wait 3 ‹dyas|days›"),
    ("a header's clause", "}\nflow g(contact: Contact)\n    ‹oncee|once› per contact every 3 days\n{ contact.block()"),
    (
        "a header's event",
        "}\nflow g(contact: Contact)\n    on ‹contact.craeted|contact.created›\n    once per contact\n{ contact.block()",
    ),
    ("a header's overlap", "}\nflow g(contact: Contact)\n    overlap ‹forbit|forbid›\n{ contact.block()"),
    ("a statement's word", "‹whlie|while› contact.score > 3 { contact.score -= 1 }"),
    ("a declaration's word", "}\n‹flwo|flow› g(contact: Contact) { contact.block()"),
    (
        "an anchor",
        "}\nflow g(conversation: Conversation) {\n    let n = ask #name \"Name?\" as Text, timeout: 1 day else { stop }\n    say n\n}\ntest \"t\" {\n    let run = start g(Conversation(contact: Contact()))\n    expect run.waiting(#‹nmae|name›)",
    ),
    (
        "what a test looks at",
        "}\ntest \"t\" {\n    let run = start prelude.nurture(Contact())\n    expect run.‹finishd|finished›",
    ),
    (
        "what a test does with a run",
        "}\nflow g(conversation: Conversation) {\n    let n = ask \"Name?\" as Text, timeout: 1 day else { stop }\n    say n\n}\ntest \"t\" {\n    let run = start g(Conversation(contact: Contact()))\n    run.‹anser|answer›(\"x\")\n    expect run.finished",
    ),
    (
        "what a test mocks",
        "}\ntest \"t\" {\n    mock ‹shop.oder|shop.order› fails .timeout\n    let run = start prelude.nurture(Contact())\n    expect run.finished",
    ),
    ("a write of another language", "var n = 1\nn ‹*= 2|= n * 2›\ncontact.score = n"),
    ("a write of a sum in another language", "contact.score ‹*= 2 + 1|= contact.score * (2 + 1)›"),
    ("a write with its signs turned", "contact.score ‹=+|+=› 1"),
    ("a write with a colon", "contact.score ‹:=|=› 1"),
    ("a name with a colon", "‹n :=|let n =› 1\ncontact.score = n"),
    ("a let with a colon", "let n ‹:=|=› 1\ncontact.score = n"),
    ("one sign too many", "let n =‹ =|› 1\ncontact.score = n"),
    ("a let that compares", "let n ‹==|=› 1\ncontact.score = n"),
    ("a unit behind a name", "wait contact.score ‹days|* 1 day›"),
    (
        "a unit behind a name, in an arm",
        "wait {\nwhen contact.blocked -> stop\nafter contact.score ‹hours|* 1 hour› -> stop }",
    ),
    ("the last arm of another language", "switch contact.plan {\n.trial -> stop\n‹default|else› -> contact.block() }"),
    ("the last value of another language", "contact.score = switch contact.plan { .trial -> 1\n‹_|else› -> 2 }"),
    (
        "the last option of another language",
        "choice \"What?\" {\n\"A\" -> stop\n‹default|else› -> contact.block()\nafter 1 day -> stop }",
    ),
    ("a time limit of another language", "choice \"What?\" {\n\"A\" -> stop\n‹timeout|after› 1 day -> stop }"),
    (
        "an answer of two kinds",
        "let p = ask \"Which?\" ‹as Text |›from Plan, timeout: 1 day else { stop }\ncontact.plan = p",
    ),
    ("a part of a message without its signs", "say \"Look\"‹ image|, image:› \"https://example.com/a.png\""),
    (
        "a field of a test's contact",
        "}\ntest \"t\" {\n    let ada = Contact(‹frist_name|first_name›: \"Ada\")\n    let run = start prelude.nurture(ada)\n    expect run.finished",
    ),
];

/// A program with its slip, and what it should be.
fn both(text: &str) -> (String, String, &str) {
    let (before, rest) = text.split_once('‹').expect("a slip");
    let (slip, after) = rest.split_once('›').expect("a slip");
    let (wrong, right) = slip.split_once('|').expect("a slip");
    let wrap = |name: &str| {
        format!("flow f(contact: Contact, conversation: Conversation, ticket: Ticket) {{\n{before}{name}{after}\n}}\n")
    };
    (wrap(wrong), wrap(right), right)
}

fn errors(compiled: &flow_lang::compile::Compiled) -> usize {
    compiled.diagnostics.iter().filter(|told| told.severity() == Severity::Error).count()
}

#[test]
fn every_kind_of_name_gets_its_neighbour() {
    let mut report = String::new();
    for (kind, text) in NAMES {
        let (wrong, right, name) = both(text);
        let sound = with_prelude(&[("main", &right)]);
        assert_eq!(errors(&sound), 0, "{kind}: the program itself is wrong:\n{}", pictures(&sound));
        let told = with_prelude(&[("main", &wrong)]);
        let mut lack = |what: &str| report.push_str(&format!("=== {kind}: {what}\n{}\n", pictures(&told)));
        if errors(&told) != 1 {
            lack(&format!("{} errors for one slip", errors(&told)));
            continue;
        }
        let Some(diagnostic) = told.diagnostics.iter().find(|it| it.severity() == Severity::Error) else { continue };
        let last = name.rsplit('.').next().unwrap_or(name);
        if !diagnostic.help.as_ref().is_some_and(|help| help.contains(last)) {
            lack("the help does not name it");
            continue;
        }
        let Some(fix) = diagnostic.fixes.first() else {
            lack("no edit is offered");
            continue;
        };
        let files: Vec<(String, String)> =
            told.sources.iter().map(|(id, source)| (source.path.to_string(), mend(id, &source.text, &[fix]))).collect();
        let own =
            files.iter().filter(|(path, _)| ["main.flow", "prelude.flow", "library/more.flow"].contains(&&**path));
        let mended = project(own.map(|(path, text)| (path.as_str(), text.as_bytes())));
        if errors(&mended) != 0 {
            lack(&format!("`{}` does not mend it", fix.title));
        }
    }
    assert!(report.is_empty(), "{report}");
}
