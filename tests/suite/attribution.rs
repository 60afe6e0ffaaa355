//! Whose a credential is: the arithmetic, the tiers, what is contested and what conflicts.

use straykey::attribute::Attributor;
use straykey::inventory;
use straykey::model::attribution::{Attribution, AttributionTier};
use straykey::model::finding::{Exposure, Finding};
use straykey::model::inventory::Inventory;
use straykey::model::judgement::Judgement;
use straykey::model::pattern::Confidence;
use straykey::model::place::{Place, PlaceKind, Position};
use straykey::model::secret::{Credential, Secret};
use straykey::model::surroundings::Around;
use straykey::model::time::When;
use straykey::model::validity::Validity;
use straykey::model::verification::{Identity, Said, Source, Verification};
use straykey::model::weights::Weights;

use crate::harness::pattern;

pub(crate) const NOW: &str = "2026-11-21T23:00:00Z";

pub(crate) fn now() -> i64 {
    When::parse(NOW).unwrap().seconds()
}

/// An inventory from YAML.
#[track_caller]
pub(crate) fn inventory(text: &str) -> Inventory {
    let folder = crate::harness::Sandbox::new();
    let path = folder.write("i.yaml", text);
    let patterns = straykey::patterns::builtin().unwrap();
    inventory::load(&[path], &straykey::detect::Detector::new(&patterns[..1])).unwrap_or_else(|error| panic!("{error}"))
}

/// A fingerprint of its own for each letter.
pub(crate) fn fp(letter: char) -> String {
    format!("fp1:k1:{}", String::from(letter).repeat(32))
}

/// A finding of a pattern at a path, of which nothing is known.
pub(crate) fn finding(id: &str, letter: char, path: &str) -> Finding {
    let secret = Secret::new(format!("{letter}-not-a-secret").as_bytes());
    Finding {
        fingerprint: fp(letter),
        lasting: true,
        pattern: pattern(id),
        credential: Credential { secret, parts: Default::default() },
        shown: "…".into(),
        judgement: Judgement { confidence: Confidence::High, reasons: Vec::new() },
        verification: Verification::not_checked("not asked"),
        exposure: None,
        places: vec![place(path, PlaceKind::WorkingTree)],
        suppressed: None,
    }
}

pub(crate) fn place(path: &str, kind: PlaceKind) -> Place {
    Place {
        target: 0,
        kind,
        path: Some(path.into()),
        inside: None,
        encodings: Vec::new(),
        position: Position { line: 1, column: 1, end_line: 1, end_column: 2 },
        object: None,
        commit: None,
        lifetime: None,
        mark: None,
        suppressed: None,
    }
}

/// The provider accepted it and said this.
pub(crate) fn active(identity: Identity) -> Verification {
    Verification {
        validity: Validity::Active,
        identity,
        verifier: Some("stub".into()),
        checked_at: Some(now() - 60),
        ..Verification::not_checked("")
    }
}

pub(crate) fn said(value: &str) -> Option<Said> {
    Some(Said { value: value.into(), by: Source::Provider })
}

fn read(value: &str) -> Option<Said> {
    Some(Said { value: value.into(), by: Source::Credential })
}

fn attribute(inventory: &Inventory, finding: &Finding, around: Around) -> Attribution {
    let weights = Weights::read(None).unwrap();
    let attributor = Attributor::new(inventory, &weights, Default::default(), &[], now());
    attributor.attribute(finding, &[around]).attribution
}

/// Class, id and points of all that speaks for and against.
fn points(attribution: &Attribution) -> Vec<(&str, i64)> {
    attribution.evidence.iter().chain(&attribution.against).map(|one| (one.id, one.points)).collect()
}

fn at(repository: &str, before: &str) -> Around {
    Around { repository: Some(repository.into()), before: before.into(), ..Around::default() }
}

const TWO: &str = r##"version: 1
owners:
  - {id: team-payments, kind: team, refs: ["@acme/payments"], contacts: [{email: pay@acme.example}]}
  - {id: j.doe, kind: person, status: active, contacts: [{email: j.doe@acme.example}]}
  - {id: gone, kind: person, status: left, manager: team-payments}
environments:
  - {id: prod, class: prod, path_globs: ["deploy/prod/**"]}
  - {id: dev, class: dev, path_globs: ["dev/**"]}
integrations:
  - id: settlement
    purpose: p
    owner: {business: j.doe}
    source_system: erp
    target_system: stripe
    environments: [prod]
    lifecycle: active
    allowed_locations: ["git:github.com/acme/erp//**/settle.env"]
    evidence_hints: {env_names: [STRIPE_SETTLEMENT_KEY], hosts: [db.acme.example]}
    credentials:
      - {id: s1, provider: stripe, type: t, fp: ["fp1:k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"], created_at: 2026-07-02,
         principal: {id: acct_1ABC, kind: app}, public_id: pub-1, partial: {suffix: wxyz, k: 4}}
  - id: refunds
    purpose: p
    owner: {business: gone}
    source_system: erp
    target_system: stripe
    environments: [prod]
    lifecycle: active
    evidence_hints: {env_names: [STRIPE_REFUND_KEY]}
    credentials:
      - {id: r1, provider: stripe, type: t, fp: ["fp1:k1:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"], principal: {account: acct_1ABC},
         previous_fp: [{fp: "fp1:k1:CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", superseded_at: 2026-10-01}]}
"##;

#[test]
fn the_sum_of_the_specification() {
    let inventory = inventory(TWO);
    let mut found = finding("stripe-restricted-key", 'X', "dev/settle.env");
    found.verification = active(Identity { account: said("acct_1ABC"), ..Identity::default() });
    let answer = attribute(&inventory, &found, at("github.com/Acme/erp", "export STRIPE_SETTLEMENT_KEY="));
    assert_eq!((answer.tier, answer.score), (AttributionTier::Probable, 44));
    assert_eq!(points(&answer), [("B3", 17), ("env_name", 22), ("glob", 20), ("environment", -15)]);
    assert_eq!(answer.evidence[0].note, "acct_1ABC, shared by 2 integrations");
    assert_eq!(answer.evidence[0].as_of, Some(now() - 60));
    assert_eq!(answer.owners[0].id.as_deref(), Some("j.doe"));
    let other = &answer.alternatives[0];
    assert_eq!(
        (other.integration.as_str(), other.score, &other.missing[..]),
        ("refunds", 2, &["env_name", "glob"][..])
    );
}

#[test]
fn an_account_that_provider_and_credential_name_counts_once() {
    let inventory = inventory(TWO);
    let mut found = finding("stripe-restricted-key", 'X', "a");
    found.verification = active(Identity { account: said("acct_1ABC"), ..Identity::default() });
    let by_provider = attribute(&inventory, &found, at("", "STRIPE_SETTLEMENT_KEY=")).score;
    found.verification.identity.account = read("acct_1ABC");
    let by_itself = attribute(&inventory, &found, at("", "STRIPE_SETTLEMENT_KEY="));
    assert_eq!((by_provider, by_itself.score), (17 + 22, 15 + 22));
}

#[test]
fn exact_evidence_confirms_and_nothing_else_does() {
    let inventory = inventory(TWO);
    let answer = |found: &Finding| attribute(&inventory, found, Around::default());
    let by_fingerprint = answer(&finding("stripe-restricted-key", 'A', "a"));
    assert_eq!((by_fingerprint.tier, by_fingerprint.score), (AttributionTier::Confirmed, 100));
    assert_eq!(by_fingerprint.credential.as_deref(), Some("s1"));
    let past = answer(&finding("stripe-restricted-key", 'C', "a"));
    assert_eq!(
        (past.integration.as_deref(), past.evidence[0].note.as_str()),
        (Some("refunds"), "a fingerprint of the past")
    );
    let mut found = finding("stripe-restricted-key", 'X', "a");
    found.verification.identity.public_id = read("pub-1");
    assert_eq!(points(&answer(&found)), [("A2", 95)]);
    assert_eq!(answer(&found).tier, AttributionTier::Confirmed);
    // A principal that the provider names is as good as exact, for a day, if the sum is.
    found.verification = active(Identity { principal: said("acct_1ABC"), ..Identity::default() });
    let around = || at("", "STRIPE_SETTLEMENT_KEY=");
    assert_eq!(attribute(&inventory, &found, around()).tier, AttributionTier::Confirmed);
    found.verification.checked_at = Some(now() - 25 * 60 * 60);
    let old = attribute(&inventory, &found, around());
    assert_eq!((old.tier, old.score), (AttributionTier::Strong, 97));
    // Another provider's.
    let other = attribute(&inventory, &finding("github-pat-classic", 'X', "a"), around());
    assert_eq!(other.tier, AttributionTier::Unattributed);
}

#[test]
fn a_place_alone_is_a_hint_and_characters_by_chance_are_taken_off() {
    let inventory = inventory(TWO);
    let mut found = finding("stripe-restricted-key", 'X', "x/settle.env");
    found.credential.secret = Secret::new(b"something-else");
    let answer = attribute(&inventory, &found, at("github.com/acme/erp", ""));
    assert_eq!((answer.tier, answer.score), (AttributionTier::Weak, 20));
    // Of 62^4 ends one is this one's: 45 less a fraction.
    found.credential.secret = Secret::new(b"something-wxyz");
    let answer = attribute(&inventory, &found, Around::default());
    assert_eq!((answer.tier, points(&answer)), (AttributionTier::Probable, vec![("D", 44)]));
}

#[test]
fn whoever_is_as_likely_contests_but_whoever_has_the_same_secret_shares() {
    let inventory = inventory(TWO);
    let mut found = finding("stripe-restricted-key", 'X', "a");
    found.credential.secret = Secret::new(b"something-else");
    let around = at("", "STRIPE_REFUND_KEY=$STRIPE_SETTLEMENT_KEY");
    let answer = attribute(&inventory, &found, around);
    assert_eq!((answer.tier, answer.integration.as_deref()), (AttributionTier::Contested, None));
    let owners: Vec<_> = answer.owners.iter().map(|owner| owner.id.as_deref().unwrap()).collect();
    assert_eq!(owners, ["team-payments", "j.doe"], "who has left hands on");
    assert_eq!(answer.owners[0].left, ["gone"]);
    assert_eq!(answer.alternatives.len(), 2);
    let shared = self::inventory(&TWO.replace("BBBB", "AAAA"));
    let answer = attribute(&shared, &finding("stripe-restricted-key", 'A', "a"), Around::default());
    assert_eq!((answer.tier, answer.shared_by.join(" ")), (AttributionTier::Confirmed, "refunds settlement".into()));
}

#[test]
fn what_is_known_otherwise_than_declared_conflicts() {
    let inventory = inventory(TWO);
    let mut found = finding("stripe-restricted-key", 'B', "a");
    found.verification = active(Identity { account: said("acct_other"), ..Identity::default() });
    let answer = attribute(&inventory, &found, Around::default());
    assert_eq!((answer.score, answer.conflict, answer.tier), (40, true, AttributionTier::Probable));
    let mut found = finding("stripe-restricted-key", 'A', "a");
    found.exposure = Some(Exposure { since: When::parse("2026-06-30").unwrap().seconds(), days: 1 });
    let answer = attribute(&inventory, &found, Around::default());
    assert_eq!((answer.score, answer.conflict), (60, true));
    // A secret of the past is older than the one that took its place.
    found.fingerprint = fp('C');
    assert!(!attribute(&inventory, &found, Around::default()).conflict);
}

#[test]
fn a_name_counts_where_it_is_assigned_to() {
    let inventory = inventory(TWO);
    let mut found = finding("stripe-restricted-key", 'X', "a");
    found.credential.secret = Secret::new(b"something-else");
    let near = |before: &str, above: &str| {
        let around = Around { before: before.into(), above: vec![above.into()], ..Around::default() };
        attribute(&inventory, &found, around).score
    };
    assert_eq!(near("OTHER_KEY=", "STRIPE_SETTLEMENT_KEY=x"), 0, "the name of another value");
    assert_eq!(near("    value: \"", "  - name: STRIPE_SETTLEMENT_KEY"), 22);
    assert_eq!(near("connect(\"", "host = db.acme.example # stripe"), 20, "one item of a class counts");
}
