//! Every declared verifier, against answers made from its own declaration: none but a documented refusal is a refusal.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value as Json, json as value};
use straykey::model::declaration::{Condition, Declaration, Step, Value, Where};
use straykey::model::finding::Finding;
use straykey::model::pattern::Pattern;
use straykey::model::validity::Validity;
use straykey::patterns;
use straykey::verify::Options;

use super::stub::{Reply, Stub, json, page};
use super::{finding, options, plain, try_one};

const SECRET: &str = "Zq8vT3nW5xK1rB7mY2pL9cD4";
const MOST_TIME: Duration = Duration::from_millis(400);

/// An answer of which a condition holds, and which has what the step takes.
fn answer(step: &Step, condition: &Condition, status: u16) -> Reply {
    let mut body = Json::Null;
    let mut headers = vec!["Content-Type: application/json".to_owned()];
    let mut put = |at: &Where, filling: Json| match at {
        Where::Json(path) => set(&mut body, path, filling),
        Where::Header(name) => headers.push(format!("{name}: {}", filling.as_str().unwrap_or("1"))),
    };
    step.take.iter().for_each(|(name, at)| put(at, value!(format!("taken-{name}"))));
    match (&condition.at, &condition.contains) {
        (Some(at), contains) => {
            let filling = match (condition.equals.first(), contains) {
                (Some(Value::Text(text)), _) => value!(text),
                (Some(Value::Number(number)), _) => value!(number),
                (Some(Value::Flag(flag)), _) => value!(flag),
                (None, Some(text)) => value!(format!("so {text} it is")),
                (None, None) => value!("something"),
            };
            put(at, filling);
        }
        (None, Some(text)) => set(&mut body, &["note".into()], value!(text)),
        (None, None) => {}
    }
    let body = if status == 204 { Vec::new() } else { serde_json::to_vec(&or_object(body)).unwrap() };
    Reply::Answer { status, headers, body }
}

fn or_object(body: Json) -> Json {
    if body.is_null() { value!({ "note": "well" }) } else { body }
}

/// Puts a value where a path leads.
fn set(json: &mut Json, path: &[String], filling: Json) {
    let Some((key, rest)) = path.split_first() else {
        *json = filling;
        return;
    };
    let index = if key == "*" { Some(0) } else { key.parse::<usize>().ok() };
    match index {
        Some(index) => {
            if !json.is_array() {
                *json = value!([]);
            }
            let list = json.as_array_mut().unwrap();
            list.resize(list.len().max(index + 1), Json::Null);
            set(&mut list[index], rest, filling);
        }
        None => {
            if !json.is_object() {
                *json = value!({});
            }
            set(&mut json[key.as_str()], rest, filling);
        }
    }
}

fn credential(pattern: &Arc<Pattern>, declaration: &Declaration) -> Finding {
    let requests = declaration.steps.iter().map(|step| &step.request);
    let templates = requests.flat_map(|request| {
        let headers = request.headers.iter().map(|header| &header.value);
        [&request.host, &request.path].into_iter().chain(headers).chain(request.body.iter().map(|body| &body.text))
    });
    let names: Vec<&str> = templates.flat_map(|template| template.names()).filter(|name| *name != "secret").collect();
    let parts: Vec<(&str, &str)> = names.into_iter().map(|name| (name, "part.acme.example")).collect();
    finding(pattern, SECRET.as_bytes(), &parts)
}

/// Answers that say nothing about any credential.
fn neutral(elsewhere: &str) -> Vec<(&'static str, Reply)> {
    let with = |status, header: String, body: &str| Reply::Answer {
        status,
        headers: vec!["Content-Type: application/json".into(), header],
        body: body.into(),
    };
    let cut =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"id\":\"1\"".to_vec();
    let cut_refusal = b"HTTP/1.1 401 No\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{".to_vec();
    vec![
        ("a proxy's 403", page(403, "<html><body>Blocked by policy</body></html>")),
        ("a 403 of nobody's", json(403, r#"{"note":"no"}"#)),
        ("a proxy's 401", page(401, "<!DOCTYPE html><body>Sign in to the network</body>")),
        ("a proxy's 401 that names no type", Reply::Answer { status: 401, headers: vec![], body: b" <HTML>".to_vec() }),
        ("a 404", json(404, r#"{"note":"no such page"}"#)),
        ("429", with(429, "Retry-After: 3600".into(), r#"{"note":"slower"}"#)),
        ("500", json(500, r#"{"error":"sorry"}"#)),
        ("503", with(503, "Retry-After: 3600".into(), "{}")),
        ("a page", page(200, "<html><body>Welcome, data, name, type</body></html>")),
        ("text", Reply::Answer { status: 200, headers: vec!["Content-Type: text/plain".into()], body: b"hi".to_vec() }),
        ("nothing", Reply::Answer { status: 200, headers: vec![], body: Vec::new() }),
        ("an error inside", json(200, r#"{"ok":false,"error":"out_of_cheese"}"#)),
        ("a redirect", with(302, format!("Location: {elsewhere}"), r#"{"id":"1"}"#)),
        ("a cut body", Reply::Raw(cut)),
        ("a cut refusal", Reply::Raw(cut_refusal)),
        ("no protocol", Reply::Raw(b"SSH-2.0-nothing\r\n\r\n".to_vec())),
        ("too late", Reply::Silence(MOST_TIME * 2)),
    ]
}

struct Bench {
    stub: Stub,
    options: Options,
    elsewhere: Stub,
}

impl Bench {
    fn new() -> Self {
        let stub = Stub::new(|_| json(500, ""));
        let mut options = options(stub.address);
        options.egress.timeout = MOST_TIME;
        Self { stub, options, elsewhere: Stub::new(|_| json(200, "{}")) }
    }

    /// Everything that one declaration must withstand; complaints.
    fn test(&self, pattern: &Arc<Pattern>, declaration: &Declaration) -> Vec<String> {
        let declaration = plain(declaration.clone());
        let declarations = BTreeMap::from([(declaration.pattern.clone(), declaration.clone())]);
        let finding = credential(pattern, &declaration);
        let ask = |reply: Reply| {
            self.stub.answer(move |_| reply.clone());
            try_one(finding.clone(), &declarations, &self.options)
        };
        let mut wrong = Vec::new();
        let mut expect = |what: &str, is_right: bool, got: &Validity| {
            if !is_right {
                wrong.push(format!("{}: {what} gives {got:?}", declaration.pattern));
            }
        };
        for step in declaration.steps.iter().take(1) {
            for condition in &step.active {
                for status in &condition.status {
                    let got = ask(answer(step, condition, *status)).validity;
                    expect(&format!("accepted ({status})"), got == Validity::Active, &got);
                }
            }
            for condition in &step.inactive {
                for status in &condition.status {
                    let got = ask(answer(step, condition, *status)).validity;
                    expect(&format!("refused ({status})"), got == Validity::Inactive, &got);
                }
            }
        }
        for (what, reply) in neutral(&format!("http://{}/", self.elsewhere.address)) {
            let got = ask(reply);
            expect(what, matches!(got.validity, Validity::Unknown { .. }), &got.validity);
            assert!(!format!("{got:?}").contains(SECRET), "{}: {what} tells the secret", declaration.pattern);
        }
        if !self.elsewhere.take().is_empty() {
            wrong.push(format!("{}: a redirect was followed", declaration.pattern));
        }
        wrong
    }
}

#[test]
fn nothing_but_a_documented_refusal_is_a_refusal() {
    let patterns: BTreeMap<String, Arc<Pattern>> =
        patterns::builtin().unwrap().iter().map(|one| (one.id.to_string(), Arc::clone(one.pattern()))).collect();
    let declarations: Vec<Declaration> = patterns::builtin_declarations()
        .unwrap()
        .into_iter()
        .filter(|declaration| !declaration.steps.is_empty())
        .collect();
    assert!(declarations.len() >= 150, "{} types can be verified", declarations.len());
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let bench = Bench::new();
                while let Some(declaration) = declarations.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let complaints = bench.test(&patterns[&declaration.pattern], declaration);
                    wrong.lock().unwrap().extend(complaints);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_declared_request_can_be_made_and_names_no_secret_in_its_plan() {
    for declaration in patterns::builtin_declarations().unwrap() {
        let pattern = super::super::harness::pattern(&declaration.pattern);
        let finding = credential(&pattern, &declaration);
        let id = declaration.pattern.clone();
        let declarations = BTreeMap::from([(id.clone(), declaration)]);
        let address = "127.0.0.1:1".parse().unwrap();
        for plan in straykey::verify::plan(&[finding], &declarations, &options(address)).unwrap() {
            assert!(plan.requests.is_ok() || declarations[&id].steps.is_empty(), "{plan:?}");
            assert!(!format!("{plan:?}").contains(SECRET), "{plan:?}");
        }
    }
}
