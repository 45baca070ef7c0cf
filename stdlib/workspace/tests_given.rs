//! Who gets what: in turn, by category, in diaries.

use super::fake::{Fake, HOUR, NOW};
use super::tests::{act, ada, get, kind, list, t, try_act};
use flow_bytecode::Value;
use flow_vm::action::Workspace;
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

fn mate(fake: &mut Fake, name: &str, teams: &[&str]) -> Value {
    act(fake, "teammates.create", &[t(name), Value::Null, Value::Null, list(teams)])
}

fn as_assignee(mate: &Value) -> Value {
    t(&format!("teammate:{}", mate.as_int().expect("an id")))
}

#[test]
fn a_contact_is_given_in_turn_and_whoever_gets_it_is_told() {
    let (mut fake, ada) = ada();
    let team = t("sales");
    assert_eq!(act(&mut fake, "Contact.distribute", &[ada.clone(), team.clone()]), Value::Null, "nobody is there");
    let (grace, linus) = (mate(&mut fake, "Grace", &["sales"]), mate(&mut fake, "Linus", &["sales", "support"]));
    mate(&mut fake, "Margaret", &["support"]);
    let got = act(&mut fake, "Contact.distribute", &[ada.clone(), team.clone()]);
    assert_eq!(got, as_assignee(&grace));
    assert_eq!(get(&mut fake, "Contact", &ada, "owner"), got);
    let keeps = act(&mut fake, "Contact.distribute", &[ada.clone(), team.clone(), Value::Bool(true)]);
    assert_eq!(keeps, got, "only the unassigned are given");
    let away = [linus.clone(), Value::Int(NOW + HOUR)];
    fake.set("Teammate", linus.as_int().expect("an id"), "away_until", away[1].clone()).expect("written");
    assert_eq!(act(&mut fake, "Teammate.takes_work", std::slice::from_ref(&linus)), Value::Bool(false));
    fake.set("Teammate", grace.as_int().expect("an id"), "available", Value::Bool(false)).expect("written");
    assert_eq!(act(&mut fake, "Team.is_available", std::slice::from_ref(&team)), Value::Bool(false));
    let fallback = [ada.clone(), team.clone(), Value::Bool(false), t("team:support")];
    assert_eq!(act(&mut fake, "Contact.distribute", &fallback), t("team:support"));
    let told: Vec<_> = (fake.records.iter())
        .filter(|((entity, _), _)| entity == "Notification")
        .map(|(_, fields)| (fields["to"].clone(), fields["text"].clone()))
        .collect();
    let says = |to: Value, text: &str| (to, t(text));
    let expected = [
        says(as_assignee(&grace), "A contact is yours now: Ada"),
        says(t("team:support"), "A contact is your team's now: Ada"),
    ];
    assert_eq!(told, expected);
    assert_eq!(fake.raised(), ["contact.assigned", "contact.assigned"]);
    assert_eq!(kind(try_act(&mut fake, "Contact.distribute", &[Value::Int(99), team])), "gone");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whoever is available all along gets as many as anybody else who is, give or take one, whoever comes and goes.
    #[test]
    fn turns_are_even_to_within_one(comings in proptest::collection::vec((0usize..6, any::<bool>()), 0..120)) {
        let mut fake = Fake::default();
        let mates: Vec<Value> = (0..6).map(|at| mate(&mut fake, &format!("m{at}"), &["sales"])).collect();
        let mut counts: HashMap<String, i64> = HashMap::new();
        for (at, there) in comings {
            // The first three never leave.
            if at > 2 {
                let id = mates[at].as_int().expect("an id");
                fake.set("Teammate", id, "available", Value::Bool(there)).expect("written");
            }
            let contact = act(&mut fake, "contacts.create", &[]);
            let got = act(&mut fake, "Contact.distribute", &[contact, t("sales")]);
            *counts.entry(format!("{got:?}")).or_default() += 1;
        }
        let stayed: Vec<i64> = mates[..3].iter().map(|mate| counts.get(&format!("{:?}", as_assignee(mate))).copied().unwrap_or(0)).collect();
        let (least, most) = (stayed.iter().min(), stayed.iter().max());
        prop_assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1), "{stayed:?}");
    }

    /// No two follow-ups take the same time of one teammate; each is within hours, and at the first moment there is.
    #[test]
    fn diaries_are_never_booked_twice(lengths in proptest::collection::vec(1i64..200, 1..20), two in any::<bool>()) {
        let (mut fake, ada) = ada();
        mate(&mut fake, "Grace", &["sales"]);
        if two {
            mate(&mut fake, "Linus", &["sales"]);
        }
        let mut booked: Vec<(Value, i64, i64)> = Vec::new();
        for minutes in lengths {
            let length = Value::Int(minutes * 60_000_000);
            let args = [ada.clone(), t("Demo"), t("meeting"), length, t("office"), Value::Null, Value::Null, t("team:sales")];
            let id = act(&mut fake, "follow_ups.book", &args);
            let owner = get(&mut fake, "FollowUp", &id, "owner");
            let due = get(&mut fake, "FollowUp", &id, "due").as_int().expect("a moment");
            let ends = get(&mut fake, "FollowUp", &id, "ends").as_int().expect("a moment");
            prop_assert_eq!(ends - due, minutes * 60_000_000);
            prop_assert_eq!(due % (HOUR / 4), 0);
            let hour = due.rem_euclid(24 * HOUR);
            prop_assert!((8 * HOUR..=16 * HOUR - (ends - due)).contains(&hour), "{}", hour);
            prop_assert!(booked.iter().all(|(of, from, to)| *of != owner || *to <= due || *from >= ends));
            booked.push((owner, due, ends));
        }
    }
}

#[test]
fn a_diary_knows_who_is_away_what_is_done_and_when_to_stop() {
    let (mut fake, ada) = ada();
    let grace = mate(&mut fake, "Grace", &["sales"]);
    let id = grace.as_int().expect("an id");
    let owner = as_assignee(&grace);
    let book = |fake: &mut Fake, latest: Value| {
        let args =
            [ada.clone(), t("Demo"), t("meeting"), Value::Int(HOUR), Value::Null, Value::Null, latest, owner.clone()];
        act(fake, "follow_ups.book", &args)
    };
    let first = book(&mut fake, Value::Null);
    assert_eq!(get(&mut fake, "FollowUp", &first, "due"), Value::Int(NOW), "at any hour where none are given");
    let second = book(&mut fake, Value::Null);
    assert_eq!(get(&mut fake, "FollowUp", &second, "due"), Value::Int(NOW + HOUR));
    assert_eq!(book(&mut fake, Value::Int(NOW + 2 * HOUR)), Value::Null, "nothing is free before then");
    for _ in 0..2 {
        act(&mut fake, "FollowUp.complete", std::slice::from_ref(&first));
    }
    assert_eq!(get(&mut fake, "FollowUp", &first, "done"), Value::Int(NOW));
    assert_eq!(fake.raised().iter().filter(|event| **event == "follow_up.done").count(), 1);
    let third = book(&mut fake, Value::Null);
    assert_eq!(get(&mut fake, "FollowUp", &third, "due"), Value::Int(NOW), "what is done takes no time");
    fake.set("Teammate", id, "away_until", Value::Int(NOW + 10 * HOUR)).expect("written");
    let fourth = book(&mut fake, Value::Null);
    assert_eq!(get(&mut fake, "FollowUp", &fourth, "due"), Value::Int(NOW + 10 * HOUR));
    fake.set("Teammate", id, "hours", t("office")).expect("written");
    let fifth = book(&mut fake, Value::Null);
    let hour = get(&mut fake, "FollowUp", &fifth, "due").as_int().expect("a moment").rem_euclid(24 * HOUR);
    assert!((8 * HOUR..16 * HOUR).contains(&hour), "the owner's own hours");
    let nobody = [ada.clone(), t("Demo")];
    assert_eq!(kind(try_act(&mut fake, "follow_ups.book", &nobody)), "invalid", "whose diary?");
    act(&mut fake, "Contact.assign", &[ada.clone(), owner.clone()]);
    let of_owner = act(&mut fake, "follow_ups.create", &nobody);
    assert_eq!(get(&mut fake, "FollowUp", &of_owner, "owner"), owner);
    let long = [ada, t("x"), t("task"), Value::Int(25 * HOUR), Value::Null, Value::Null, Value::Null, owner];
    assert_eq!(kind(try_act(&mut fake, "follow_ups.book", &long)), "invalid");
}

#[test]
fn a_category_says_who_gets_its_tickets() {
    let (mut fake, ada) = ada();
    let create = |fake: &mut Fake, category: &str, by_category: bool| {
        let mut args = vec![ada.clone(), t("Broken")];
        args.resize(8, Value::Null);
        args.extend([t(category), Value::Bool(by_category)]);
        act(fake, "tickets.create", &args)
    };
    for (category, by, expected) in [
        ("billing", true, t("team:finance")),
        ("billing", false, Value::Null),
        ("other", true, Value::Null),
        ("outage", true, t("team:support")),
    ] {
        let ticket = create(&mut fake, category, by);
        assert_eq!(get(&mut fake, "Ticket", &ticket, "assignee"), expected, "{category} {by}");
        assert_eq!(get(&mut fake, "Ticket", &ticket, "category"), t(category));
    }
    let mates = [mate(&mut fake, "Grace", &["support"]), mate(&mut fake, "Linus", &["support"])];
    for at in [0, 1, 0] {
        let ticket = create(&mut fake, "outage", true);
        assert_eq!(get(&mut fake, "Ticket", &ticket, "assignee"), as_assignee(&mates[at]), "its teammates in turn");
    }
}

#[test]
fn lists_of_contacts_are_sets() {
    let (mut fake, ada) = ada();
    let bob = act(&mut fake, "contacts.create", &[]);
    for who in [&ada, &bob, &ada] {
        act(&mut fake, "Selection.add", &[t("beta"), (*who).clone()]);
        act(&mut fake, "Project.add", &[t("launch"), (*who).clone()]);
    }
    act(&mut fake, "Contact.add_interests", &[ada.clone(), list(&["golf", "sailing", "golf"])]);
    assert_eq!(get(&mut fake, "Contact", &ada, "interests"), list(&["golf", "sailing"]));
    let both = Value::List(Arc::new(vec![ada.clone(), bob.clone()]));
    assert_eq!(act(&mut fake, "Selection.contacts", &[t("beta")]), both);
    for _ in 0..2 {
        act(&mut fake, "Selection.remove", &[t("beta"), ada.clone()]);
    }
    assert_eq!(act(&mut fake, "Selection.contacts", &[t("beta")]), Value::List(Arc::new(vec![bob])));
    assert_eq!(get(&mut fake, "Contact", &ada, "projects"), list(&["launch"]));
    act(&mut fake, "Contact.remove_interests", &[ada.clone(), list(&["golf"])]);
    assert_eq!(get(&mut fake, "Contact", &ada, "interests"), list(&["sailing"]));
}

#[test]
fn a_sale_is_its_contacts_owners() {
    let (mut fake, ada) = ada();
    let grace = mate(&mut fake, "Grace", &["sales"]);
    act(&mut fake, "Contact.assign", &[ada.clone(), as_assignee(&grace)]);
    let sale = act(&mut fake, "sales.create", &[ada.clone(), t("Ten seats")]);
    assert_eq!(get(&mut fake, "Sale", &sale, "owner"), as_assignee(&grace));
    let other = [ada, t("More"), Value::Null, t("won"), Value::Null, Value::Null, Value::Null, t("team:sales")];
    let sale = act(&mut fake, "sales.create", &other);
    assert_eq!(get(&mut fake, "Sale", &sale, "owner"), t("team:sales"));
    assert_eq!(get(&mut fake, "Sale", &sale, "stage"), t("won"));
    assert_eq!(kind(try_act(&mut fake, "notifications.create", &[t("nobody"), t("x")])), "invalid");
}

#[test]
fn what_belongs_to_a_contact_is_listed() {
    let (mut fake, ada) = ada();
    let ticket = act(&mut fake, "tickets.create", &[ada.clone(), t("Broken")]);
    let sale = act(&mut fake, "sales.create", &[ada.clone(), t("Seats")]);
    let follow_up = act(&mut fake, "follow_ups.create", &[ada.clone(), t("Call")]);
    let talk = act(&mut fake, "Contact.conversation", std::slice::from_ref(&ada));
    for (action, id) in [
        ("Contact.tickets", ticket),
        ("Contact.sales", sale),
        ("Contact.follow_ups", follow_up),
        ("Contact.conversations", talk),
    ] {
        assert_eq!(act(&mut fake, action, std::slice::from_ref(&ada)), Value::List(Arc::new(vec![id])), "{action}");
    }
}
