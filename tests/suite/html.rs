//! The HTML report: what it holds and does not hold, and, in a real browser, how it is read, filtered, sent and printed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use straykey::model::report::{Report, Target, TargetKind, Unscanned};
use straykey::model::suppression::{SuppressedBy, Suppression};
use straykey::report::{self, Form};

use crate::harness::{Sandbox, straykey, token};
use crate::ownership::shop;
use crate::ownership_eval;

/// Where the page's data begin.
const DATA: &str = "<script type=\"application/json\" id=\"data\">";

/// Runs one of the scripts beside this file on a page, in Chromium.
#[track_caller]
fn browse(script: &str, page: &Path) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/html");
    let output = Command::new("node").arg(format!("{folder}/{script}.mjs")).arg(page).output();
    let output = output.unwrap_or_else(|error| panic!("{error}: node is missing, tests/run installs it"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{script}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn written(sandbox: &Sandbox, report: &Report) -> PathBuf {
    let path = sandbox.at("page.html");
    report::write(Form::Html, None, report, &mut File::create(&path).unwrap()).unwrap();
    path
}

/// A page of the worked example.
fn shop_page() -> (Sandbox, PathBuf) {
    page_of(shop())
}

fn page_of(shop: Sandbox) -> (Sandbox, PathBuf) {
    let words = ["scan", "--config", "straykey.toml", "--format", "html", "--output", "../page.html"];
    straykey(&words).within(&shop.at("shop")).end().expect(1);
    let page = shop.at("page.html");
    (shop, page)
}

/// A made organisation's report with `count` findings, and with something of all that a report can say.
fn organisation(count: usize) -> Report {
    let mut report = ownership_eval::report();
    report.findings.truncate(count);
    let models = report.findings.clone();
    let owned = report.ownership.as_mut().unwrap();
    let checks = owned.checks.clone();
    for number in models.len()..count {
        let mut finding = models[number % models.len()].clone();
        let of = std::mem::replace(&mut finding.fingerprint, format!("fp1:made:{number:032}"));
        owned.by_finding.insert(finding.fingerprint.clone(), owned.by_finding[&of].clone());
        let results = checks.iter().filter(|one| one.subject.finding.as_deref() == Some(&of)).cloned();
        owned.checks.extend(results.map(|mut one| {
            one.subject.finding = Some(finding.fingerprint.clone());
            one
        }));
        report.findings.push(finding);
    }
    owned.checks[0].waived = Some("waived until 2027-01-31 by Ann: it ends with the contract".into());
    let (by, reason) = (SuppressedBy::Mark("straykey:allow"), "made for the tests".to_owned());
    let suppression = Arc::new(Suppression { by, reason, expires: Some("2027-06-30".into()) });
    let last = report.findings.last_mut().unwrap();
    last.places.iter_mut().for_each(|place| place.suppressed = Some(suppression.clone()));
    last.suppressed = Some(suppression);
    report.targets =
        vec![Target { name: "mono".into(), kind: TargetKind::Repository, remarks: vec!["a remark".into()] }];
    report.errors = vec![Unscanned { what: "mono/pipe".into(), why: "a named pipe is not read".into() }];
    report.remarks = vec!["a rule of the configuration has expired".into()];
    report
}

/// A page in which all that others write is markup that would run.
fn hostile_page() -> (Sandbox, String) {
    let repo = Sandbox::repository();
    let path = "<img src=x onerror=alert(1)>/<script>alert(2)<\u{202e}&amp;.env";
    repo.write(path, format!("A={}\nB=acme_<script>alert(3)</script>\n", token(1)));
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "--message", "</script><script>alert(4)</script> \u{2028}<!--"]);
    repo.git(&["update-ref", "refs/heads/<b>onclick=alert(6)", "HEAD"]);
    let tree = repo.git_with_input(&["mktree"], b"");
    let author = "\"><svg onload=alert(5)> <a@b.example> 1700000000 +0000";
    let commit = format!("tree {tree}\nauthor {author}\ncommitter {author}\n\n{}\n", token(2));
    let commit =
        repo.git_with_input(&["hash-object", "-w", "-t", "commit", "--literally", "--stdin"], commit.as_bytes());
    repo.git(&["update-ref", "refs/heads/other", &commit]);
    let name = "x' style='position:fixed";
    std::os::unix::net::UnixListener::bind(repo.at(name)).unwrap();
    let anchors = "anchors = [\"acme_\"]\nregex = '(?<secret>acme_[<>/()a-z0-9]{20,40})'\nexamples = [\"acme_<script>alert(3)</script>\"]\n";
    let head =
        "[[pattern]]\nid = \"acme-markup\"\nname = \"<b>Acme</b> & Co\"\nkind = \"api-key\"\nseverity = \"high\"\n";
    let patterns = repo.write(".git/acme.toml", format!("{head}{anchors}"));
    let words = ["scan", ".", "--format", "html", "--show-secrets", "--min-confidence", "low", "--patterns"];
    let end = straykey(&words).arg(patterns).within(repo.path()).end().expect(2);
    (repo, end.stdout())
}

/// What the page's script reads.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once(DATA).unwrap();
    let (json, _) = rest.split_once("</script>").unwrap();
    assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}', '\u{202e}']), "the data is escaped");
    serde_json::from_str(json).unwrap()
}

#[test]
fn the_page_has_what_the_json_report_has() {
    let shop = shop();
    let write = |format| {
        let run = straykey(&["scan", "--config", "straykey.toml", "--group-by", "pattern", "--format", format]);
        run.within(&shop.at("shop")).end().expect(1)
    };
    let (page, json) = (data(&write("html").stdout()), write("json").json());
    assert_eq!(page["findings"], json["findings"]);
    assert_eq!(page["summary"]["ownership"], json["summary"]["ownership"]);
    assert_eq!(page["group_by"], "pattern");
    assert!(page["scanned_at"].as_str().unwrap() > "2026-01-01T", "{}", page["scanned_at"]);
    let blast = &json["summary"]["ownership"]["blast"];
    assert_eq!(blast[1]["integration"], "shop-to-stripe");
    assert_eq!(blast[1]["steps"][1], serde_json::json!({"depth": 1, "kind": "system", "id": "stripe"}));
    assert_eq!(json["findings"][0]["attribution"]["owner_is_sure"], true);
}

#[test]
fn the_page_loads_nothing_and_runs_only_itself() {
    let (_repo, page) = hostile_page();
    let between = |start: &str, end: &str| page.rsplit_once(start).unwrap().1.split_once(end).unwrap().0.to_owned();
    let hash = |text: &str| data_encoding::BASE64.encode(&Sha256::digest(text));
    let (script, style) = (between("<script>", "</script>"), between("<style>", "</style>"));
    let policy = between("Content-Security-Policy\" content=\"", "\"");
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    for (kind, text) in [("script", &script), ("style", &style)] {
        assert!(policy.contains(&format!("{kind}-src 'sha256-{}';", hash(text))), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    for word in [
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "fetch(",
        "XMLHttp",
        "import(",
        "localStorage",
    ] {
        assert!(!script.contains(word), "the script has {word}");
    }
    assert!(!style.contains("url(") && !style.contains("@import"), "the style loads something");
    let json = between(DATA, "</script>");
    let markup = page.replace(&script, "").replace(&style, "").replace(&json, "");
    for attribute in [
        " src=\"",
        " srcset=\"",
        " action=\"",
        " style=\"",
        " onload=\"",
        "<link",
        "<iframe",
        "<img",
        "<object",
        "<base",
    ] {
        assert!(!markup.contains(attribute), "the page has {attribute}");
    }
    let links: Vec<&str> = markup.split(" href=\"").skip(1).filter(|rest| !rest.starts_with('#')).collect();
    assert!(links.is_empty(), "{links:?}");
}

#[test]
fn what_others_write_is_text() {
    let (repo, page) = hostile_page();
    let data = data(&page);
    let places: Vec<&Value> =
        data["findings"].as_array().unwrap().iter().flat_map(|one| one["places"].as_array().unwrap()).collect();
    let holds = |told: &Value, text: &str| told.as_str().is_some_and(|told| told.contains(text));
    let has = |key: &str, text: &str| places.iter().any(|one| holds(&one[key], text));
    assert!(has("path", "<script>alert(2)<\\u{202e}&amp;.env"), "{places:#?}");
    assert!(
        has("subject", "</script><script>alert(4)</script> \\u{2028}<!--") && has("author", "<svg onload=alert(5)>"),
        "{places:#?}"
    );
    assert!(
        page.contains("x&#39; style=&#39;position:fixed") || page.contains("x&#x27; style="),
        "what was not scanned is escaped"
    );
    let path = repo.write(".git/page.html", &page);
    let said = browse("hostile", &path);
    assert!(said.contains("ok hostile"), "{said}");
}

#[test]
fn without_inventory_and_verification_the_page_says_so() {
    let folder = Sandbox::new();
    let page = |code| {
        let end =
            straykey(&["scan", ".", "--format", "html", "-o", "page.html"]).within(folder.path()).end().expect(code);
        assert_eq!((end.stdout(), end.stderr()), (String::new(), String::new()));
        std::fs::read_to_string(folder.at("page.html")).unwrap()
    };
    let empty = page(0);
    assert!(empty.contains("<span class=\"number\">0</span> findings") && empty.contains("hero good"), "{empty}");
    folder.write("a.env", format!("T={}\n", token(1)));
    let one = page(1);
    assert!(one.contains("<span class=\"number\">1</span> finding<") && one.contains("hero open"), "{one}");
    assert!(
        one.contains("whose they are was not asked; --inventory") && one.contains("not checked; --verify"),
        "{one}"
    );
    assert!(!one.contains("id=\"checks\"") && !one.contains("id=\"blast\""), "nothing of ownership was asked");
    assert!(browse("plain", &folder.at("page.html")).contains("ok plain"));
}

#[test]
fn people_read_the_worked_example() {
    let (_shop, page) = shop_page();
    assert!(browse("reading", &page).contains("ok reading"));
}

#[test]
fn a_blast_radius_that_goes_in_a_circle_is_drawn_once() {
    let shop = shop();
    let inventory = std::fs::read_to_string(shop.at("shop/inventory.yaml")).unwrap();
    let circle = inventory
        .replace("data_classes: [pci]", "data_classes: [pci], exposes: [shop-mails, secret_store]")
        .replace("vendor: Twilio,", "vendor: Twilio, exposes: [shop-to-stripe],");
    shop.write("shop/inventory.yaml", circle);
    let (_shop, page) = page_of(shop);
    assert!(browse("circle", &page).contains("ok circle"));
}

#[test]
fn people_choose_sort_and_send_links() {
    let folder = Sandbox::new();
    let page = written(&folder, &organisation(400));
    assert!(browse("choosing", &page).contains("ok choosing"));
}

#[test]
fn small_screens_dark_rooms_paper_and_no_scripts() {
    let folder = Sandbox::new();
    let page = written(&folder, &organisation(60));
    assert!(browse("devices", &page).contains("ok devices"));
}

#[test]
fn keyboards_and_screen_readers() {
    let folder = Sandbox::new();
    let page = written(&folder, &organisation(110));
    assert!(browse("access", &page).contains("ok access"));
}

/// `cargo test --test suite html::five_thousand -- --ignored --nocapture`
#[test]
#[ignore = "a measure: it depends on the machine"]
#[allow(clippy::print_stdout, reason = "the figures are for people")]
fn five_thousand_findings_are_quick() {
    let folder = Sandbox::new();
    let page = written(&folder, &organisation(5_000));
    println!("{} MB\n{}", page.metadata().unwrap().len() / 1_000_000, browse("quick", &page));
}

/// Writes the page of a made organisation to the file that `STRAYKEY_PAGE` names, to look at: `cargo test --test suite html::write -- --ignored`
#[test]
#[ignore = "for people who work on the page"]
fn write_a_page() {
    let path = std::env::var("STRAYKEY_PAGE").unwrap();
    let count = std::env::var("STRAYKEY_FINDINGS").ok().and_then(|count| count.parse().ok()).unwrap_or(150);
    report::write(Form::Html, None, &organisation(count), &mut File::create(path).unwrap()).unwrap();
}
