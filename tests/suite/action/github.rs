//! The comment and the upload, against a server that answers as GitHub does.

use std::io::Read;
use std::sync::{Arc, Mutex};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::{Done, Job, Origin, ROOT, TOKEN};
use crate::harness::{Sandbox, token};
use crate::verify::stub::{self, Asked, Stub};

/// A server with comments, of which the client may write.
fn github(comments: Vec<Value>) -> (Stub, Arc<Mutex<Vec<Value>>>) {
    let kept = Arc::new(Mutex::new(comments));
    let store = kept.clone();
    let stub = Stub::new(move |asked| {
        let mut comments = store.lock().unwrap();
        let body = || serde_json::from_str::<Value>(&asked.body).unwrap()["body"].clone();
        let (method, path) = asked.line.split_once(' ').unwrap();
        match method {
            "GET" if path.contains("/code-scanning/") => stub::json(200, r#"{"processing_status": "complete"}"#),
            "GET" => {
                let number: usize = path.split("&page=").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
                let page: Vec<&Value> = comments.iter().skip((number - 1) * 100).take(100).collect();
                stub::json(200, &json!(page).to_string())
            }
            "PATCH" => {
                let id: u64 = path.split("comments/").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
                let comment = comments.iter_mut().find(|comment| comment["id"] == id).unwrap();
                comment["body"] = body();
                stub::json(200, &comment.to_string())
            }
            _ if path.contains("/code-scanning/") => {
                stub::json(202, r#"{"id": "47177e22-5596-11eb-80a1-c1e54ef945c6"}"#)
            }
            _ => {
                let id = comments.len() as u64 + 1;
                comments.push(comment(id, "Bot", body().as_str().unwrap()));
                stub::json(201, &comments.last().unwrap().to_string())
            }
        }
    });
    (stub, kept)
}

fn comment(id: u64, kind: &str, body: &str) -> Value {
    json!({ "id": id, "user": { "login": "somebody", "type": kind }, "body": body })
}

/// A server that permits nothing, as to a pull request from a fork.
fn forbidding() -> Stub {
    Stub::new(|_| stub::json(403, r#"{"message": "Resource not accessible by integration", "status": "403"}"#))
}

fn job<'a>(clone: &'a Sandbox, origin: &Origin, payload: &str, stub: &Stub) -> Job<'a> {
    Job::new(clone, "pull_request", payload, &[("$BASE", &origin.base), ("$HEAD", &origin.head)])
        .with("GITHUB_API_URL", &format!("http://{}/api/v3/", stub.address))
        .with("INPUT_COMMENT", "true")
        .with("INPUT_UPLOAD_SARIF", "true")
}

fn lines(asked: &[Asked]) -> Vec<String> {
    asked.iter().map(|asked| asked.line.trim_end_matches(" HTTP/1.1\r\n").to_owned()).collect()
}

#[test]
fn a_fork_without_permissions_is_told_and_scanned_all_the_same() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let stub = forbidding();
    let done = job(&clone, &origin, "pull_request_fork", &stub).ends(1);
    assert_eq!((done.output("findings"), done.results()), ("1", 1));
    let commands = done.commands();
    assert!(commands[0].starts_with("::notice title=straykey::code scanning did not get the SARIF"), "{commands:?}");
    assert!(commands[1].starts_with("::notice title=straykey::there is no comment"), "{commands:?}");
    for (command, permission) in commands.iter().zip(["security-events: write", "pull-requests: write"]) {
        assert!(command.contains("403 (Resource not accessible by integration)"), "{command}");
        assert!(command.contains(permission), "{command}");
    }
    assert!(commands[2].starts_with("::error file=app.env"), "{commands:?}");
    assert!(done.summary.contains("Not done: "), "{}", done.summary);
    assert!(!clone.at("pwned").exists());
    let clean = job(&clone, &origin, "pull_request_fork", &stub).with("INPUT_RANGE", "HEAD..HEAD").ends(0);
    assert_eq!(clean.output("findings"), "0", "nothing fails for a missing permission");
}

#[test]
fn without_a_token_or_server_nothing_fails() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let stub = forbidding();
    let range = ("INPUT_RANGE", "HEAD..HEAD");
    let without = |name: &str| {
        let job = job(&clone, &origin, "pull_request_fork", &stub).with(range.0, range.1).with(name, "");
        job.ends(0).commands().join("\n")
    };
    assert!(without("GITHUB_TOKEN").contains("GITHUB_TOKEN is not set"));
    assert!(without("GITHUB_API_URL").contains("GITHUB_API_URL is not set"));
    assert!(stub.take().is_empty());
    let job = job(&clone, &origin, "pull_request_fork", &stub).with(range.0, range.1);
    let commands = job.with("GITHUB_API_URL", "http://api.github.example").ends(0).commands().join("\n");
    assert!(commands.contains("the token goes nowhere else"), "{commands}");
}

#[test]
fn the_comment_is_made_once_and_then_kept_up_to_date() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let (stub, comments) = github(Vec::new());
    let clean = |code| {
        let job = job(&clone, &origin, "pull_request", &stub).with("INPUT_UPLOAD_SARIF", "false");
        job.with("INPUT_RANGE", "HEAD..HEAD").ends(code)
    };
    clean(0);
    assert!(comments.lock().unwrap().is_empty(), "nothing found, nothing said");
    assert_eq!(lines(&stub.take()), ["GET /api/v3/repos/acme/webshop/issues/7/comments?per_page=100&page=1"]);

    let run = || job(&clone, &origin, "pull_request", &stub).with("INPUT_UPLOAD_SARIF", "false").ends(1);
    run();
    let asked = stub.take();
    assert_eq!(lines(&asked)[1], "POST /api/v3/repos/acme/webshop/issues/7/comments");
    assert!(
        asked
            .iter()
            .all(|asked| asked.headers.iter().any(|header| *header == format!("authorization: Bearer {TOKEN}"))),
        "{asked:?}"
    );
    let text = comments.lock().unwrap()[0]["body"].as_str().unwrap().to_owned();
    assert!(text.starts_with("<!-- straykey "), "{text}");
    for part in
        ["1 stray credential", "`app.env:2`", &origin.head, "(https://github.com/acme/webshop/actions/runs/4711)"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains(&token(2)) && !text.contains(TOKEN), "{text}");

    run();
    assert_eq!(lines(&stub.take()).len(), 1, "the same again is not written again");
    clean(0);
    assert_eq!(lines(&stub.take())[1], "PATCH /api/v3/repos/acme/webshop/issues/comments/1");
    let comments = comments.lock().unwrap();
    assert_eq!(comments.len(), 1);
    assert!(comments[0]["body"].as_str().unwrap().contains("no stray credentials found"), "{comments:?}");
}

#[test]
fn with_an_inventory_owners_are_told() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let inventory = format!("{ROOT}/testdata/action/inventory.yaml");
    let (stub, comments) = github(Vec::new());
    let done = job(&clone, &origin, "pull_request", &stub).with("INPUT_INVENTORY", &inventory).ends(1);
    assert_ne!(done.output("unowned"), "", "{:?}", done.outputs);
    let text = comments.lock().unwrap()[0]["body"].as_str().unwrap().to_owned();
    for text in [&text, &done.summary] {
        assert!(text.contains("| owner | findings | live | severities |"), "{text}");
        assert!(text.contains("| 1 | 0 | 1 critical |"), "{text}");
    }
    assert!(done.commands().iter().any(|command| command.contains("; owner ")), "{:?}", done.commands());
}

#[test]
fn an_incomplete_run_does_not_say_that_all_is_well() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let (stub, comments) = github(Vec::new());
    job(&clone, &origin, "pull_request", &stub).ends(1);
    let shallow = origin.checkout("refs/pull/7/merge", 1);
    job(&shallow, &origin, "pull_request", &stub).ends(2);
    let comments = comments.lock().unwrap();
    assert_eq!(comments.len(), 1);
    assert!(comments[0]["body"].as_str().unwrap().contains("**incomplete**"), "{comments:?}");
}

#[test]
fn only_a_comment_of_our_own_is_changed() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let (stub, comments) = github(Vec::new());
    job(&clone, &origin, "pull_request", &stub).ends(1);
    let ours = comments.lock().unwrap()[0]["body"].as_str().unwrap().to_owned();
    let others: Vec<Value> = (1..=150)
        .map(|id| match id % 3 {
            0 => comment(id, "User", &ours),
            1 => comment(id, "Bot", &format!("> {ours}")),
            _ => comment(id, "User", "Please review."),
        })
        .collect();
    *comments.lock().unwrap() = others.clone();
    job(&clone, &origin, "pull_request", &stub).ends(1);
    assert_eq!(comments.lock().unwrap()[..150], others, "somebody else wrote the marker");
    assert_eq!(comments.lock().unwrap().len(), 151);
    let another = job(&clone, &origin, "pull_request", &stub).with("GITHUB_JOB", "nightly");
    another.ends(1);
    assert_eq!(comments.lock().unwrap().len(), 152, "each job has its own");
    job(&clone, &origin, "pull_request", &stub).ends(1);
    assert_eq!(comments.lock().unwrap().len(), 152, "found again on the second page");
}

/// The body of the only upload, with its log unpacked.
#[track_caller]
fn upload(stub: &Stub) -> (Value, Value) {
    let asked = stub.take();
    let uploads: Vec<&Asked> = asked.iter().filter(|asked| asked.line.contains("/code-scanning/sarifs ")).collect();
    assert_eq!(uploads.len(), 1, "{:?}", lines(&asked));
    let body: Value = serde_json::from_str(&uploads[0].body).unwrap();
    let packed = data_encoding::BASE64.decode(body["sarif"].as_str().unwrap().as_bytes()).unwrap();
    let mut log = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut log).unwrap();
    (body, serde_json::from_str(&log).unwrap())
}

#[test]
fn the_log_is_uploaded_for_the_head_of_a_pull_request() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let (stub, _) = github(Vec::new());
    let done: Done = job(&clone, &origin, "pull_request", &stub).ends(1);
    let (body, log) = upload(&stub);
    assert_eq!((&body["commit_sha"], &body["ref"]), (&json!(origin.head), &json!("refs/pull/7/head")));
    assert_eq!(Some(&log), done.sarif.as_ref(), "what is uploaded is what is written");
    assert_eq!(done.commands().len(), 1, "{:?}", done.commands());
}

#[test]
fn the_log_of_a_branch_is_uploaded_only_when_all_of_it_was_scanned() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/heads/feature", 0);
    let (stub, _) = github(Vec::new());
    let address = format!("http://{}", stub.address);
    let run = |event: &str, payload: &str| {
        let job = Job::new(&clone, event, payload, &[("$BEFORE", &origin.base), ("$AFTER", &origin.head)]);
        job.with("GITHUB_API_URL", &address).with("INPUT_UPLOAD_SARIF", "true").with("INPUT_COMMENT", "true").ends(1)
    };
    let pushed = run("push", "push");
    assert!(stub.take().is_empty(), "GitHub would close the alerts of all older findings");
    assert_eq!(pushed.commands().len(), 1, "{:?}", pushed.commands());
    run("schedule", "schedule");
    let (body, _) = upload(&stub);
    assert_eq!((&body["commit_sha"], &body["ref"]), (&json!(origin.head), &json!("refs/heads/main")));
}

#[test]
fn a_log_that_github_cannot_read_is_told() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/heads/feature", 0);
    let stub = Stub::new(|asked| match asked.line.starts_with("POST") {
        true => stub::json(202, r#"{"id": "47177e22"}"#),
        false => stub::json(200, r#"{"processing_status": "failed", "errors": ["too\n::error::many"]}"#),
    });
    let job = Job::new(&clone, "schedule", "schedule", &[]).with("INPUT_UPLOAD_SARIF", "true");
    let commands = job.with("GITHUB_API_URL", &format!("http://{}", stub.address)).ends(1).commands();
    assert_eq!(commands.len(), 3, "{commands:?}");
    assert!(commands[0].contains("GitHub cannot read it ([\"too\\n::error::many\"])"), "{commands:?}");
    assert_eq!(lines(&stub.take())[1], "GET /repos/acme/webshop/code-scanning/sarifs/47177e22");
}

#[test]
fn what_github_answers_cannot_forge_commands() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let answer = json!({ "message": "no\n::set-output name=findings::0\r##[add-mask]x %0A::error::y" }).to_string();
    let stub = Stub::new(move |_| stub::json(422, &answer));
    let commands = job(&clone, &origin, "pull_request", &stub).ends(1).commands();
    assert_eq!(commands.len(), 3, "{commands:?}");
    let is_ours =
        |command: &String| command.starts_with("::notice title=straykey::") || command.starts_with("::error file=");
    assert!(commands.iter().all(is_ours), "{commands:?}");
    assert!(!commands.concat().contains("it needs"), "no permission would help: {commands:?}");
}
