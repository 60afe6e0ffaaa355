//! Time and memory for large inventories: `cargo test --test suite ownership_eval::scale -- --ignored --nocapture`.

use std::collections::HashSet;
use std::fs;

use straykey::govern::mapping;
use straykey::model::finding::Finding;
use straykey::model::inventory::integration::{Hints, Owners};
use straykey::model::inventory::{Credential, Integration, Inventory, Owner, Principal, System};
use straykey::model::surroundings::Around;
use straykey::model::verification::Identity;
use straykey::model::weights::Weights;
use straykey::pipeline::ownership::{Prepared, judge};

use crate::attribution::{active, finding, now, said};

const PROVIDERS: [&str; 4] = ["github", "gitlab", "stripe", "sendgrid"];

fn inventory(integrations: usize) -> Inventory {
    let mut inventory = Inventory { version: 1, ..Inventory::default() };
    inventory.owners = (0..1_000).map(|number| Owner { id: format!("team-{number}"), ..Owner::default() }).collect();
    inventory.systems = (0..integrations / 10 + 1)
        .map(|number| System {
            id: format!("sys-{number}"),
            repos: vec![format!("github.com/acme/repo-{number}")],
            ..System::default()
        })
        .collect();
    inventory.integrations = (0..integrations)
        .map(|number| Integration {
            id: format!("i{number}"),
            purpose: "p".into(),
            owner: Owners { business: format!("team-{}", number % 1_000), technical: None },
            source_system: format!("sys-{}", number / 10),
            target_system: "t".into(),
            evidence_hints: Hints { env_names: vec![format!("KEY_{number}")], ..Hints::default() },
            credentials: vec![Credential {
                id: format!("c{number}"),
                provider: PROVIDERS[number % 4].into(),
                fp: vec![print(number)],
                principal: Some(Principal {
                    id: Some(format!("svc-{number}")),
                    account: Some(format!("acct-{}", number % 500)),
                    kind: None,
                }),
                ..Credential::default()
            }],
            ..Integration::default()
        })
        .collect();
    inventory
}

fn print(number: usize) -> String {
    format!("fp1:k1:{number:032}")
}

fn findings(count: usize, integrations: usize) -> (Vec<Finding>, Vec<Vec<Around>>) {
    let models: Vec<Finding> = ["github-pat-fine-grained", "gitlab-pat", "stripe-secret-key", "sendgrid-api-key"]
        .iter()
        .map(|id| finding(id, 'X', "config/a.env"))
        .collect();
    let one = |number: usize| {
        let of = number * 7 % integrations;
        let mut found = models[of % 4].clone();
        found.fingerprint = if number.is_multiple_of(2) { print(of) } else { format!("fp1:k1:X{number:031}") };
        found.verification = active(Identity { account: said(&format!("acct-{}", of % 500)), ..Identity::default() });
        let around = Around {
            repository: Some(format!("github.com/acme/repo-{}", of / 10)),
            before: format!("export KEY_{of}="),
            above: vec!["# a comment about nothing".into(); 5],
            ..Around::default()
        };
        (found, vec![around])
    };
    (0..count).map(one).unzip()
}

/// CPU seconds of this process.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Most memory that it ever held, in MB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
#[ignore = "takes a minute and much memory"]
#[allow(clippy::print_stdout, reason = "the figures are for people")]
fn time_grows_in_proportion_to_integrations_and_findings() {
    let mut seconds = Vec::new();
    for (integrations, count) in
        [(25_000, 50_000), (50_000, 50_000), (100_000, 50_000), (100_000, 25_000), (100_000, 12_500)]
    {
        let prepared = Prepared {
            inventory: inventory(integrations),
            weights: Weights::read(None).unwrap(),
            decided: Default::default(),
            hashes: Default::default(),
            observations: Default::default(),
            mapping: mapping::read().unwrap().into(),
            ci: Vec::new(),
            remarks: Vec::new(),
        };
        let (findings, around) = findings(count, integrations);
        let start = cpu();
        let ownership = judge(&findings, &around, &prepared, now());
        let took = cpu() - start;
        let distinct: HashSet<&String> = findings.iter().map(|found| &found.fingerprint).collect();
        assert_eq!(ownership.by_finding.len(), distinct.len());
        println!(
            "{integrations} integrations, {count} findings: {took:.2} s CPU, {} MB at most, {} results of checks",
            memory(),
            ownership.checks.len()
        );
        seconds.push(took);
    }
    assert!(seconds[2] < 10.0, "{seconds:?}");
    assert!(memory() < 1024, "{} MB", memory());
    // Twice as much takes no more than twice as long, and a little.
    assert!(seconds[2] < 2.5 * seconds[1].max(0.1) && seconds[2] < 2.5 * seconds[3].max(0.1), "{seconds:?}");
}
