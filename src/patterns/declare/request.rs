//! The request of a declaration: method, URL, headers, credentials, body.

use std::collections::BTreeMap;

use toml::Spanned;

use super::super::parse::Problem;
use crate::model::declaration::{Body, BodyKind, Header, Method, Piece, Request, SECRET, Template};

/// Reads a request as a table has it. `names` are the holes that can be filled.
pub(super) fn read(
    written: &Spanned<String>,
    auth: Option<Spanned<String>>,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    names: &[String],
) -> Result<Request, Problem> {
    let refused = |problem: &str| (written.span(), problem.to_owned());
    let (method, url) = written.get_ref().split_once(' ').unwrap_or((written.get_ref(), ""));
    let method = [Method::Get, Method::Head, Method::Post, Method::Delete, Method::Put, Method::Patch]
        .into_iter()
        .find(|known| known.word() == method)
        .ok_or_else(|| refused("a request begins with GET, HEAD, POST, PUT, PATCH or DELETE and a blank; write it"))?;
    let (is_plain, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        _ => return Err(refused("a request goes to `https://`; write the whole URL")),
    };
    let (host, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
    if is_plain && !is_loopback(host) {
        return Err(refused("only a loopback address may be asked without TLS; write https://"));
    }
    if !is_host(host) {
        return Err(refused(
            "the host of the URL cannot be read; write a name, or `<part>` for a part of the credential",
        ));
    }
    if path.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'#') {
        return Err(refused("the path of the URL has blanks, a `#` or other letters; encode them with `%`"));
    }
    let mut request = Request {
        method,
        is_plain,
        host: Template::parse(&host.to_ascii_lowercase()),
        other_hosts: Vec::new(),
        path: Template::parse(path),
        headers: Vec::new(),
        body: body.map(|text| {
            let kind = if text.trim_start().starts_with(['{', '[']) { BodyKind::Json } else { BodyKind::Form };
            Body { kind, text: Template::parse(&text) }
        }),
    };
    for (name, value) in headers {
        if !is_token(&name) {
            return Err(refused("a header's name has letters that none can have; correct it"));
        }
        request.headers.push(Header { name, value: Template::parse(&value), is_basic: false });
    }
    if let Some(auth) = auth {
        add_auth(&mut request, &auth)?;
    }
    check_names(&request, names).map_err(|problem| (written.span(), problem))?;
    Ok(request)
}

/// A further host, by its name.
pub(super) fn host(written: Spanned<String>) -> Result<String, Problem> {
    match is_host(written.get_ref()) && !written.get_ref().contains('<') {
        true => Ok(written.into_inner().to_ascii_lowercase()),
        false => Err((written.span(), "a further host is a name without `https://` and path; correct it".into())),
    }
}

fn is_host(host: &str) -> bool {
    let is_in_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:<>[]".contains(&byte);
    !host.is_empty() && host.bytes().all(is_in_host)
}

/// `bearer`, `basic USER:PASSWORD`, `header NAME`, `header NAME: VALUE`, `query NAME`, `form NAME`.
fn add_auth(request: &mut Request, auth: &Spanned<String>) -> Result<(), Problem> {
    let (kind, rest) = auth.get_ref().split_once(' ').unwrap_or((auth.get_ref(), ""));
    let secret = Template(vec![Piece::Value(SECRET.into())]);
    let mut header = |name: &str, value: Template, is_basic: bool| {
        request.headers.push(Header { name: name.to_owned(), value, is_basic });
    };
    match (kind, rest) {
        ("bearer", "") => header("Authorization", Template::parse("Bearer <secret>"), false),
        ("basic", pair) if Template::parse(pair).names().next().is_some() => {
            header("Authorization", Template::parse(pair), true)
        }
        ("header", rest) => match rest.split_once(": ") {
            Some((name, value)) if is_token(name) => header(name, Template::parse(value), false),
            None if is_token(rest) => header(rest, secret, false),
            _ => return Err((auth.span(), "the header of `auth` cannot be read; write `header NAME: VALUE`".into())),
        },
        ("query", name) if is_token(name) => {
            let mark = if request.path.written().contains('?') { '&' } else { '?' };
            request.path = Template::parse(&format!("{}{mark}{name}=<secret>", request.path.written()));
        }
        ("form", name) if is_token(name) && request.body.is_none() => {
            request.body = Some(Body { kind: BodyKind::Form, text: Template::parse(&format!("{name}=<secret>")) });
        }
        _ => {
            return Err((
                auth.span(),
                "`auth` is `bearer`, `basic USER:PASSWORD`, `header NAME`, `header NAME: VALUE`, `query NAME` or `form NAME`; \
                 write one of them"
                    .into(),
            ));
        }
    }
    Ok(())
}

/// Every hole must be a group of the pattern or a value taken earlier, and the secret must be sent.
fn check_names(request: &Request, names: &[String]) -> Result<(), String> {
    let templates = [&request.host, &request.path]
        .into_iter()
        .chain(request.headers.iter().map(|header| &header.value))
        .chain(request.body.iter().map(|body| &body.text));
    for name in templates.flat_map(Template::names) {
        if !names.iter().any(|known| known == name) {
            return Err(format!("`<{name}>` is no group of the pattern and no value that was taken before; name one"));
        }
    }
    if request.host.names().any(|name| name == SECRET) {
        return Err("the secret cannot be part of a host: names of hosts are told to everybody; name a part".into());
    }
    Ok(())
}

/// Whether it can be the name of a header or of a parameter.
pub(super) fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.[]".contains(&byte))
}

fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}
