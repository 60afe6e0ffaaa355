//! Reads pattern files and refuses what detection could not rely on.
//!
//! Comes in: the text of a TOML file. Goes out: [`Pattern`]s with their reach, and a [`PatternError`] for each that is
//! refused, naming file, line and remedy. Used by the build script for the built-in patterns and at run time for the
//! user's own.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use regex_syntax::hir::Hir;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::probes::{self, LONGEST_REACH, Search, Unsearchable};
use super::reach;
use crate::model::cow_str::CowStr;
use crate::model::packed::Packed;
use crate::model::pattern::{
    CHECKSUM_GROUPS, Checksum, Confidence, Kind, Part, Pattern, Samples, Severity, Written, value,
};

/// Stands in an example where the loader joins two halves, so that no live-looking token is written down.
pub const CUT_MARK: char = '·';
/// Shorter anchors occur everywhere.
pub const SHORTEST_ANCHOR: usize = 3;
/// Longer anchors make the automaton larger and find nothing more.
const LONGEST_ANCHOR: usize = 32;
/// Shorter words stand near everything.
const SHORTEST_WORD: usize = 3;
/// A part may stand no further than this from its match, in bytes.
const LONGEST_PART_REACH: usize = 4 * 1024;

/// Why a pattern was refused. Its text is one sentence: place, problem and remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct PatternError {
    /// Path of the pattern file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// The pattern, where its id is known.
    pub id: Option<String>,
    /// What is wrong and what to do about it.
    pub problem: String,
}

/// What a pattern file says of its patterns, but for how they are verified.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Patterns that passed every check.
    pub patterns: Vec<Pattern>,
    /// What each is proved on, by id; of two with one id the first.
    pub samples: BTreeMap<String, Samples>,
    /// What was refused.
    pub refused: Vec<PatternError>,
}

/// Reads one pattern file. `file` is the path to name in errors; ids must start with its stem.
pub fn parse(file: &str, text: &str) -> Parsed {
    let at = |offset: usize, problem: String| PatternError {
        file: file.to_owned(),
        line: text[..offset.min(text.len())].matches('\n').count() + 1,
        id: None,
        problem,
    };
    let written: File = match toml::from_str(text) {
        Ok(written) => written,
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            let problem = format!("{}; correct this line", error.message().replace('\n', ", "));
            return Parsed { refused: vec![at(offset, problem)], ..Parsed::default() };
        }
    };
    let stem = std::path::Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let mut parsed = Parsed::default();
    for mut entry in written.pattern {
        let line = at(entry.id.span().start, String::new()).line;
        let id = entry.id.get_ref().clone();
        let samples = Samples {
            examples: joined(std::mem::take(&mut entry.examples)),
            non_examples: joined(std::mem::take(&mut entry.non_examples)),
        };
        match entry.check(stem, Written { file: file.into(), line }) {
            Ok(pattern) => {
                parsed.patterns.push(pattern);
                parsed.samples.entry(id).or_insert(samples);
            }
            Err((span, problem)) => parsed.refused.push(PatternError { id: Some(id), ..at(span.start, problem) }),
        }
    }
    parsed
}

/// Takes out patterns whose id an earlier one has, with an error for each.
pub fn refuse_duplicates<T>(patterns: &mut Vec<T>, pattern: impl Fn(&T) -> &Pattern) -> Vec<PatternError> {
    let mut seen: HashMap<CowStr, Written> = HashMap::new();
    let mut errors = Vec::new();
    patterns.retain(|one| {
        let Pattern { id, written, .. } = pattern(one);
        let Some(first) = seen.get(id) else {
            seen.insert(id.clone(), written.clone());
            return true;
        };
        errors.push(PatternError {
            file: written.file.to_string(),
            line: written.line,
            id: None,
            problem: format!(
                "pattern id `{id}` is taken by {}:{}; give one of them another id",
                first.file, first.line
            ),
        });
        false
    });
    errors
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    pattern: Vec<Entry>,
}

/// A `[[pattern]]` table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    name: String,
    kind: Kind,
    severity: Severity,
    #[serde(default = "sure")]
    confidence: Confidence,
    #[serde(default)]
    generic: bool,
    #[serde(default = "nothing")]
    anchors: Spanned<Vec<String>>,
    #[serde(default = "nothing")]
    words: Spanned<Vec<String>>,
    #[serde(default = "nothing")]
    also: Spanned<Vec<String>>,
    #[serde(default = "nothing")]
    names: Spanned<Vec<String>>,
    regex: Spanned<String>,
    reach: Option<Spanned<usize>>,
    #[serde(default)]
    part: Vec<PartEntry>,
    alone: Option<Spanned<String>>,
    checksum: Option<Spanned<Checksum>>,
    decodes: Option<Spanned<String>>,
    #[serde(default)]
    min_entropy: f64,
    #[serde(default)]
    known_examples: Vec<String>,
    #[serde(default)]
    examples: Vec<String>,
    #[serde(default)]
    non_examples: Vec<String>,
    #[serde(default)]
    references: Vec<String>,
    /// How it is verified and revoked is read by [`super::declare`].
    #[serde(rename = "verify")]
    _verify: Option<IgnoredAny>,
    #[serde(rename = "revoke")]
    _revoke: Option<IgnoredAny>,
}

/// A `[[pattern.part]]` table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartEntry {
    regex: Spanned<String>,
    reach: Spanned<usize>,
}

fn sure() -> Confidence {
    Confidence::High
}

fn nothing() -> Spanned<Vec<String>> {
    Spanned::new(0..0, Vec::new())
}

/// What is wrong, and at which bytes of the file.
pub(super) type Problem = (Range<usize>, String);

impl Entry {
    fn check(self, stem: &str, written: Written) -> Result<Pattern, Problem> {
        check_id(&self.id, stem)?;
        let regex = parse_regex(&self.regex)?;
        let Search { probes, reach, onward, backward } = self.check_search(&regex)?;
        let mut groups = groups(&regex);
        let checksum_groups = CHECKSUM_GROUPS.iter().filter(|group| groups.iter().any(|name| name == *group)).count();
        if let Some(checksum) = &self.checksum {
            let whole = matches!(checksum.get_ref(), Checksum::Base58Check | Checksum::NkeyCrc16);
            if checksum_groups < if whole { 1 } else { CHECKSUM_GROUPS.len() } {
                return Err((
                    checksum.span(),
                    "`checksum` needs the groups `body` and `check`; add them to the regex".into(),
                ));
            }
        }
        if let Some(decodes) = &self.decodes {
            parse_regex(decodes)?;
        }
        if let Some(alone) = &self.alone
            && !groups.contains(alone.get_ref())
        {
            return Err((
                alone.span(),
                format!("`alone` names `{}`, which is no group of the regex; name one", alone.get_ref()),
            ));
        }
        let mut parts = Vec::new();
        for part in self.part {
            let span = part.regex.span();
            let names = self::groups(&parse_regex(&part.regex)?);
            if names.is_empty() {
                return Err((span, "a part's regex needs a named group; write `(?<name>…)`".into()));
            }
            if *part.reach.get_ref() > LONGEST_PART_REACH {
                return Err((
                    part.reach.span(),
                    format!("a part's reach is at most {LONGEST_PART_REACH} bytes; lower it"),
                ));
            }
            groups.extend(names);
            parts.push(Part { regex: part.regex.into_inner().into(), reach: part.reach.into_inner() });
        }
        if !groups.iter().any(|name| name == "secret") {
            return Err((
                self.regex.span(),
                "the regex has no group `secret`; write `(?<secret>…)` around the credential".into(),
            ));
        }
        Ok(Pattern {
            id: self.id.into_inner().into(),
            name: self.name.into(),
            kind: self.kind,
            severity: self.severity,
            confidence: self.confidence,
            generic: self.generic,
            anchors: texts(self.anchors.into_inner()),
            words: texts(self.words.into_inner()),
            also: texts(self.also.into_inner()),
            names: texts(self.names.into_inner()),
            probes: probes.into(),
            onward: onward.map(Packed::from),
            backward: backward.map(Packed::from),
            regex: self.regex.into_inner().into(),
            reach,
            parts: parts.into(),
            alone: self.alone.map(Spanned::into_inner),
            checksum: self.checksum.map(Spanned::into_inner),
            decodes: self.decodes.map(|decodes| decodes.into_inner().into()),
            min_entropy: self.min_entropy,
            known_examples: texts(joined(self.known_examples)),
            references: texts(self.references),
            written,
        })
    }
}

pub(super) fn texts(texts: Vec<String>) -> Box<[CowStr]> {
    texts.into_iter().map(CowStr::from).collect()
}

/// Texts as they are meant: the mark keeps them from looking like secrets where they are written.
fn joined(texts: Vec<String>) -> Vec<String> {
    texts.into_iter().map(|text| text.replace(CUT_MARK, "")).collect()
}

impl Entry {
    /// Checks by what a pattern is searched for: anchors, or the value itself and what stands near it.
    fn check_search(&self, regex: &Hir) -> Result<Search, Problem> {
        let has = |list: &Spanned<Vec<String>>| !list.get_ref().is_empty();
        match (has(&self.anchors), has(&self.words), has(&self.names)) {
            (true, false, false) => {
                check_anchors(&self.anchors)?;
                check_reach(self, regex)
            }
            (false, true, false) | (false, false, true) => {
                [&self.words, &self.also, &self.names].into_iter().try_for_each(check_words)?;
                check_value(self, regex)
            }
            (false, false, false) => Err((
                if self.anchors.span().is_empty() { self.id.span() } else { self.anchors.span() },
                "a pattern needs `anchors`, literals of which every match contains one; or, where there is none, `words` \
                 that stand near"
                    .into(),
            )),
            _ => {
                Err((self.id.span(), "a pattern has only one of `anchors`, `words` and `names`; remove the others".into()))
            }
        }
    }
}

/// Words are compared with a text in which capitals are small and `_`, `-` and blanks are left out.
fn check_words(words: &Spanned<Vec<String>>) -> Result<(), Problem> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.';
    match words.get_ref().iter().find(|word| word.len() < SHORTEST_WORD || !word.bytes().all(is_plain)) {
        None => Ok(()),
        Some(word) => Err((
            words.span(),
            format!(
                "`{word}` cannot be a word; write at least {SHORTEST_WORD} of a-z, 0-9 and `.`, without blanks or hyphens"
            ),
        )),
    }
}

/// What is searched for by its value must have an end.
fn check_value(entry: &Entry, regex: &Hir) -> Result<Search, Problem> {
    match regex.properties().maximum_len() {
        Some(longest) if longest <= value::LONGEST => {
            probes::of_value(entry.regex.get_ref(), !entry.names.get_ref().is_empty(), longest)
                .map_err(|problem| (entry.regex.span(), problem))
        }
        _ => Err((
            entry.regex.span(),
            format!("a value of this regex may be longer than {} bytes; bound its repetitions", value::LONGEST),
        )),
    }
}

fn check_id(id: &Spanned<String>, stem: &str) -> Result<(), Problem> {
    let name = id.get_ref();
    let well_formed = name
        .split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    if !well_formed {
        return Err((id.span(), format!("pattern id `{name}` is not kebab-case; use a-z, 0-9 and single hyphens")));
    }
    let in_family = name.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    if !in_family {
        return Err((
            id.span(),
            format!("pattern id `{name}` does not start with its file's name; call it `{stem}-…`"),
        ));
    }
    Ok(())
}

fn check_anchors(anchors: &Spanned<Vec<String>>) -> Result<(), Problem> {
    for anchor in anchors.get_ref() {
        if !(SHORTEST_ANCHOR..=LONGEST_ANCHOR).contains(&anchor.len()) {
            return Err((
                anchors.span(),
                format!("anchor `{anchor}` has {} bytes; take {SHORTEST_ANCHOR} to {LONGEST_ANCHOR}", anchor.len()),
            ));
        }
    }
    Ok(())
}

fn parse_regex(regex: &Spanned<String>) -> Result<Hir, Problem> {
    reach::parse(regex.get_ref()).map_err(|reason| {
        (regex.span(), format!("the regex `{}` cannot be read: {reason}; correct it", regex.get_ref()))
    })
}

fn check_reach(entry: &Entry, regex: &Hir) -> Result<Search, Problem> {
    if let Some(reach) = &entry.reach
        && *reach.get_ref() > LONGEST_REACH
    {
        return Err((reach.span(), format!("`reach` is at most {LONGEST_REACH} bytes; lower it")));
    }
    let declared = entry.reach.as_ref().map(|reach| *reach.get_ref());
    probes::search(regex, entry.anchors.get_ref(), declared).map_err(|why| match why {
        Unsearchable::Unanchored => (
            entry.anchors.span(),
            "a match need not contain any of the anchors; name a literal that every match contains".into(),
        ),
        Unsearchable::TooLong => {
            (entry.regex.span(), "a match of the regex can be too long; lower its repetitions".into())
        }
        Unsearchable::Endless => (
            entry.regex.span(),
            "a match of the regex can be of any length; bound its repetitions or declare `reach`".into(),
        ),
    })
}

/// Names of the groups of a regex, in order.
pub(super) fn groups(regex: &Hir) -> Vec<String> {
    use regex_syntax::hir::HirKind;
    match regex.kind() {
        HirKind::Capture(capture) => {
            let mut names: Vec<String> = capture.name.iter().map(ToString::to_string).collect();
            names.extend(groups(&capture.sub));
            names
        }
        HirKind::Repetition(repetition) => groups(&repetition.sub),
        HirKind::Concat(elements) | HirKind::Alternation(elements) => elements.iter().flat_map(groups).collect(),
        _ => Vec::new(),
    }
}
