//! Reads what pattern files declare about verifying and revoking: the tables `verify` and `revoke` of a pattern.
//!
//! Comes in: the text of a TOML file. Goes out: a [`Declaration`] for each pattern that has such a table, and an error for
//! each that is refused. A declaration that could take a proxy's page or a firewall's answer for a verdict is refused here.

mod request;

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use self::request::is_token;
use super::parse::{self, PatternError, Problem};
use super::reach;
use crate::model::declaration::{Condition, Declaration, Facts, Method, Revoke, SECRET, Step, Template, Value, Where};
use crate::model::pattern::Written;
use crate::model::verification::PrincipalKind;

/// Requests for one verdict.
const MOST_STEPS: usize = 4;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    pattern: Vec<Entry>,
}

/// What is needed here of a `[[pattern]]` table; [`super::parse`] reads the rest.
#[derive(Deserialize)]
struct Entry {
    id: Spanned<String>,
    regex: String,
    #[serde(default)]
    part: Vec<PartEntry>,
    verify: Option<Spanned<VerifyEntry>>,
    revoke: Option<Spanned<RevokeEntry>>,
}

#[derive(Deserialize)]
struct PartEntry {
    regex: String,
}

/// The table `verify`, and each of its tables `then`, as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VerifyEntry {
    request: Spanned<String>,
    #[serde(default)]
    other_hosts: Vec<Spanned<String>>,
    auth: Option<Spanned<String>>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    take: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    active: Vec<Spanned<ConditionEntry>>,
    #[serde(default)]
    inactive: Vec<Spanned<ConditionEntry>>,
    #[serde(default)]
    identity: IdentityEntry,
    scopes: Option<Spanned<String>>,
    created: Option<Spanned<String>>,
    expires: Option<Spanned<String>>,
    last_used: Option<Spanned<String>>,
    #[serde(default)]
    then: Vec<Spanned<VerifyEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokeEntry {
    request: Spanned<String>,
    auth: Option<Spanned<String>>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    done: Vec<Spanned<ConditionEntry>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct IdentityEntry {
    account: Option<Spanned<String>>,
    principal: Option<Spanned<String>>,
    application: Option<Spanned<String>>,
    public_id: Option<Spanned<String>>,
    organisation: Option<Spanned<String>>,
    kind: Option<PrincipalKind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionEntry {
    status: OneOrMore<u16>,
    json: Option<String>,
    header: Option<String>,
    equals: Option<OneOrMore<ValueEntry>>,
    contains: Option<String>,
    #[serde(default)]
    any_body: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    fn list(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ValueEntry {
    Flag(bool),
    Number(i64),
    Text(String),
}

/// Reads the declarations of one pattern file. `file` is the path to name in errors.
pub fn parse(file: &str, text: &str) -> (Vec<Declaration>, Vec<PatternError>) {
    let at = |offset: usize, id: Option<String>, problem: String| PatternError {
        file: file.to_owned(),
        line: text[..offset.min(text.len())].matches('\n').count() + 1,
        id,
        problem,
    };
    let written: File = match toml::from_str(text) {
        Ok(written) => written,
        Err(error) => {
            let problem = format!("{}; correct this line", error.message().replace('\n', ", "));
            return (Vec::new(), vec![at(error.span().map_or(0, |span| span.start), None, problem)]);
        }
    };
    let (mut declarations, mut errors) = (Vec::new(), Vec::new());
    for entry in written.pattern {
        if entry.verify.is_none() && entry.revoke.is_none() {
            continue;
        }
        let id = entry.id.get_ref().clone();
        let line = at(entry.id.span().start, None, String::new()).line;
        match declaration(entry, Written { file: file.into(), line }) {
            Ok(declaration) => declarations.push(declaration),
            Err((span, problem)) => errors.push(at(span.start, Some(id), problem)),
        }
    }
    (declarations, errors)
}

fn declaration(entry: Entry, written: Written) -> Result<Declaration, Problem> {
    let regexes = std::iter::once(&entry.regex).chain(entry.part.iter().map(|part| &part.regex));
    // A regex that cannot be read is told by `parse`.
    let mut names: Vec<String> =
        regexes.filter_map(|regex| reach::parse(regex).ok()).flat_map(|regex| parse::groups(&regex)).collect();
    let revoke = match entry.revoke {
        Some(revoke) => {
            let (span, revoke) = (revoke.span(), revoke.into_inner());
            let request = request::read(&revoke.request, revoke.auth, revoke.headers, revoke.body, &names)?;
            let done = conditions(revoke.done)?;
            if done.is_empty() {
                return Err((span, "`done` says by which answer it is known that it is revoked; name one".into()));
            }
            Some(Revoke { request, done })
        }
        None => None,
    };
    let mut steps = Vec::new();
    if let Some(first) = entry.verify {
        let span = first.span();
        let mut first = first.into_inner();
        let then = std::mem::take(&mut first.then);
        let all = std::iter::once(Spanned::new(span.clone(), first)).chain(then);
        for written in all {
            steps.push(step(written, &mut names)?);
        }
        if steps.len() > MOST_STEPS {
            return Err((span, format!("a verdict takes at most {MOST_STEPS} requests; leave some out")));
        }
        if steps.iter().all(|step| step.active.is_empty()) {
            return Err((
                span,
                "no `active` says by which answer it is known that the credential works; name one".into(),
            ));
        }
    }
    Ok(Declaration { pattern: entry.id.into_inner(), steps, revoke, written })
}

fn step(written: Spanned<VerifyEntry>, names: &mut Vec<String>) -> Result<Step, Problem> {
    let (span, written) = (written.span(), written.into_inner());
    if !written.then.is_empty() {
        return Err((span, "`then` stands in `verify` itself, not in another `then`; move it".into()));
    }
    let request_span = written.request.span();
    let mut request = request::read(&written.request, written.auth, written.headers, written.body, names)?;
    request.other_hosts = written.other_hosts.into_iter().map(request::host).collect::<Result<_, _>>()?;
    if !matches!(request.method, Method::Get | Method::Head | Method::Post) {
        return Err((request_span, "verifying must change nothing; use GET, HEAD or POST".into()));
    }
    let (active, inactive) = (conditions(written.active)?, conditions(written.inactive)?);
    if active.is_empty() && written.take.is_empty() {
        return Err((
            span,
            "a request that neither decides nor gives a value to the next is useless; leave it out".into(),
        ));
    }
    let is_vague = |condition: &Condition| condition.at.is_none() && condition.contains.is_none();
    if active.iter().any(|condition| is_vague(condition) && condition.status.iter().any(|status| !is_success(*status)))
    {
        return Err((
            span,
            "a status other than 2xx says nothing good by itself; name what the body says (`json` or `contains`)"
                .into(),
        ));
    }
    if inactive.iter().any(|condition| is_vague(condition) && condition.status != [401]) {
        return Err((
            span,
            "only 401 refuses a credential by itself, since firewalls and proxies answer the like; name what the body says \
             (`json` or `contains`)"
                .into(),
        ));
    }
    if active.iter().any(|condition| inactive.contains(condition)) {
        return Err((span, "the same answer cannot mean active and inactive; tell them apart".into()));
    }
    let identity = written.identity;
    let facts = Facts {
        account: place(identity.account)?,
        principal: place(identity.principal)?,
        application: place(identity.application)?,
        public_id: place(identity.public_id)?,
        organisation: place(identity.organisation)?,
        kind: identity.kind,
        scopes: place(written.scopes)?,
        created_at: place(written.created)?,
        expires_at: place(written.expires)?,
        last_used_at: place(written.last_used)?,
    };
    let mut take = Vec::new();
    for (name, at) in written.take {
        let span = at.span();
        if name == SECRET || Template::parse(&format!("<{name}>")).names().next().is_none() {
            return Err((span, format!("`{name}` is no name for a value; use a-z, 0-9 and `_`, and not `{SECRET}`")));
        }
        names.push(name.clone());
        take.extend(place(Some(at))?.map(|at| (name, at)));
    }
    Ok(Step { request, take, active, inactive, facts })
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

fn place(written: Option<Spanned<String>>) -> Result<Option<Where>, Problem> {
    let Some(written) = written else { return Ok(None) };
    let span = written.span();
    where_from(written.get_ref()).map(Some).ok_or_else(|| {
        (span, format!("`{}` is no place in an answer; write `/key/0/key` or `header NAME`", written.get_ref()))
    })
}

/// Reads `/key/0/key` or `header NAME`.
fn where_from(written: &str) -> Option<Where> {
    match (written.strip_prefix('/'), written.strip_prefix("header ")) {
        (Some(keys), _) => {
            Some(Where::Json(keys.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect()))
        }
        (_, Some(name)) if is_token(name.trim()) => Some(Where::Header(name.trim().to_ascii_lowercase())),
        _ => None,
    }
}

fn conditions(written: Vec<Spanned<ConditionEntry>>) -> Result<Vec<Condition>, Problem> {
    written.into_iter().map(condition).collect()
}

fn condition(written: Spanned<ConditionEntry>) -> Result<Condition, Problem> {
    let (span, written) = (written.span(), written.into_inner());
    let status = written.status.list();
    if status.is_empty() || !status.iter().all(|status| (200..500).contains(status)) {
        return Err((span, "a condition needs a status from 200 to 499; an error of the server says nothing".into()));
    }
    if status.iter().any(|status| matches!(status, 407 | 408 | 429)) {
        return Err((span, "407, 408 and 429 say nothing about a credential; leave them out".into()));
    }
    let at = match (written.json, written.header) {
        (None, None) => None,
        (Some(pointer), None) if pointer.starts_with('/') => where_from(&pointer),
        (None, Some(name)) if is_token(&name) => Some(Where::Header(name.to_ascii_lowercase())),
        (Some(_), Some(_)) => return Err((span, "a condition names `json` or `header`; write two conditions".into())),
        _ => return Err((span, "`json` is written `/key/0/key`, `header` is a header's name; correct it".into())),
    };
    let equals: Vec<Value> = written
        .equals
        .map(OneOrMore::list)
        .unwrap_or_default()
        .into_iter()
        .map(|value| match value {
            ValueEntry::Flag(flag) => Value::Flag(flag),
            ValueEntry::Number(number) => Value::Number(number),
            ValueEntry::Text(text) => Value::Text(text),
        })
        .collect();
    if at.is_none() && !equals.is_empty() {
        return Err((span, "`equals` needs `json` or `header`: what is to be equal?".into()));
    }
    if written.contains.as_deref().is_some_and(str::is_empty) {
        return Err((span, "`contains` is empty, so every body holds it; write what the body says".into()));
    }
    Ok(Condition { status, at, equals, contains: written.contains, any_body: written.any_body })
}
