//! Ownership through the command line: the README's worked example, decisions, imports, exports, and that no secret comes out.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::harness::{Sandbox, straykey};

/// The worked example, made, with a key and what catalog and CODEOWNERS know.
pub(crate) fn shop() -> Sandbox {
    let folder = Sandbox::new();
    let make = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/ownership/make");
    let made = Command::new(make).arg(folder.at("shop")).env("GIT_CONFIG_GLOBAL", "/dev/null").status().unwrap();
    assert!(made.success());
    for words in [
        &["init"][..],
        &["inventory", "import", "--config", "straykey.toml", "backstage", "catalog-info.yaml"],
        &["inventory", "import", "--config", "straykey.toml", "codeowners", ".github/CODEOWNERS"],
    ] {
        straykey(words).within(&folder.at("shop")).end().expect(0);
    }
    folder
}

fn run(folder: &Sandbox, words: &[&str]) -> crate::harness::Run {
    straykey(words).within(&folder.at("shop"))
}

/// What is assigned in a file of the example.
fn value(folder: &Sandbox, path: &str) -> String {
    let text = std::fs::read_to_string(folder.at(path)).unwrap();
    text.trim().rsplit_once('=').unwrap().1.to_owned()
}

fn scan(folder: &Sandbox, words: &[&str]) -> Value {
    let run = run(folder, &["scan", "--config", "straykey.toml", "--format", "json"]);
    words.iter().fold(run, |run, word| run.arg(word)).end().expect(1).json()
}

fn find<'a>(report: &'a Value, pattern: &str) -> &'a Value {
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["pattern"] == pattern)
        .unwrap_or_else(|| panic!("{report:#}"))
}

#[test]
fn the_worked_example() {
    let shop = shop();
    let before = scan(&shop, &[]);
    let stripe = find(&before, "stripe-secret-key");
    assert_eq!(stripe["attribution"]["tier"], "probable", "by its name and its repository");
    assert_eq!(stripe["attribution"]["integration"], "shop-to-stripe");
    let hook = find(&before, "slack-incoming-webhook");
    assert_eq!(hook["attribution"]["tier"], "contested", "two integrations name its variable");
    assert_eq!(hook["attribution"]["alternatives"][1]["integration"], "shop-orders-to-slack");
    let key = value(&shop, "shop/deploy/prod/payments.env");
    let said = run(
        &shop,
        &["inventory", "add", "--config", "straykey.toml", "--integration", "shop-to-stripe", "--id", "stripe-1"],
    )
    .input(key.as_bytes())
    .end()
    .expect(0)
    .stdout();
    assert!(said.contains("stripe-secret-key fp1:") && !said.contains(&key), "{said}");
    let report = scan(&shop, &[]);
    let stripe = find(&report, "stripe-secret-key");
    assert_eq!(stripe["attribution"]["tier"], "confirmed");
    assert_eq!(stripe["attribution"]["credential"], "stripe-1");
    assert_eq!(stripe["attribution"]["owner"], "shop");
    assert_eq!(
        stripe["attribution"]["exposure_owner"],
        serde_json::json!({"who": ["@acme/platform"], "by": "CODEOWNERS"})
    );
    assert_eq!(stripe["environments"], serde_json::json!(["dev", "prod"]));
    let checks: Vec<(&str, &str)> = report["summary"]["ownership"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["check"].as_str().unwrap(), one["outcome"].as_str().unwrap()))
        .collect();
    assert!(
        checks.contains(&("G06", "violated"))
            && checks.contains(&("G02", "violated"))
            && checks.contains(&("G05", "not_evidenced")),
        "{checks:?}"
    );
    let both =
        report["summary"]["ownership"]["checks"].as_array().unwrap().iter().find(|one| one["check"] == "G06").unwrap();
    assert_eq!(both["waived"], "until 2027-03-31, by shop: a key for tests is ordered, SHOP-12");
    let hash = stripe["fingerprint"].as_str().unwrap().rsplit(':').next().unwrap()[..8].to_owned();
    let blast = run(&shop, &["blast", &hash, "--config", "straykey.toml"]).end().expect(0).stdout();
    assert!(
        blast.contains("  integration shop-to-stripe\n    system stripe\n1 systems") && blast.contains("priority "),
        "{blast}"
    );
    let who = run(&shop, &["inventory", "who", &hash, "--config", "straykey.toml"]).end().expect(0).stdout();
    assert!(who.contains("owner shop of shop-to-stripe  confirmed 100"), "{who}");
}

#[test]
fn a_decision_is_sealed_and_a_changed_one_does_not_count() {
    let shop = shop();
    let mail = find(&scan(&shop, &[]), "sendgrid-api-key").clone();
    assert_eq!(mail["attribution"]["owner"], "shop", "who has left hands on");
    let fingerprint = mail["fingerprint"].as_str().unwrap();
    let decide = |reason: &str, code| {
        run(
            &shop,
            &[
                "attribute",
                fingerprint,
                "--to",
                "shop-to-stripe",
                "--reason",
                reason,
                "--by",
                "ann",
                "--config",
                "straykey.toml",
            ],
        )
        .end()
        .expect(code)
    };
    decide("asked the team", 0);
    let decided = find(&scan(&shop, &[]), "sendgrid-api-key").clone();
    assert_eq!(
        (&decided["attribution"]["tier"], &decided["attribution"]["integration"]),
        (&"confirmed".into(), &"shop-to-stripe".into())
    );
    assert_eq!(decided["attribution"]["evidence"][0]["id"], "analyst");
    let key = value(&shop, "shop/deploy/prod/payments.env");
    let said = decide(&key, 2).stderr();
    assert!(said.contains("the reason holds a credential") && !said.contains(&key), "{said}");
    let path = shop.at("shop/straykey.decisions.jsonl");
    let line = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, line.replace("asked the team", "guessed")).unwrap();
    let report = scan(&shop, &[]);
    assert_ne!(find(&report, "sendgrid-api-key")["attribution"]["integration"], "shop-to-stripe");
    assert!(report["summary"]["remarks"][0].as_str().unwrap().contains("the seal of this decision is not of this key"));
}

#[test]
fn fingerprints_are_made_anew_with_another_key() {
    let shop = shop();
    let key = value(&shop, "shop/deploy/prod/payments.env");
    run(&shop, &["inventory", "add", "--config", "straykey.toml", "--integration", "shop-to-stripe", "--id", "s1"])
        .input(key.as_bytes())
        .end()
        .expect(0);
    std::fs::rename(shop.at("shop/straykey.key"), shop.at("shop/old.key")).unwrap();
    shop.write("shop/straykey.key", "another key of at least sixteen bytes\n");
    let report = scan(&shop, &[]);
    assert!(
        report["summary"]["remarks"][0]
            .as_str()
            .unwrap()
            .contains("1 fingerprints of the inventory were made with another key")
    );
    let said = run(&shop, &["inventory", "reindex", "--old-key", "old.key", "--config", "straykey.toml"])
        .end()
        .expect(0)
        .stdout();
    assert!(said.contains("1 fingerprints are made anew; 0 are"), "{said}");
    assert_eq!(find(&scan(&shop, &[]), "stripe-secret-key")["attribution"]["tier"], "confirmed");
}

#[test]
fn the_same_import_again_changes_nothing() {
    let shop = shop();
    let import = |words: &[&str]| {
        let run = run(&shop, &["inventory", "import", "--config", "straykey.toml"]);
        words.iter().fold(run, |run, word| run.arg(word)).end()
    };
    shop.write(
        "shop/catalog-info.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: billing\n  annotations:\n    backstage.io/source-location: url:https://github.com/Acme/Mono/tree/main/billing/\nspec:\n  owner: payments\n  lifecycle: production\n---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata:\n  name: ann\nspec:\n  profile: {email: ann@acme.example}\n  memberOf: [payments]\n",
    );
    let said = import(&["backstage", "catalog-info.yaml", "--dry-run"]).expect(0).stdout();
    assert!(
        said.contains("+ system billing")
            && said.contains("+ owner group:default/payments")
            && said.contains("nothing was written"),
        "{said}"
    );
    import(&["backstage", "catalog-info.yaml"]).expect(0);
    let shown = run(&shop, &["inventory", "show", "billing", "--config", "straykey.toml"]).end().expect(0).stdout();
    assert!(shown.contains("github.com/acme/mono//billing") && shown.contains("group:default/payments"), "{shown}");
    assert_eq!(import(&["backstage", "catalog-info.yaml"]).expect(0).stdout(), "nothing changes\n");
    import(&["codeowners", ".github/CODEOWNERS"]).expect(0);
    // A table of credentials, mapped.
    shop.write("shop/keys.csv", "Key,Belongs to,Made\nkey-7,shop-mails,2026-01-05\nkey-8,new-one,2026-01-06\n");
    let map = [
        "--map",
        "Key=public_id",
        "--map",
        "Belongs to=integration",
        "--map",
        "Made=created_at",
        "--map",
        "provider:=sendgrid",
    ];
    let said = import(&[&["csv", "keys.csv"], &map[..]].concat()).expect(0).stdout();
    assert!(said.contains("+ credential key-7") && said.contains("+ integration new-one"), "{said}");
    assert_eq!(import(&[&["csv", "keys.csv"], &map[..]].concat()).expect(0).stdout(), "nothing changes\n");
    shop.write("shop/keys.csv", "Key,Belongs to,Made\nkey-7,shop-mails,2026-02-05\n");
    let said = import(&[&["csv", "keys.csv"], &map[..]].concat()).expect(0).stdout();
    assert!(
        said.contains("~ credential key-7: created_at \"2026-01-05\" → \"2026-02-05\"")
            && said.contains("- credential key-8"),
        "{said}"
    );
    shop.write("shop/cmdb.json", r#"{"result": [{"sys_id": "a1", "name": "Ledger", "owned_by": {"display_value": "Ann"}, "support_group": "Finance IT"}]}"#);
    let said = import(&["servicenow", "cmdb.json"]).expect(0).stdout();
    assert!(said.contains("+ system Ledger") && said.contains("+ owner Ann"), "{said}");
    // A secret in any column is refused.
    shop.write("shop/keys.csv", format!("Key,Note\nkey-9,{}\n", value(&shop, "shop/deploy/prod/payments.env")));
    let said = import(&["csv", "keys.csv", "--map", "Key=public_id"]).expect(2).stderr();
    assert!(said.contains("keys.csv:2: a credential in clear text (Stripe"), "{said}");
    run(&shop, &["inventory", "check", "--config", "straykey.toml"]).end().expect(0);
}

#[test]
fn what_providers_list_brings_ids_and_state() {
    let shop = shop();
    let import = |words: &[&str]| {
        let run = run(&shop, &["inventory", "import", "--config", "straykey.toml"]);
        words.iter().fold(run, |run, word| run.arg(word)).end().expect(0).stdout()
    };
    let id = ["AKIA", "Q3EGRT5LXK6OZJ2M"].concat();
    let inventory = std::fs::read_to_string(shop.at("shop/inventory.yaml")).unwrap();
    let line = format!(
        "    credentials: [{{id: a1, provider: aws, type: k, public_id: {id}, principal: {{account: \"111122223333\"}}}}]\n"
    );
    shop.write("shop/inventory.yaml", inventory.trim_end().to_owned() + "\n" + &line);
    shop.write(
        "shop/report.csv",
        "user,arn,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n\
         bot,arn:aws:iam::111122223333:user/bot,true,2026-01-02T03:04:05+00:00,2026-02-01T00:00:00+00:00,false,N/A,N/A\n",
    );
    let other = ["AKIA", "Z7EGRT5LXK6OZJ2N"].concat();
    let keys = format!(
        r#"{{"AccessKeyMetadata": [{{"UserName": "bot", "AccessKeyId": "{id}", "Status": "Active", "CreateDate": "2026-01-02T03:04:05Z"}},
            {{"UserName": "who", "AccessKeyId": "{other}", "Status": "Inactive", "CreateDate": "2026-01-03T03:04:05Z"}}]}}"#
    );
    shop.write("shop/keys.json", keys);
    let said = import(&["aws-credential-report", "report.csv", "keys.json", "--account", "111122223333"]);
    assert!(said.contains("+ credential a1") && said.contains("1 credentials are of no known integration"), "{said}");
    let shown = run(&shop, &["inventory", "show", "a1", "--config", "straykey.toml"]).end().expect(0).stdout();
    assert!(shown.contains("2026-02-01T00:00:00Z") && shown.contains("arn:aws:iam::111122223333:user/bot"), "{shown}");
    let report = scan(&shop, &[]);
    let drift: Vec<&str> = report["summary"]["ownership"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["check"] == "G23")
        .map(|one| one["message"].as_str().unwrap())
        .collect();
    assert!(drift.iter().any(|message| message.contains(&format!("aws lists {other}"))), "{drift:?}");
    shop.write("shop/pats.json", r#"[{"id": 1, "owner": {"login": "ann"}, "token_id": 42, "token_name": "ci", "token_expires_at": "2026-12-01T00:00:00Z",
        "token_last_used_at": null, "permissions": {"repository": {"contents": "write"}}}]"#);
    let said = import(&["github-pats", "pats.json", "--map", "integration:=shop-mails"]);
    assert!(said.contains("+ credential github-pat:ci"), "{said}");
    shop.write("shop/secrets.json", r#"{"SecretList": [{"Name": "prod/mail", "LastRotatedDate": 1767225600.5, "Tags": [{"Key": "integration", "Value": "shop-mails"}]}]}"#);
    let said = import(&["aws-secrets-manager", "secrets.json"]);
    assert!(said.contains("+ credential aws-sm:prod/mail"), "{said}");
}

#[test]
fn no_secret_and_no_plain_hash_of_one_comes_out_anywhere() {
    let shop = shop();
    let key = value(&shop, "shop/deploy/prod/payments.env");
    run(&shop, &["inventory", "add", "--config", "straykey.toml", "--integration", "shop-to-stripe", "--id", "s1"])
        .input(key.as_bytes())
        .end()
        .expect(0);
    let mail = Command::new("git")
        .args(["show", "HEAD~1:deploy/prod/mail.env"])
        .current_dir(shop.at("shop"))
        .output()
        .unwrap();
    let mail = String::from_utf8(mail.stdout).unwrap().trim().rsplit_once('=').unwrap().1.to_owned();
    // What a repository says of itself is shown, too.
    shop.git_in("shop", &["remote", "set-url", "origin", &format!("https://u:{key}@github.com/acme/{key}")]);
    shop.write("shop/.github/CODEOWNERS", format!("* @{key}\n"));
    shop.git_in("shop", &["commit", "--quiet", "--all", "--message", "owners"]);
    let mut outputs = String::new();
    for format in ["text", "json", "jsonl", "sarif", "markdown", "csv", "html"] {
        let end =
            run(&shop, &["scan", "--config", "straykey.toml", "-v", "--observations", "o.json", "--format", format])
                .end()
                .expect(1);
        outputs += &(end.stdout() + &end.stderr());
    }
    for format in ["json", "cyclonedx", "csv"] {
        let end = run(&shop, &["inventory", "export", "--format", format, "--config", "straykey.toml"]).end().expect(0);
        outputs += &end.stdout();
    }
    let folder = shop.at("shop");
    for file in ["inventory.yaml", "inventory.d/added.json", "o.json", "straykey.toml"] {
        outputs += &std::fs::read_to_string(Path::new(&folder).join(file)).unwrap();
    }
    let outputs = outputs.to_lowercase();
    for secret in [&key, &mail] {
        assert!(secret.len() > 30);
        let tool = |name: &str| {
            use std::io::Write;
            let mut child = Command::new(name)
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(secret.as_bytes()).unwrap();
            String::from_utf8(child.wait_with_output().unwrap().stdout)
                .unwrap()
                .split_whitespace()
                .next()
                .unwrap()
                .to_owned()
        };
        let sha256 = Sha256::digest(secret.as_bytes());
        let hashes = [
            data_encoding::HEXLOWER.encode(&sha256),
            data_encoding::BASE64.encode(&sha256),
            data_encoding::BASE32_NOPAD.encode(&sha256)[..32].to_owned(),
            tool("md5sum"),
            tool("sha1sum"),
        ];
        assert_eq!(hashes[3].len(), 32);
        for leak in hashes.iter().chain([secret, &secret[8..24].to_owned()]) {
            assert!(!outputs.contains(&leak.to_lowercase()), "{leak}");
        }
    }
}

#[test]
fn reports_in_groups_and_as_tables() {
    let shop = shop();
    let write = |words: &[&str]| {
        let run = run(&shop, &["scan", "--config", "straykey.toml"]);
        words.iter().fold(run, |run, word| run.arg(word)).end().expect(1).stdout()
    };
    let text = write(&["--group-by", "integration"]);
    assert!(text.contains("== shop-to-stripe: 1 secret ==") && text.contains("== shop-mails: 1 secret =="), "{text}");
    let json = scan(&shop, &["--group-by", "owner"]);
    assert_eq!(json["groups"][0]["key"], "shop");
    assert_eq!(json["groups"][0]["findings"].as_array().unwrap().len(), 2);
    let markdown = write(&["--format", "markdown"]);
    assert!(
        markdown.contains("## shop: 2 credentials") && markdown.contains("to be cleaned up by: &#64;acme/platform"),
        "{markdown}"
    );
    let csv = write(&["--format", "csv"]);
    assert!(csv.lines().count() == 4 && csv.contains(",shop-mails,shop,probable,"), "{csv}");
    let sarif: Value = serde_json::from_str(&write(&["--format", "sarif"])).unwrap();
    let schema: Value = serde_json::from_str(
        &std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/sarif-schema-2.1.0.json")).unwrap(),
    )
    .unwrap();
    let problems: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&sarif).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    let run = &sarif["runs"][0];
    let names: Vec<&str> =
        run["taxonomies"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["OWASP NHI Top 10", "CWE", "NIST CSF", "PCI DSS"]);
    let results = run["results"].as_array().unwrap();
    let g06 = results.iter().find(|one| one["ruleId"] == "G06").unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][g06["ruleIndex"].as_u64().unwrap() as usize]["id"], "G06");
    assert_eq!(g06["taxa"][0]["id"], "NHI8:2025");
    let secret = results.iter().find(|one| one["ruleId"] == "stripe-secret-key").unwrap();
    assert_eq!((&secret["properties"]["owner"], &secret["properties"]["tier"]), (&"shop".into(), &"probable".into()));
    assert!(results.iter().all(|one| !one["locations"].as_array().unwrap().is_empty()));
}

#[test]
fn what_a_scan_leaves_out_may_not_stand_in_the_inventory_either() {
    let shop = shop();
    let key = value(&shop, "shop/deploy/prod/payments.env");
    let inventory = std::fs::read_to_string(shop.at("shop/inventory.yaml")).unwrap();
    shop.write("shop/inventory.yaml", format!("# {key}\n{inventory}"));
    let words = ["scan", "--config", "straykey.toml", "--pattern", "github-*"];
    let said = run(&shop, &words).end().expect(2).stderr();
    assert!(said.contains("inventory.yaml:1: a credential in clear text (Stripe") && !said.contains(&key), "{said}");
}

#[test]
fn settings_of_ownership_without_an_inventory_are_refused() {
    let folder = Sandbox::new();
    let said = straykey(&["scan", ".", "--weights", "w.toml"]).within(folder.path()).end().expect(2).stderr();
    assert!(said.contains("none is named; add --inventory PATH"), "{said}");
    folder.write("i.yaml", "version: 1\n");
    folder.write("w.toml", "version = \"w2\"\n[points]\nenv_nam = 3\n");
    let words = ["scan", ".", "--inventory", "i.yaml", "--weights", "w.toml"];
    let said = straykey(&words).within(folder.path()).end().expect(2).stderr();
    assert!(said.contains("w.toml:") && said.contains("start from the built-in weights"), "{said}");
}

#[test]
fn results_on_an_agent_support_evidence_for_what_concerns_agents() {
    let shop = shop();
    let inventory = std::fs::read_to_string(shop.at("shop/inventory.yaml")).unwrap();
    shop.write(
        "shop/inventory.yaml",
        inventory.replace("    purpose: Sends receipts\n", "    purpose: Sends receipts\n    kind: agent\n"),
    );
    let report = scan(&shop, &[]);
    let checks = report["summary"]["ownership"]["checks"].as_array().unwrap();
    let supports = |integration: &str| {
        let one = checks.iter().find(|one| one["check"] != "G24" && one["integration"] == integration).unwrap();
        one["supports"].to_string()
    };
    assert!(supports("shop-mails").contains("OWASP ASI03"), "{}", supports("shop-mails"));
    assert!(!supports("shop-to-stripe").contains("ASI03"));
}

#[test]
fn a_key_id_that_the_inventory_knows_confirms() {
    let folder = Sandbox::new();
    let id = ["AKIA", "Y34FZKBOKMUTVV7A"].concat();
    let secret = ["k7Zp2Qw9Lm4Xv8Rt6Bn1", "Cs3Df5Gh0JyTaEuIoPqW"].concat();
    folder.write("code/a.env", format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n"));
    folder.write(
        "inventory.yaml",
        format!(
            "version: 1\nowners:\n  - {{id: ops, kind: team}}\nintegrations:\n  - id: backup\n    purpose: Nightly backup\n    \
             owner: {{business: ops}}\n    source_system: shop\n    target_system: aws\n    environments: []\n    \
             lifecycle: active\n    credentials:\n      - {{id: k1, provider: aws, type: access_key, public_id: {id}}}\n"
        ),
    );
    let inventory = folder.at("inventory.yaml");
    let run = straykey(&["scan", "code", "--format", "json", "--inventory"]).arg(inventory.to_str().unwrap());
    let report = run.within(folder.path()).end().expect(1).json();
    let found = find(&report, "aws-access-key-id");
    assert_eq!(found["attribution"]["tier"], "confirmed", "{found:#}");
    assert_eq!(found["attribution"]["evidence"][0]["id"], "A2", "{found:#}");
    assert!(!report.to_string().contains(&secret) && !report.to_string().contains(&id), "the id too is told short");
}

#[test]
fn what_a_catalog_says_of_a_component_concerns_the_integrations_that_run_for_it() {
    let shop = shop();
    let catalog = |lifecycle: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: webshop\n  annotations:\n    \
             vault.io/secrets-path: shop/live\n    vault.io/secrets-engine: kv\nspec:\n  owner: shop\n  lifecycle: {lifecycle}\n"
        )
    };
    let drift = |lifecycle: &str| -> Vec<String> {
        shop.write("shop/catalog-info.yaml", catalog(lifecycle));
        let words = ["inventory", "import", "backstage", "catalog-info.yaml", "--config", "straykey.toml"];
        run(&shop, &words).end().expect(0);
        assert_eq!(run(&shop, &words).end().expect(0).stdout(), "nothing changes\n");
        let report = scan(&shop, &[]);
        let checks = report["summary"]["ownership"]["checks"].as_array().unwrap();
        let own = checks.iter().filter(|one| one["check"] == "G23" && one["integration"] == "shop-to-stripe");
        let messages = own.map(|one| one["message"].as_str().unwrap().to_owned());
        messages.filter(|message| message.contains("lifecycle") || message.contains("kind")).collect()
    };
    assert_eq!(drift("production"), [""; 0], "neither a difference nor one by defaults");
    let shown =
        run(&shop, &["inventory", "show", "shop-to-stripe", "--config", "straykey.toml"]).end().expect(0).stdout();
    assert!(shown.contains("vault:kv/shop/live"), "{shown}");
    let said = drift("deprecated");
    assert!(
        said.len() == 1 && said[0].contains("lifecycle is `active` in the inventory and `deprecated` in backstage"),
        "{said:?}"
    );
    assert_eq!(drift("experimental"), [""; 0]);
}

/// The schema of CycloneDX, which `tests/run` installs with a Python package, and what it refers to.
struct Schemas(std::path::PathBuf);

impl Schemas {
    fn find() -> Self {
        let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/linters/lib");
        let python = std::fs::read_dir(&lib)
            .unwrap_or_else(|error| panic!("{}: {error}; `tests/run` installs it", lib.display()));
        let python = python.map(|entry| entry.unwrap().path()).next().unwrap();
        Self(python.join("site-packages/cyclonedx/schema/_res"))
    }

    fn read(&self, name: &str) -> Value {
        let text = std::fs::read_to_string(self.0.join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}; `tests/run` installs it"));
        serde_json::from_str(&text).unwrap()
    }
}

impl jsonschema::Retrieve for Schemas {
    fn retrieve(&self, uri: &jsonschema::Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.read(uri.path().as_str().rsplit('/').next().unwrap()))
    }
}

#[test]
fn the_cyclonedx_export_passes_the_official_schema() {
    let shop = shop();
    let inventory = std::fs::read_to_string(shop.at("shop/inventory.yaml")).unwrap();
    let keys = "    credentials: [{id: k1, provider: stripe, type: t, fp: ['fp1:k1:AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH'], public_id: p,
      store: 'vault:kv/x', created_at: 2026-07-02, expires_at: 2027-07-02T10:00:00+02:00, last_rotated: 2026-08-02, state: pre-activation},
      {id: k2, provider: stripe, type: password}, {id: k3, provider: stripe, type: private key}, {id: k4, provider: stripe, type: pat}]\n";
    shop.write("shop/inventory.yaml", inventory.trim_end().to_owned() + "\n" + keys);
    let words = ["inventory", "export", "--format", "cyclonedx", "--config", "straykey.toml"];
    let mut export = run(&shop, &words).end().expect(0).json();
    let schemas = Schemas::find();
    let schema = schemas.read("bom-1.7.SNAPSHOT.schema.json");
    let validator = jsonschema::options().with_retriever(schemas).build(&schema).unwrap();
    let problems: Vec<String> = validator.iter_errors(&export).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    let components = export["components"].as_array_mut().unwrap();
    assert!(components.len() >= 4 && components.iter().all(|one| one["cryptoProperties"].is_object()));
    // The schema can refuse.
    components[0]["cryptoProperties"]["relatedCryptoMaterialProperties"]["state"] = "asleep".into();
    assert!(!validator.is_valid(&export));
}
