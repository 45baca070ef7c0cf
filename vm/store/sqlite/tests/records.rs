use super::*;
use crate::store::*;
use flow_bytecode::schema::{EntityDef, EventDef, FieldDef, SchemaType};
use flow_bytecode::{Money, Value};
use rust_decimal::Decimal;

fn field(name: &str, ty: SchemaType) -> FieldDef {
    let name = name.into();
    FieldDef { name, ty, default: Value::Null, indexed: false, unique: false, readonly: false, custom: false }
}

fn optional(ty: SchemaType) -> SchemaType {
    SchemaType::Optional(Box::new(ty))
}

fn schema() -> Schema {
    let email = FieldDef { unique: true, ..field("email", optional(SchemaType::Email)) };
    let plan = FieldDef { indexed: true, default: Value::text("free"), ..field("plan", SchemaType::Text) };
    let tags = field("tags", SchemaType::List(Box::new(SchemaType::Symbol("tag".into()))));
    let spent = FieldDef { indexed: true, ..field("spent", optional(SchemaType::Money)) };
    let contact = EntityDef { name: "Contact".into(), fields: vec![email, plan, tags, spent] };
    let conversation = EntityDef { name: "Conversation".into(), fields: vec![field("contact", SchemaType::Int)] };
    let event = EventDef { name: "trial_ending".into(), params: vec![] };
    Schema { entities: vec![contact, conversation], events: vec![event], ..Schema::default() }
}

pub fn deployed(folder: &TempDir) -> StoreResult<(SqliteStore, NameId)> {
    let mut store = open(folder)?;
    let mut txn = store.begin()?;
    txn.apply_schema(&schema())?;
    let kind = txn.find_name(NameClass::Entity, "Contact")?.unwrap();
    txn.commit()?;
    Ok((store, kind))
}

pub fn contact(email: Option<&str>, plan: &str) -> Vec<Value> {
    vec![email.map_or(Value::Null, Value::text), Value::text(plan), Value::List(Arc::new(vec![])), Value::Null]
}

#[test]
fn records_are_written_found_and_removed() -> Tested {
    let folder = folder();
    let (mut store, kind) = deployed(&folder)?;
    let mut txn = store.begin()?;
    let ann = txn.insert_record(kind, &contact(Some("ann@example.com"), "pro"))?;
    let bob = txn.insert_record(kind, &contact(None, "pro"))?;
    let eve = txn.insert_record(kind, &contact(None, "free"))?;
    let pro = Value::text("pro");
    assert_eq!(txn.find(kind, "plan", &pro, 9)?, [ann, bob]);
    assert_eq!(txn.find(kind, "plan", &pro, 1)?, [ann]);
    assert_eq!(txn.find(kind, "email", &Value::text("ann@example.com"), 9)?, [ann]);
    assert!(matches!(txn.find(kind, "tags", &pro, 9), Err(StoreError::Unknown { .. })));
    let taken = txn.insert_record(kind, &contact(Some("ann@example.com"), "free")).unwrap_err();
    assert!(
        matches!(&taken, StoreError::Taken { entity, field, .. } if entity == "Contact" && field == "email"),
        "{taken}"
    );
    let mut record = txn.record(kind, bob)?.unwrap();
    record.values[1] = Value::text("team");
    record.values[3] = Value::Money(Money { amount: Decimal::new(1990, 2), currency: *b"EUR" });
    txn.put_record(kind, &record, &[1, 3])?;
    assert_eq!(txn.record(kind, bob)?, Some(record.clone()));
    assert_eq!(txn.find(kind, "plan", &pro, 9)?, [ann]);
    let same = Value::Money(Money { amount: Decimal::new(19900, 3), currency: *b"EUR" });
    assert_eq!(txn.find(kind, "spent", &same, 9)?, [bob]);
    record.values[2] = Value::List(Arc::new(vec![Value::text("vip")]));
    txn.put_record(kind, &record, &[2])?;
    assert_eq!(txn.records(kind, 0, 2)?.len(), 2);
    assert_eq!(txn.records(kind, bob, 9)?.iter().map(|record| record.id).collect::<Vec<_>>(), [eve]);
    txn.add_note(&mut NoteRow { id: 0, on: Subject { kind, id: eve }, at: 1, run: 0, text: "Called.".into() })?;
    assert!(txn.delete_record(kind, eve)?);
    assert!(!txn.delete_record(kind, eve)?);
    assert_eq!(txn.notes(Subject { kind, id: eve }, 9)?, []);
    assert_eq!(txn.count_records(kind)?, 2);
    txn.commit()?;
    assert!(store.begin()?.insert_record(kind, &contact(None, "free"))? > eve);
    let data = store.core.first("SELECT data FROM e_contact WHERE id = 2", [], |row| row.get::<_, String>(0))?;
    assert_eq!(data.as_deref(), Some(r#"{"plan":"team","tags":["vip"],"spent":"19.90 EUR"}"#));
    assert_eq!(store.check()?.problems, [""; 0]);
    Ok(())
}

#[test]
fn whoever_has_a_value_among_others_is_found() -> Tested {
    let folder = folder();
    let mut indexed = schema();
    indexed.entities[0].fields[2].indexed = true;
    let tagged = |tags: &[&str]| {
        let mut values = contact(None, "pro");
        values[2] = Value::List(Arc::new(tags.iter().map(|tag| Value::text(*tag)).collect()));
        values
    };
    let mut store = open(&folder)?;
    let mut txn = store.begin()?;
    txn.apply_schema(&indexed)?;
    let kind = txn.find_name(NameClass::Entity, "Contact")?.unwrap();
    let (vip, new) = (Value::text("vip"), Value::text("new"));
    let ann = txn.insert_record(kind, &tagged(&["vip", "new", "vip"]))?;
    let bob = txn.insert_record(kind, &tagged(&["new"]))?;
    assert_eq!(txn.find(kind, "tags", &vip, 9)?, [ann]);
    assert_eq!(txn.find(kind, "tags", &new, 9)?, [ann, bob]);
    assert_eq!(txn.find(kind, "tags", &new, 1)?, [ann]);
    let mut record = txn.record(kind, ann)?.unwrap();
    record.values[2] = tagged(&["old", "new"])[2].clone();
    txn.put_record(kind, &record, &[2])?;
    assert_eq!(txn.find(kind, "tags", &vip, 9)?, [0i64; 0]);
    assert_eq!(txn.find(kind, "tags", &Value::text("old"), 9)?, [ann]);
    txn.delete_record(kind, bob)?;
    assert_eq!(txn.find(kind, "tags", &new, 9)?, [ann]);
    txn.commit()?;
    assert_eq!(store.check()?.problems, [""; 0]);
    // Without its index, and with it again: it is made of what is there.
    for schema in [schema(), indexed] {
        let mut txn = store.begin()?;
        txn.apply_schema(&schema)?;
        let found = txn.find(kind, "tags", &new, 9);
        assert!(if schema.entities[0].fields[2].indexed { found? == [ann] } else { found.is_err() });
        txn.commit()?;
        assert_eq!(store.check()?.problems, [""; 0]);
    }
    store.core.execute_plain("DELETE FROM e_contact__tags WHERE value = 'old'")?;
    assert_eq!(store.check()?.problems, ["e_contact__tags: the index differs from the records"]);
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() -> Tested {
    let folder = folder();
    let (mut store, kind) = deployed(&folder)?;
    let mut txn = store.begin()?;
    let mut values = contact(None, "pro");
    values[2] = Value::Int(3);
    let message = txn.insert_record(kind, &values).unwrap_err().to_string();
    assert!(
        message.starts_with("Contact.tags in ") && message.ends_with("a whole number where a list is kept"),
        "{message}"
    );
    assert!(matches!(txn.insert_record(kind, &[]), Err(StoreError::Invalid { .. })));
    assert!(matches!(txn.insert_record(99, &[]), Err(StoreError::Unknown { .. })));
    Ok(())
}

#[test]
fn a_schema_grows_and_keeps_what_it_does_not_know() -> Tested {
    let folder = folder();
    let (mut store, kind) = deployed(&folder)?;
    let mut txn = store.begin()?;
    let ann = txn.insert_record(kind, &contact(Some("ann@example.com"), "pro"))?;
    txn.commit()?;
    // `plan` goes, `score` comes with an index, `email` is no longer unique.
    let mut grown = schema();
    grown.entities[0].fields[0].unique = false;
    grown.entities[0].fields.remove(1);
    let score = FieldDef { indexed: true, custom: true, default: Value::Int(5), ..field("score", SchemaType::Int) };
    grown.entities[0].fields.push(score);
    let mut txn = store.begin()?;
    txn.apply_schema(&grown)?;
    assert_eq!(txn.find(kind, "score", &Value::Int(5), 9)?, [ann]);
    let mut record = txn.record(kind, ann)?.unwrap();
    assert_eq!(record.values.last(), Some(&Value::Int(5)));
    *record.values.last_mut().unwrap() = Value::Int(7);
    txn.put_record(kind, &record, &[3])?;
    assert_eq!(txn.find(kind, "score", &Value::Int(7), 9)?, [ann]);
    txn.commit()?;
    drop(store);
    let mut store = open(&folder)?;
    let mut txn = store.begin()?;
    assert_eq!(txn.schema()?, grown);
    assert_eq!(txn.entities()[0].field("score"), Some(3));
    // Back again: what `plan` said is still there, and found.
    txn.apply_schema(&schema())?;
    assert_eq!(txn.find(kind, "plan", &Value::text("pro"), 9)?, [ann]);
    drop(txn);
    let mut txn = store.begin()?;
    assert!(matches!(txn.find(kind, "plan", &Value::text("pro"), 9), Err(StoreError::Unknown { .. })));
    drop(txn);
    assert_eq!(store.check()?.problems, [""; 0]);
    Ok(())
}

#[test]
fn a_schema_that_does_not_fit_changes_nothing() -> Tested {
    let folder = folder();
    let (mut store, kind) = deployed(&folder)?;
    let mut txn = store.begin()?;
    for _ in 0..2 {
        txn.insert_record(kind, &contact(None, "pro"))?;
    }
    txn.commit()?;
    let refused = |store: &mut SqliteStore, edit: &dyn Fn(&mut EntityDef)| {
        let mut other = schema();
        edit(&mut other.entities[0]);
        let message = store.begin()?.apply_schema(&other).map_or_else(|error| error.to_string(), |()| "fits".into());
        Ok::<_, StoreError>(message)
    };
    let message = refused(&mut store, &|contact| contact.fields[1].unique = true)?;
    assert!(message.starts_with("another Contact in "), "{message}");
    let message = refused(&mut store, &|contact| contact.fields[1].ty = SchemaType::Int)?;
    assert!(
        message.starts_with("Contact.plan of record 1 in ") && message.contains("is not a whole number"),
        "{message}"
    );
    for name in ["a b", "", "x);--", "Plan"] {
        let message = refused(&mut store, &|contact| contact.fields[0].name = name.into())?;
        assert!(message.contains("a field needs a plain name"), "{message}");
    }
    assert_eq!(store.begin()?.find(kind, "plan", &Value::text("pro"), 9)?, [1, 2]);
    Ok(())
}

#[test]
fn readers_learn_of_a_new_schema() -> Tested {
    let folder = folder();
    let mut store = open(&folder)?;
    let readers = Readers::open(&folder.path().join("flow.db"), &options(), 1, 1_000)?;
    assert_eq!(readers.read(|reader| Ok(reader.entities().len()))?, 0);
    let mut txn = store.begin()?;
    txn.apply_schema(&schema())?;
    txn.commit()?;
    assert_eq!(readers.read(|reader| Ok(reader.entities().len()))?, 2);
    Ok(())
}

#[test]
fn messages_are_numbered_in_their_conversation() -> Tested {
    let folder = folder();
    let (mut store, _) = deployed(&folder)?;
    let mut txn = store.begin()?;
    let kind = txn.find_name(NameClass::Entity, "Conversation")?.unwrap();
    let conversation = txn.insert_record(kind, &[Value::Int(1)])?;
    let mut said = |conversation, text: &str| {
        let parts = vec![("link".into(), "https://example.com".into())];
        let (from, text) = ("flow".into(), text.into());
        let mut message = MessageRow { conversation, number: 0, at: 4, from, text, parts, run: 3, flow: 2 };
        txn.add_message(&mut message)?;
        Ok::<_, StoreError>(message)
    };
    let (first, second) = (said(conversation, "Hello")?, said(conversation, "How can I help?")?);
    said(conversation + 1, "elsewhere")?;
    assert_eq!((first.number, second.number), (1, 2));
    assert_eq!(txn.messages(conversation, None, 9)?, [second, first.clone()]);
    assert_eq!(txn.messages(conversation, Some(2), 9)?, [first]);
    txn.delete_record(kind, conversation)?;
    assert_eq!(txn.messages(conversation, None, 9)?, []);
    Ok(())
}

#[test]
fn an_entity_that_comes_back_has_its_records() -> Tested {
    let folder = folder();
    let (mut store, kind) = deployed(&folder)?;
    let mut txn = store.begin()?;
    let ann = txn.insert_record(kind, &contact(Some("ann@example.com"), "pro"))?;
    let mut without = schema();
    without.entities.remove(0);
    txn.apply_schema(&without)?;
    txn.commit()?;
    let mut txn = store.begin()?;
    txn.apply_schema(&schema())?;
    assert_eq!(txn.find(kind, "plan", &Value::text("pro"), 9)?, [ann]);
    assert!(txn.insert_record(kind, &contact(Some("ann@example.com"), "pro")).is_err());
    txn.commit()?;
    assert_eq!(store.check()?.problems, [""; 0]);
    Ok(())
}

#[test]
fn a_copy_in_memory_begins_with_what_is_there_and_goes_its_own_way() -> Tested {
    let open = |name: &str, copy_of: Option<&str>| {
        let copy_of = copy_of.map(Into::into);
        let options = Options { volatile: true, lock: false, copy_of, ..options() };
        SqliteStore::open(std::path::Path::new(name), &options)
    };
    let mut first = open("/a-first", None)?;
    let mut txn = first.begin()?;
    txn.apply_schema(&schema())?;
    let kind = txn.find_name(NameClass::Entity, "Contact")?.unwrap();
    let ann = txn.insert_record(kind, &contact(Some("ann@example.com"), "pro"))?;
    txn.commit()?;
    let mut copies = [open("/a-copy", Some("/a-first"))?, open("/another-copy", Some("/a-first"))?];
    let pro = Value::text("pro");
    let mut txn = copies[0].begin()?;
    let bob = txn.insert_record(kind, &contact(Some("bob@example.com"), "pro"))?;
    txn.commit()?;
    assert_eq!(copies[0].begin()?.find(kind, "plan", &pro, 9)?, [ann, bob]);
    assert_eq!(copies[1].begin()?.find(kind, "plan", &pro, 9)?, [ann]);
    assert_eq!(first.begin()?.find(kind, "plan", &pro, 9)?, [ann]);
    assert!(open("/a-third", Some("/nobody")).is_err());
    Ok(())
}
