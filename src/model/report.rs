//! What a scan ends with: the findings, and an honest account of what was and was not looked at.

use std::time::Duration;

use super::attribution::Ownership;
use super::finding::Finding;
use super::place::Place;

/// The whole result of a scan.
#[derive(Debug)]
pub struct Report {
    /// One for each secret, gravest first.
    pub findings: Vec<Finding>,
    /// What was not scanned. Not empty: the report is incomplete, and the exit code 2.
    pub errors: Vec<Unscanned>,
    /// What a reader should know of the settings although nothing went wrong: "this rule has expired".
    pub remarks: Vec<String>,
    /// What was scanned.
    pub targets: Vec<Target>,
    /// How much was scanned.
    pub stats: Stats,
    /// When the scan was made, in seconds since 1970.
    pub at: i64,
    /// Time from start to end.
    pub elapsed: Duration,
    /// How fingerprints were made.
    pub fingerprint_key: FingerprintKey,
    /// Whether it was tried which of them still work.
    pub verified: bool,
    /// Whose the findings are, if that was asked.
    pub ownership: Option<Ownership>,
}

/// What an earlier report says of one finding, as far as it takes to find its secret again.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// Its fingerprint.
    pub fingerprint: String,
    /// Whether that is the same in every run.
    pub lasting: bool,
    /// Id of its pattern.
    pub pattern: String,
    /// Where it stood: the target as the report names it, and the place in it.
    pub places: Vec<(String, Place)>,
}

/// One path that the user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// As the user wrote it; `-` is standard input.
    pub name: String,
    /// What it is.
    pub kind: TargetKind,
    /// What a reader should know although nothing went wrong.
    pub remarks: Vec<String>,
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// One file.
    File,
    /// A folder without git, or below the top of a repository.
    Folder,
    /// A git repository, bare or with a working tree.
    Repository,
    /// Standard input.
    Stdin,
    /// Something that is not there or not to be read.
    Unreadable,
}

impl TargetKind {
    /// The word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
            Self::Repository => "repository",
            Self::Stdin => "stdin",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Something that was not scanned, why, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unscanned {
    /// Path, object or pattern that was left out, as a reader would name it.
    pub what: String,
    /// One clause: what went wrong, and the remedy where there is one.
    pub why: String,
}

/// How much was scanned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Files of the working tree.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// Git objects of every kind.
    pub objects: u64,
    /// Their bytes, inflated.
    pub object_bytes: u64,
    /// Commits among the objects.
    pub commits: u64,
    /// Symbolic links, which are not followed.
    pub links: u64,
}

impl Stats {
    /// Adds another count to this one.
    pub fn add(&mut self, other: Self) {
        self.files += other.files;
        self.file_bytes += other.file_bytes;
        self.objects += other.objects;
        self.object_bytes += other.object_bytes;
        self.commits += other.commits;
        self.links += other.links;
    }
}

/// Which key fingerprints were made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FingerprintKey {
    /// The organisation's own.
    Own {
        /// Names the key without telling it.
        id: String,
    },
    /// The fixed public one. Secrets that people choose then have fingerprints of this run only.
    Public,
}
