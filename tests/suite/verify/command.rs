//! The commands: scan --verify, --verify-plan, verify, audit check.

use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::Digest;

use super::super::harness::{Sandbox, straykey};
use super::stub::{Reply, Stub, json};

const SECRET: &str = "acmetok_abcq7w3e9r1t5y2u8i4o6p0";

/// A folder with a pattern that asks `stub`, its configuration, and a file with two secrets.
fn acme(stub: &Stub) -> Sandbox {
    let sandbox = Sandbox::new();
    let url = format!("http://{}/me", stub.address);
    sandbox.write(
        "conf/acme.toml",
        format!(
            "[[pattern]]\nid = \"acme-token\"\nname = \"Acme token\"\nkind = \"api-key\"\nseverity = \"high\"\n\
             anchors = [\"acmetok_\"]\nregex = '(?<secret>acmetok_[a-z0-9]{{23}})'\n[pattern.verify]\nrequest = \"GET {url}\"\n\
             auth = \"bearer\"\nactive = [{{ status = 200, json = \"/id\" }}]\ninactive = [{{ status = 401 }}]\n\
             identity = {{ account = \"/id\" }}\nscopes = \"/may\"\n"
        ),
    );
    let authority = super::authority();
    sandbox.write(
        "conf/straykey.toml",
        format!("patterns = [\"acme.toml\"]\n[verify]\nallow_private = true\nca_file = \"{}\"\n", authority.display()),
    );
    sandbox.write("src/a.txt", format!("one {SECRET}\n"));
    sandbox.write("src/b.txt", format!("two {} and {SECRET}\n", other()));
    sandbox
}

fn other() -> String {
    SECRET.replace("q7w3", "z1z2")
}

fn answers() -> Stub {
    Stub::new(|asked| match asked.headers.iter().any(|header| header.contains("q7w3")) {
        true => json(200, "{\"id\":\"acme \\u001b[31m1\",\"may\":[\"read\"]}"),
        false => json(401, "{}"),
    })
}

fn finding<'r>(report: &'r Value, validity: &str) -> &'r Value {
    let all = report["findings"].as_array().unwrap();
    all.iter().find(|finding| finding["validity"] == validity).unwrap_or_else(|| panic!("{report:#}"))
}

#[test]
fn a_scan_tries_each_secret_once_and_logs_it() {
    let stub = answers();
    let sandbox = acme(&stub);
    let words = ["scan", "--config", "conf/straykey.toml", "--verify", "--audit-log", "log.jsonl"];
    let run = |format: &str| {
        let end = straykey(&words).arg("--format").arg(format).arg("src").within(sandbox.path()).end().expect(1);
        assert!(!end.stdout().contains("q7w3e9r1") && !end.stderr().contains("q7w3e9r1"), "{}", end.stdout());
        end
    };
    let report = run("json").json();
    assert_eq!(stub.take().len(), 2);
    let active = finding(&report, "active");
    assert_eq!(active["places"].as_array().unwrap().len(), 2);
    assert_eq!(active["identity"]["account"]["by"], "provider");
    assert_eq!((&active["scopes"][0], &active["verifier"]), (&"read".into(), &"acme-token".into()));
    assert_eq!(finding(&report, "inactive")["validity_why"], Value::Null);
    let text = run("text").stdout();
    assert!(text.contains("active: it still works (asked by acme-token)"), "{text}");
    assert!(text.contains("account acme \\u{1b}[31m1") && !text.contains('\u{1b}'), "escaped: {text}");
    assert!(text.contains("Tried whether they still work: 1 active, 1 inactive"), "{text}");
    let sarif = run("sarif").json();
    let found = &sarif["runs"][0]["results"];
    let active = found.as_array().unwrap().iter().find(|result| result["properties"]["validity"] == "active");
    assert!(active.unwrap()["properties"]["checkedAt"].is_string(), "{found}");
    let audit = straykey(&["audit", "check", "log.jsonl"]).within(sandbox.path()).end().expect(0);
    assert!(audit.stdout().starts_with("6 calls, the chain holds"), "{}", audit.stdout());
    sandbox.write("log.jsonl", std::fs::read_to_string(sandbox.at("log.jsonl")).unwrap().replacen("401", "200", 1));
    let broken = straykey(&["audit", "check", "log.jsonl"]).within(sandbox.path()).end().expect(2);
    assert!(broken.stderr().contains("log.jsonl:"), "{}", broken.stderr());
}

#[test]
fn without_leave_nobody_is_asked() {
    let stub = answers();
    let sandbox = acme(&stub);
    let scan = |words: &[&str], code: i32| {
        let run = straykey(&["scan", "--config", "conf/straykey.toml", "src"]);
        words.iter().fold(run, |run, word| run.arg(word)).within(sandbox.path()).end().expect(code)
    };
    scan(&[], 1);
    let plan = scan(&["--verify-plan"], 0).stdout();
    assert!(plan.contains("GET 127.0.0.1:") && plan.contains("2 requests would be made"), "{plan}");
    assert!(!plan.contains("q7w3e9r1"), "{plan}");
    sandbox.write("conf/straykey.toml", "patterns = [\"acme.toml\"]\n");
    let plan = scan(&["--verify-plan"], 0).stdout();
    assert!(plan.contains("nothing: 127.0.0.1:") && plan.contains("private address"), "{plan}");
    assert!(stub.take().is_empty());
}

#[test]
fn what_is_suppressed_is_tried_only_where_it_is_named() {
    let stub = answers();
    let sandbox = acme(&stub);
    sandbox.write("src/b.txt", format!("two {} # straykey:allow\n", other()));
    let config = ["--config", "conf/straykey.toml", "--format", "json"];
    let run = |words: &[&str], input: &str, code: i32| {
        let run = straykey(words).input(input.as_bytes());
        config.iter().fold(run, |run, word| run.arg(word)).within(sandbox.path()).end().expect(code)
    };
    let rule = |pattern: &str| {
        let file = sandbox.at("conf/straykey.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let rules = format!("[[allow]]\npattern = \"{pattern}\"\nregex = \"q7w3\"\nreason = \"known to all\"\n");
        std::fs::write(file, rules + &text.replace("patterns = [\"acme.toml\"]\n", "")).unwrap();
    };
    let report = run(&["scan", "--verify", "src"], "", 1).json();
    let marked = finding(&report, "not_checked");
    assert!(marked["validity_why"].as_str().unwrap().contains("suppressed (straykey:allow)"), "{marked}");
    assert_eq!(stub.take().len(), 1, "only the other was tried");
    let fingerprint = marked["fingerprint"].as_str().unwrap();
    let plan = straykey(&["scan", "--verify-plan", "src", "--config", "conf/straykey.toml"]);
    assert!(plan.within(sandbox.path()).end().expect(0).stdout().contains("suppressed (straykey:allow)"));
    // Whoever names one means it.
    run(&["verify", fingerprint, "src"], "", 0);
    assert_eq!(stub.take().len(), 1);

    rule("acme-*");
    let words = ["scan", "--verify", "src", "--patterns", "conf/acme.toml"];
    let report = run(&words, "", 0).json();
    let found = report["findings"].as_array().unwrap();
    assert!(found.iter().all(|finding| finding["validity"] == "not_checked"), "{report:#}");
    assert!(report.to_string().contains("suppressed (conf/straykey.toml:1)"), "{report:#}");
    assert!(stub.take().is_empty());
    run(&["verify", "--pattern", "acme-token", "-", "--patterns", "conf/acme.toml"], SECRET, 1);
    assert_eq!(stub.take().len(), 1);
}

#[test]
fn an_earlier_report_is_tried_again_without_its_secrets() {
    let stub = answers();
    let sandbox = acme(&stub);
    let config = ["--config", "conf/straykey.toml"];
    let scan = straykey(&["scan", "--format", "json", "--output", "report.json", "src"]);
    config.iter().fold(scan, |run, word| run.arg(word)).within(sandbox.path()).end().expect(1);
    let verify = |words: &[&str], code: i32| {
        let run = straykey(&["verify", "--format", "json"]);
        words.iter().chain(&config).fold(run, |run, word| run.arg(word)).within(sandbox.path()).end().expect(code)
    };
    let report = verify(&["report.json"], 1).json();
    assert_eq!(finding(&report, "active")["places"][0]["path"], "a.txt");
    let fingerprint = finding(&report, "inactive")["fingerprint"].as_str().unwrap().to_owned();
    stub.take();
    let one = verify(&[&fingerprint, "src"], 0).json();
    assert_eq!(one["findings"].as_array().unwrap().len(), 1);
    assert_eq!(stub.take().len(), 1, "only the one was asked about");

    // What is gone is told, and what is still there is tried.
    sandbox.write("src/b.txt", "nothing\n");
    let report = verify(&["report.json"], 1).json();
    assert_eq!(report["summary"]["complete"], false);
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    let text = std::fs::read_to_string(sandbox.at("report.json")).unwrap();
    sandbox.write("evil.json", text.replace("\"a.txt\"", "\"../src/a.txt\"").replace("\"b.txt\"", "\"/etc/passwd\""));
    assert!(verify(&["evil.json"], 2).stdout().contains("leads out of its target"));
    let bad = verify(&["conf/acme.toml"], 2).stderr();
    assert!(bad.contains("conf/acme.toml: it is no JSON report"), "{bad}");
}

#[test]
fn one_credential_from_standard_input() {
    let stub = answers();
    let sandbox = acme(&stub);
    let verify = |input: &str, code: i32| {
        let run = straykey(&["verify", "--config", "conf/straykey.toml", "--pattern", "acme-token", "-"]);
        run.input(input.as_bytes()).within(sandbox.path()).end().expect(code)
    };
    assert!(verify(&format!("{SECRET}\n"), 1).stdout().contains("active: it still works"));
    assert!(verify(&format!("key: {}", other()), 0).stdout().contains("inactive"));
    assert!(verify("no_such_shape", 0).stdout().contains("inactive"));
    assert!(verify("", 2).stderr().contains("standard input is empty"));
    let which = straykey(&["verify", "-"]).input(b"x").end().expect(2);
    assert!(which.stderr().contains("name its pattern with --pattern"), "{}", which.stderr());
}

#[test]
fn hosts_are_listed_for_a_firewall() {
    let hosts = straykey(&["verify", "--hosts"]).end().expect(0).stdout();
    assert!(hosts.lines().any(|line| line == "api.github.com"), "{hosts}");
    assert!(hosts.lines().any(|line| line.starts_with("# <host>  only those that --verify-host allows")), "{hosts}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_a_report_of_what_is_known() {
    let stub = Stub::new(|_| Reply::Silence(Duration::from_millis(300)));
    let sandbox = acme(&stub);
    let random = |number: u32| -> String {
        let digest = sha2::Sha256::digest(number.to_le_bytes());
        data_encoding::BASE32_NOPAD.encode(&digest).to_lowercase().chars().take(23).collect()
    };
    let many: String = (0..400).map(|number| format!("acmetok_{} \n", random(number))).collect();
    sandbox.write("src/many.txt", many);
    let words = ["scan", "--format", "json", "--output", "r.json", "--min-confidence", "low", "--verify", "src"];
    let run = straykey(&words).arg("--config").arg("conf/straykey.toml").within(sandbox.path());
    let mut child = run.start();
    let start = Instant::now();
    while stub.take().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(30), "it never asked");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let pressed = Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(pressed.elapsed() < Duration::from_secs(15), "{:?}", pressed.elapsed());
    let report: Value = serde_json::from_slice(&std::fs::read(sandbox.at("r.json")).unwrap()).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.len() > 300, "{}", findings.len());
    assert!(findings.iter().any(|finding| finding["validity"] == "not_checked"));
    assert!(report["summary"]["errors"][0]["why"].as_str().unwrap().contains("interrupted"), "{report:#}");
}

#[test]
fn wrong_settings_are_one_sentence() {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "x\n");
    for (config, says) in [
        ("[verify]\nrate = 0\n", "verify.rate is 0"),
        ("[verify]\nknown_hosts = [\"gone\"]\n", "gone cannot be read: No such file"),
        (
            "[[verify.ssh_key]]\nkey = \"SHA256:short\"\nuser = \"deploy\"\nhost = \"files.acme.example\"\n",
            "`SHA256:short` in [[verify.ssh_key]] is no fingerprint",
        ),
        ("[verify]\ntimeout = 0\n", "verify.timeout is 0"),
        ("[verify]\ncanary_accounts = [\"12\"]\n", "no AWS account"),
        ("[verify]\ncolour = 1\n", "unknown field"),
        ("[verify]\nca_file = \"missing.pem\"\n", "missing.pem cannot be read"),
        ("[verify]\nca_file = \"a.txt\"\n", "a.txt cannot be read: there is none in it"),
        ("[verify]\nallow_hosts = [\"[\"]\n", "no host and no glob"),
        ("[[verify.program]]\nname = \"p\"\ncommand = []\npatterns = []\n", "has no command"),
    ] {
        sandbox.write("c.toml", config);
        let end = straykey(&["scan", "--verify", "--config", "c.toml", "a.txt"]).within(sandbox.path()).end().expect(2);
        assert!(end.stderr().contains(says), "{config}: {}", end.stderr());
        assert_eq!(end.stderr().lines().count(), 1, "{}", end.stderr());
    }
}

#[test]
fn a_proxy_of_the_environment_is_gone_through() {
    let proxy = Stub::new(|_| Reply::Answer { status: 502, headers: Vec::new(), body: Vec::new() });
    let sandbox = acme(&answers());
    let file = std::fs::read_to_string(sandbox.at("conf/acme.toml")).unwrap();
    let request = "request = \"GET https://api.acme.example/me\"";
    let line = file.lines().find(|line| line.starts_with("request")).unwrap();
    sandbox.write("conf/acme.toml", file.replace(line, request));
    let run = straykey(&["verify", "--config", "conf/straykey.toml", "--pattern", "acme-token", "-"]);
    let run = run.env("HTTPS_PROXY", &format!("http://{}", proxy.address)).input(SECRET.as_bytes());
    let end = run.within(sandbox.path()).end().expect(2);
    assert!(end.stdout().contains("unknown: api.acme.example cannot be reached through the proxy"), "{}", end.stdout());
    let asked = proxy.take();
    assert_eq!(asked[0].line.trim(), "CONNECT api.acme.example:443 HTTP/1.1");
    assert!(!format!("{asked:?}").contains("q7w3e9r1"), "the proxy sees no secret");
}

#[cfg(unix)]
#[test]
fn a_program_of_the_configuration_is_asked() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = acme(&answers());
    let script = sandbox.write("conf/check.sh", "#!/bin/sh\necho '{\"version\":1,\"validity\":\"inactive\"}'\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let config = std::fs::read_to_string(sandbox.at("conf/straykey.toml")).unwrap();
    let program = "[[verify.program]]\nname = \"own\"\ncommand = [\"./check.sh\"]\npatterns = [\"acme-*\"]\n";
    sandbox.write("conf/straykey.toml", config + program);
    let run = straykey(&["verify", "--config", "conf/straykey.toml", "--pattern", "acme-token", "-"]);
    let end = run.input(SECRET.as_bytes()).within(sandbox.path()).end().expect(0);
    assert!(end.stdout().contains("inactive: its provider refused it (asked by own)"), "{}", end.stdout());
}
