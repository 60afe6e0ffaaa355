//! Verification, against servers on loopback addresses. Nothing here reaches further.

mod alibaba;
mod audit;
mod aws;
#[cfg(unix)]
mod capture;
mod command;
mod declare;
mod gcp;
mod hostile;
mod jwt;
mod load;
mod logins;
mod mongodb;
mod offline;
mod parts;
mod program;
#[cfg(unix)]
mod registries;
#[cfg(unix)]
mod servers;
#[cfg(unix)]
mod services;
mod smtp;
#[cfg(unix)]
mod ssh;
#[cfg(unix)]
mod stores;
pub(crate) mod stub;
mod table;
mod tls;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use straykey::model::declaration::Declaration;
use straykey::model::finding::Finding;
use straykey::model::judgement::Judgement;
use straykey::model::meter::Meter;
use straykey::model::pattern::{Confidence, Pattern};
use straykey::model::secret::{Credential, Secret};
use straykey::model::verification::Verification;
use straykey::patterns::{
    self,
    parse::{self, Parsed},
};
use straykey::verify::{self, Options, egress};

/// A certificate authority that nobody else trusts, as a file: no test depends on the machine's own.
pub(crate) fn authority() -> PathBuf {
    static FILE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let made = FILE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, rcgen::generate_simple_self_signed(["localhost".into()]).unwrap().cert.pem()).unwrap();
        (folder, file)
    });
    made.1.clone()
}

/// Options under which every host is at this address.
pub(crate) fn options(address: SocketAddr) -> Options {
    Options {
        egress: egress::Options {
            allow_hosts: vec!["*".into()],
            allow_private: true,
            ca_file: Some(authority()),
            known_hosts: Vec::new(),
            timeout: Duration::from_secs(5),
            lookup: Some(Arc::new(move |_| vec![address])),
            nameservers: Vec::new(),
        },
        rate: 1000.0,
        ..Options::default()
    }
}

/// A pattern with a declaration, both from a file that a user might write. Its requests go without TLS.
pub(crate) fn acme(verify: &str) -> (Arc<Pattern>, BTreeMap<String, Declaration>) {
    let text = format!(
        "[[pattern]]\nid = \"acme-token\"\nname = \"Acme token\"\nkind = \"api-key\"\nseverity = \"high\"\n\
         anchors = [\"acmetok_\"]\nregex = '(?<secret>acmetok_(?<user>[a-z]{{3}})[a-z0-9]{{20}})'\n\n[pattern.verify]\n{verify}"
    );
    let Parsed { patterns, refused, .. } = parse::parse("acme.toml", &text);
    assert_eq!(refused, []);
    let (declarations, errors) = patterns::declare::parse("acme.toml", &text);
    assert_eq!(errors, []);
    let plain = declarations.into_iter().map(plain).map(|declared| (declared.pattern.clone(), declared)).collect();
    (Arc::new(patterns.into_iter().next().unwrap()), plain)
}

/// The same without TLS.
pub(crate) fn plain(mut declaration: Declaration) -> Declaration {
    declaration.steps.iter_mut().for_each(|step| step.request.is_plain = true);
    declaration
}

/// A declaration that asks one host in the plainest way.
pub(crate) const PLAINEST: &str = r#"
request = "GET https://api.acme.example/me"
auth = "bearer"
active = [{ status = 200, json = "/id" }]
inactive = [{ status = 401 }]
identity = { account = "/id", principal = "/mail" }
"#;

pub(crate) fn finding(pattern: &Arc<Pattern>, secret: &[u8], parts: &[(&str, &str)]) -> Finding {
    let parts = parts.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(value.as_bytes()))).collect();
    Finding {
        fingerprint: format!("fp1:pub:{}", data_encoding::BASE32_NOPAD.encode(&secret[..secret.len().min(12)])),
        lasting: true,
        pattern: pattern.clone(),
        credential: Credential { secret: Secret::new(secret), parts },
        shown: "…".into(),
        judgement: Judgement { confidence: Confidence::High, reasons: Vec::new() },
        verification: Verification::not_checked(""),
        exposure: None,
        places: Vec::new(),
        suppressed: None,
    }
}

/// Tries one finding.
pub(crate) fn try_one(
    finding: Finding,
    declarations: &BTreeMap<String, Declaration>,
    options: &Options,
) -> Verification {
    let (findings, errors) = verify::run(vec![finding], declarations, options, &Meter::default()).unwrap();
    assert_eq!(errors, []);
    findings.into_iter().next().unwrap().verification
}
