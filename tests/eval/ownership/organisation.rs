//! Makes an organisation from a seed: teams, people, repositories with history, integrations, credentials, an inventory that knows
//! part of it and is wrong in places, and the answers of a provider's stub.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use straykey::detect::fingerprint;
use straykey::model::finding::Finding;
use straykey::model::secret::Secret;
use straykey::model::time::When;
use straykey::model::validity::Validity;
use straykey::model::verification::{Identity, Said, Source, Verification};
use straykey::patterns::generate::{self, Random};

use crate::harness::{Sandbox, pattern};

pub(super) const KEY: &[u8] = b"a key for made organisations only";
/// Patterns of twelve providers whose tokens can be made.
const PATTERNS: [&str; 12] = [
    "stripe-secret-key",
    "github-pat-classic",
    "slack-bot-token",
    "gitlab-pat",
    "sendgrid-api-key",
    "npm-access-token",
    "digitalocean-pat",
    "openai-api-key",
    "shopify-access-token",
    "huggingface-user-token",
    "grafana-service-account-token",
    "postman-api-key",
];
const TEAMS: usize = 15;
const REPOSITORIES: usize = 40;
const INTEGRATIONS: usize = 72;
const STRANGERS: usize = 20;

/// The integrations that a credential is of; none: a stranger's.
pub(super) type Gold = BTreeSet<String>;

pub(super) fn now() -> i64 {
    When::parse("2026-11-21T12:00:00Z").unwrap().seconds()
}

pub(super) struct Organisation {
    pub(super) repositories: Vec<PathBuf>,
    pub(super) inventory: String,
    pub(super) gold: BTreeMap<String, Gold>,
    answers: BTreeMap<String, Verification>,
}

struct Integration {
    id: String,
    pattern: usize,
    team: usize,
    repository: usize,
    env_name: String,
    account: String,
    principal: String,
    is_retired: bool,
}

/// A token on its way into a repository.
struct Planted {
    token: String,
    pattern: usize,
    repository: usize,
    /// The name that it is assigned to.
    name: String,
    is_deleted_later: bool,
}

struct Maker<'a> {
    random: Random,
    seed: u64,
    folder: &'a Sandbox,
    integrations: Vec<Integration>,
    planted: Vec<Planted>,
    gold: BTreeMap<String, Gold>,
    answers: BTreeMap<String, Verification>,
    /// What the inventory says of credentials, by integration.
    credentials: Vec<Vec<String>>,
    number: u64,
}

impl Organisation {
    pub(super) fn new(seed: u64, folder: &Sandbox) -> Self {
        let mut maker = Maker {
            random: Random::new(seed),
            seed,
            folder,
            integrations: Vec::new(),
            planted: Vec::new(),
            gold: BTreeMap::new(),
            answers: BTreeMap::new(),
            credentials: vec![Vec::new(); INTEGRATIONS],
            number: 0,
        };
        maker.integrations();
        for index in 0..INTEGRATIONS {
            for _ in 0..1 + maker.random.below(3) {
                maker.credential(index);
            }
        }
        for _ in 0..STRANGERS {
            maker.stranger();
        }
        let repositories = maker.write();
        let inventory = maker.inventory();
        Self { repositories, inventory, gold: maker.gold, answers: maker.answers }
    }

    /// What the stub says of a finding.
    pub(super) fn answer(&self, finding: &Finding) -> Verification {
        self.answers[&finding.fingerprint].clone()
    }
}

impl Maker<'_> {
    fn one_in(&mut self, number: usize) -> bool {
        self.random.below(number) == 0
    }

    fn integrations(&mut self) {
        for number in 0..INTEGRATIONS {
            let pattern = number % PATTERNS.len();
            let provider = PATTERNS[pattern].split('-').next().unwrap().to_uppercase();
            // Of six integrations of a provider up to three share an account.
            let account = format!("acct-{}-{pattern}-{}", self.seed, self.random.below(3));
            // After a merger two products have the same name for their key.
            let name = if number >= 12 && self.one_in(10) { number - 12 } else { number };
            let integration = Integration {
                id: format!("int-{}-{number}", self.seed),
                pattern,
                team: self.random.below(TEAMS),
                repository: self.random.below(REPOSITORIES),
                env_name: format!("{provider}_{}_KEY_{name}", ["APP", "SYNC", "EXPORT", "BOT"][number % 4]),
                account,
                principal: format!("svc-{}-{number}", self.seed),
                is_retired: self.one_in(8),
            };
            self.integrations.push(integration);
        }
    }

    fn token(&mut self, pattern_number: usize) -> (String, String) {
        let pattern = pattern(PATTERNS[pattern_number]);
        loop {
            self.number += 1;
            let seed = self.seed * 1_000_003 + self.number;
            let Some(text) = generate::example(&pattern, &mut Random::new(seed)) else { continue };
            let text = String::from_utf8(text).unwrap();
            let regex = regex::bytes::RegexBuilder::new(&pattern.regex).unicode(false).build().unwrap();
            let captures = regex.captures(text.as_bytes()).unwrap();
            let token = captures
                .name("secret")
                .map_or(text.clone(), |secret| String::from_utf8_lossy(secret.as_bytes()).into_owned());
            let fingerprint =
                fingerprint::with_key(&Secret::new(KEY), &pattern, &Secret::new(token.as_bytes())).unwrap();
            return (token, fingerprint);
        }
    }

    /// One credential of an integration: in a repository, at the stub, and in the inventory as far as that knows it.
    fn credential(&mut self, index: usize) {
        let (token, fingerprint) = self.token(self.integrations[index].pattern);
        let other = self.random.below(INTEGRATIONS);
        let same_provider = (index + PATTERNS.len()) % INTEGRATIONS;
        let own = &self.integrations[index];
        let (pattern, home, env_name) = (own.pattern, own.repository, own.env_name.clone());
        let (account, principal) = (own.account.clone(), own.principal.clone());
        let mut gold = Gold::from([own.id.clone()]);
        // What the inventory knows of it.
        let tail = &token[token.len() - 6..];
        // Some facts are old: they stand under an integration that gave the credential away.
        let under = if self.one_in(50) { same_provider } else { index };
        let number = self.number;
        let created = if self.one_in(20) { "2024-06-01" } else { "2024-01-02" };
        let head = format!("{{id: c{number}, provider: {}, type: t, created_at: {created}", provider(pattern));
        let known = match self.random.below(100) {
            0..40 => format!("{head}, fp: [\"{fingerprint}\"], principal: {{account: {account}}}}}"),
            40..52 => format!("{head}, public_id: pub-{number}, principal: {{account: {account}}}}}"),
            52..67 => format!("{head}, principal: {{id: {principal}, account: {account}}}}}"),
            67..77 => format!("{head}, partial: {{suffix: \"{tail}\", k: 6}}}}"),
            77..90 => format!("{head}, principal: {{account: {account}}}}}"),
            _ => String::new(),
        };
        let is_indexed = known.contains("fp:");
        if !known.is_empty() {
            self.credentials[if is_indexed { index } else { under }].push(known);
        }
        // Two integrations with one secret.
        if is_indexed && self.one_in(12) {
            self.credentials[same_provider]
                .push(format!("{{id: d{number}, provider: {}, type: t, fp: [\"{fingerprint}\"]}}", provider(pattern)));
            gold.insert(self.integrations[same_provider].id.clone());
        }
        // The stub.
        let said = |value: String| Some(Said { value, by: Source::Provider });
        let identity = match self.random.below(10) {
            0..4 => Identity {
                account: said(account),
                principal: said(principal),
                public_id: said(format!("pub-{number}")),
                ..Identity::default()
            },
            4..6 => Identity { account: said(account), ..Identity::default() },
            6 => Identity {
                account: said(account).map(|one| Said { by: Source::Credential, ..one }),
                ..Identity::default()
            },
            _ => Identity::default(),
        };
        self.answer(&fingerprint, identity);
        self.gold.insert(fingerprint, gold);
        // The place: mostly at home under its own name, sometimes in another's repository, sometimes copied under another's name.
        let repository = if self.one_in(5) { self.integrations[other].repository } else { home };
        let name = match self.random.below(12) {
            0 => self.integrations[same_provider].env_name.clone(),
            1..4 => "TOKEN".into(),
            _ => env_name,
        };
        let is_deleted_later = self.one_in(4);
        self.planted.push(Planted { token, pattern, repository, name, is_deleted_later });
    }

    /// A credential of nobody in the inventory, in a repository and under a name of somebody who is.
    fn stranger(&mut self) {
        let index = self.random.below(INTEGRATIONS);
        let pattern = self.integrations[index].pattern;
        let (token, fingerprint) = self.token(pattern);
        let account =
            if self.one_in(2) { self.integrations[index].account.clone() } else { format!("elsewhere-{}", self.seed) };
        let said = |value: String| Some(Said { value, by: Source::Provider });
        let identity = Identity {
            account: said(account),
            principal: said(format!("stranger-{}", self.number)),
            ..Identity::default()
        };
        self.answer(&fingerprint, identity);
        self.gold.insert(fingerprint, Gold::default());
        let name = if self.one_in(3) { self.integrations[index].env_name.clone() } else { "API_TOKEN".into() };
        let repository = self.integrations[index].repository;
        self.planted.push(Planted { token, pattern, repository, name, is_deleted_later: false });
    }

    fn answer(&mut self, fingerprint: &str, identity: Identity) {
        let is_checked = identity != Identity::default();
        let answer = Verification {
            validity: if is_checked { Validity::Active } else { Validity::NotChecked { why: "stub".into() } },
            identity,
            checked_at: is_checked.then(|| now() - 300),
            ..Verification::not_checked("stub")
        };
        self.answers.insert(fingerprint.to_owned(), answer);
    }

    /// Writes the repositories: files with the tokens between others, over several commits.
    fn write(&self) -> Vec<PathBuf> {
        let mut repositories = Vec::new();
        for number in 0..REPOSITORIES {
            let name = format!("repo-{number}");
            self.folder.write(&format!("{name}/README.md"), format!("# {name}\n"));
            self.folder.git(&["init", "--quiet", "--initial-branch=main", &name]);
            self.folder.git_in(
                &name,
                &["remote", "add", "origin", &format!("https://github.com/acme-{}/{name}.git", self.seed)],
            );
            self.folder.write(&format!("{name}/.github/CODEOWNERS"), format!("* @acme/team-{}\n", number % TEAMS));
            let here: Vec<&Planted> = self.planted.iter().filter(|one| one.repository == number).collect();
            for (order, one) in here.iter().enumerate() {
                let lines = format!("# settings {order}\nDEBUG=0\n{}={}\nREGION=eu\n", one.name, one.token);
                let path = format!("{name}/config/{}-{order}.env", PATTERNS[one.pattern].split('-').next().unwrap());
                self.folder.write(&path, lines);
                // Some in a commit of their own, which makes a history.
                if order % 3 == 2 {
                    self.commit(&name, "more");
                }
            }
            self.commit(&name, "all");
            for (order, one) in here.iter().enumerate().filter(|(_, one)| one.is_deleted_later) {
                let path = format!("{name}/config/{}-{order}.env", PATTERNS[one.pattern].split('-').next().unwrap());
                std::fs::remove_file(self.folder.at(&path)).unwrap();
            }
            self.commit(&name, "clean up");
            repositories.push(self.folder.at(&name));
        }
        repositories
    }

    fn commit(&self, repository: &str, message: &str) {
        self.folder.git_in(repository, &["add", "--all"]);
        self.folder.git_in(repository, &["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    fn inventory(&self) -> String {
        let mut text = String::from("version: 1\nowners:\n");
        for team in 0..TEAMS {
            text.push_str(&format!("  - {{id: team-{team}, kind: team, refs: [\"@acme/team-{team}\"]}}\n"));
        }
        for person in 0..TEAMS * 2 {
            let status = if person % 6 == 0 { "left" } else { "active" };
            text.push_str(&format!(
                "  - {{id: p-{person}, kind: person, status: {status}, manager: team-{}}}\n",
                person % TEAMS
            ));
        }
        text.push_str("systems:\n");
        for repository in 0..REPOSITORIES {
            let seed = self.seed;
            text.push_str(&format!(
                "  - {{id: sys-{repository}, owner: team-{}, repos: [\"github.com/acme-{seed}/repo-{repository}\"]}}\n",
                repository % TEAMS
            ));
        }
        for pattern in 0..PATTERNS.len() {
            text.push_str(&format!("  - {{id: {}}}\n", provider(pattern)));
        }
        text.push_str("environments:\n  - {id: prod, class: prod}\nintegrations:\n");
        for (one, credentials) in self.integrations.iter().zip(&self.credentials) {
            let lifecycle = if one.is_retired { "retired" } else { "active" };
            text.push_str(&format!(
                "  - id: {}\n    purpose: p\n    owner: {{business: p-{}, technical: team-{}}}\n    source_system: sys-{}\n    target_system: {}\n    \
                 environments: [prod]\n    lifecycle: {lifecycle}\n    evidence_hints: {{env_names: [{}]}}\n",
                one.id, one.team * 2, one.team, one.repository, provider(one.pattern), one.env_name
            ));
            if !credentials.is_empty() {
                text.push_str("    credentials:\n");
                credentials.iter().for_each(|credential| text.push_str(&format!("      - {credential}\n")));
            }
        }
        text
    }
}

fn provider(pattern: usize) -> &'static str {
    PATTERNS[pattern].split('-').next().unwrap()
}
