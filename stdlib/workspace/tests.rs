//! The effect of every action.

use super::fake::{Fake, NOW};
use crate::{Config, declarations, registry};
use flow_bytecode::Value;
use flow_vm::action::{ActionError, Implementation, Workspace};
use std::sync::Arc;

pub fn try_act(fake: &mut Fake, name: &str, args: &[Value]) -> Result<Value, ActionError> {
    let registry = registry(&Config::default()).expect("a registry");
    let Some(Implementation::Local(action) | Implementation::Query(action)) = registry.get(name) else {
        panic!("{name} is not local")
    };
    action(fake, args)
}

pub fn act(fake: &mut Fake, name: &str, args: &[Value]) -> Value {
    try_act(fake, name, args).unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

pub fn kind(result: Result<Value, ActionError>) -> String {
    match result {
        Err(ActionError::Failure(failure)) => failure.kind.to_string(),
        other => format!("{other:?}"),
    }
}

pub fn t(text: &str) -> Value {
    Value::text(text)
}

pub fn list(items: &[&str]) -> Value {
    Value::List(Arc::new(items.iter().map(|item| t(item)).collect()))
}

pub fn get(fake: &mut Fake, entity: &str, id: &Value, field: &str) -> Value {
    fake.get(entity, id.as_int().expect("an id"), field).expect("a field")
}

/// A workspace with Ada in it.
pub fn ada() -> (Fake, Value) {
    let mut fake = Fake::default();
    let ada = act(&mut fake, "contacts.create", &[t("ada@example.com"), t("Ada")]);
    (fake, ada)
}

#[test]
fn every_declared_action_is_carried_out_and_no_other() {
    let registry = registry(&Config::default()).expect("a registry");
    let mut declared = std::collections::HashSet::new();
    for (path, text) in declarations() {
        let mut class = "";
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("action ") {
                let name = rest.split('(').next().unwrap_or_default();
                let as_declared = match registry.get(name) {
                    Some(Implementation::Local(_)) => class.starts_with("@local"),
                    Some(Implementation::Query(_)) => class.starts_with("@query"),
                    Some(Implementation::External(_)) => !class.starts_with("@local") && !class.starts_with("@query"),
                    _ => false,
                };
                assert!(as_declared, "{path}: {name} {class}");
                declared.insert(name);
            }
            // Other annotations may stand beside it.
            if line.starts_with('@')
                && ![
                    "@raises",
                    "@segments",
                    "@outbound",
                    "@money",
                    "@writes",
                    "@adds",
                    "@removes",
                    "@channel",
                    "@escapes",
                ]
                .iter()
                .any(|other| line.starts_with(other))
            {
                class = line;
            }
        }
    }
    // What the command and the server call, and no flow can, for it is not declared.
    let mut others: Vec<&str> = registry.names().filter(|name| !declared.contains(name)).collect();
    others.sort_unstable();
    const UNDECLARED: [&str; 11] = [
        "articles.fill",
        "email.has_bounced",
        "email.was_clicked",
        "email.was_opened",
        "email.was_received",
        "email.was_unsubscribed",
        "forms.contact",
        "import.look",
        "import.remove",
        "import.rows",
        "import.set",
    ];
    assert_eq!(others, UNDECLARED);
}

#[test]
fn contacts_are_created_and_found() {
    let (mut fake, ada) = ada();
    assert_eq!(get(&mut fake, "Contact", &ada, "created"), Value::Int(NOW));
    assert_eq!(act(&mut fake, "contacts.find", &[t("ada@example.com")]), ada);
    assert_eq!(act(&mut fake, "contacts.find", &[t("bob@example.com")]), Value::Null);
    assert_eq!(kind(try_act(&mut fake, "contacts.create", &[t("ada@example.com")])), "invalid");
    assert_eq!(act(&mut fake, "contacts.find_or_create", &[t("ada@example.com"), t("Eve")]), ada);
    assert_eq!(get(&mut fake, "Contact", &ada, "first_name"), t("Ada"));
    let bob = act(&mut fake, "contacts.find_or_create", &[t("bob@example.com"), t("Bob"), Value::Null]);
    assert_eq!(get(&mut fake, "Contact", &bob, "first_name"), t("Bob"));
    let args = [Value::Null, Value::Null, Value::Null, t("+4791234567"), t("C-7")];
    let eve = act(&mut fake, "contacts.create", &args);
    assert_eq!(act(&mut fake, "contacts.find_by_phone", &[t("+4791234567")]), eve);
    assert_eq!(act(&mut fake, "contacts.find_by_external_id", &[t("C-7")]), eve);
}

#[test]
fn companies_are_created_found_and_belonged_to() {
    let (mut fake, ada) = ada();
    let acme = act(&mut fake, "companies.create", &[t("Acme"), t("ACME.example")]);
    let beta = act(&mut fake, "companies.create", &[t("Beta")]);
    assert_eq!(act(&mut fake, "companies.find", &[t("acme.EXAMPLE ")]), acme);
    assert_eq!(act(&mut fake, "companies.find_by_name", &[t("Beta")]), beta);
    for company in [&acme, &beta, &acme] {
        act(&mut fake, "Contact.add_company", &[ada.clone(), company.clone()]);
    }
    let both = Value::List(Arc::new(vec![acme.clone(), beta.clone()]));
    assert_eq!(get(&mut fake, "Contact", &ada, "companies"), both);
    assert_eq!(get(&mut fake, "Contact", &ada, "company"), acme);
    act(&mut fake, "Contact.remove_company", &[ada.clone(), acme]);
    assert_eq!(get(&mut fake, "Contact", &ada, "company"), beta);
    act(&mut fake, "Contact.remove_company", &[ada.clone(), beta.clone()]);
    assert_eq!(get(&mut fake, "Contact", &ada, "company"), Value::Null);
    let mut args = vec![Value::Null; 9];
    args.push(beta.clone());
    let bob = act(&mut fake, "contacts.create", &args);
    assert_eq!(get(&mut fake, "Contact", &bob, "companies"), Value::List(Arc::new(vec![beta])));
}

#[test]
fn tags_are_a_set_and_notes_are_kept_for_every_kind() {
    let (mut fake, ada) = ada();
    let company = act(&mut fake, "companies.create", &[t("Acme")]);
    let conversation = act(&mut fake, "conversations.create", std::slice::from_ref(&ada));
    let ticket = act(&mut fake, "tickets.create", &[ada.clone(), t("Broken")]);
    for (entity, id) in [("Contact", ada), ("Company", company), ("Conversation", conversation), ("Ticket", ticket)] {
        let (add, remove) = (format!("{entity}.add_tags"), format!("{entity}.remove_tags"));
        act(&mut fake, &add, &[id.clone(), list(&["vip", "new", "vip"])]);
        assert_eq!(get(&mut fake, entity, &id, "tags"), list(&["vip", "new"]));
        let writes = fake.writes;
        act(&mut fake, &add, &[id.clone(), list(&["new"])]);
        act(&mut fake, &remove, &[id.clone(), list(&["absent"])]);
        assert_eq!(fake.writes, writes, "nothing changed, so nothing was written");
        act(&mut fake, &remove, &[id.clone(), list(&["vip", "absent"])]);
        assert_eq!(get(&mut fake, entity, &id, "tags"), list(&["new"]));
        act(&mut fake, &format!("{entity}.add_note"), &[id.clone(), t("called")]);
        assert_eq!(fake.notes.pop(), Some((entity.to_string(), id.as_int().unwrap_or(0), "called".to_string())));
        assert_eq!(kind(try_act(&mut fake, &add, &[Value::Int(999), list(&["vip"])])), "gone");
    }
    assert!(fake.messages.is_empty(), "a note was said");
}

#[test]
fn what_is_assigned_notifies_once() {
    let (mut fake, ada) = ada();
    let grace = fake.create("Teammate", vec![("email", t("grace@example.com")), ("name", t("Grace"))]).expect("Grace");
    assert_eq!(act(&mut fake, "teammates.find", &[t("grace@example.com")]), Value::Int(grace));
    let conversation = act(&mut fake, "Contact.conversation", std::slice::from_ref(&ada));
    let ticket = act(&mut fake, "tickets.create", &[ada, t("Broken")]);
    for (entity, event, id) in
        [("Conversation", "conversation.assigned", conversation), ("Ticket", "ticket.assigned", ticket)]
    {
        let (assign, unassign) = (format!("{entity}.assign"), format!("{entity}.unassign"));
        fake.events.clear();
        for to in ["team:support", "team:support", &format!("teammate:{grace}"), "ai"] {
            act(&mut fake, &assign, &[id.clone(), t(to)]);
            assert_eq!(get(&mut fake, entity, &id, "assignee"), t(to));
        }
        act(&mut fake, &unassign, std::slice::from_ref(&id));
        act(&mut fake, &unassign, std::slice::from_ref(&id));
        assert_eq!(fake.raised(), [event; 4]);
        assert_eq!(fake.events.last(), Some(&(event.to_string(), vec![id.clone(), Value::Null])));
        assert_eq!(kind(try_act(&mut fake, &assign, &[id.clone(), t("teammate:999")])), "gone");
        for nobody in ["support", "team:", "teammate:x", ""] {
            assert_eq!(kind(try_act(&mut fake, &assign, &[id.clone(), t(nobody)])), "invalid");
        }
    }
}

#[test]
fn tickets_are_created_and_given_out() {
    let (mut fake, ada) = ada();
    let args = [ada.clone(), t("Broken"), Value::Null, t("open"), t("high"), Value::Null, t("team:support")];
    let ticket = act(&mut fake, "tickets.create", &args);
    for (field, value) in [
        ("contact", ada),
        ("subject", t("Broken")),
        ("description", Value::Null),
        ("priority", t("high")),
        ("assignee", t("team:support")),
        ("created", Value::Int(NOW)),
    ] {
        assert_eq!(get(&mut fake, "Ticket", &ticket, field), value, "{field}");
    }
    assert_eq!(fake.raised(), ["ticket.assigned"]);
}

#[test]
fn a_conversation_is_closed_once_and_can_be_opened_again() {
    let (mut fake, ada) = ada();
    let one = act(&mut fake, "Contact.conversation", std::slice::from_ref(&ada));
    for _ in 0..2 {
        act(&mut fake, "Conversation.close", &[one.clone(), t("no answer")]);
    }
    assert_eq!(get(&mut fake, "Conversation", &one, "status"), t("closed"));
    assert_eq!(get(&mut fake, "Conversation", &one, "closed"), Value::Int(NOW));
    assert_eq!(get(&mut fake, "Conversation", &one, "close_reason"), t("no answer"));
    assert_eq!(fake.ended.len(), 1);
    assert_eq!((fake.ended[0].0, &*fake.ended[0].1.kind), (one.as_int().unwrap_or(0), "gone"));
    for _ in 0..2 {
        act(&mut fake, "Conversation.reopen", std::slice::from_ref(&one));
    }
    assert_eq!(get(&mut fake, "Conversation", &one, "status"), t("open"));
    assert_eq!(get(&mut fake, "Conversation", &one, "closed"), Value::Null);
    assert_eq!(fake.raised(), ["conversation.closed", "conversation.reopened"]);
}

#[test]
fn the_chat_uses_the_open_conversation() {
    let (mut fake, ada) = ada();
    let email = act(&mut fake, "conversations.create", &[ada.clone(), t("email"), t("Hi")]);
    let one = act(&mut fake, "chat.send", &[ada.clone(), t("one")]);
    assert_ne!(one, email);
    assert_eq!(act(&mut fake, "Contact.conversation", std::slice::from_ref(&ada)), one);
    let image = t("https://example.com/a.png");
    let args = [one.clone(), t("two"), image.clone(), Value::Null, Value::Null, t("reset_password")];
    act(&mut fake, "Conversation.say", &args);
    let message = &fake.messages[1].1;
    assert_eq!((&*message.from, &*message.text), ("flow", "two"));
    let parts: Vec<_> = message.parts.iter().map(|(kind, value)| (&**kind, &**value)).collect();
    assert_eq!(parts, [("image", "https://example.com/a.png"), ("article", "reset_password")]);
    act(&mut fake, "Conversation.close", std::slice::from_ref(&one));
    let two = act(&mut fake, "chat.send", &[ada.clone(), t("three")]);
    assert_ne!(two, one);
    assert!(fake.raised().iter().all(|event| *event != "conversation.started"));
    assert_eq!(kind(try_act(&mut fake, "Contact.conversation", &[Value::Int(999)])), "gone");
}

#[test]
fn blocking_ends_what_waits_for_the_contact() {
    let (mut fake, ada) = ada();
    let open = act(&mut fake, "Contact.conversation", std::slice::from_ref(&ada));
    let closed = act(&mut fake, "conversations.create", std::slice::from_ref(&ada));
    act(&mut fake, "Conversation.close", &[closed]);
    fake.ended.clear();
    for _ in 0..2 {
        act(&mut fake, "Contact.block", std::slice::from_ref(&ada));
    }
    assert_eq!(fake.ended.iter().map(|(id, _)| Value::Int(*id)).collect::<Vec<_>>(), [open]);
    assert_eq!(fake.raised().iter().filter(|event| **event == "contact.blocked").count(), 1);
    assert_eq!(kind(try_act(&mut fake, "chat.send", &[ada.clone(), t("hi")])), "rejected");
    act(&mut fake, "Contact.unblock", std::slice::from_ref(&ada));
    act(&mut fake, "chat.send", &[ada, t("hi")]);
}
