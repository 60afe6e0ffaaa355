//! Tries whether credentials still open a door, and reads whose they are.
//!
//! Comes in: findings. Goes out: the same findings with their [`Verification`] set. Each is tried at most once. Only the
//! provider's own refusal makes one inactive; whatever else happens is unknown, and said why. Nothing here knows where a
//! finding stands or what becomes of it.
//!
//! A verifier is declared beside its pattern (`declared`), built in where a protocol needs code (`builtin`), or a
//! program of the user's (`external`). All go to the network through `session::Session`,
//! and so through [`egress`] alone.

mod alibaba;
mod amqp;
mod answer;
pub mod audit;
mod aws;
mod azure_storage;
mod builtin;
mod canary;
mod declared;
mod docker;
pub mod egress;
pub mod external;
mod fill;
mod ftp;
mod gcp;
mod jdbc;
mod jwt;
mod lanes;
mod ldap;
mod login;
mod mongodb;
mod mysql;
mod npm;
mod offline;
mod postgres;
mod redis;
mod registry;
mod run;
mod s3;
mod sas;
pub mod session;
pub mod signature;
mod smtp;
pub mod ssh;
mod veil;
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use self::audit::Audit;
use self::declared::Declared;
use self::egress::{Client, Rules};
use self::external::{External, Program};
use self::lanes::Lanes;
use self::session::Session;
use self::veil::Veil;
use crate::model::declaration::Declaration;
use crate::model::finding::Finding;
use crate::model::interrupt::Interrupt;
use crate::model::meter::Meter;
use crate::model::plan::{Plan, Planned};
use crate::model::report::Unscanned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::{Expiry, Identity, Said, Verification};

/// Time for one credential, waiting included.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks somebody whether a credential works.
pub trait Verifier: Sync {
    /// Its name in reports.
    fn name(&self) -> String;

    /// Hosts that it may reach; with holes those that content must name.
    fn hosts(&self) -> Vec<String> {
        Vec::new()
    }

    /// The requests that it would make, in order; if it cannot ask, why, as one clause.
    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String>;

    /// Asks. It reaches the network through `session` only, and sets what it was told.
    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification;
}

/// How verification goes about its work.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which hosts may be reached, and how.
    pub egress: egress::Options,
    /// Requests a second to one host.
    pub rate: f64,
    /// AWS accounts whose keys are bait, beside those that are known.
    pub canary_accounts: BTreeSet<String>,
    /// Programs that verify.
    pub programs: Vec<Program>,
    /// Where private keys are let in.
    pub ssh_keys: Vec<ssh::SshKey>,
    /// Where every call is logged.
    pub audit_log: Option<PathBuf>,
    /// Who is said to have made the calls.
    pub actor: String,
    /// Only the finding with this fingerprint.
    pub only: Option<String>,
    /// Suppressed findings are tried too: somebody named them.
    pub tries_suppressed: bool,
    /// Ends it early.
    pub interrupt: Interrupt,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            egress: egress::Options::default(),
            rate: 10.0,
            canary_accounts: BTreeSet::new(),
            programs: Vec::new(),
            ssh_keys: Vec::new(),
            audit_log: None,
            actor: "unknown".into(),
            only: None,
            tries_suppressed: false,
            interrupt: Interrupt::default(),
        }
    }
}

/// Why verification cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing can be sent.
    #[error(transparent)]
    Egress(#[from] egress::Error),
    /// No log.
    #[error(transparent)]
    Audit(#[from] audit::Error),
}

/// Stands for what held a piece of the credential.
const WITHHELD: &str = "(withheld)";
/// What makes a credential not to be tried.
const BAIT: &str = "it is bait: whoever uses it sets off an alarm";

/// Reads what each credential says about itself, and whether it is bait. Asks nobody.
pub fn read_offline(findings: Vec<Finding>, canary_accounts: &BTreeSet<String>) -> Vec<Finding> {
    findings.into_iter().map(|finding| Finding { verification: read(&finding, canary_accounts), ..finding }).collect()
}

fn read(finding: &Finding, canary_accounts: &BTreeSet<String>) -> Verification {
    let mut told = offline::read(&finding.pattern.id, &finding.credential, &Veil::new(&finding.credential));
    if canary::is_bait(&finding.credential, &told.identity, canary_accounts) {
        told.canary = true;
        told.validity = Validity::NotChecked { why: BAIT.into() };
    }
    told
}

/// What would be asked about each finding. Asks nobody.
pub fn plan(
    findings: &[Finding],
    declarations: &BTreeMap<String, Declaration>,
    options: &Options,
) -> Result<Vec<Plan>, Error> {
    let rules = Rules::new(&options.egress)?;
    let planned = |finding: &Finding| {
        let known = read(finding, &options.canary_accounts);
        let requests = prepare(finding, &known, declarations, options).and_then(|verifier| {
            let requests = verifier.plan(&finding.credential)?;
            let hosts = requests.iter().filter(|request| !request.host.is_empty());
            hosts.take(1).try_for_each(|request| rules.check(&request.host, request.is_from_content))?;
            Ok(requests)
        });
        let Finding { fingerprint, shown, .. } = finding.clone();
        Plan { fingerprint, pattern: finding.pattern.id.to_string(), shown, requests }
    };
    Ok(findings.iter().map(planned).collect())
}

/// Tries every finding once. What kept that from being done is in the second list.
pub fn run(
    findings: Vec<Finding>,
    declarations: &BTreeMap<String, Declaration>,
    options: &Options,
    meter: &Meter,
) -> Result<(Vec<Finding>, Vec<Unscanned>), Error> {
    let asker = Asker {
        declarations,
        options,
        client: Client::new(&options.egress)?,
        lanes: Lanes::new(options.rate),
        audit: options.audit_log.as_deref().map(|path| Audit::open(path, &options.actor)).transpose()?,
    };
    options.interrupt.listen();
    let mut findings = read_offline(findings, &options.canary_accounts);
    let (mut jobs, mut hosts) = (Vec::new(), Vec::new());
    for (index, finding) in findings.iter_mut().enumerate() {
        let requests = prepare(finding, &finding.verification, declarations, options)
            .and_then(|verifier| verifier.plan(&finding.credential));
        match requests {
            Ok(requests) => {
                jobs.push(index);
                hosts.push(requests.into_iter().next().map(|request| request.host).unwrap_or_default());
            }
            Err(why) => finding.verification.validity = Validity::NotChecked { why },
        }
    }
    meter.expect(jobs.len() as u64);
    let told: Mutex<BTreeMap<usize, Verification>> = Mutex::default();
    run::each(&hosts, &options.interrupt, |job| {
        if let Ok(answer) = asker.ask(&findings[jobs[job]]) {
            told.lock().unwrap_or_else(PoisonError::into_inner).insert(jobs[job], answer);
        }
        meter.advance(0);
    });
    let mut told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    let missed = jobs.len() - told.len();
    for index in jobs {
        let known = &mut findings[index].verification;
        let interrupted = || Verification::not_checked("the run was interrupted before its turn");
        *known = join(told.remove(&index).unwrap_or_else(interrupted), known.clone());
    }
    let mut errors = Vec::new();
    if options.interrupt.is_set() {
        let why = format!("it was interrupted, and {missed} credentials were not tried; run it again");
        errors.push(Unscanned { what: "verification".into(), why });
    }
    errors.extend(asker.audit.as_ref().and_then(Audit::failure).map(|(what, why)| Unscanned { what, why }));
    Ok((findings, errors))
}

/// What it takes to ask about any finding.
struct Asker<'a> {
    declarations: &'a BTreeMap<String, Declaration>,
    options: &'a Options,
    client: Client,
    lanes: Lanes,
    audit: Option<Audit>,
}

impl Asker<'_> {
    /// Asks about one finding, unless there is nobody to ask.
    fn ask(&self, finding: &Finding) -> Result<Verification, String> {
        let verifier = prepare(finding, &finding.verification, self.declarations, self.options)?;
        let veil = Veil::new(&finding.credential);
        let session = Session {
            client: &self.client,
            lanes: &self.lanes,
            audit: self.audit.as_ref(),
            interrupt: &self.options.interrupt,
            verifier: verifier.name(),
            fingerprint: &finding.fingerprint,
            veil: &veil,
            deadline: Instant::now() + PATIENCE,
        };
        let mut answer = verifier.verify(&finding.credential, &session);
        // Whatever a verifier lets through.
        let texts = answer.texts_mut().filter(|text| veil.touches(text));
        texts.for_each(|text| *text = WITHHELD.into());
        if !matches!(answer.validity, Validity::NotChecked { .. }) {
            answer.verifier = Some(verifier.name());
            answer.checked_at = Some(Timestamp::now().as_second());
        }
        Ok(answer)
    }
}

/// The verifier of a finding; if there is none or none may be used, why.
fn prepare<'a>(
    finding: &'a Finding,
    known: &Verification,
    declarations: &'a BTreeMap<String, Declaration>,
    options: &'a Options,
) -> Result<Box<dyn Verifier + 'a>, String> {
    if options.only.as_ref().is_some_and(|only| *only != finding.fingerprint) {
        return Err("another one was asked about".into());
    }
    if known.canary {
        return Err(BAIT.into());
    }
    if let Some(suppression) = finding.suppressed.as_ref().filter(|_| !options.tries_suppressed) {
        return Err(format!("it is suppressed ({})", suppression.by.words()));
    }
    let pattern = &*finding.pattern.id;
    if let Some(program) = options.programs.iter().find(|program| program.is_for(pattern)) {
        return Ok(Box::new(External { program, pattern }));
    }
    if let Some(verifier) = builtin::find(pattern) {
        return Ok(Box::new(verifier));
    }
    if let Some(key) = ssh::Key::find(known, &options.ssh_keys) {
        return Ok(Box::new(key));
    }
    match declarations.get(pattern) {
        Some(declaration) if !declaration.steps.is_empty() => Ok(Box::new(Declared(declaration))),
        _ if ssh::Key::is_one(pattern, known) => Err(ssh::NOT_NAMED.into()),
        _ => Err("there is no verifier for this type".into()),
    }
}

/// Hosts that the built-in verifiers and those of `declarations` may reach: literal ones, and with holes those that content
/// must name.
pub fn hosts(declarations: &BTreeMap<String, Declaration>, options: &Options) -> BTreeMap<String, BTreeSet<String>> {
    let mut hosts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (pattern, verifier) in builtin::ALL {
        for host in verifier.hosts() {
            hosts.entry(host).or_default().insert(pattern.to_owned());
        }
    }
    for named in &options.ssh_keys {
        hosts.entry(named.host.clone()).or_default().insert("private-key-*".into());
    }
    for declaration in declarations.values() {
        for step in &declaration.steps {
            let others = step.request.other_hosts.iter().cloned();
            for host in others.chain([step.request.host.written()]) {
                hosts.entry(host).or_default().insert(declaration.pattern.clone());
            }
        }
    }
    hosts
}

/// What the provider said where it said something, what the credential says where it did not.
fn join(told: Verification, read: Verification) -> Verification {
    let either = |told: Option<Said>, read: Option<Said>| told.or(read);
    let (by_provider, by_itself) = (told.identity, read.identity);
    Verification {
        identity: Identity {
            account: either(by_provider.account, by_itself.account),
            principal: either(by_provider.principal, by_itself.principal),
            application: either(by_provider.application, by_itself.application),
            public_id: either(by_provider.public_id, by_itself.public_id),
            organisation: either(by_provider.organisation, by_itself.organisation),
            host: either(by_provider.host, by_itself.host),
            kind: by_provider.kind.or(by_itself.kind),
        },
        scopes: told.scopes.or(read.scopes),
        created_at: told.created_at.or(read.created_at),
        expiry: if told.expiry == Expiry::Untold { read.expiry } else { told.expiry },
        last_used_at: told.last_used_at.or(read.last_used_at),
        validity: told.validity,
        verifier: told.verifier,
        checked_at: told.checked_at,
        canary: read.canary,
    }
}
