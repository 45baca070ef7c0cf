//! What any store must do: one function per promise. A store's tests call each with a fresh store.

use super::*;
use flow_bytecode::program::{EffectClass, Expects, Policy};

pub(crate) type Tested = StoreResult<()>;

fn inserted(txn: &mut dyn Txn, edit: impl FnOnce(&mut RunRow)) -> StoreResult<RunRow> {
    let mut run = RunRow::new(1, 1, 1, 1_000);
    run.snapshot = b"state".to_vec();
    edit(&mut run);
    txn.insert_run(&mut run)?;
    Ok(run)
}

fn intent(run: i64, path: u16, effect: u32) -> IntentRow {
    IntentRow {
        run,
        path,
        effect,
        state: IntentState::Queued,
        program: 1,
        place: 3,
        action: 2,
        class: EffectClass::Keyed { window_us: 86_400_000_000 },
        key: "k-1".into(),
        destination: "api.example.com".into(),
        request: Arc::from(&b"POST /refunds"[..]),
        attempt: 0,
        not_before: 0,
        policy: Policy { timeout_us: 30_000_000, retry: 2, backoff_us: 1_000_000 },
    }
}

/// What is dropped never happened, what is committed did.
pub(crate) fn transactions_are_atomic(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    let dropped = inserted(&mut *txn, |_| ())?.id;
    drop(txn);
    let mut txn = store.begin()?;
    assert_eq!(txn.run(dropped)?, None);
    let kept = inserted(&mut *txn, |_| ())?;
    txn.put_intent(&intent(kept.id, 0, 1))?;
    txn.commit()?;
    let mut txn = store.begin()?;
    assert_eq!(txn.run(kept.id)?, Some(kept.clone()));
    assert_eq!(txn.intent(kept.id, 0)?, Some(intent(kept.id, 0, 1)));
    Ok(())
}

/// A fault of one run takes nothing else along, names and ids given in between included.
pub(crate) fn savepoints_undo_one_step(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    txn.savepoint()?;
    let first = inserted(&mut *txn, |_| ())?;
    txn.release()?;
    txn.savepoint()?;
    inserted(&mut *txn, |_| ())?;
    txn.intern(NameClass::Event, "lost")?;
    txn.rollback_to_savepoint()?;
    assert_eq!(txn.find_name(NameClass::Event, "lost")?, None);
    txn.savepoint()?;
    let second = inserted(&mut *txn, |_| ())?;
    let name = txn.intern(NameClass::Event, "kept")?;
    txn.release()?;
    txn.commit()?;
    let mut txn = store.begin()?;
    let ids: Vec<_> = txn.runs(&RunFilter { limit: 9, ..RunFilter::default() })?.iter().map(|run| run.id).collect();
    assert_eq!(ids, [second.id, first.id]);
    assert_eq!(&*txn.name(NameClass::Event, name)?, "kept");
    Ok(())
}

/// Of two who read the same revision only the first writes.
pub(crate) fn a_stale_revision_writes_nothing(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    let mut first = inserted(&mut *txn, |_| ())?;
    let mut second = first.clone();
    first.status = RunStatus::Waiting;
    txn.save_run(&mut first)?;
    assert!(matches!(txn.save_run(&mut second), Err(StoreError::Stale { .. })));
    let mut other_epoch = first.clone();
    other_epoch.epoch += 1;
    assert!(matches!(txn.save_run(&mut other_epoch), Err(StoreError::Stale { .. })));
    assert_eq!(txn.run(first.id)?, Some(first));
    Ok(())
}

/// Every column of a run comes back, whichever of them changed.
pub(crate) fn runs_come_back_whole(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    let mut run = inserted(&mut *txn, |run| run.parent = Some(Parent { run: 7, effect: 2 }))?;
    let failure = RunFailure { kind: "timeout".into(), message: "No answer.".into() };
    let edits: [&dyn Fn(&mut RunRow); 9] = [
        &|run| run.due = Some(i64::MAX),
        &|run| run.due = None,
        &|run| run.status = RunStatus::Retryable,
        &|run| run.subject = Some(Subject { kind: 4, id: -9 }),
        &|run| run.failure = Some(failure.clone()),
        &|run| (run.failure, run.result) = (None, Some(vec![1, 0, 255])),
        &|run| (run.events, run.asks_in, run.floor) = (CONDITIONS | event_bit(62), Some(5), 77),
        &|run| (run.attempts, run.effects, run.journal, run.updated_at) = (u32::MAX, u32::MAX, 12, i64::MIN),
        &|run| (run.result, run.subject, run.snapshot, run.program, run.flow) = (None, None, vec![0; 5_000], 3, 9),
    ];
    for edit in edits {
        edit(&mut run);
        txn.save_run(&mut run)?;
        assert_eq!(txn.run(run.id)?.as_ref(), Some(&run));
    }
    Ok(())
}

/// An effect starts one child, however often it is carried out.
pub(crate) fn a_child_is_started_once(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    let parent = Parent { run: 1, effect: 4 };
    let first = inserted(&mut *txn, |run| run.parent = Some(parent))?;
    let mut again = RunRow::new(1, 1, 1, 2_000);
    again.parent = Some(parent);
    assert_eq!(txn.insert_run(&mut again)?, Written::Before(first.id));
    assert_eq!(txn.child(parent)?, Some(first.id));
    assert_eq!(txn.child(Parent { run: 1, effect: 5 })?, None);
    Ok(())
}

/// Ids of deleted runs, events and notes are not given again.
pub(crate) fn ids_are_never_used_twice(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    let gone = inserted(&mut *txn, |_| ())?.id;
    txn.delete_run(gone)?;
    let mut event = EventRow { number: 0, kind: 1, subject: None, at: 5, args: vec![], delivery: None };
    txn.add_event(&mut event)?;
    assert_eq!(txn.purge_events(6, 10)?, 1);
    txn.commit()?;
    let mut txn = store.begin()?;
    assert!(inserted(&mut *txn, |_| ())?.id > gone);
    assert_eq!(txn.last_event()?, event.number);
    let purged = event.number;
    txn.add_event(&mut event)?;
    assert!(event.number > purged);
    Ok(())
}

/// What is due comes in order of (due, id), and only what is due.
pub(crate) fn due_runs_come_in_order(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    let mut ids = Vec::new();
    for due in [Some(30), Some(10), None, Some(20), Some(10), Some(-5)] {
        ids.push(inserted(&mut *txn, |run| run.due = due)?.id);
    }
    let due = |txn: &mut dyn Txn, now, limit| txn.due(now, limit);
    assert_eq!(due(&mut *txn, 20, 9)?, [(-5, ids[5]), (10, ids[1]), (10, ids[4]), (20, ids[3])]);
    assert_eq!(due(&mut *txn, 20, 2)?, [(-5, ids[5]), (10, ids[1])]);
    assert_eq!(due(&mut *txn, -6, 9)?, []);
    assert_eq!(txn.next_due()?, Some(-5));
    let mut run = txn.run(ids[5])?.unwrap();
    run.due = None;
    txn.save_run(&mut run)?;
    assert_eq!(txn.next_due()?, Some(10));
    Ok(())
}

/// Who listens is found by subject, by watch, and by event of any subject; never the dead.
pub(crate) fn listeners_are_found(store: &mut dyn Store) -> Tested {
    let (contact, other) = (Subject { kind: 1, id: 5 }, Subject { kind: 1, id: 6 });
    let mut txn = store.begin()?;
    let listening = |txn: &mut dyn Txn, subject, events, status| {
        let edit = |run: &mut RunRow| (run.subject, run.events, run.status) = (subject, events, status);
        inserted(txn, edit).map(|run| run.id)
    };
    let by_subject = listening(&mut *txn, Some(contact), event_bit(3), RunStatus::Waiting)?;
    let dead = listening(&mut *txn, Some(contact), event_bit(3), RunStatus::Failed)?;
    let watching = listening(&mut *txn, Some(other), event_bit(3) | CONDITIONS, RunStatus::Waiting)?;
    txn.watch(contact, watching)?;
    txn.watch(contact, watching)?;
    let to_all = listening(&mut *txn, None, event_bit(3), RunStatus::Ready)?;
    txn.watch(Subject::any(3), to_all)?;
    assert_eq!(txn.waiting_for_event(3, Some(contact))?, [by_subject, watching, to_all]);
    assert_eq!(txn.waiting_for_event(3, Some(other))?, [watching, to_all]);
    assert_eq!(txn.waiting_for_event(3, None)?, [to_all]);
    assert_eq!(txn.waiting_for_event(4, Some(contact))?, [0; 0]);
    assert_eq!(txn.waiting_for_change(contact, 9)?, [watching]);
    let all: Vec<_> = txn.runs_of_subject(contact)?.iter().map(|listener| listener.run).collect();
    assert_eq!(all, [by_subject, dead, watching]);
    txn.unwatch(watching)?;
    assert_eq!(txn.waiting_for_event(3, Some(contact))?, [by_subject, to_all]);
    txn.touch(contact, dead)?;
    txn.touch(contact, dead)?;
    assert_eq!(txn.touched_by(contact)?, [dead]);
    Ok(())
}

/// The newest prompt gets the answer, the one below it is shown again afterwards.
pub(crate) fn prompts_are_a_stack(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    let mut show = |run, path| {
        let (text, options) = ("Which order?".into(), vec!["First".into(), "Second".into()]);
        let (conversation, revision) = (8, 2);
        let mut prompt =
            PromptRow { conversation, seq: 0, run, path, revision, at: 9, text, options, expects: Expects::Choice };
        txn.show_prompt(&mut prompt)?;
        Ok::<_, StoreError>(prompt)
    };
    let (first, second, third) = (show(1, 0)?, show(2, 0)?, show(1, 1)?);
    assert_eq!(txn.prompts(8)?, [third, second.clone(), first.clone()]);
    assert_eq!(txn.waiting_on_conversation(8)?, [1, 2]);
    assert!(txn.remove_prompt(8, 1, 1)?);
    assert!(!txn.remove_prompt(8, 1, 1)?);
    assert_eq!(txn.prompts(8)?, [second.clone(), first]);
    txn.delete_run(1)?;
    assert_eq!(txn.prompts(8)?, [second]);
    Ok(())
}

/// An intent is replaced in place; who is late with an older effect changes nothing.
pub(crate) fn intents_are_replaced(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    for (run, path) in [(2, 0), (1, 1), (1, 0)] {
        txn.put_intent(&intent(run, path, 1))?;
    }
    let mut sending = IntentRow { state: IntentState::Sending, attempt: 1, not_before: 99, ..intent(1, 0, 1) };
    assert!(txn.update_intent(&sending)?);
    assert_eq!(txn.intent(1, 0)?.as_ref(), Some(&sending));
    txn.put_intent(&intent(1, 0, 2))?;
    sending.state = IntentState::InDoubt;
    assert!(!txn.update_intent(&sending)?);
    assert!(!txn.delete_intent(1, 0, 1)?);
    let mut order = |after, limit| {
        let found = txn.intents_after(after, limit)?.into_iter().map(|row| row.map(|row| (row.run, row.path)));
        found.collect::<StoreResult<Vec<_>>>()
    };
    assert_eq!(order((0, 0), 9)?, [(1, 0), (1, 1), (2, 0)]);
    assert_eq!(order((1, 0), 1)?, [(1, 1)]);
    assert_eq!(txn.intents_of(1)?.len(), 2);
    assert!(txn.delete_intent(1, 0, 2)?);
    assert_eq!(txn.intent(1, 0)?, None);
    for class in [EffectClass::Read, EffectClass::Once, EffectClass::Repeatable, EffectClass::Verified { by: 9 }] {
        let row = IntentRow { class, request: Arc::from(vec![7; 9_000]), ..intent(3, 0, 1) };
        txn.put_intent(&row)?;
        assert_eq!(txn.intent(3, 0)?, Some(row));
    }
    Ok(())
}

/// A timeline is read from its newest row back, and erased without losing its shape.
pub(crate) fn timelines_are_chains(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    let mut last = 0;
    for at in 1..=4 {
        last = txn.append_journal(1, last, at, format!("turn {at}").as_bytes())?;
        txn.append_journal(2, 0, at, b"another run")?;
    }
    let rows = txn.timeline(1, last, 3)?;
    assert_eq!(rows.iter().map(|row| row.at).collect::<Vec<_>>(), [4, 3, 2]);
    assert_eq!(rows[0].payload, b"turn 4");
    assert_eq!(txn.erase_journal(1, last)?, 4);
    assert!(txn.timeline(1, last, 9)?.iter().all(|row| row.payload.is_empty() && row.at > 0));
    assert!(txn.timeline(2, last, 9).is_err(), "a chain does not leave its run");
    Ok(())
}

/// One delivery is one event, and one inbox row, taken or not.
pub(crate) fn deliveries_are_taken_once(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    let delivery = Some(Delivery { source: 1, id: "evt_1".into() });
    let subject = Some(Subject { kind: 1, id: 3 });
    let mut event = EventRow { number: 0, kind: 2, subject, at: 10, args: b"[]".to_vec(), delivery: delivery.clone() };
    let first = txn.add_event(&mut event)?;
    assert_eq!(txn.add_event(&mut event.clone())?, Written::Before(first.id()));
    let mut plain = EventRow { kind: 4, subject: None, delivery: None, ..event.clone() };
    txn.add_event(&mut plain)?;
    assert_eq!(txn.events_since(0, &[2, 4], None)?, [event.clone(), plain]);
    assert_eq!(txn.events_since(0, &[2], subject)?, [event.clone()]);
    assert_eq!(txn.events_since(event.number, &[2], subject)?, []);
    let mut row = InboxRow { id: 0, run: 6, at: 1, delivery, payload: b"yes".to_vec() };
    let first = txn.add_inbox(&mut row)?;
    let mut direct = InboxRow { id: 0, run: 6, at: 2, delivery: None, payload: b"no".to_vec() };
    txn.add_inbox(&mut direct)?;
    assert_eq!(txn.inbox(6, 9)?, [row.clone(), direct.clone()]);
    assert_eq!(txn.inbox_runs(9)?, [6]);
    assert!(txn.take_inbox(row.id)? && txn.take_inbox(direct.id)?);
    assert!(!txn.take_inbox(row.id)?);
    assert_eq!(txn.inbox(6, 9)?, []);
    assert_eq!(txn.add_inbox(&mut row.clone())?, Written::Before(first.id()));
    assert_eq!(txn.purge_inbox(5, 9)?, 1);
    Ok(())
}

/// A run set aside waits for nothing and keeps what it was.
pub(crate) fn quarantine_keeps_the_row(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    let run = inserted(&mut *txn, |run| (run.subject, run.events) = (Some(Subject { kind: 1, id: 5 }), event_bit(3)))?;
    let failure = RunFailure { kind: "damaged".into(), message: "Its row does not fit.".into() };
    txn.quarantine(run.id, &failure, 5_000)?;
    let found = txn.run(run.id)?.unwrap();
    assert_eq!((found.status, found.due, found.failure), (RunStatus::Quarantined, None, Some(failure)));
    assert_eq!((found.snapshot, found.subject, found.updated_at), (run.snapshot, run.subject, 5_000));
    assert_eq!(txn.waiting_for_event(3, run.subject)?, [0; 0]);
    assert_eq!(txn.due(i64::MAX, 9)?, []);
    Ok(())
}

/// Programs are kept by hash, deployments by flow; small things by name.
pub(crate) fn programs_and_settings_are_kept(store: &mut dyn Store) -> Tested {
    let mut txn = store.begin()?;
    let code = b"program".to_vec();
    let hash = *blake3::hash(&code).as_bytes();
    let id = txn.put_program(&hash, &code, 1)?.id();
    assert_eq!(txn.put_program(&hash, &code, 2)?, Written::Before(id));
    assert!(matches!(txn.put_program(&hash, b"other", 2), Ok(Written::Before(_))));
    assert!(matches!(txn.put_program(&[0; 32], b"other", 2), Err(StoreError::Invalid { .. })));
    let source = SourceRow { debug: vec![1], files: vec![("a.flow".into(), "flow a() {}".into())] };
    txn.put_program_source(id, &source)?;
    let flow = txn.intern(NameClass::Flow, "refunds.refund")?;
    txn.deploy(flow, id, 3)?;
    txn.put_setting("clock", b"12")?;
    txn.put_setting("clock", b"13")?;
    let epoch = txn.next_epoch()?;
    txn.commit()?;
    assert_eq!((epoch, store.install().epoch), (2, 2));
    let mut txn = store.begin()?;
    assert_eq!(txn.program(id)?, Some(ProgramRow { id, hash, code }));
    assert_eq!(txn.program_by_hash(&hash)?, Some(id));
    assert_eq!(txn.program_source(id)?, source);
    let deployed = DeploymentRow { flow, name: "refunds.refund".into(), program: id, at: 3 };
    assert_eq!(txn.deployment(flow)?, Some(deployed.clone()));
    assert_eq!(txn.deployments()?, [deployed]);
    txn.undeploy(flow)?;
    assert_eq!(txn.deployment(flow)?, None);
    assert_eq!(txn.setting("clock")?, Some(b"13".to_vec()));
    assert_eq!(txn.intern(NameClass::Flow, "refunds.refund")?, flow);
    assert_eq!(txn.intern(NameClass::Event, "refunds.refund")?, 1);
    Ok(())
}

/// Articles are found by their words, whatever these are, and are not found any more by words that they had.
pub(crate) fn articles_are_found_by_their_words(store: &mut dyn Store) -> Tested {
    use flow_bytecode::schema::{EntityDef, FieldDef, SchemaType};
    let field = |name: &str| FieldDef {
        name: name.into(),
        ty: SchemaType::Text,
        default: Value::Null,
        indexed: false,
        unique: false,
        readonly: false,
        custom: false,
    };
    let article = EntityDef { name: "Article".into(), fields: vec![field("name"), field("title"), field("text")] };
    let mut txn = store.begin()?;
    txn.apply_schema(&Schema { entities: vec![article], ..Schema::default() })?;
    let kind = txn.find_name(NameClass::Entity, "Article")?.unwrap();
    let words = |texts: [&str; 3]| texts.map(Value::text).to_vec();
    let reset =
        words(["reset", "How to reset your password", "Open the menu. A new password comes by mail, not refunds."]);
    let refund =
        words(["refund", "Refunds", "Money comes back to the café in five days. Ring (NEAR) us: \"any\" time."]);
    let (reset, refund) = (txn.insert_record(kind, &reset)?, txn.insert_record(kind, &refund)?);
    let plan = txn.insert_record(kind, &words(["price_list", "Plans", "Open the menu and choose."]))?;
    txn.commit()?;
    let mut txn = store.begin()?;
    // A title counts more than a text; endings, case and accents do not count.
    assert_eq!(txn.search_articles("my REFUND?", 9)?, [refund, reset]);
    assert_eq!(txn.search_articles("the Cafe", 9)?[0], refund);
    assert_eq!(txn.search_articles("passwords menus", 1)?, [reset]);
    assert_eq!(txn.search_articles("prices", 9)?, [plan], "by its name");
    for nothing in ["", "  \" ' ", "unknown", "name:reset", "-", "\u{0}"] {
        assert!(!txn.search_articles(nothing, 9)?.contains(&plan), "{nothing}");
    }
    for odd in
        ["NEAR(money back)", "title : refunds", "\"any\" * ^ {", "refunds AND NOT OR", "(((refunds", "refunds\u{0}x"]
    {
        assert!(txn.search_articles(odd, 9)?.contains(&refund), "{odd}");
    }
    let mut record = txn.record(kind, reset)?.unwrap();
    record.values[2] = Value::text("Open the door.");
    txn.put_record(kind, &record, &[2])?;
    assert_eq!(txn.search_articles("mail", 9)?, [0; 0]);
    assert_eq!(txn.search_articles("door", 9)?, [reset]);
    // What is undone was never found.
    txn.savepoint()?;
    assert!(txn.delete_record(kind, refund)?);
    assert_eq!(txn.search_articles("money", 9)?, [0; 0]);
    txn.rollback_to_savepoint()?;
    assert_eq!(txn.search_articles("money", 9)?, [refund]);
    assert!(txn.delete_record(kind, plan)?);
    txn.commit()?;
    assert_eq!(store.begin()?.search_articles("choose", 9)?, [0; 0]);
    Ok(())
}
