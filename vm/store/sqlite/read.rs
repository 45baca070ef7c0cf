//! The reading verbs, the same for the write transaction and for readers.

use super::core::Core;
use crate::store::*;

/// Whatever has a connection can read.
pub(super) trait HasCore {
    fn core(&self) -> &Core;
    fn core_mut(&mut self) -> &mut Core;
}

impl<T: HasCore> Read for T {
    fn entities(&self) -> Arc<Vec<Arc<Entity>>> {
        self.core().catalog.entities.clone()
    }

    fn schema(&mut self) -> StoreResult<Schema> {
        Ok(self.core().catalog.schema.clone())
    }

    fn find_name(&mut self, class: NameClass, name: &str) -> StoreResult<Option<NameId>> {
        self.core_mut().find_name(class, name)
    }

    fn name(&mut self, class: NameClass, id: NameId) -> StoreResult<Arc<str>> {
        self.core_mut().name(class, id)
    }

    fn program(&mut self, id: i64) -> StoreResult<Option<ProgramRow>> {
        self.core_mut().program(id)
    }

    fn program_by_hash(&mut self, hash: &[u8; 32]) -> StoreResult<Option<i64>> {
        self.core_mut().program_by_hash(hash)
    }

    fn program_source(&mut self, program: i64) -> StoreResult<SourceRow> {
        self.core_mut().program_source(program)
    }

    fn deployment(&mut self, flow: NameId) -> StoreResult<Option<DeploymentRow>> {
        self.core_mut().deployment(flow)
    }

    fn deployments(&mut self) -> StoreResult<Vec<DeploymentRow>> {
        self.core_mut().deployments()
    }

    fn run(&mut self, id: i64) -> StoreResult<Option<RunRow>> {
        self.core_mut().run(id)
    }

    fn runs(&mut self, filter: &RunFilter) -> StoreResult<Vec<RunRow>> {
        self.core_mut().runs(filter)
    }

    fn count_runs(&mut self) -> StoreResult<Vec<(RunStatus, u64)>> {
        self.core_mut().count_runs()
    }

    fn child(&mut self, parent: Parent) -> StoreResult<Option<i64>> {
        self.core_mut().child(parent)
    }

    fn has_children(&mut self, run: i64, count: u32) -> StoreResult<bool> {
        self.core_mut().has_children(run, count)
    }

    fn due(&mut self, now: i64, limit: usize) -> StoreResult<Vec<(i64, i64)>> {
        self.core_mut().due(now, limit)
    }

    fn next_due(&mut self) -> StoreResult<Option<i64>> {
        self.core_mut().next_due()
    }

    fn runs_of_subject(&mut self, subject: Subject) -> StoreResult<Vec<Listener>> {
        self.core_mut().runs_of_subject(subject)
    }

    fn waiting_for_event(&mut self, event: NameId, subject: Option<Subject>) -> StoreResult<Vec<i64>> {
        self.core_mut().waiting_for_event(event, subject)
    }

    fn waiting_for_change(&mut self, subject: Subject, limit: usize) -> StoreResult<Vec<i64>> {
        self.core_mut().waiting_for_change(subject, limit)
    }

    fn waiting_on_conversation(&mut self, conversation: i64) -> StoreResult<Vec<i64>> {
        self.core_mut().waiting_on_conversation(conversation)
    }

    fn touched_by(&mut self, subject: Subject) -> StoreResult<Vec<i64>> {
        self.core_mut().touched_by(subject)
    }

    fn done_at(&mut self, contact: i64, event: NameId) -> StoreResult<Option<i64>> {
        let sql = "SELECT at FROM done WHERE contact = ?1 AND event = ?2";
        self.core_mut().first(sql, [contact, event], |row| row.get(0))
    }

    fn prompts(&mut self, conversation: i64) -> StoreResult<Vec<PromptRow>> {
        self.core_mut().prompts(conversation)
    }

    fn intent(&mut self, run: i64, path: u16) -> StoreResult<Option<IntentRow>> {
        self.core_mut().intent(run, path)
    }

    fn intents_of(&mut self, run: i64) -> StoreResult<Vec<IntentRow>> {
        self.core_mut().intents_of(run)
    }

    fn intents_after(&mut self, after: (i64, u16), limit: usize) -> StoreResult<Vec<StoreResult<IntentRow>>> {
        self.core_mut().intents_after(after, limit)
    }

    fn timeline(&mut self, run: i64, from: i64, limit: usize) -> StoreResult<Vec<JournalRow>> {
        self.core_mut().timeline(run, from, limit)
    }

    fn last_event(&mut self) -> StoreResult<i64> {
        self.core_mut().last_event()
    }

    fn events_since(&mut self, floor: i64, kinds: &[NameId], subject: Option<Subject>) -> StoreResult<Vec<EventRow>> {
        self.core_mut().events_since(floor, kinds, subject)
    }

    fn inbox(&mut self, run: i64, limit: usize) -> StoreResult<Vec<InboxRow>> {
        self.core_mut().inbox(run, limit)
    }

    fn inbox_runs(&mut self, limit: usize) -> StoreResult<Vec<i64>> {
        self.core_mut().inbox_runs(limit)
    }

    fn record(&mut self, kind: NameId, id: i64) -> StoreResult<Option<Record>> {
        self.core_mut().record(kind, id)
    }

    fn find(&mut self, kind: NameId, field: &str, value: &Value, limit: usize) -> StoreResult<Vec<i64>> {
        self.core_mut().find(kind, field, value, limit)
    }

    fn search_articles(&mut self, words: &str, limit: usize) -> StoreResult<Vec<i64>> {
        self.core_mut().search_articles(words, limit)
    }

    fn records(&mut self, kind: NameId, after: i64, limit: usize) -> StoreResult<Vec<Record>> {
        self.core_mut().records(kind, after, limit)
    }

    fn count_records(&mut self, kind: NameId) -> StoreResult<u64> {
        self.core_mut().count_records(kind)
    }

    fn messages(&mut self, conversation: i64, before: Option<i64>, limit: usize) -> StoreResult<Vec<MessageRow>> {
        self.core_mut().messages(conversation, before, limit)
    }

    fn messages_after(&mut self, after: (i64, i64), limit: usize) -> StoreResult<Vec<MessageRow>> {
        self.core_mut().messages_after(after, limit)
    }

    fn notes(&mut self, on: Subject, limit: usize) -> StoreResult<Vec<NoteRow>> {
        self.core_mut().notes(on, limit)
    }

    fn notes_after(&mut self, after: i64, limit: usize) -> StoreResult<Vec<NoteRow>> {
        self.core_mut().notes_after(after, limit)
    }

    fn setting(&mut self, name: &str) -> StoreResult<Option<Vec<u8>>> {
        self.core_mut().setting(name)
    }
}
