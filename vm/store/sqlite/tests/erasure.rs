//! Whatever holds somebody's word has it masked, and nothing of it is left in the files.

use super::records::{contact, deployed};
use super::*;
use crate::store::*;
use flow_bytecode::Value;
use flow_bytecode::program::{EffectClass, Expects, Policy};

const WORD: &str = "ada@example.com";

/// A row of every kind with the word in it, in one spelling or another.
fn fill(txn: &mut dyn Txn, kind: NameId) -> Tested {
    let bytes = |text: &str| [b"\x01\x0f", text.as_bytes(), b"\x00\x7f"].concat();
    for at in 0..3 {
        let mut run = RunRow::new(1, 1, 1, 1_000);
        run.snapshot = bytes("Ada@Example.com");
        run.result = Some(bytes(WORD));
        run.failure = Some(RunFailure { kind: "failed".into(), message: format!("no answer from {WORD}") });
        txn.insert_run(&mut run)?;
        let delivery = Some(Delivery { source: 1, id: format!("{WORD} {at}") });
        let args = format!("[\"{WORD}\"]").into_bytes();
        txn.add_event(&mut EventRow { number: 0, kind: 1, subject: None, at: 5, args, delivery: delivery.clone() })?;
        txn.add_inbox(&mut InboxRow { id: 0, run: run.id, at: 5, delivery, payload: bytes(WORD) })?;
        txn.append_journal(run.id, 0, 5, &bytes(WORD))?;
        let on = Subject { kind: 9, id: 9 };
        txn.add_note(&mut NoteRow { id: 0, on, at: 1, run: 0, text: format!("write to {WORD}.").into() })?;
        for conversation in [7, 8] {
            let parts = vec![("link".into(), format!("https://example.org/?m={}", "ada%40example.com").into())];
            let (from, text) = ("contact".into(), format!("I am {WORD}").into());
            let mut message = MessageRow { conversation, number: 0, at: 1, from, text, parts, run: 0, flow: 0 };
            txn.add_message(&mut message)?;
        }
        let mut prompt = PromptRow {
            conversation: 7,
            seq: 0,
            run: run.id,
            path: 0,
            revision: 1,
            at: 1,
            text: format!("Is {WORD} right?").into(),
            options: vec![WORD.into(), "No".into()],
            expects: Expects::Text,
        };
        txn.show_prompt(&mut prompt)?;
        txn.put_intent(&IntentRow {
            run: run.id,
            path: 1,
            effect: 1,
            state: IntentState::Queued,
            program: 1,
            place: 1,
            action: 1,
            class: EffectClass::Once,
            attempt: 0,
            not_before: 0,
            policy: Policy { timeout_us: 1, retry: 0, backoff_us: 1 },
            key: "k".into(),
            destination: "example.org".into(),
            request: bytes(WORD).into(),
        })?;
        txn.put_goal(&GoalRow { run: run.id, flow: 1, program: 1, until: None, reached: None, args: bytes(WORD) })?;
        let mut values = contact((at == 0).then_some(WORD), WORD);
        values[2] = Value::List(Arc::new(vec![Value::text("vip")]));
        txn.insert_record(kind, &values)?;
    }
    txn.put_entry(1, &format!("\"{WORD}\""), 5)?;
    Ok(())
}

/// Looks through everything, so many rows at a time; returns how much was found, and masks runs as the engine does.
fn erase(txn: &mut dyn Txn, limit: usize) -> StoreResult<u64> {
    let words = Words::new(&[WORD.to_owned()]).unwrap();
    let mut count = 0;
    for within in [SearchIn::Living, SearchIn::Settled] {
        let mut place = Some(SearchPlace::default());
        while let Some(from) = place {
            let searched = txn.mask_rows(within, &words, from, limit)?;
            count += searched.masked + (searched.records.len() + searched.runs.len()) as u64;
            for id in &searched.runs {
                let mut run = txn.run(*id)?.unwrap();
                words.mask(&mut run.snapshot);
                words.mask(run.result.as_mut().unwrap());
                run.failure = None;
                txn.save_run(&mut run)?;
            }
            place = searched.next;
        }
    }
    Ok(count)
}

#[test]
fn nothing_is_left_of_a_word_whatever_the_page() -> Tested {
    for limit in [1, 2, 3, 1_000] {
        let folder = folder();
        let (mut store, kind) = deployed(&folder)?;
        let mut txn = store.begin()?;
        fill(&mut *txn, kind)?;
        txn.commit()?;
        let held = |folder: &TempDir| {
            let files =
                std::fs::read_dir(folder.path()).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
            files
                .map(|bytes| String::from_utf8_lossy(&bytes).to_lowercase().matches("example.com").count())
                .sum::<usize>()
        };
        assert!(held(&folder) > 20);
        let mut txn = store.begin()?;
        // 3 each of runs, events, inbox, journal, notes, prompts, intents, goals, records; 6 messages, 1 entry.
        assert_eq!(erase(&mut *txn, limit)?, 34, "with pages of {limit}");
        assert_eq!(erase(&mut *txn, limit)?, 0);
        assert_eq!(txn.find(kind, "email", &Value::text(WORD), 9)?, [0i64; 0]);
        assert_eq!(txn.find(kind, "plan", &Value::text("000@0000000.00x"), 9)?.len(), 3);
        txn.commit()?;
        assert_eq!(store.check()?.problems, [""; 0]);
        store.truncate_log()?;
        assert_eq!(held(&folder), 0, "with pages of {limit}");
    }
    Ok(())
}

#[test]
fn what_is_to_be_erased_is_kept_until_it_is() -> Tested {
    let folder = folder();
    let (mut store, _) = deployed(&folder)?;
    let mut txn = store.begin()?;
    assert_eq!(txn.next_erasure()?, None);
    let first = txn.put_erasure(0, b"one")?;
    txn.put_erasure(0, b"two")?;
    assert_eq!(txn.put_erasure(first, b"more")?, first);
    txn.commit()?;
    drop(store);
    let mut store = open(&folder)?;
    let mut txn = store.begin()?;
    assert_eq!(txn.next_erasure()?, Some((first, b"more".to_vec())));
    txn.delete_erasure(first)?;
    assert_eq!(txn.next_erasure()?.map(|(_, state)| state), Some(b"two".to_vec()));
    Ok(())
}
