//! The inventory: what is read, what is refused and where, and the files that `init` lays down.

use serde_json::Value;

use crate::harness::{Sandbox, straykey, token};

const GOOD: &str = r##"version: 1
owners:
  - {id: team-payments, kind: team, contacts: [{slack: "#pay-oncall"}], refs: ["group:default/payments", "@acme/payments"]}
  - {id: j.doe, kind: person, status: active, contacts: [{email: j.doe@acme.example}]}
environments:
  - {id: prod, class: prod, account_ids: ["aws:111122223333"], path_globs: ["deploy/prod/**"]}
integrations:
  - id: erp-to-stripe-settlement
    purpose: Nightly settlement export from ERP to Stripe
    owner: {business: j.doe, technical: team-payments}
    source_system: erp
    target_system: stripe
    direction: outbound
    environments: [prod]
    lifecycle: active
    sunset: 2027-06-30
    management: internal
    tier: privileged
    allowed_scopes: ["charges:read", "payouts:read"]
    allowed_locations: ["aws-sm:prod/erp/stripe"]
    review: {last: 2026-09-01, by: j.doe, cadence_days: 90}
    rotation: {interval_days: 90, method: manual}
    revocation: {method: console, playbook: playbooks/stripe.md, sla_minutes: 60, tested_at: 2026-08-11}
    evidence_hints: {env_names: [STRIPE_SETTLEMENT_KEY], workflows: [settle.yml]}
    credentials:
      - {id: stripe-rk-2026q3, provider: stripe, type: restricted_key, env: prod, fp: ["fp1:k1:AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH"],
         principal: {id: acct_1ABC, kind: app}, public_id: KEYID, created_at: 2026-07-02, expires_at: null}
"##;

/// What `check` says of one file.
#[track_caller]
fn refused(name: &str, text: &str) -> String {
    let folder = Sandbox::new();
    folder.write(name, text);
    let said = straykey(&["inventory", "check", "--inventory", name]).within(folder.path()).end().expect(2).stderr();
    said.trim_end().to_owned()
}

fn show(folder: &Sandbox, inventory: &str, id: &str) -> Value {
    let end = straykey(&["inventory", "show", id, "--inventory", inventory]).within(folder.path()).end().expect(0);
    serde_json::from_str(end.stdout().split_once(' ').unwrap().1).unwrap()
}

#[test]
fn the_same_in_yaml_toml_and_json() {
    let folder = Sandbox::new();
    folder.write("a.yaml", GOOD.replace("KEYID", &["AKIA", "Q3EGRT5LXK6OZJ2M"].concat()));
    folder.write(
        "b.toml",
        r#"version = 1
[[owners]]
id = "o"
kind = "team"
[[integrations]]
id = "i"
purpose = "p"
owner = { business = "o" }
source_system = "a"
target_system = "b"
environments = []
lifecycle = "active"
sunset = 2027-06-30
[integrations.review]
cadence_days = 90
"#,
    );
    folder.write(
        "c.json",
        r#"{"version": 1, "owners": [{"id": "o", "kind": "team", "name": "\\ud83d \ud83d\ude00"}], "integrations": [{"id": "i", "purpose": "p",
           "owner": {"business": "o"}, "source_system": "a", "target_system": "b", "environments": [], "lifecycle": "active",
           "sunset": "2027-06-30", "review": {"cadence_days": 90}}]}"#,
    );
    let said =
        straykey(&["inventory", "check", "--inventory", "a.yaml"]).within(folder.path()).end().expect(0).stdout();
    assert_eq!(said, "1 integrations with 1 credentials, 2 owners, 0 systems, 1 environments: nothing is wrong.\n");
    let shown = show(&folder, "a.yaml", "stripe-rk-2026q3");
    assert_eq!(shown["integration"], "erp-to-stripe-settlement");
    assert_eq!(shown["principal"]["id"], "acct_1ABC");
    let (toml, json) = (show(&folder, "b.toml", "i"), show(&folder, "c.json", "i"));
    assert_eq!(toml["sunset"], "2027-06-30");
    assert_eq!(toml, json);
    assert_eq!(show(&folder, "c.json", "o")["name"], "\\ud83d 😀");
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_a_remedy() {
    let good = GOOD.replace("KEYID", "k");
    let cases = [
        (good.replace("    direction: out", "    dirction: out"), 13, "unknown field `dirction`"),
        (
            good.replace("business: j.doe", "business: j.dow"),
            10,
            "there is no owner `j.dow`; add it or correct the name",
        ),
        (good.replace("environments: [prod]", "environments: [prd]"), 14, "there is no environment `prd`"),
        (
            good.replace("id: j.doe, kind", "id: team-payments, kind"),
            4,
            "owner id `team-payments` is taken by i.yaml:3",
        ),
        (good.replace("2026-09-01", "2026-19-01"), 21, "`2026-19-01` is no date"),
        (good.replace("lifecycle: active", "lifecycle: alive"), 15, "unknown variant `alive`"),
        (good.replace("fp1:k1:", "sha256:"), 26, "this is no fingerprint"),
        (good.replace("fp1:k1:", "fp1:run:"), 26, "is of one run only"),
        (good.replace("version: 1", "version: 9"), 1, "version 9 is not known"),
        (good.replace("cadence_days: 90", "cadence_days: many"), 21, "this should be a whole number"),
        (
            good.replace("    direction: outbound", "    direction: outbound\n    direction: both"),
            14,
            "`direction` is given twice",
        ),
        (good.replace("[\"charges:read\", \"payouts:read\"]", "*all"), 19, "anchor"),
        (good.replace("    lifecycle: active\n", ""), 8, "missing field `lifecycle`"),
        (
            good.replace(
                "    tier: privileged",
                "    waivers: [{check: G99, until: 2027-01-01, approver: a, reason: r}]",
            ),
            18,
            "there is no check `G99`",
        ),
    ];
    for (text, line, problem) in cases {
        let said = refused("i.yaml", &text);
        assert!(said.contains(&format!("i.yaml:{line}: ")) && said.contains(problem), "{problem} in {said}");
    }
    let toml = refused("i.toml", "version = 1\n[[owners]]\nid = \"o\"\nkind = \"team\"\nage = 3\n");
    assert!(toml.contains("i.toml:5: unknown field `age`"), "{toml}");
    let json = refused("i.json", "{\"version\": 1,\n \"owners\": [\n{\"id\": \"o\", \"kind\": \"crowd\"}]}");
    assert!(json.contains("i.json:3: unknown variant `crowd`"), "{json}");
    let alias = refused("i.yaml", "version: &one 1\nowners: []\nsystems: *one\n");
    assert!(alias.contains("i.yaml:3: aliases"), "{alias}");
}

#[test]
fn a_secret_anywhere_is_refused_and_not_told() {
    let secret = token(1);
    for text in [
        format!("# {secret}\nversion: 1\n"),
        format!("version: 1\nowners:\n  - {{id: o, kind: team, name: \"{secret}\"}}\n"),
        GOOD.replace("acct_1ABC", &secret).replace("KEYID", "k"),
    ] {
        let said = refused("i.yaml", &text);
        let line = text.lines().position(|line| line.contains(&secret)).unwrap() + 1;
        assert!(said.contains(&format!("i.yaml:{line}: a credential in clear text (GitHub")), "{said}");
        assert!(!said.contains(&secret), "{said}");
    }
}

#[test]
fn files_and_folders_are_joined_and_what_tools_wrote_only_completes() {
    let folder = Sandbox::new();
    folder.write("i/a.yaml", GOOD.replace("KEYID", "k"));
    folder.write("i/b.yaml", "version: 1\nowners:\n  - {id: other, kind: team}\n");
    folder.write(
        "i/c.json",
        r##"{"version": 1, "source": {"name": "github-pats list.json", "as_of": "2026-11-01"},
            "integrations": [{"id": "erp-to-stripe-settlement", "purpose": "other", "owner": {"business": "other", "technical": ""},
              "source_system": "erp", "target_system": "stripe", "environments": [], "lifecycle": "active", "kind": "connector"}],
            "credentials": [{"id": "stripe-rk-2026q3", "integration": "erp-to-stripe-settlement", "provider": "stripe",
              "type": "restricted_key", "expires_at": "2027-01-01", "created_at": "2026-07-09"}]}"##,
    );
    let shown = show(&folder, "i", "erp-to-stripe-settlement");
    assert_eq!(shown["owner"]["business"], "j.doe");
    assert_eq!(shown["purpose"], "Nightly settlement export from ERP to Stripe");
    let credential = &shown["credentials"][0];
    assert_eq!((&credential["expires_at"], &credential["created_at"]), (&"2027-01-01".into(), &"2026-07-09".into()));
    let said = straykey(&["inventory", "check", "--inventory", "i"]).within(folder.path()).end().expect(0).stdout();
    assert!(
        said.contains(
            "note  integration erp-to-stripe-settlement: owner.business is `j.doe` here and `other` in github-pats"
        ),
        "{said}"
    );
    assert!(said.contains("note  credential stripe-rk-2026q3: created_at is `2026-07-02` here"), "{said}");
    // A credential may stand in an earlier file than its integration.
    folder.write(
        "i/0.json",
        r#"{"version": 1, "source": {"name": "add", "as_of": "2026-11-01"}, "credentials": [{"id": "first", "type": "t",
            "integration": "erp-to-stripe-settlement", "provider": "stripe"}]}"#,
    );
    assert_eq!(show(&folder, "i", "first")["integration"], "erp-to-stripe-settlement");
    // Two files by hand may not both have it.
    folder.write("i/d.yaml", "version: 1\nowners:\n  - {id: other, kind: team}\n");
    let said = straykey(&["inventory", "check", "--inventory", "i"]).within(folder.path()).end().expect(2).stderr();
    assert!(said.contains("i/d.yaml:3: owner id `other` is taken by i/b.yaml:3"), "{said}");
}

#[test]
fn init_lays_down_what_check_accepts_and_keeps_what_is_there() {
    let repo = Sandbox::repository();
    repo.write(".gitignore", "target");
    let said = straykey(&["init"]).within(repo.path()).end().expect(0).stdout();
    assert!(said.contains("straykey.key: made"), "{said}");
    straykey(&["inventory", "check", "--config", "straykey.toml"]).within(repo.path()).end().expect(0);
    straykey(&["scan", "--config", "straykey.toml"]).within(repo.path()).end().expect(0);
    let key = std::fs::read_to_string(repo.at("straykey.key")).unwrap();
    assert_eq!(key.trim().len(), 64);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(repo.at("straykey.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(std::fs::read_to_string(repo.at(".gitignore")).unwrap(), "target\n/straykey.key\n");
    assert_eq!(repo.git(&["check-ignore", "straykey.key"]), "straykey.key");
    let said = straykey(&["init"]).within(repo.path()).end().expect(0).stdout();
    assert_eq!(said.matches("kept as it was").count(), 4, "{said}");
    assert_eq!(std::fs::read_to_string(repo.at("straykey.key")).unwrap(), key);
}

#[test]
fn the_published_schema_is_that_of_the_types_and_admits_the_example() {
    let printed = straykey(&["inventory", "schema"]).end().expect(0).stdout();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/inventory/schema-v1.json");
    if std::env::var_os("STRAYKEY_UPDATE").is_some() {
        std::fs::write(path, &printed).unwrap();
    }
    assert_eq!(printed, std::fs::read_to_string(path).unwrap(), "run the test with STRAYKEY_UPDATE=1");
    let schema: Value = serde_json::from_str(&printed).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let good: Value = serde_json::from_str(
        r#"{"version": 1, "owners": [{"id": "o", "kind": "team"}], "integrations": [{"id": "i", "purpose": "p",
           "owner": {"business": "o"}, "source_system": "a", "target_system": "b", "environments": [], "lifecycle": "active"}]}"#,
    )
    .unwrap();
    assert!(validator.is_valid(&good));
    let mut bad = good;
    bad["integrations"][0]["lifecycel"] = "active".into();
    assert!(!validator.is_valid(&bad));
}
