//! Where a secret was seen.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::suppression::Suppression;

/// Stands between the path of an archive and a path within it.
pub const INSIDE: char = '!';

/// One place in which one secret stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which of the scanned targets, counted from 0.
    pub target: usize,
    /// What holds the text. Stands before the path, so that places sort by how near at hand they are.
    pub kind: PlaceKind,
    /// Path relative to the target, `/` between its names; none where there is no file (a message, a lost object).
    pub path: Option<String>,
    /// Where the text is an archive, the path within it, [`INSIDE`] between one archive and the next: `lib/a.jar!META-INF/x`.
    pub inside: Option<Arc<str>>,
    /// How it is encoded there, the outermost encoding first.
    pub encodings: Vec<&'static str>,
    /// Where in that text, or in the text inside.
    pub position: Position,
    /// The git object that holds the text, in hex.
    pub object: Option<String>,
    /// The first commit that holds it, or the tag's own particulars.
    pub commit: Option<Commit>,
    /// What became of it since, where it stands at a path in history. Position and object are then those of the last commit.
    pub lifetime: Option<Lifetime>,
    /// The mark on its line that says it may stand there, such as `straykey:allow`.
    pub mark: Option<&'static str>,
    /// Why this place does not count.
    pub suppressed: Option<Arc<Suppression>>,
}

/// For how long a secret stood at a path in history.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lifetime {
    /// The last commit, in the order of history, that has it there.
    pub last: Commit,
    /// Whether the commit at HEAD has it there.
    pub at_head: bool,
    /// Different contents of the file that hold it.
    pub versions: usize,
    /// References with such a commit in their history, at most [`Lifetime::MOST_REFS`].
    pub refs: Vec<String>,
    /// How many more references there are.
    pub more_refs: usize,
}

impl Lifetime {
    /// References that are named.
    pub const MOST_REFS: usize = 20;
}

/// A stretch of text: lines and columns from 1, columns in characters, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line of the first character.
    pub line: usize,
    /// Column of the first character.
    pub column: usize,
    /// Line of the last character.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
}

/// What holds the text in which a secret stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// A file on disk.
    WorkingTree,
    /// A file's content in git's index that HEAD does not have.
    Staged,
    /// A file's content in a commit that some reference reaches.
    History,
    /// A commit's message or header.
    Message,
    /// An annotated tag's message or header.
    Tag,
    /// A note (`refs/notes/`).
    Note,
    /// A stashed change.
    Stash,
    /// An object that no reference reaches: force-pushed away, amended, reset, or lost.
    Unreachable,
    /// The name of a file or folder.
    FileName,
    /// A text file of git's own: `config`, hooks, reference logs.
    Config,
    /// Standard input.
    Stdin,
}

impl PlaceKind {
    /// The word for people: "working tree".
    pub fn words(self) -> &'static str {
        match self {
            Self::WorkingTree => "working tree",
            Self::Staged => "staged",
            Self::History => "history",
            Self::Message => "commit message",
            Self::Tag => "tag",
            Self::Note => "note",
            Self::Stash => "stash",
            Self::Unreachable => "unreachable",
            Self::FileName => "file name",
            Self::Config => "git's own files",
            Self::Stdin => "standard input",
        }
    }
}

/// Who recorded a text in git, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Commit {
    /// Commit id in hex; for a tag the id of what it points at.
    pub id: String,
    /// `Name <address>` as git has it.
    pub author: String,
    /// When it was written: RFC 3339 with the author's offset. Dates in commits can lie.
    pub date: String,
    /// The first line of the message.
    pub subject: String,
    /// When it was committed or tagged, in seconds since 1970.
    pub recorded: i64,
}
