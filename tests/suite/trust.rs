//! G20 on roles: what is read of AWS's trust policies, and which of them let in too many.

use serde_json::{Value, json};

use crate::harness::{Sandbox, straykey};

const ISSUER: &str = "token.actions.githubusercontent.com";
const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";

fn inventory() -> String {
    format!(
        "version: 1\nowners:\n  - {{id: ops, kind: team}}\nintegrations:\n  - id: deploy\n    purpose: Deploys\n    \
         owner: {{business: ops}}\n    source_system: ci\n    target_system: aws\n    environments: []\n    lifecycle: active\n    \
         credentials:\n      - {{id: role, provider: aws, type: role, binding: oidc-federated, principal: {{id: '{ROLE}'}}}}\n"
    )
}

/// A statement that lets tokens in under a condition.
fn statement(condition: &Value) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": {"Federated": format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}")},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    })
}

fn answer(statement: &Value) -> Value {
    json!({"Role": {"RoleName": "deploy", "Arn": ROLE, "AssumeRolePolicyDocument": {"Statement": statement}}})
}

fn import(folder: &Sandbox, answer: &Value) -> crate::harness::End {
    folder.write("i.yaml", inventory());
    folder.write("code/a", "nothing");
    folder.write("role.json", answer.to_string());
    straykey(&["inventory", "import", "aws-roles", "role.json", "--inventory", "i.yaml"]).within(folder.path()).end()
}

/// What G20 says after an import.
fn says(answer: &Value) -> Vec<(String, String)> {
    let folder = Sandbox::new();
    import(&folder, answer).expect(0);
    let words = ["scan", "code", "--inventory", "i.yaml", "--format", "json", "--fail-on", "none"];
    let report = straykey(&words).within(folder.path()).end().expect(0).json();
    let checks = report["summary"]["ownership"]["checks"].as_array().unwrap();
    let own = checks.iter().filter(|one| one["check"] == "G20");
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    own.map(|one| {
        assert_eq!(one["integration"], "deploy");
        (text(one, "outcome"), text(one, "message"))
    })
    .collect()
}

fn sub(operator: &str, values: Value) -> Value {
    let mut condition = json!({operator: {format!("{ISSUER}:sub"): values}});
    condition["StringEquals"][format!("{ISSUER}:aud")] = json!("sts.amazonaws.com");
    condition
}

#[test]
fn a_trust_without_a_subject_or_with_a_wide_one_is_a_violation() {
    let cases = [
        (json!({"StringEquals": {format!("{ISSUER}:aud"): "sts.amazonaws.com"}}), "names no subject"),
        (Value::Null, "names no subject"),
        (sub("StringLike", json!("repo:acme/*")), "like repo:acme/* opens it"),
        (
            sub("ForAnyValue:StringLike", json!(["repo:acme/a:ref:refs/heads/main", "repo:acme/b:*"])),
            "like repo:acme/b:* opens it",
        ),
        // A condition on another issuer's subject is none on this one's.
        (json!({"StringEquals": {"gitlab.com:sub": "project_path:a/b"}}), "names no subject"),
    ];
    for (condition, message) in cases {
        let said = says(&answer(&statement(&condition)));
        assert!(said.len() == 1 && said[0].0 == "violated" && said[0].1.contains(message), "{condition}: {said:?}");
        assert!(said[0].1.starts_with(ROLE), "{said:?}");
    }
}

#[test]
fn a_trust_that_names_its_subject_is_none() {
    let exact = "repo:acme/a:ref:refs/heads/main";
    let both = json!({
        "StringLike": {format!("{ISSUER}:sub"): "repo:acme/*"},
        "StringEqualsIfExists": {format!("{ISSUER}:sub"): [exact]},
    });
    let saml = json!({
        "Effect": "Allow", "Action": "sts:AssumeRoleWithSAML", "Principal": {"Federated": "arn:aws:iam::1:saml-provider/x"}
    });
    let denied = json!({"Effect": "Deny", "Principal": {"Federated": ISSUER}, "Action": "*"});
    let all = [&sub("StringLike", json!(exact)), &both, &sub("StringEquals", json!([exact, "repo:acme/*"]))];
    for condition in all {
        let statements = json!([statement(condition), saml, denied]);
        assert_eq!(says(&answer(&statements)), [], "{condition}");
    }
}

#[test]
fn what_is_not_known_of_a_trust_is_told_as_that() {
    let mut narrowed = sub("StringLike", json!("repo:acme/*"));
    narrowed["StringEquals"][format!("{ISSUER}:job_workflow_ref")] = json!("acme/ci/.github/workflows/deploy.yml@main");
    let said = says(&answer(&statement(&narrowed)));
    assert!(
        said.len() == 1 && said[0].0 == "not_evidenced" && said[0].1.contains("if job_workflow_ref allow it"),
        "{said:?}"
    );
    // Nobody gave the trust of the role that a credential comes of.
    let said = says(&json!({"Roles": []}));
    assert!(said.len() == 1 && said[0].0 == "not_evidenced" && said[0].1.contains("is not known"), "{said:?}");
}

#[test]
fn the_same_roles_again_change_nothing_and_what_is_no_answer_is_refused() {
    let folder = Sandbox::new();
    let one = answer(&statement(&sub("StringLike", json!("repo:acme/*"))));
    let list = json!({"RoleDetailList": [one["Role"], one["Role"]]});
    let said = import(&folder, &list).expect(0).stdout();
    assert!(said.contains(&format!("+ trust of {ROLE} in {ISSUER}\n")), "{said}");
    assert_eq!(import(&folder, &list).expect(0).stdout(), "nothing changes\n");
    straykey(&["inventory", "check", "--inventory", "i.yaml"]).within(folder.path()).end().expect(0);
    let said =
        import(&folder, &json!({"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": "%7B%7D"}})).expect(2).stderr();
    assert!(said.contains("role.json:1: the trust policy of arn:aws:iam"), "{said}");
    let said = import(&folder, &json!([1])).expect(2).stderr();
    assert!(said.contains("role.json:1: ") && said.contains("give the answer as"), "{said}");
}
