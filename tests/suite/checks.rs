//! Governance: for each check something that trips it, something that must not, something of which it is not known; the mapping
//! against the official lists; waivers; the exit code.

use std::collections::{BTreeMap, BTreeSet};

use straykey::govern::mapping;
use straykey::model::check::Outcome;
use straykey::model::finding::{Exposure, Finding};
use straykey::model::observation::Observation;
use straykey::model::place::{Commit, Lifetime, PlaceKind};
use straykey::model::surroundings::Around;
use straykey::model::validity::Validity;
use straykey::model::verification::{Expiry, Identity, PrincipalKind, Verification};
use straykey::model::weights::Weights;
use straykey::pipeline::ownership::{Prepared, judge};

use crate::attribution::{active, finding, fp, inventory, now, place, said};
use crate::harness::{Sandbox, straykey, token};

const DAY: i64 = 24 * 60 * 60;

/// An inventory in which nothing is wrong.
const GOOD: &str = r##"version: 1
owners:
  - {id: team, kind: team}
  - {id: ann, kind: person, status: active, manager: team}
  - {id: gone, kind: person, status: left, manager: team}
  - {id: maybe, kind: person}
systems:
  - {id: erp, owner: team}
  - {id: stripe}
  - {id: vault-host, exposes: [secret_store]}
  - {id: jump, exposes: [o1]}
environments:
  - {id: prod, class: prod, path_globs: ["prod/**"]}
  - {id: dev, class: dev, path_globs: ["dev/**"]}
integrations:
  - id: i
    purpose: Takes payments
    owner: {business: ann}
    source_system: erp
    target_system: stripe
    environments: [prod]
    lifecycle: active
    allowed_scopes: [read, write]
    allowed_locations: ["git:github.com/acme/erp//prod/**"]
    review: {last: 2026-11-01, by: ann, cadence_days: 90}
    rotation: {interval_days: 90}
    revocation: {method: console, playbook: p.md, sla_minutes: 60, tested_at: 2026-08-11}
    EXTRA: KEYS
    credentials:
      - {id: c1, provider: github, type: t, fp: ["fp1:k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"], public_id: id-1, env: prod,
         principal: {kind: service}, created_at: 2026-10-02, expires_at: 2027-01-02,
         previous_fp: [{fp: "fp1:k1:CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", superseded_at: 2026-10-02}]}
  - id: other
    purpose: Something else
    owner: {business: team}
    source_system: erp
    target_system: stripe
    environments: [dev]
    lifecycle: retired
    credentials:
      - {id: o1, provider: github, type: t, fp: ["fp1:k1:OOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOO"], state: destroyed}
listings:
  - {provider: github, source: test, as_of: 2026-11-20, public_ids: [id-1]}
"##;

/// The good inventory with one thing other.
fn with(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replace(from, to)
}

/// With further keys of the integration.
fn extra(keys: &str) -> String {
    with("EXTRA: KEYS", keys)
}

/// A finding with nothing wrong: active, in the place where it may be, of a known service.
fn good() -> Finding {
    let mut found = finding("github-pat-fine-grained", 'A', "prod/a.env");
    found.verification = Verification {
        scopes: Some(vec!["read".into()]),
        expiry: Expiry::At(now() + 30 * DAY),
        created_at: Some(now() - 10 * DAY),
        ..active(Identity { kind: Some(PrincipalKind::Service), ..Identity::default() })
    };
    found
}

fn changed(change: impl FnOnce(&mut Finding)) -> Finding {
    let mut found = good();
    change(&mut found);
    found
}

fn unchecked(found: &mut Finding) {
    found.verification.validity = Validity::NotChecked { why: "not asked".into() };
}

/// An earlier run saw it with the same scopes.
fn seen() -> Observation {
    Observation {
        fp: fp('A'),
        first_seen: now() - 600,
        last_seen: now() - 600,
        first_active: Some(now() - 600),
        scopes: Some(vec!["read".into()]),
        ..Observation::default()
    }
}

/// Outcomes of all checks on an inventory, findings and what was seen before.
fn outcomes(
    yaml: &str,
    findings: &[Finding],
    observations: Vec<Observation>,
) -> BTreeMap<&'static str, BTreeSet<Outcome>> {
    let inventory = inventory(&yaml.replace("    EXTRA: KEYS\n", ""));
    let prepared = Prepared {
        inventory,
        weights: Weights::read(None).unwrap(),
        decided: Default::default(),
        hashes: Default::default(),
        observations: observations.into_iter().map(|one| (one.fp.clone(), one)).collect(),
        mapping: mapping::read().unwrap().into(),
        ci: Vec::new(),
        remarks: Vec::new(),
    };
    let around = Around { repository: Some("github.com/acme/erp".into()), ..Around::default() };
    let around: Vec<Vec<Around>> = findings.iter().map(|found| vec![around.clone(); found.places.len()]).collect();
    let mut by_check: BTreeMap<&str, BTreeSet<Outcome>> = BTreeMap::new();
    for checked in judge(findings, &around, &prepared, now()).checks {
        if checked.waived.is_none() {
            by_check.entry(checked.check).or_default().insert(checked.outcome);
        }
    }
    by_check
}

/// The outcome for one check: the worst.
fn outcome(check: &str, yaml: &str, found: Finding, seen: Observation) -> Option<Outcome> {
    outcomes(yaml, &[found], vec![seen]).get(check).and_then(|all| all.first().copied())
}

#[test]
fn where_all_is_well_and_known_no_check_speaks() {
    assert_eq!(outcomes(GOOD, &[good()], vec![seen()]), BTreeMap::new());
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn each_check_has_something_that_trips_it_something_that_must_not_and_something_unknown() {
    let history = |at_head: bool| {
        move |found: &mut Finding| {
            let commit = Commit {
                id: "c".into(),
                author: String::new(),
                date: String::new(),
                subject: String::new(),
                recorded: 1,
            };
            let mut place = place("prod/a.env", PlaceKind::History);
            place.commit = Some(commit.clone());
            place.lifetime = Some(Lifetime { last: commit, at_head, versions: 1, refs: Vec::new(), more_refs: 0 });
            found.places = vec![place];
        }
    };
    let path = |path: &'static str| changed(|found| found.places = vec![place(path, PlaceKind::WorkingTree)]);
    let stranger = |found: &mut Finding| found.fingerprint = fp('X');
    let aws = || {
        let mut found = path(".github/workflows/a.yml");
        found.pattern = crate::harness::pattern("aws-access-key-id");
        found
    };
    let both = |change: fn(&mut Finding)| {
        changed(|found| {
            change(found);
            unchecked(found)
        })
    };
    let late = |seconds: i64, inactive: Option<i64>| Observation {
        first_active: Some(now() - seconds),
        inactive_since: inactive,
        ..seen()
    };
    let gained = || Observation { gained: vec!["write".into()], gained_at: Some(now() - 60), ..seen() };
    let pipeline = |issuance: &str| {
        extra("kind: pipeline")
            .replace("type: t, fp: [\"fp1:k1:AAAA", &format!("{issuance}type: t, fp: [\"fp1:k1:AAAA"))
            .replace("provider: github, type", "provider: aws, type")
    };
    let in_code = |found: &mut Finding| {
        found.pattern = crate::harness::pattern("aws-access-key-id");
        found.verification.identity.principal = said("arn:aws:iam::1:user/x");
    };
    let (good_, yaml) = (good, || GOOD.to_owned());
    // Check, then inventory, finding and what was seen before: for a violation, for none, for what is not known.
    type Fixture = (String, Finding, Observation);
    let table: Vec<(&str, Fixture, Fixture, Fixture)> = vec![
        (
            "G01",
            (yaml(), changed(stranger), seen()),
            (
                yaml(),
                changed(|found| {
                    stranger(found);
                    found.verification.validity = Validity::Inactive
                }),
                seen(),
            ),
            (
                yaml(),
                changed(|found| {
                    stranger(found);
                    unchecked(found)
                }),
                seen(),
            ),
        ),
        (
            "G02",
            (with("business: ann", "business: gone"), good_(), seen()),
            (yaml(), good_(), seen()),
            (with("business: ann", "business: maybe"), good_(), seen()),
        ),
        (
            "G03",
            (extra("sunset: 2026-11-01"), good_(), seen()),
            (extra("sunset: 2026-11-21"), good_(), seen()),
            (extra("sunset: 2026-11-01"), changed(unchecked), seen()),
        ),
        (
            "G04",
            (yaml(), path("prodigy/a.env"), seen()),
            (yaml(), path("prod/b/a.env"), seen()),
            (yaml(), both(|found| found.places[0].path = Some("x".into())), seen()),
        ),
        (
            "G05",
            (yaml(), changed(history(false)), seen()),
            (yaml(), changed(history(true)), seen()),
            (
                yaml(),
                changed(|found| {
                    history(false)(found);
                    unchecked(found)
                }),
                seen(),
            ),
        ),
        (
            "G06",
            (yaml(), path("dev/a.env"), seen()),
            (yaml(), path("prod/x"), seen()),
            (yaml(), path("elsewhere"), seen()),
        ),
        (
            "G07",
            (with("OOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOO", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), good_(), seen()),
            (yaml(), good_(), seen()),
            (
                with("lifecycle: retired\n", "lifecycle: retired\n    evidence_hints: {hosts: [db.x]}\n")
                    .replace("    EXTRA: KEYS\n", "    evidence_hints: {hosts: [db.x]}\n"),
                changed(|found| {
                    stranger(found);
                    found.places[0].path = Some("x".into());
                    found.verification.identity.host = said("db.x")
                }),
                seen(),
            ),
        ),
        (
            "G08",
            (yaml(), changed(|found| found.verification.expiry = Expiry::Never), seen()),
            (yaml(), good_(), seen()),
            (yaml(), changed(|found| found.verification.expiry = Expiry::Untold), seen()),
        ),
        (
            "G09",
            (yaml(), changed(|found| found.verification.expiry = Expiry::At(now() + 400 * DAY)), seen()),
            (yaml(), good_(), seen()),
            (
                with("created_at: 2026-10-02, expires_at: 2027-01-02,", ""),
                changed(|found| {
                    found.verification.created_at = None;
                    found.verification.expiry = Expiry::Untold
                }),
                seen(),
            ),
        ),
        (
            "G10",
            (
                with("interval_days: 90", "interval_days: 9"),
                changed(|found| found.verification.created_at = None),
                seen(),
            ),
            (yaml(), good_(), seen()),
            (with("created_at: 2026-10-02,", ""), changed(|found| found.verification.created_at = None), seen()),
        ),
        (
            "G11",
            (yaml(), changed(|found| found.fingerprint = fp('C')), seen()),
            (
                with("superseded_at: 2026-10-02", "superseded_at: 2026-11-21"),
                changed(|found| found.fingerprint = fp('C')),
                seen(),
            ),
            (
                yaml(),
                changed(|found| {
                    found.fingerprint = fp('C');
                    unchecked(found)
                }),
                seen(),
            ),
        ),
        (
            "G12",
            (yaml(), changed(|found| found.verification.scopes = Some(vec!["delete".into()])), seen()),
            (yaml(), good_(), seen()),
            (yaml(), changed(|found| found.verification.scopes = None), seen()),
        ),
        (
            "G13",
            (yaml(), good_(), gained()),
            (with("last: 2026-11-01", "last: 2026-11-21"), good_(), gained()),
            (yaml(), good_(), Observation { scopes: None, ..seen() }),
        ),
        (
            "G14",
            (
                with(
                    "target_system: stripe\n    environments: [prod]",
                    "target_system: vault-host\n    environments: [prod]",
                ),
                good_(),
                seen(),
            ),
            (
                with(
                    "target_system: stripe\n    environments: [prod]",
                    "target_system: jump\n    downstream: [other]\n    environments: [prod]",
                ),
                good_(),
                seen(),
            ),
            (
                with("  - {id: stripe}\n", "").replace("target_system: stripe", "target_system: unknown"),
                good_(),
                seen(),
            ),
        ),
        (
            "G15",
            (with("last: 2026-11-01", "last: 2026-08-01"), good_(), seen()),
            (yaml(), good_(), seen()),
            (with("last: 2026-11-01, ", ""), good_(), seen()),
        ),
        (
            "G16",
            (extra("management: third_party"), good_(), seen()),
            (
                extra(
                    "management: third_party\n    vendor: {contact: c, attested_at: 2026-10-01, drill_at: 2026-10-01}",
                ),
                good_(),
                seen(),
            ),
            (extra("management: third_party\n    vendor: {contact: c, attested_at: 2026-10-01}"), good_(), seen()),
        ),
        (
            "G17",
            (yaml(), good_(), late(3_700, None)),
            (yaml(), good_(), late(3_500, None)),
            (with("sla_minutes: 60, ", ""), good_(), seen()),
        ),
        (
            "G18",
            (yaml(), changed(|found| found.verification.identity.kind = Some(PrincipalKind::User)), seen()),
            (yaml(), good_(), seen()),
            (
                with("principal: {kind: service}, ", ""),
                changed(|found| found.verification.identity.kind = None),
                seen(),
            ),
        ),
        (
            "G19",
            (yaml(), changed(|found| found.pattern = crate::harness::pattern("github-pat-classic")), seen()),
            (yaml(), good_(), seen()),
            (yaml(), aws(), seen()),
        ),
        (
            "G20",
            (yaml(), aws(), seen()),
            (pipeline("issuance: federated, "), changed(in_code), seen()),
            (pipeline(""), changed(in_code), seen()),
        ),
        (
            "G21",
            (with("method: console, ", ""), good_(), seen()),
            (yaml(), good_(), seen()),
            (with(", tested_at: 2026-08-11", ""), good_(), seen()),
        ),
        (
            "G22",
            (extra("tenancy: {model: shared, count: 3}"), good_(), seen()),
            (extra("tenancy: {model: shared, count: 1}"), good_(), seen()),
            (extra("tenancy: {model: shared}"), good_(), seen()),
        ),
        (
            "G23",
            (with("[id-1]", "[id-1, id-2]"), good_(), seen()),
            (yaml(), good_(), seen()),
            (
                with("  - {provider: github, source", "  - {provider: gitlab, source").replace("[id-1]", "[]"),
                good_(),
                seen(),
            ),
        ),
        (
            "G24",
            (extra("waivers: [{check: G07, until: 2026-11-20, approver: ann, reason: r}]"), good_(), seen()),
            (extra("waivers: [{check: G07, until: 2026-11-21, approver: ann, reason: r}]"), good_(), seen()),
            (extra("waivers: [{check: G07, until: 2027-11-20, approver: nobody-known, reason: r}]"), good_(), seen()),
        ),
    ];
    assert_eq!(table.len(), 24);
    let mut wrong = Vec::new();
    for (check, trips, passes, unknown) in table {
        for ((yaml, found, seen), expected) in
            [(trips, Some(Outcome::Violated)), (passes, None), (unknown, Some(Outcome::NotEvidenced))]
        {
            let is = outcome(check, &yaml, found, seen);
            if is != expected {
                wrong.push(format!("{check}: {is:?} and not {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_age_that_git_tells_is_a_least_one() {
    let yaml = with("created_at: 2026-10-02,", "");
    let exposed = |days: i64| {
        changed(|found| {
            found.verification.created_at = None;
            found.exposure = Some(Exposure { since: now() - days * DAY, days });
        })
    };
    let seen = Observation { first_seen: now(), ..seen() };
    assert_eq!(outcome("G10", &yaml, exposed(91), seen.clone()), Some(Outcome::Violated));
    assert_eq!(
        outcome("G10", &yaml, exposed(89), seen),
        Some(Outcome::NotEvidenced),
        "younger than the interval is not known to be well"
    );
}

#[test]
fn an_answer_that_is_too_old_is_no_evidence() {
    let found = changed(|found| {
        found.fingerprint = fp('X');
        found.verification.checked_at = Some(now() - 25 * 60 * 60);
    });
    assert_eq!(outcome("G01", GOOD, found, seen()), Some(Outcome::NotEvidenced));
}

#[test]
fn a_waiver_covers_until_it_lapses_and_then_is_a_finding_itself() {
    let shared = |until: &str| {
        extra(&format!("waivers: [{{check: G07, until: {until}, approver: ann, reason: r}}]"))
            .replace("OOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOO", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    };
    let results = |until: &str| outcomes(&shared(until), &[good()], vec![seen()]);
    assert!(!results("2026-11-21").contains_key("G07") && !results("2026-11-21").contains_key("G24"));
    assert!(results("2026-11-20").contains_key("G07") && results("2026-11-20").contains_key("G24"));
}

#[test]
fn the_mapping_names_only_what_is_on_the_official_lists() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/official-ids.toml");
    let lists: toml::Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let list = |name: &str| -> BTreeSet<String> {
        lists[name]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))
            .collect()
    };
    let (owasp, csf, pci, cwe) = (list("owasp_nhi_2025"), list("csf_2_0"), list("pci_dss_4_0_1"), list("cwe"));
    assert_eq!((owasp.len(), csf.len()), (10, 106));
    let mapping = mapping::read().unwrap();
    let ids: Vec<&str> = mapping.check.iter().map(|check| check.id.as_str()).collect();
    assert_eq!(ids, (1..=24).map(|number| format!("G{number:02}")).collect::<Vec<_>>());
    for check in &mapping.check {
        assert!(check.owasp.iter().all(|id| owasp.contains(id)), "{} {:?}", check.id, check.owasp);
        assert!(check.csf.iter().all(|id| csf.contains(id)), "{} {:?}", check.id, check.csf);
        assert!(check.pci.iter().all(|id| pci.contains(id)), "{} {:?}", check.id, check.pci);
        assert!(check.cwe.iter().all(|id| cwe.contains(&id.to_string())), "{} {:?}", check.id, check.cwe);
        assert!(check.tenets.iter().all(|tenet| (1..=7).contains(tenet)));
        assert!(!mapping::trigger(&check.id).is_empty() && !check.remedy.is_empty());
    }
    // What is often given and superseded is not on the lists.
    for wrong in ["PR.AC-4", "PR.AC-1", "ID.AM-06", "DE.CM-04"] {
        assert!(!csf.contains(wrong));
    }
    let patterns: BTreeSet<String> =
        straykey::patterns::builtin().unwrap().iter().map(|pattern| pattern.id.to_string()).collect();
    for id in mapping.weak_patterns.iter().chain(&mapping.cloud_patterns) {
        assert!(patterns.contains(id), "there is no pattern {id}");
    }
}

#[test]
fn checks_are_listed_and_explained() {
    let list = straykey(&["checks", "list"]).end().expect(0).stdout();
    assert_eq!(list.lines().count(), 24);
    let said = straykey(&["checks", "explain", "g06"]).end().expect(0).stdout();
    assert!(said.contains("NHI8:2025") && said.contains("6.5.3, 6.5.4") && said.contains("not evidenced"), "{said}");
    let said = straykey(&["checks", "explain", "G99"]).end().expect(2).stderr();
    assert!(said.contains("there is no check `G99`"), "{said}");
}

#[test]
fn a_violated_check_counts_for_the_exit_code_as_a_finding_does() {
    let folder = Sandbox::new();
    folder.write("src/a", "nothing");
    let yaml = "version: 1\nowners:\n  - {id: gone, kind: person, status: left}\nintegrations:\n  - {id: i, purpose: p, owner: {business: gone}, source_system: a, target_system: b, environments: [], lifecycle: active}\n";
    folder.write("i.yaml", yaml);
    let scan = |words: &[&str]| {
        let run = straykey(&["scan", "src", "--inventory", "i.yaml"]).within(folder.path());
        words.iter().fold(run, |run, word| run.arg(word)).end()
    };
    let said = scan(&[]).expect(1).stdout();
    assert!(said.contains("medium    G02  i: gone has left; now it falls to nobody"), "{said}");
    scan(&["--fail-on", "high"]).expect(0);
    folder.write("src/a", token(1));
    let said = scan(&[]).expect(1).stdout();
    assert!(said.starts_with("0 live findings without a sure owner; 1 more that nobody checked\n"), "{said}");
    assert!(said.contains("owner UNOWNED  unattributed 0"), "{said}");
}

#[test]
fn what_the_inventory_itself_says_is_shared_needs_no_finding() {
    let shared = |yaml: &str, findings: &[Finding]| outcomes(yaml, findings, vec![]).get("G07").cloned();
    let violated = Some(BTreeSet::from([Outcome::Violated]));
    let twice = with("OOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOO", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(shared(GOOD, &[]), None);
    assert_eq!(shared(&twice, &[]), None, "one of the two is destroyed");
    let alive = twice.replace(", state: destroyed", "");
    assert_eq!(shared(&alive, &[]), violated);
    // A provider that refuses it knows better.
    let refused = changed(|found| found.verification.validity = Validity::Inactive);
    assert_eq!(shared(&alive, &[refused]), None);
    // One of them has it by fingerprint, the other at a place of a secret store.
    let stored = with(", state: destroyed", ", store: 'vault:kv/x'")
        + "store_index: [{fp: \"fp1:k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\", path: 'vault:kv/x'}]\n";
    assert_eq!(shared(&stored, &[]), violated);
    // A waiver covers the integration that it is of, not the other.
    let waived = alive.replace("EXTRA: KEYS", "waivers: [{check: G07, until: 2027-01-01, approver: ann, reason: r}]");
    assert_eq!(shared(&waived, &[]), violated);
}
