//! What can go wrong with a store, told to the person who has to act on it.

use std::path::PathBuf;

/// Result of a store's verb.
pub type StoreResult<T> = Result<T, StoreError>;

/// What went wrong. Every message names the file and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no database, and none was asked for.
    #[error("there is no database at {}: `flow run` makes one, or name another with --db", file.display())]
    NotFound {
        /// Where it was looked for.
        file: PathBuf,
    },
    /// The folder that should hold the database does not exist.
    #[error("the folder of {} does not exist: make it first, or name another with --db", file.display())]
    NoFolder {
        /// The database's path.
        file: PathBuf,
    },
    /// Another process owns the database.
    #[error("{} is in use by {by}: stop that process, or send the command to its address", file.display())]
    Locked {
        /// The database.
        file: PathBuf,
        /// Who owns it, for people.
        by: String,
    },
    /// Another program keeps the database locked, though no process owns it.
    #[error("{} is locked by another program (not Flow), which keeps it so: close what has it open, a database browser or a backup, then try again; nothing that was acknowledged is lost", file.display())]
    Busy {
        /// The database.
        file: PathBuf,
    },
    /// The file is there and has nothing in it.
    #[error("{} is empty, and nothing of a database is left in it; it was probably truncated: restore a backup, or remove the file to begin anew", file.display())]
    Empty {
        /// The database.
        file: PathBuf,
    },
    /// Another process has taken the database over since this one opened it; nothing more may be written.
    #[error("{} was taken over by another process: this one must stop", file.display())]
    Fenced {
        /// The database.
        file: PathBuf,
    },
    /// The file or its folder cannot be written.
    #[error("{} cannot be written: give this user write access to the file and its folder", file.display())]
    ReadOnly {
        /// The database.
        file: PathBuf,
    },
    /// The disk is full.
    #[error("the disk is full, or does not take writes: {} cannot be written: free some space, then `flow resume`; nothing that was acknowledged is lost", file.display())]
    Full {
        /// The database.
        file: PathBuf,
    },
    /// The file is no SQLite database.
    #[error("{} is not a Flow database: name another file, or restore a backup", file.display())]
    NotADatabase {
        /// The file.
        file: PathBuf,
    },
    /// The file is damaged.
    #[error("{} is damaged ({detail}): run `flow doctor`, and restore a backup if it agrees", file.display())]
    Corrupt {
        /// The database.
        file: PathBuf,
        /// What SQLite said.
        detail: String,
    },
    /// One row does not match its checksum or cannot be read; the rest of the database is usable.
    #[error("row {id} of {table} in {} is damaged ({detail}): the run or record it belongs to is set aside; `flow doctor` lists all", file.display())]
    CorruptRow {
        /// The database.
        file: PathBuf,
        /// Table.
        table: String,
        /// Its key.
        id: i64,
        /// What does not fit.
        detail: String,
    },
    /// The file was written by a newer version.
    #[error("{} has format {found}, this program knows up to {known}: use a newer `flow`", file.display())]
    Newer {
        /// The database.
        file: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format this program knows.
        known: i64,
    },
    /// The file has an older format and was opened for reading only.
    #[error("{} has format {found}, this program works with {known}: run `flow run` or `flow doctor` once to upgrade it", file.display())]
    Older {
        /// The database.
        file: PathBuf,
        /// Its format.
        found: i64,
        /// The format this program works with.
        known: i64,
    },
    /// The database did not take a setting that durability rests on.
    #[error("{} refuses {setting}={wanted} (it says {found}): put it on a local disk that supports it", file.display())]
    Setting {
        /// The database.
        file: PathBuf,
        /// Name of the setting.
        setting: &'static str,
        /// What it must be.
        wanted: String,
        /// What it is.
        found: String,
    },
    /// The file was deleted, renamed or replaced while it was open; nothing more may be acknowledged.
    #[error("{} was deleted, renamed or replaced while this process worked on it: put it back, or restore a backup, then `flow resume`", file.display())]
    Gone {
        /// Where it was.
        file: PathBuf,
    },
    /// The disk was full as COMMIT was carried out: whether it happened is unknown. The store is unusable until it is opened
    /// again.
    #[error("the disk is full, or does not take writes: the last step may not have been saved to {}: free some space, then `flow resume`; nothing that was acknowledged is lost", file.display())]
    FullCommit {
        /// The database.
        file: PathBuf,
    },
    /// COMMIT reported an error: whether it happened is unknown. The store is unusable until it is opened again.
    #[error("whether the last step was saved to {} is unknown ({detail}): the database is opened again and re-read", file.display())]
    UnknownCommit {
        /// The database.
        file: PathBuf,
        /// What SQLite said.
        detail: String,
    },
    /// An earlier COMMIT had an unknown outcome and the store was not opened again.
    #[error("{} must be opened again after a failed commit", file.display())]
    MustReopen {
        /// The database.
        file: PathBuf,
    },
    /// A run's row was changed by someone else, or is gone.
    #[error("run {run} in {} is no longer at revision {revision}: read it again", file.display())]
    Stale {
        /// The database.
        file: PathBuf,
        /// Run id.
        run: i64,
        /// The revision that was expected.
        revision: i64,
    },
    /// A unique field's value belongs to another record.
    #[error("another {entity} in {} already has this {field}: use that record, or another value", file.display())]
    Taken {
        /// The database.
        file: PathBuf,
        /// Entity.
        entity: String,
        /// Field.
        field: String,
    },
    /// A value does not fit its field.
    #[error("{what} in {}: {detail}", file.display())]
    Invalid {
        /// The database.
        file: PathBuf,
        /// The field or row.
        what: String,
        /// Why not.
        detail: String,
    },
    /// A name the store does not know: an entity, a field without an index, a deleted name.
    #[error("{} knows no {what}: deploy the project that declares it", file.display())]
    Unknown {
        /// The database.
        file: PathBuf,
        /// What was asked for.
        what: String,
    },
    /// A reader reached its time limit.
    #[error("reading {} took longer than {limit_ms} ms: ask for fewer rows", file.display())]
    TooSlow {
        /// The database.
        file: PathBuf,
        /// The limit, milliseconds.
        limit_ms: u64,
    },
    /// Anything else the disk or SQLite reported.
    #[error("cannot use {}: {detail}: check the disk and its permissions, then try again", file.display())]
    Io {
        /// The database.
        file: PathBuf,
        /// What was reported.
        detail: String,
    },
}

impl StoreError {
    /// Whether only one row is concerned: that run or record is set aside and the rest goes on.
    pub fn is_row(&self) -> bool {
        matches!(self, StoreError::CorruptRow { .. })
    }

    /// Whether this process must stop: what it wrote would be lost, or another process's business.
    pub fn is_final(&self) -> bool {
        matches!(self, StoreError::Fenced { .. } | StoreError::Gone { .. })
    }

    /// Whether the store must be dropped and opened again before anything else.
    pub fn needs_reopen(&self) -> bool {
        matches!(
            self,
            StoreError::UnknownCommit { .. }
                | StoreError::FullCommit { .. }
                | StoreError::MustReopen { .. }
                | StoreError::Io { .. }
                | StoreError::Corrupt { .. }
        )
    }
}
