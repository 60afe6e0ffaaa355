//! What patterns give is what verifiers need: from a text to the request that would be made.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use straykey::model::scan::Scanner;
use straykey::patterns;
use straykey::verify;

use super::super::harness::{DETECTOR, Sandbox, example, pattern, sample, straykey};
use super::{finding, options};

/// The one request that each finding of this pattern in `text` leads to, or why there is none.
fn planned(id: &str, text: &str) -> Result<String, String> {
    let found = DETECTOR.scan(text.as_bytes()).matches.into_iter().find(|found| found.pattern.id == id);
    let found = found.unwrap_or_else(|| panic!("{id} is not found"));
    let finding = straykey::model::finding::Finding {
        credential: found.credential,
        ..finding(&pattern(id), b"in its place", &[])
    };
    let declarations = patterns::builtin_declarations().unwrap();
    let declarations: BTreeMap<_, _> = declarations.into_iter().map(|one| (one.pattern.clone(), one)).collect();
    let plan = verify::plan(&[finding], &declarations, &options("127.0.0.1:1".parse().unwrap())).unwrap().remove(0);
    plan.requests.map(|requests| format!("{} {} {}", requests[0].method, requests[0].host, requests[0].path))
}

#[test]
fn what_stands_beside_a_secret_is_of_the_pattern_that_names_it() {
    let sandbox = Sandbox::new();
    let uri = |scheme: &str, rest: &str| [scheme, "://app:", "vR8kq2LmZt4XwPd9", "@", rest, "\n"].concat();
    sandbox.write("a.env", uri("mongodb", "m0.wren.io/shop?authSource=admin") + &uri("amqp", "mq.wren.io"));
    sandbox.write("b.env", uri("amqp", "mq.wren.io") + &uri("mongodb", "m0.wren.io/shop?authSource=admin"));
    for file in ["a.env", "b.env"] {
        let plan = straykey(&["scan", "--verify-plan", "--verify-host", "*.wren.io", file]);
        let plan = plan.within(sandbox.path()).end().expect(0).stdout();
        assert!(plan.contains("LOGIN mq.wren.io:5672 amqp"), "{file}: {plan}");
    }
}

#[test]
fn every_form_leads_to_its_host() {
    let uri = |scheme: &str, rest: &str| [scheme, "://app:", "vR8kq2LmZt4XwPd9", "@", rest].concat();
    let password = ["pass", "word=", "vR8kq2LmZt4XwPd9"].concat();
    let sshpass = |rest: &str| ["ssh", "pass -p ", "vR8kq2LmZt4XwPd9", " ", rest].concat();
    let with = |id: &str, more: &str| format!("{}\n{more}\n", sample(id).unwrap_or_default());
    let auth = sample("docker-registry-auth").unwrap();
    let azure = BASE64.encode(&[Sha256::digest(b"one"), Sha256::digest(b"two")].concat());
    let vault = format!("VAULT_ADDR=https://vault.wren.io:8200\nVAULT_TOKEN={}\n", example("vault-service-token", 3));
    let cases = [
        ("ldap-bind-uri", uri("ldaps", "ldap.wren.io/dc=corp"), "LOGIN ldap.wren.io:636 ldap"),
        ("ldap-bind-uri", uri("ldap", "ldap.wren.io"), "LOGIN ldap.wren.io:389 ldap"),
        ("amqp-connection-uri", uri("amqps", "mq.wren.io/jobs"), "LOGIN mq.wren.io:5671 amqp"),
        ("amqp-connection-uri", uri("amqp", "mq.wren.io:5673/jobs"), "LOGIN mq.wren.io:5673 amqp"),
        ("ftp-connection-uri", uri("ftps", "files.wren.io/in"), "LOGIN files.wren.io:990 ftp"),
        ("ftp-connection-uri", uri("ftp", "files.wren.io"), "LOGIN files.wren.io:21 ftp"),
        ("ssh-connection-uri", uri("sftp", "files.wren.io/in"), "LOGIN files.wren.io:22 ssh"),
        ("ssh-connection-uri", uri("git+ssh", "files.wren.io:2222"), "LOGIN files.wren.io:2222 ssh"),
        ("ssh-sshpass", sshpass("ssh -o StrictHostKeyChecking=no app@files.wren.io"), "LOGIN files.wren.io:22 ssh"),
        ("ssh-sshpass", sshpass("scp -P 2222 -r dist app@files.wren.io:/srv"), "LOGIN files.wren.io:2222 ssh"),
        ("smtp-connection-uri", uri("smtps", "mail.wren.io"), "LOGIN mail.wren.io:465 smtp"),
        (
            "mongodb-connection-uri",
            uri("mongodb", "m0.wren.io:27018,m1.wren.io/shop?authSource=admin"),
            "LOGIN m0.wren.io:27018 mongodb",
        ),
        ("mongodb-connection-uri", uri("mongodb+srv", "c0.wren.io/shop"), "LOGIN c0.wren.io:27017 mongodb"),
        (
            "postgres-connection-keywords",
            format!("\"host=db.wren.io port=5433 user=app {password} dbname=shop\""),
            "LOGIN db.wren.io:5433 postgres",
        ),
        (
            "postgres-connection-keywords",
            format!("\"user=app {password} host=db.wren.io\""),
            "LOGIN db.wren.io:5432 postgres",
        ),
        (
            "postgres-connection-string-ado-net",
            format!("\"Host=db.wren.io;Port=5433;Database=shop;Username=app;{}\"", password.replace("pass", "Pass")),
            "LOGIN db.wren.io:5433 postgres",
        ),
        (
            "jdbc-connection-string",
            format!("url=jdbc:{}db.wren.io:5433/shop?user=app&{password}", "postgresql://"),
            "LOGIN db.wren.io:5433 postgres",
        ),
        ("jdbc-connection-string-userinfo", uri("jdbc:mariadb", "db.wren.io/shop"), "LOGIN db.wren.io:3306 mysql"),
        ("docker-registry-auth", auth, "GET registry.internal /v2/"),
        ("npm-registry-password", sample("npm-registry-password").unwrap(), "GET npm.wren.io /repository/js/-/whoami"),
        ("vault-service-token", vault, "GET vault.wren.io:8200 /v1/auth/token/lookup-self"),
        (
            "digitalocean-spaces-key",
            with("digitalocean-spaces-key", "endpoint: https://fra1.digitaloceanspaces.com"),
            "GET fra1.digitaloceanspaces.com /",
        ),
        (
            "cloudflare-r2-secret-key",
            with(
                "cloudflare-r2-secret-key",
                "R2_ENDPOINT=https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com",
            ),
            "GET 0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com /",
        ),
        (
            "azure-storage-connection-string",
            format!("AccountName=wrenstore;AccountKey={azure}"),
            "GET wrenstore.blob.core.windows.net /?comp=properties&restype=service",
        ),
        ("alibaba-access-key-id", with("alibaba-access-key-id", ""), "GET sts.aliyuncs.com /?Action=GetCallerIdentity"),
    ];
    for (id, text, request) in cases {
        assert_eq!(planned(id, &text).as_deref(), Ok(request), "{id}");
    }
    for (id, text, why) in [
        ("ssh-sshpass", sshpass("ssh $TARGET") + "\nssh app@files.wren.io", "`host`"),
        (
            "jdbc-connection-string",
            format!("\"jdbc:{}db.wren.io:1433;user=app;{password}\"", "sqlserver://"),
            "no verifier for this kind of database",
        ),
        ("postgres-connection-keywords", format!("\"dbname=shop host=db.wren.io {password}\""), "`user`"),
    ] {
        let told = planned(id, &text).unwrap_err();
        assert!(told.contains(why), "{id}: {told}");
    }
}
