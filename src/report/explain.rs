//! Accounts of detection, for people.

use std::io::{self, Write};

use super::escape;
use crate::model::account::{Account, End, Fate, Found};
use crate::model::finding::Finding;
use crate::model::judgement::Judgement;
use crate::model::pattern::{Confidence, Pattern};
use crate::model::place::{Place, Position};
use crate::model::suppression::Suppression;

/// Writes one account after the other. Nothing of a secret is shown but its short form.
pub fn write(accounts: &[Account], sink: &mut dyn Write) -> io::Result<()> {
    for account in accounts {
        one(account, sink)?;
    }
    let kept = accounts.iter().filter(|account| is_kept(account)).count();
    let findings = if kept == 1 { "1 match is" } else { &format!("{kept} matches are") };
    writeln!(sink, "{} looked at; {findings} reported.", plural(accounts.len(), "place"))
}

/// A place of a finding.
pub struct Header<'a> {
    /// The target that holds it.
    pub target: &'a str,
    /// The place.
    pub place: &'a Place,
}

/// Writes what a finding is.
pub fn finding(finding: &Finding, sink: &mut dyn Write) -> io::Result<()> {
    let pattern = &finding.pattern;
    writeln!(sink, "{}  {}", escape::terminal(&pattern.name), escape::terminal(&finding.shown))?;
    let mut line = |label: &str, text: &str| writeln!(sink, "  {label:10}  {text}");
    line("pattern", &pattern.id)?;
    line("confidence", &sureness(&finding.judgement))?;
    line("places", &finding.places.len().to_string())?;
    if let Some(suppressed) = &finding.suppressed {
        let Suppression { by, reason, .. } = &**suppressed;
        line("suppressed", &escape::terminal(&format!("{}: {reason}", by.words())))?;
    }
    writeln!(sink)
}

/// Writes the accounts of one place of a finding, or why there are none.
pub fn place(
    Header { target, place }: &Header<'_>,
    accounts: Result<&[Account], &str>,
    sink: &mut dyn Write,
) -> io::Result<()> {
    let path = place.path.as_deref().or(place.object.as_deref()).unwrap_or(target);
    writeln!(sink, "--- {}:{}  {}", escape::terminal(path), at(place.position), place.kind.words())?;
    match accounts {
        Ok(accounts) => accounts.iter().try_for_each(|account| one(account, sink)),
        Err(why) => writeln!(sink, "  {}\n", escape::terminal(why)),
    }
}

/// Says how many places were not explained.
pub fn more(count: usize, sink: &mut dyn Write) -> io::Result<()> {
    match count {
        0 => Ok(()),
        1 => writeln!(sink, "1 more place is not explained."),
        count => writeln!(sink, "{count} more places are not explained."),
    }
}

fn sureness(judgement: &Judgement) -> String {
    match judgement.reasons.is_empty() {
        true => word(judgement.confidence).to_owned(),
        false => format!("{}: {}", word(judgement.confidence), judgement.reasons.join("; ")),
    }
}

fn is_kept(account: &Account) -> bool {
    matches!(&account.end, End::Found(found) if matches!(found.fate, Fate::Kept))
}

fn one(account: &Account, sink: &mut dyn Write) -> io::Result<()> {
    let what = account.pattern.as_ref().map_or("a value by its looks".to_owned(), |pattern| {
        format!("an anchor of {}  {}", pattern.id, escape::terminal(&pattern.name))
    });
    writeln!(sink, "{}  {what}", at(account.hit))?;
    let mut line = |label: &str, text: &str| writeln!(sink, "  {label:10}  {text}");
    line("window", &range(account.window))?;
    for (pattern, why) in &account.tried {
        line("not", &format!("{}: {}", pattern.id, why.words()))?;
    }
    match &account.end {
        End::Refused(why) => line("refused", &why.words())?,
        End::Failed(problem) => line("failed", &escape::terminal(problem))?,
        End::Found(found) => self::found(account.pattern.as_deref(), found, &mut line)?,
    }
    writeln!(sink)
}

fn found(hit: Option<&Pattern>, found: &Found, line: &mut impl FnMut(&str, &str) -> io::Result<()>) -> io::Result<()> {
    if hit.is_none() {
        line("pattern", &format!("{}  {}", found.pattern.id, escape::terminal(&found.pattern.name)))?;
    }
    line("match", &range(found.extent))?;
    line("secret", &format!("{}  {}", range(found.secret), escape::terminal(&found.shown)))?;
    if !found.parts.is_empty() {
        line("with", &found.parts.join(", "))?;
    }
    if found.pattern.checksum.is_some() {
        line("checksum", "right")?;
    }
    line("filters", "none objects")?;
    line("confidence", &sureness(&found.judgement))?;
    if let Some(mark) = found.mark {
        line("marked", &format!("{mark} on its line: it does not count (--no-inline-ignore)"))?;
    }
    match &found.fate {
        Fate::Kept => line("reported", &format!("as {}", found.pattern.id)),
        Fate::Unsure(least) => line("left out", &format!("less sure than --min-confidence {}", word(*least))),
        Fate::Same => line("reported", "already: another anchor led to it"),
        Fate::Lost(winner) => line("gives way", &format!("to {}, which goes first on the same bytes", winner.id)),
    }
}

fn word(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}

fn at(position: Position) -> String {
    format!("{}:{}", position.line, position.column)
}

/// From the first character to the last.
fn range(position: Position) -> String {
    format!("{} to {}:{}", at(position), position.end_line, position.end_column.saturating_sub(1).max(1))
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word} was") } else { format!("{count} {word}s were") }
}
